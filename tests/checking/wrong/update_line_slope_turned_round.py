# expect: line=29 variable=self.w_in mistake=wrong-derivative
# right: self.w_in + self.rate * np.dot(back * mid * (1 - mid), x.T)
"""Both steps are added, one of them along a slope that is turned round."""
import numpy as np


class Net:
    def __init__(self, n_in, n_mid, n_out, rate):
        rng = np.random.default_rng(4)
        self.w_in = rng.normal(0.0, 0.6, (n_mid, n_in))
        self.w_out = rng.normal(0.0, 0.6, (n_out, n_mid))
        self.rate = rate

    def squash(self, z):
        return 1 / (1 + np.exp(-z))

    def train(self, x, t):
        x = np.array(x, ndmin=2).T
        t = np.array(t, ndmin=2).T
        mid = self.squash(np.dot(self.w_in, x))
        out = self.squash(np.dot(self.w_out, mid))

        output_error = t - out
        delta = output_error * out * (1 - out)
        back = np.dot(self.w_out.T, delta)

        # the weights move along what they got wrong
        self.w_out += self.rate * np.dot(delta, mid.T)
        self.w_in += self.rate * np.dot(back * mid * (mid - 1), x.T)


net = Net(3, 4, 2, 0.3)
for _ in range(20):
    net.train([0.9, 0.1, 0.4], [0.2, 0.8])
    net.train([0.3, 0.7, 0.2], [0.6, 0.1])
