# expect: line=59 variable=dh mistake=wrong-operand
# right: dxh[:, -n:]
import numpy as np


def sig(a):
    return 1 / (1 + np.exp(-a))


class LSTM:
    def __init__(self, n_x, n_h, seed=0):
        r = np.random.RandomState(seed)
        self.n_h = n_h
        self.W = r.randn(n_x + n_h, 4 * n_h) * 0.3
        self.b = np.zeros(4 * n_h)
        self.V = r.randn(n_h, 1) * 0.3

    def forward(self, X):
        """X (T, N, n_x); the prediction is made from the last state."""
        T, N, _ = X.shape
        n = self.n_h
        self.cache = []
        h = np.zeros((N, n))
        c = np.zeros((N, n))
        for t in range(T):
            xh = np.concatenate([X[t], h], axis=1)
            a = xh @ self.W + self.b
            i = sig(a[:, :n])
            f = sig(a[:, n : 2 * n])
            o = sig(a[:, 2 * n : 3 * n])
            g = np.tanh(a[:, 3 * n :])
            c_prev = c
            c = f * c_prev + i * g
            tc = np.tanh(c)
            h = o * tc
            self.cache.append((xh, i, f, o, g, c_prev, tc))
        self.h = h
        return h @ self.V

    def backward(self, dy):
        n = self.n_h
        dV = self.h.T @ dy
        dW = np.zeros_like(self.W)
        db = np.zeros_like(self.b)
        dh = dy @ self.V.T
        dc = np.zeros_like(dh)
        for xh, i, f, o, g, c_prev, tc in reversed(self.cache):
            do = dh * tc
            dc = dc + dh * o * (1 - tc**2)
            di = dc * g
            dg = dc * i
            df = dc * c_prev
            da = np.concatenate(
                [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)], axis=1
            )
            dW += xh.T @ da
            db += da.sum(axis=0)
            dxh = da @ self.W.T
            dh = dxh[:, :n]
            dc = dc * f
        return dW, db, dV


r = np.random.RandomState(3)
X = r.randn(4, 5, 2)
y = X.sum(axis=(0, 2))[:, None]
net = LSTM(2, 3)
for epoch in range(10):
    pred = net.forward(X)
    loss = 0.5 * np.sum((pred - y) ** 2)
    dW, db, dV = net.backward(pred - y)
    net.W -= 0.01 * dW
    net.b -= 0.01 * db
    net.V -= 0.01 * dV
