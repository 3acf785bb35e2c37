# expect: line=21 variable=error mistake=sign
# right: target - output
"""A linear neuron whose bias is the first of its weights; its error the wrong way."""
import numpy as np


class Neuron:
    def __init__(self, rate=0.02, rounds=40):
        self.rate = rate
        self.rounds = rounds

    def output(self, X):
        return X @ self.weights[1:] + self.weights[0]

    def fit(self, X, target):
        rng = np.random.default_rng(5)
        self.weights = rng.normal(scale=0.1, size=1 + X.shape[1])
        self.costs = []
        for _ in range(self.rounds):
            output = self.output(X)
            error = output - target
            self.weights[1:] += self.rate * X.T @ error
            self.weights[0] += self.rate * error.sum()
            cost = 0.5 * (error**2).sum()
            self.costs.append(cost)
        return self


rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
target = np.where(X[:, 0] > 0, 1.0, -1.0)
neuron = Neuron(rounds=5).fit(X, target)
print(neuron.costs[-1])
