# expect: line=32 variable=delta_h mistake=updated-weight
# right: wo_was.T.dot(delta_o) * self.h * (1 - self.h)
# keep: line=30 wo_was = self.wo.copy()
import numpy as np

class MLP(object):
    """Two layers of weights, trained on one example at a time."""

    def __init__(self, n_in, n_hidden, n_out, eta=0.3):
        rng = np.random.RandomState(8)
        self.eta = eta
        self.wh = rng.uniform(-1, 1, (n_hidden, n_in))
        self.bh = rng.uniform(-1, 1, n_hidden)
        self.wo = rng.uniform(-1, 1, (n_out, n_hidden))
        self.bo = rng.uniform(-1, 1, n_out)

    @staticmethod
    def act(v):
        return 1.0 / (1.0 + np.exp(-v))

    def predict(self, x):
        self.h = self.act(self.wh.dot(x) + self.bh)
        self.o = self.act(self.wo.dot(self.h) + self.bo)
        return self.o

    def learn(self, x, d):
        o = self.predict(x)
        e = d - o
        delta_o = e * o * (1 - o)
        self.wo += self.eta * np.outer(delta_o, self.h)
        self.bo += self.eta * delta_o
        delta_h = self.wo.T.dot(delta_o) * self.h * (1 - self.h)
        self.wh += self.eta * np.outer(delta_h, x)
        self.bh += self.eta * delta_h
        return 0.5 * np.sum(e ** 2)


net = MLP(3, 4, 2)
samples = np.random.RandomState(9).rand(6, 3)
targets = np.random.RandomState(10).rand(6, 2)
for epoch in range(20):
    total = 0
    for x, d in zip(samples, targets):
        total += net.learn(x, d)
