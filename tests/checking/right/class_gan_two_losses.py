"""A GAN in one dimension: a line as the generator, a small net as the discriminator."""
import numpy as np

np.random.seed(0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Generator:
    def __init__(self):
        self.w = np.random.randn(1, 1)
        self.b = np.zeros((1, 1))

    def forward(self, z):
        self.z = z
        return z @ self.w + self.b

    def backward(self, dx, lr):
        dw = self.z.T @ dx
        db = dx.sum(axis=0, keepdims=True)
        self.w -= lr * dw
        self.b -= lr * db


class Discriminator:
    def __init__(self, hidden=8):
        self.w1 = np.random.randn(1, hidden)
        self.b1 = np.zeros((1, hidden))
        self.w2 = np.random.randn(hidden, 1) * 0.1
        self.b2 = np.zeros((1, 1))

    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.w1 + self.b1)
        return sigmoid(self.h @ self.w2 + self.b2)

    def backward(self, dlogit):
        dw2 = self.h.T @ dlogit
        db2 = dlogit.sum(axis=0, keepdims=True)
        dh = dlogit @ self.w2.T
        dh[self.h <= 0] = 0
        dw1 = self.x.T @ dh
        db1 = dh.sum(axis=0, keepdims=True)
        dx = dh @ self.w1.T
        return dx, (dw1, db1, dw2, db2)

    def step(self, grads, lr):
        dw1, db1, dw2, db2 = grads
        self.w1 -= lr * dw1
        self.b1 -= lr * db1
        self.w2 -= lr * dw2
        self.b2 -= lr * db2


G, D = Generator(), Discriminator()
m, lr = 64, 0.05
for it in range(500):
    # discriminator
    real = np.random.normal(4, 0.5, (m, 1))
    fake = G.forward(np.random.normal(size=(m, 1)))
    p_real = D.forward(real)
    _, g_real = D.backward((p_real - 1) / m)
    p_fake = D.forward(fake)
    _, g_fake = D.backward(p_fake / m)
    d_loss = -np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake))
    D.step([a + b for a, b in zip(g_real, g_fake)], lr)
    # generator, non-saturating
    fake = G.forward(np.random.normal(size=(m, 1)))
    p = D.forward(fake)
    g_loss = -np.mean(np.log(p))
    dx, _ = D.backward((p - 1) / m)
    G.backward(dx, lr)
    if it % 100 == 0:
        print(it, d_loss, g_loss)
