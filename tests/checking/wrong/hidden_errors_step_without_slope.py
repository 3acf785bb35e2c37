# expect: line=28 variable=hidden_step mistake=missing-derivative
# right: hidden_errors * self.rate * sigmoid(hidden, slope=True)
import numpy as np


def sigmoid(x, slope=False):
    if slope:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


class Network:
    def __init__(self, rate=0.2):
        self.rate = rate
        self.W = {'h': rng.normal(size=(4, 3)), 'o': rng.normal(size=(2, 4))}
        self.b = {'h': np.zeros((4, 1)), 'o': np.zeros((2, 1))}

    def train(self, x, want):
        hidden = sigmoid(self.W['h'] @ x + self.b['h'])
        out = sigmoid(self.W['o'] @ hidden + self.b['o'])

        out_errors = want - out
        hidden_errors = self.W['o'].T @ (out_errors * sigmoid(out, slope=True))

        step = sigmoid(out, slope=True) * out_errors * self.rate
        self.W['o'] += step @ hidden.T
        self.b['o'] += step
        hidden_step = hidden_errors * self.rate
        self.W['h'] += hidden_step @ x.T
        self.b['h'] += hidden_step


rng = np.random.default_rng(2)
net = Network()
for _ in range(300):
    x = rng.normal(size=(3, 1))
    net.train(x, (x[:2] > 0) * 1.0)
