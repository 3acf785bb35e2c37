import numpy as np

def l2norm(v):
    n = np.linalg.norm(v, axis=1, keepdims=True)
    return v / n, n

def info_nce(za, zb, tau):
    """symmetric CLIP-style loss; returns loss, dza, dzb, dtau"""
    a, na = l2norm(za)
    b, nb = l2norm(zb)
    N = len(a)
    sim = a @ b.T
    logits = sim / tau
    r = np.exp(logits - logits.max(1, keepdims=True)); r /= r.sum(1, keepdims=True)
    c = np.exp(logits - logits.max(0, keepdims=True)); c /= c.sum(0, keepdims=True)
    loss = -0.5 * (np.log(np.diag(r)).mean() + np.log(np.diag(c)).mean())

    I = np.eye(N)
    dlogits = 0.5 * ((r - I) + (c - I)) / N
    dsim = dlogits / tau
    dtau = -np.sum(dlogits * sim) / tau ** 2
    da = dsim @ b
    db = dsim.T @ a
    dza = (da - a * np.sum(a * da, axis=1, keepdims=True)) / na
    dzb = (db - b * np.sum(b * db, axis=1, keepdims=True)) / nb
    return loss, dza, dzb, dtau

rng = np.random.default_rng(3)
Xa, Xb = rng.normal(size=(16, 10)), rng.normal(size=(16, 7))
Wa, Wb = rng.normal(size=(10, 4)), rng.normal(size=(7, 4))
tau = 0.5
for step in range(100):
    loss, dza, dzb, dtau = info_nce(Xa @ Wa, Xb @ Wb, tau)
    Wa = Wa - 0.5 * Xa.T @ dza
    Wb = Wb - 0.5 * Xb.T @ dzb
    tau = tau - 0.01 * dtau
    if step % 20 == 0: print(step, loss, tau)
