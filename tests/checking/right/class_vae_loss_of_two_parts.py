import numpy as np

rng = np.random.RandomState(42)


class VAE:
    def __init__(self, n_x, n_h, n_z):
        self.We = rng.randn(n_x, n_h) * 0.2
        self.be = np.zeros(n_h)
        self.Wm = rng.randn(n_h, n_z) * 0.2
        self.bm = np.zeros(n_z)
        self.Wv = rng.randn(n_h, n_z) * 0.2
        self.bv = np.zeros(n_z)
        self.Wd = rng.randn(n_z, n_h) * 0.2
        self.bd = np.zeros(n_h)
        self.Wo = rng.randn(n_h, n_x) * 0.2
        self.bo = np.zeros(n_x)

    def forward(self, x):
        self.x = x
        self.he = np.maximum(x @ self.We + self.be, 0)
        self.mu = self.he @ self.Wm + self.bm
        self.logvar = self.he @ self.Wv + self.bv
        self.eps = rng.randn(*self.mu.shape)
        self.std = np.exp(0.5 * self.logvar)
        self.z = self.mu + self.std * self.eps
        self.hd = np.tanh(self.z @ self.Wd + self.bd)
        self.out = 1 / (1 + np.exp(-(self.hd @ self.Wo + self.bo)))
        return self.out

    def loss(self):
        bce = -np.sum(self.x * np.log(self.out) + (1 - self.x) * np.log(1 - self.out))
        kl = -0.5 * np.sum(1 + self.logvar - self.mu ** 2 - np.exp(self.logvar))
        return (bce + kl) / len(self.x)

    def backward(self, lr):
        n = len(self.x)
        dlogit = (self.out - self.x) / n
        dWo = self.hd.T @ dlogit
        dbo = dlogit.sum(0)
        dhd = dlogit @ self.Wo.T
        dpre = dhd * (1 - self.hd ** 2)
        dWd = self.z.T @ dpre
        dbd = dpre.sum(0)
        dz = dpre @ self.Wd.T
        dmu = dz + self.mu / n
        dlogvar = dz * self.eps * 0.5 * self.std + 0.5 * (np.exp(self.logvar) - 1) / n
        dWm = self.he.T @ dmu
        dbm = dmu.sum(0)
        dWv = self.he.T @ dlogvar
        dbv = dlogvar.sum(0)
        dhe = dmu @ self.Wm.T + dlogvar @ self.Wv.T
        dhe[self.he <= 0] = 0
        dWe = self.x.T @ dhe
        dbe = dhe.sum(0)
        for w, dw in ((self.We, dWe), (self.be, dbe), (self.Wm, dWm), (self.bm, dbm), (self.Wv, dWv),
                      (self.bv, dbv), (self.Wd, dWd), (self.bd, dbd), (self.Wo, dWo), (self.bo, dbo)):
            w -= lr * dw


x = (rng.rand(10, 8) > 0.5).astype(float)
vae = VAE(8, 6, 2)
for i in range(50):
    vae.forward(x)
    if i % 10 == 0:
        print(vae.loss())
    vae.backward(0.05)
