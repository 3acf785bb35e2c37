"""One causal self-attention head, pre-LayerNorm, GELU MLP, residuals. Forward and backward."""
import numpy as np
from typing import NamedTuple


class Params(NamedTuple):
    Wq: np.ndarray
    Wk: np.ndarray
    Wv: np.ndarray
    Wo: np.ndarray
    g: np.ndarray
    b: np.ndarray
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def gelu_grad(x):
    k = np.sqrt(2 / np.pi)
    t = np.tanh(k * (x + 0.044715 * x ** 3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * k * (1 + 3 * 0.044715 * x ** 2)


def layernorm(x, g, b, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    inv = 1 / np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - mu) * inv
    return g * xhat + b, (xhat, inv)


def layernorm_bwd(dy, g, cache):
    xhat, inv = cache
    dxhat = dy * g
    dx = inv * (dxhat - dxhat.mean(-1, keepdims=True) - xhat * (dxhat * xhat).mean(-1, keepdims=True))
    lead = tuple(range(dy.ndim - 1))
    return dx, (dy * xhat).sum(axis=lead), dy.sum(axis=lead)


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def block_forward(x, p: Params):
    B, T, C = x.shape
    n, ln_cache = layernorm(x, p.g, p.b)
    q, k, v = n @ p.Wq, n @ p.Wk, n @ p.Wv
    scale = 1 / np.sqrt(q.shape[-1])
    scores = np.einsum("btd,bsd->bts", q, k) * scale
    mask = np.triu(np.ones((T, T), dtype=bool), 1)
    scores = np.where(mask, -1e9, scores)
    att = softmax(scores)
    ctx = att @ v
    h = x + ctx @ p.Wo
    z = h @ p.W1 + p.b1
    a = gelu(z)
    out = h + a @ p.W2 + p.b2
    return out, (x, n, ln_cache, q, k, v, scale, att, ctx, h, z, a)


def block_backward(dout, p: Params, cache):
    x, n, ln_cache, q, k, v, scale, att, ctx, h, z, a = cache

    dW2 = np.einsum("bth,btc->hc", a, dout)
    db2 = dout.sum((0, 1))
    da = dout @ p.W2.T
    dz = da * gelu_grad(z)
    dW1 = np.einsum("btc,bth->ch", h, dz)
    db1 = dz.sum((0, 1))
    dh = dout + dz @ p.W1.T

    dctx = dh @ p.Wo.T
    dWo = np.einsum("btd,btc->dc", ctx, dh)
    datt = dctx @ v.transpose(0, 2, 1)
    dv = att.transpose(0, 2, 1) @ dctx
    dscores = att * (datt - (datt * att).sum(-1, keepdims=True))
    dq = dscores @ k * scale
    dk = dscores.transpose(0, 2, 1) @ q * scale
    dWq = np.einsum("btc,btd->cd", n, dq)
    dWk = np.einsum("btc,btd->cd", n, dk)
    dWv = np.einsum("btc,btd->cd", n, dv)
    dn = dq @ p.Wq.T + dk @ p.Wk.T + dv @ p.Wv.T
    dx_ln, dg, db = layernorm_bwd(dn, p.g, ln_cache)
    dx = dh + dx_ln
    return dx, Params(dWq, dWk, dWv, dWo, dg, db, dW1, db1, dW2, db2)


def init(rng, C, d, Hd):
    s = lambda *shape: rng.normal(0, 0.2, shape)
    return Params(s(C, d), s(C, d), s(C, d), s(d, C), np.ones(C), np.zeros(C),
                  s(C, Hd), np.zeros(Hd), s(Hd, C), np.zeros(C))


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    p = init(rng, 6, 4, 12)
    x, target = rng.normal(size=(2, 5, 6)), rng.normal(size=(2, 5, 6))
    for it in range(100):
        out, cache = block_forward(x, p)
        diff = out - target
        loss = 0.5 * np.sum(diff ** 2)
        dx, grads = block_backward(diff, p, cache)
        p = Params(*(w - 0.01 * g for w, g in zip(p, grads)))
        if it % 20 == 0:
            print(it, loss)
