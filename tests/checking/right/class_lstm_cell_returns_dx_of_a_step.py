import numpy as np


def sig(z):
    return 1.0 / (1.0 + np.exp(-z))


class LSTMCell:
    def __init__(self, n_x, n_h):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(n_x + n_h, 4 * n_h)) * 0.4
        self.b = np.zeros(4 * n_h)
        self.n_h = n_h

    def forward(self, x, h_prev, c_prev):
        n = self.n_h
        xh = np.hstack([x, h_prev])
        z = xh @ self.W + self.b
        i, f, o = sig(z[:, :n]), sig(z[:, n : 2 * n]), sig(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        c = f * c_prev + i * g
        h = o * np.tanh(c)
        return h, c, (xh, i, f, o, g, c_prev, c)

    def backward(self, dh, dc, cache):
        xh, i, f, o, g, c_prev, c = cache
        n = self.n_h
        tc = np.tanh(c)
        do = dh * tc
        dc = dc + dh * o * (1 - tc**2)
        di, df, dg = dc * g, dc * c_prev, dc * i
        dz = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
        dW = xh.T @ dz
        db = dz.sum(axis=0)
        dxh = dz @ self.W.T
        return dxh[:, :-n], dxh[:, -n:], dc * f, dW, db


class Net:
    def __init__(self):
        self.cell = LSTMCell(2, 3)
        self.V = np.random.default_rng(1).normal(size=(3, 1))
        self.lr = 0.05

    def train(self, X, y):
        N, T, _ = X.shape
        h, c = np.zeros((N, 3)), np.zeros((N, 3))
        caches = []
        for t in range(T):
            h, c, cache = self.cell.forward(X[:, t], h, c)
            caches.append(cache)
        out = h @ self.V
        loss = np.mean((out - y) ** 2)
        dout = 2 * (out - y) / N
        dV = h.T @ dout
        dh, dc = dout @ self.V.T, np.zeros_like(c)
        dW, db = np.zeros_like(self.cell.W), np.zeros_like(self.cell.b)
        for cache in reversed(caches):
            dx, dh, dc, dWt, dbt = self.cell.backward(dh, dc, cache)
            dW += dWt
            db += dbt
        self.V -= self.lr * dV
        self.cell.W -= self.lr * dW
        self.cell.b -= self.lr * db
        return loss


rng = np.random.default_rng(2)
X = rng.normal(size=(6, 4, 2))
y = X.sum(axis=(1, 2)).reshape(-1, 1)
net = Net()
for epoch in range(10):
    print(net.train(X, y))
