from dataclasses import dataclass, field, fields
import numpy as np


@dataclass
class Params:
    g: np.ndarray
    b: np.ndarray
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


def init(rng, d, h) -> Params:
    return Params(
        g=np.ones(d),
        b=np.zeros(d),
        w1=rng.standard_normal((d, h)) / np.sqrt(d),
        b1=np.zeros(h),
        w2=rng.standard_normal((h, d)) / np.sqrt(h),
        b2=np.zeros(d),
    )


def block(p: Params, x):
    """x + mlp(layernorm(x))"""
    mu = x.mean(-1, keepdims=True)
    var = ((x - mu) ** 2).mean(-1, keepdims=True)
    inv = 1 / np.sqrt(var + 1e-5)
    xhat = (x - mu) * inv
    n = xhat * p.g + p.b
    z = n @ p.w1 + p.b1
    a = z / (1 + np.exp(-z))          # silu
    out = x + a @ p.w2 + p.b2
    return out, (inv, xhat, n, z, a)


def block_grad(p: Params, cache, dout):
    inv, xhat, n, z, a = cache
    dw2 = a.T @ dout
    db2 = dout.sum(0)
    da = dout @ p.w2.T
    sig = 1 / (1 + np.exp(-z))
    dz = da * (sig + z * sig * (1 - sig))
    dw1 = n.T @ dz
    db1 = dz.sum(0)
    dn = dz @ p.w1.T
    dg = (dn * xhat).sum(0)
    db = dn.sum(0)
    dxhat = dn * p.g
    dx = inv * (dxhat - dxhat.mean(-1, keepdims=True) - xhat * (dxhat * xhat).mean(-1, keepdims=True))
    return dout + dx, Params(dg, db, dw1, db1, dw2, db2)


rng = np.random.default_rng(0)
p = init(rng, 6, 12)
x = rng.standard_normal((32, 6))
y = np.sin(x) + 0.5 * np.roll(x, 1, axis=1)

for step in range(101):
    pred, cache = block(p, x)
    diff = pred - y
    loss = (diff ** 2).mean()
    dpred = 2 * diff / diff.size
    _, grads = block_grad(p, cache, dpred)
    for f in fields(Params):
        setattr(p, f.name, getattr(p, f.name) - 0.5 * getattr(grads, f.name))
    if step % 25 == 0:
        print(f'{step:4d} {loss:.4f}')
