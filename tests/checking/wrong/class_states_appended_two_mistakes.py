# expect: line=28 variable=ds mistake=transpose
# right: ds + self.V.T @ do
# expect: line=35 variable=self.V mistake=update-sign
# right: self.V -= lr * dV
import numpy as np


class RecurrentCell:
    def __init__(self, n):
        r = np.random.RandomState(2)
        self.U = r.randn(n, n) * 0.4
        self.W = r.randn(n, n) * 0.4
        self.V = r.randn(n, n) * 0.4

    def bptt(self, xs, ys, lr=0.05):
        T = len(xs)
        s = [np.zeros(len(self.U))]
        o = []
        for t in range(T):
            s.append(np.tanh(self.U @ xs[t] + self.W @ s[t]))
            o.append(self.V @ s[t + 1])
        L = 0.5 * sum(np.sum((a - b) ** 2) for a, b in zip(o, ys))
        dU, dW, dV = (np.zeros_like(self.U) for _ in range(3))
        ds = np.zeros(len(self.U))
        for t in reversed(range(T)):
            do = o[t] - ys[t]
            dV += np.outer(do, s[t + 1])
            ds = ds + self.V @ do
            da = ds * (1 - s[t + 1] ** 2)
            dU += np.outer(da, xs[t])
            dW += np.outer(da, s[t])
            ds = self.W.T @ da
        self.U -= lr * dU
        self.W -= lr * dW
        self.V += lr * dV
        return L


cell = RecurrentCell(4)
rng = np.random.RandomState(0)
for i in range(30):
    xs = rng.randn(5, 4)
    cell.bptt(xs, np.roll(xs, 1, axis=0))
