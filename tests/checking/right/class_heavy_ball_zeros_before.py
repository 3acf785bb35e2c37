import numpy as np

class LogReg:
    def __init__(self, d, lr=0.1, beta=0.9):
        self.w = np.zeros(d); self.b = 0.0
        self.w_prev = np.zeros(d); self.b_prev = 0.0
        self.lr, self.beta = lr, beta

    def step(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        loss = -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))
        dz = (p - y) / len(y)
        dw, db = X.T @ dz, dz.sum()
        w_old, b_old = self.w, self.b
        self.w = self.w - self.lr * dw + self.beta * (self.w - self.w_prev)
        self.b = self.b - self.lr * db + self.beta * (self.b - self.b_prev)
        self.w_prev, self.b_prev = w_old, b_old
        return loss

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)); y = (X[:, 0] - X[:, 1] > 0).astype(float)
m = LogReg(3)
for _ in range(100):
    l = m.step(X, y)
print(l)
