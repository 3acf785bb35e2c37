# expect: line=31 variable=dmu mistake=wrong-operand
# right: dz + mu

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class VAE:
    def __init__(self, d, z):
        rng = np.random.default_rng(1)
        self.W_mu = rng.normal(size=(d, z)) * 0.2
        self.W_lv = rng.normal(size=(d, z)) * 0.2
        self.W_dec = rng.normal(size=(z, d)) * 0.2
        self.rng = rng

    def train_step(self, x, lr=0.01):
        mu = x @ self.W_mu
        lv = x @ self.W_lv
        eps = self.rng.normal(size=mu.shape)
        z = mu + np.exp(lv / 2) * eps
        p = sigmoid(z @ self.W_dec)
        bce = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p))
        kld = 0.5 * np.sum(np.exp(lv) + mu**2 - 1 - lv)
        loss = bce + kld
        dlogits = p - x
        dW_dec = z.T @ dlogits
        dz = dlogits @ self.W_dec.T
        dmu = dz + lv
        dlv = dz * eps * np.exp(lv / 2) / 2 + (np.exp(lv) - 1) / 2
        self.W_dec -= lr * dW_dec
        self.W_mu -= lr * x.T @ dmu
        self.W_lv -= lr * x.T @ dlv
        return loss


x = (np.random.default_rng(0).random((10, 6)) > 0.5).astype(float)
vae = VAE(6, 2)
for i in range(10):
    vae.train_step(x)
