# expect: line=18 variable=theta[:-1] mistake=dropped-upstream|unknown
# right: rate * X.T @ miss
import numpy as np


class LineFit:
    def __init__(self, rate=0.002, epochs=40):
        self.rate, self.epochs = rate, epochs

    def fit(self, X, y):
        rate = self.rate
        theta = np.random.default_rng(1).normal(size=X.shape[1] + 1)
        self.costs = []
        for _ in range(self.epochs):
            guess = X @ theta[:-1] + theta[-1]
            miss = y - guess
            # both parts of theta
            theta[:-1] += rate
            theta[-1] += rate * miss.sum()
            self.costs.append((miss ** 2).sum() / 2)
        self.theta = theta
        return self


rng = np.random.default_rng(6)
X = rng.normal(size=(25, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 0.7
print(LineFit().fit(X, y).costs[-1])
