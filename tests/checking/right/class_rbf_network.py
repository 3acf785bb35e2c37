import numpy as np

np.random.seed(4)

class RBFNet:
    """Radial basis function network, all parameters trained by gradient descent."""
    def __init__(self, n_centers, dim, lr=.01):
        self.c = np.random.randn(n_centers, dim)
        self.log_s = np.zeros(n_centers)
        self.w = np.random.randn(n_centers) * .1
        self.b = 0.
        self.lr = lr

    def forward(self, X):
        self.diff = X[:, None, :] - self.c[None, :, :]
        self.d2 = (self.diff ** 2).sum(-1)
        self.s2 = np.exp(2 * self.log_s)
        self.phi = np.exp(-self.d2 / (2 * self.s2))
        return self.phi @ self.w + self.b

    def step(self, X, y):
        yhat = self.forward(X)
        n = len(y)
        r = yhat - y
        mse = (r ** 2).mean()
        g = 2 * r / n
        gw = self.phi.T @ g
        gb = g.sum()
        gphi = np.outer(g, self.w)
        gd2 = -gphi * self.phi / (2 * self.s2)
        gc = -2 * (gd2[..., None] * self.diff).sum(0)
        gls = (gphi * self.phi * self.d2 / self.s2).sum(0)
        self.w -= self.lr * gw
        self.b -= self.lr * gb
        self.c -= self.lr * gc
        self.log_s -= self.lr * gls
        return mse

if __name__ == "__main__":
    X = np.random.rand(40, 2)
    y = np.sin(X[:, 0] * 3) + X[:, 1]
    net = RBFNet(8, 2)
    for i in range(100):
        m = net.step(X, y)
    print(m)
