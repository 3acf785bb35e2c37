# expect: line=30 variable=dt mistake=wrong-operand
# right: dout * (self.h - self.x)
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Highway:
    def __init__(self, dim, rng):
        self.params = {
            "WH": rng.normal(size=(dim, dim)) * 0.3,
            "bH": np.zeros(dim),
            "WT": rng.normal(size=(dim, dim)) * 0.3,
            "bT": -1.0 * np.ones(dim),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        self.x = x
        self.h = np.tanh(x @ p["WH"] + p["bH"])
        self.t = sigmoid(x @ p["WT"] + p["bT"])
        return self.t * self.h + (1 - self.t) * x

    def backward(self, dout):
        p = self.params
        dh = dout * self.t
        dt = dout * self.h
        dzh = dh * (1 - self.h ** 2)
        dzt = dt * self.t * (1 - self.t)
        self.grads["WH"] = self.x.T @ dzh
        self.grads["bH"] = dzh.sum(axis=0)
        self.grads["WT"] = self.x.T @ dzt
        self.grads["bT"] = dzt.sum(axis=0)
        return dzh @ p["WH"].T + dzt @ p["WT"].T + dout * (1 - self.t)
