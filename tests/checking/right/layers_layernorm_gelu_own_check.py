import numpy as np


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)
        self.eps = eps

    def forward(self, x):
        self.mu = x.mean(-1, keepdims=True)
        self.var = ((x - self.mu) ** 2).mean(-1, keepdims=True)
        self.inv = 1.0 / np.sqrt(self.var + self.eps)
        self.xhat = (x - self.mu) * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        D = dy.shape[-1]
        axes = tuple(range(dy.ndim - 1))
        self.dgamma = (dy * self.xhat).sum(axis=axes)
        self.dbeta = dy.sum(axis=axes)
        dxhat = dy * self.gamma
        dx = self.inv / D * (D * dxhat
                             - dxhat.sum(-1, keepdims=True)
                             - self.xhat * (dxhat * self.xhat).sum(-1, keepdims=True))
        return dx


class GELU:
    def forward(self, x):
        self.x = x
        self.t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3))
        return 0.5 * x * (1 + self.t)

    def backward(self, dout):
        x, t = self.x, self.t
        dt = (1 - t ** 2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x ** 2)
        return dout * (0.5 * (1 + t) + 0.5 * x * dt)


class Linear:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        x2 = self.x.reshape(-1, self.x.shape[-1])
        d2 = dout.reshape(-1, dout.shape[-1])
        self.dW = x2.T @ d2
        self.db = d2.sum(0)
        return dout @ self.W.T


def num_grad(f, p, eps=1e-6):
    g = np.zeros_like(p)
    it = np.nditer(p, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        old = p[i]
        p[i] = old + eps
        hi = f()
        p[i] = old - eps
        lo = f()
        p[i] = old
        g[i] = (hi - lo) / (2 * eps)
    return g


if __name__ == "__main__":
    rng = np.random.default_rng(19)
    x = rng.standard_normal((2, 3, 4))
    target = rng.standard_normal((2, 3, 5))
    block = [LayerNorm(4), Linear(4, 6, rng), GELU(), Linear(6, 5, rng)]

    def loss_fn():
        h = x
        for m in block:
            h = m.forward(h)
        return 0.5 * ((h - target) ** 2).sum()

    h = x
    for m in block:
        h = m.forward(h)
    loss = 0.5 * ((h - target) ** 2).sum()
    grad = h - target
    for m in reversed(block):
        grad = m.backward(grad)
    for name, p, g in [("gamma", block[0].gamma, block[0].dgamma), ("beta", block[0].beta, block[0].dbeta),
                       ("W", block[1].W, block[1].dW), ("x", x, grad)]:
        print(name, np.abs(num_grad(loss_fn, p) - g).max())
