# expect: line=25 variable=out[:,1::2] mistake=sign|wrong-operand
# right: -g1 * sin + g2 * cos
"""A causal self-attention layer with rotary positions and a residual, trained to copy."""
import numpy as np

rng = np.random.default_rng(3)
T, D = 6, 4
freq = 1.0 / 10 ** (np.arange(D // 2) / (D // 2))
ang = np.arange(T)[:, None] * freq
cos, sin = np.cos(ang), np.sin(ang)


def rope(x):
    x1, x2 = x[:, ::2], x[:, 1::2]
    out = np.empty_like(x)
    out[:, ::2] = x1 * cos - x2 * sin
    out[:, 1::2] = x1 * sin + x2 * cos
    return out


def rope_back(g):
    g1, g2 = g[:, ::2], g[:, 1::2]
    out = np.empty_like(g)
    out[:, ::2] = g1 * cos + g2 * sin
    out[:, 1::2] = g1 * sin + g2 * cos
    return out


Wq, Wk, Wv, Wo = (rng.normal(0, 0.4, (D, D)) for _ in range(4))
x = rng.normal(size=(T, D))
y = np.roll(x, 1, axis=0)
y[0] = 0
mask = np.triu(np.full((T, T), -1e9), 1)
lr = 0.05
for it in range(40):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    qr, kr = rope(q), rope(k)
    s = qr @ kr.T / np.sqrt(D) + mask
    a = np.exp(s - s.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    c = a @ v
    o = x + c @ Wo
    diff = o - y
    loss = np.mean(diff**2)

    do = 2 * diff / diff.size
    dWo = c.T @ do
    dc = do @ Wo.T
    da = dc @ v.T
    dv = a.T @ dc
    ds = a * (da - np.sum(da * a, axis=-1, keepdims=True)) / np.sqrt(D)
    dq = rope_back(ds @ kr)
    dk = rope_back(ds.T @ qr)
    dWq, dWk, dWv = x.T @ dq, x.T @ dk, x.T @ dv
    Wq -= lr * dWq
    Wk -= lr * dWk
    Wv -= lr * dWv
    Wo -= lr * dWo
    if it % 10 == 0:
        print(it, loss)
