import numpy as np


class VAE:
    def __init__(self, n_x, n_h, n_z, lr=0.01, seed=0):
        r = np.random.RandomState(seed)
        s = 0.1
        self.p = dict(
            We=s * r.randn(n_x, n_h), be=np.zeros(n_h),
            Wm=s * r.randn(n_h, n_z), bm=np.zeros(n_z),
            Wv=s * r.randn(n_h, n_z), bv=np.zeros(n_z),
            Wd=s * r.randn(n_z, n_h), bd=np.zeros(n_h),
            Wx=s * r.randn(n_h, n_x), bx=np.zeros(n_x),
        )
        self.lr = lr
        self.r = r

    def step(self, x):
        p = self.p
        n = x.shape[0]
        # encoder
        h = np.tanh(x @ p["We"] + p["be"])
        mu = h @ p["Wm"] + p["bm"]
        logvar = h @ p["Wv"] + p["bv"]
        eps = self.r.randn(*mu.shape)
        std = np.exp(0.5 * logvar)
        z = mu + std * eps
        # decoder
        hd = np.tanh(z @ p["Wd"] + p["bd"])
        logits = hd @ p["Wx"] + p["bx"]
        xr = 1 / (1 + np.exp(-logits))
        rec = -np.sum(x * np.log(xr) + (1 - x) * np.log(1 - xr)) / n
        kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar)) / n
        loss = rec + kl
        # backward
        g = {}
        dlogits = (xr - x) / n
        g["Wx"] = hd.T @ dlogits
        g["bx"] = dlogits.sum(0)
        dhd = (dlogits @ p["Wx"].T) * (1 - hd ** 2)
        g["Wd"] = z.T @ dhd
        g["bd"] = dhd.sum(0)
        dz = dhd @ p["Wd"].T
        dmu = dz + mu / n
        dlogvar = dz * eps * 0.5 * std + 0.5 * (np.exp(logvar) - 1) / n
        g["Wm"] = h.T @ dmu
        g["bm"] = dmu.sum(0)
        g["Wv"] = h.T @ dlogvar
        g["bv"] = dlogvar.sum(0)
        dh = (dmu @ p["Wm"].T + dlogvar @ p["Wv"].T) * (1 - h ** 2)
        g["We"] = x.T @ dh
        g["be"] = dh.sum(0)
        for k in p:
            p[k] -= self.lr * g[k]
        return loss, rec, kl


data = (np.random.RandomState(1).rand(30, 8) > 0.5).astype(float)
vae = VAE(8, 10, 2, lr=0.05)
for epoch in range(20):
    loss, rec, kl = vae.step(data)
    print("%d loss %.3f rec %.3f kl %.3f" % (epoch, loss, rec, kl))
