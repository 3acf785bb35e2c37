# expect: line=32 variable=self.W[k] mistake=dropped-upstream
# right: self.alpha * A[k].T.dot(D[k])
import numpy as np


class Layers:
    def __init__(self, sizes, alpha=0.3):
        self.alpha = alpha
        self.W = [rng.normal(size=(n, m)) / np.sqrt(n) for n, m in zip(sizes, sizes[1:])]

    def slope(self, a):
        return a * (1 - a)

    def fit(self, X, Y, epochs):
        for epoch in range(epochs):
            for x, y in zip(X, Y):
                self.fit_one(x, y)

    def fit_one(self, x, y):
        A = [np.atleast_2d(x)]
        for W in self.W:
            A.append(1 / (1 + np.exp(-A[-1].dot(W))))
        error = A[-1] - y
        D = [error * self.slope(A[-1])]
        for k in range(len(A) - 2, 0, -1):
            delta = D[-1].dot(self.W[k].T)
            # at this layer's own outputs
            D.append(delta * self.slope(A[k]))
        D = D[::-1]
        # one step of gradient descent
        for k in range(len(self.W)):
            self.W[k] -= self.alpha * D[k]


rng = np.random.default_rng(3)
X = rng.normal(size=(12, 3))
Y = (X[:, :1] > 0) * 1.0
Layers([3, 3, 1]).fit(X, Y, 20)
