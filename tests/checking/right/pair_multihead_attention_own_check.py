import numpy as np


def softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def mha_forward(x, Wq, Wk, Wv, Wo, heads=2):
    """Causal multi-head self-attention, x of shape (B, T, D)."""
    B, T, D = x.shape
    d = D // heads
    split = lambda y: y.reshape(B, T, heads, d).transpose(0, 2, 1, 3)
    q, k, v = split(x @ Wq), split(x @ Wk), split(x @ Wv)
    s = q @ k.swapaxes(-1, -2) / np.sqrt(d)
    s = np.where(np.triu(np.ones((T, T), dtype=bool), 1), -1e9, s)
    a = softmax(s)
    o = (a @ v).transpose(0, 2, 1, 3).reshape(B, T, D)
    return o @ Wo, (x, Wq, Wk, Wv, Wo, q, k, v, a, o, heads)


def mha_backward(dy, cache):
    x, Wq, Wk, Wv, Wo, q, k, v, a, o, heads = cache
    B, T, D = x.shape
    d = D // heads
    flat = lambda y: y.reshape(-1, y.shape[-1])
    dWo = flat(o).T @ flat(dy)
    do = (dy @ Wo.T).reshape(B, T, heads, d).transpose(0, 2, 1, 3)
    dv = a.swapaxes(-1, -2) @ do
    da = do @ v.swapaxes(-1, -2)
    ds = a * (da - (da * a).sum(axis=-1, keepdims=True)) / np.sqrt(d)
    dq = ds @ k
    dk = ds.swapaxes(-1, -2) @ q
    join = lambda y: y.transpose(0, 2, 1, 3).reshape(B, T, D)
    dq, dk, dv = join(dq), join(dk), join(dv)
    dWq, dWk, dWv = (flat(x).T @ flat(g) for g in (dq, dk, dv))
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    return dx, dWq, dWk, dWv, dWo


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 4))
    Wq, Wk, Wv, Wo = rng.normal(size=(4, 4, 4)) * 0.5
    y, cache = mha_forward(x, Wq, Wk, Wv, Wo)
    dy = rng.normal(size=y.shape)
    dx, dWq, dWk, dWv, dWo = mha_backward(dy, cache)
    eps = 1e-5
    for name, w, g in (("x", x, dx), ("Wq", Wq, dWq), ("Wk", Wk, dWk), ("Wv", Wv, dWv), ("Wo", Wo, dWo)):
        i = tuple(rng.integers(n) for n in w.shape)
        old = w[i]
        w[i] = old + eps
        up = np.sum(mha_forward(x, Wq, Wk, Wv, Wo)[0] * dy)
        w[i] = old - eps
        down = np.sum(mha_forward(x, Wq, Wk, Wv, Wo)[0] * dy)
        w[i] = old
        print(name, g[i], (up - down) / (2 * eps))
