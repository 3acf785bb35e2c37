import numpy as np

class RNN:
    """Elman network for next-step prediction of a scalar series."""
    weights = ["Wx", "Wh", "Wy", "bh", "by"]

    def __init__(self, hidden=8, seed=42):
        r = np.random.RandomState(seed)
        self.H = hidden
        self.Wx = r.randn(hidden, 1) * 0.4
        self.Wh = r.randn(hidden, hidden) * 0.2
        self.Wy = r.randn(1, hidden) * 0.4
        self.bh = np.zeros((hidden, 1))
        self.by = np.zeros((1, 1))

    def zero_grad(self):
        for n in self.weights:
            setattr(self, "d" + n, np.zeros_like(getattr(self, n)))

    def loss_and_grad(self, xs, ys):
        self.zero_grad()
        h = {-1: np.zeros((self.H, 1))}
        p = {}
        loss = 0.0
        for t in range(len(xs)):
            h[t] = np.tanh(self.Wx * xs[t] + self.Wh @ h[t - 1] + self.bh)
            p[t] = self.Wy @ h[t] + self.by
            loss += 0.5 * float((p[t] - ys[t]).item() ** 2)
        dh_next = np.zeros((self.H, 1))
        for t in reversed(range(len(xs))):
            dy = p[t] - ys[t]
            self.dWy += dy @ h[t].T
            self.dby += dy
            dh = self.Wy.T @ dy + dh_next
            dz = (1 - h[t] ** 2) * dh
            self.dbh += dz
            self.dWx += dz * xs[t]
            self.dWh += dz @ h[t - 1].T
            dh_next = self.Wh.T @ dz
        return loss

    def step(self, lr=0.01):
        for n in self.weights:
            getattr(self, n)[...] -= lr * np.clip(getattr(self, "d" + n), -5, 5)


series = np.sin(np.arange(40) * 0.4)
net = RNN()
for k in range(300):
    loss = net.loss_and_grad(series[:10], series[1:11])
    net.step()
    if k % 100 == 0:
        print(k, loss)
