# expect: line=26 variable=dS[y,cols] mistake=wrong-derivative
# right: -np.sum(dS, axis=0)
import numpy as np


class LinearSVM:
    def __init__(self, dim, classes, reg=1e-2):
        rng = np.random.RandomState(7)
        self.W = rng.randn(classes, dim) * 0.1
        self.b = np.zeros((classes, 1))
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.reg = reg

    def loss_and_grads(self, X, y):
        # X is (dim, N): one column per example
        N = X.shape[1]
        cols = np.arange(N)
        S = self.W @ X + self.b
        correct = S[y, cols]
        margins = np.maximum(0, S - correct + 1.0)
        margins[y, cols] = 0
        loss = margins.sum() / N + 0.5 * self.reg * np.sum(self.W**2)

        dS = (margins > 0).astype(float)
        dS[y, cols] = -1
        dS /= N
        dW = dS @ X.T + self.reg * self.W
        db = dS.sum(axis=1, keepdims=True)
        return loss, dW, db

    def train(self, X, y, lr=0.1, mu=0.9, epochs=20):
        for _ in range(epochs):
            loss, dW, db = self.loss_and_grads(X, y)
            self.vW = mu * self.vW - lr * dW
            self.vb = mu * self.vb - lr * db
            self.W += self.vW
            self.b += self.vb
        return loss


rng = np.random.RandomState(1)
X = rng.randn(4, 16)
y = rng.randint(0, 3, 16)
svm = LinearSVM(4, 3)
print(svm.train(X, y))
