"""Attention: one head and many, with and without einsum, masks and positions."""

import numpy as np

from ._case import Case, labels, normals


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def one_query(query, keys, values):
    scores = keys @ query / np.sqrt(len(query))
    weights = softmax(scores)
    return np.sum((weights @ values) ** 2)


def scaled_dot_product(Q, K, V):
    d_k = Q.shape[-1]
    scores = Q @ K.T / np.sqrt(d_k)
    return np.sum((softmax(scores) @ V) ** 2)


def causal_where(x, Wq, Wk, Wv):
    T, C = x.shape
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    wei = q @ k.T * C**-0.5
    tril = np.tril(np.ones((T, T)))
    wei = np.where(tril == 0, -np.inf, wei)
    return np.sum((softmax(wei) @ v) ** 2)


def causal_triu(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    n = x.shape[0]
    mask = np.triu(np.ones((n, n)), k=1) * -1e9
    return np.mean(softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v)


def causal_one_minus_tri(q, k, v):
    causal_mask = (1 - np.tri(q.shape[0], dtype=q.dtype)) * -1e10
    return np.sum(np.tanh(softmax(q @ k.T / np.sqrt(q.shape[-1]) + causal_mask) @ v))


def masked_in_place(q, k, v):
    scores = q @ k.swapaxes(-1, -2)
    T = scores.shape[-1]
    future = np.triu(np.ones((T, T), dtype=bool), 1)
    scores[:, future] = -np.inf
    return np.sum((softmax(scores) @ v) ** 2)


def padding_mask(Q, K, V, lengths):
    scores = np.einsum("bqd,bkd->bqk", Q, K)
    keep = np.arange(K.shape[1])[None, None, :] < lengths[:, None, None]
    scores = np.where(keep, scores, -1e9)
    return np.einsum("bqk,bkd->bqd", softmax(scores), V).sum()


def heads_by_reshape(x, Wq, Wk, Wv, Wo, heads):
    N, T, D = x.shape
    d = D // heads
    q = (x @ Wq).reshape(N, T, heads, d).transpose(0, 2, 1, 3)
    k = (x @ Wk).reshape(N, T, heads, d).transpose(0, 2, 1, 3)
    v = (x @ Wv).reshape(N, T, heads, d).transpose(0, 2, 1, 3)
    attn = softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(d))
    out = (attn @ v).transpose(0, 2, 1, 3).reshape(N, T, D)
    return np.sum((out @ Wo) ** 2)


def heads_by_einsum(x, Wq, Wk, Wv, Wo):
    q = np.einsum("ntd,dhk->nhtk", x, Wq)
    k = np.einsum("ntd,dhk->nhtk", x, Wk)
    v = np.einsum("ntd,dhk->nhtk", x, Wv)
    logits = np.einsum("nhtk,nhsk->nhts", q, k) / q.shape[-1] ** 0.5
    out = np.einsum("nhts,nhsk->nthk", softmax(logits), v)
    return np.mean(np.einsum("nthk,hkd->ntd", out, Wo) ** 2)


def heads_by_split(x, c_attn, c_proj, n_head):
    qkv = np.split(x @ c_attn, 3, axis=-1)
    heads = [np.split(part, n_head, axis=-1) for part in qkv]
    out = [softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v for q, k, v in zip(*heads)]
    return np.sum((np.hstack(out) @ c_proj) ** 2)


def additive(query, keys, W1, W2, v):
    score = np.tanh(query @ W1 + keys @ W2) @ v
    alpha = softmax(score)
    context = (alpha[:, None] * keys).sum(axis=0)
    return np.dot(context, context)


def sinusoidal_positions(tokens, table, Wq, Wk):
    seq_len, d_model = len(tokens), table.shape[1]
    pos = np.arange(seq_len)[:, np.newaxis]
    i = np.arange(d_model)[np.newaxis, :]
    angle = pos / np.power(10000, (2 * (i // 2)) / np.float64(d_model))
    angle[:, 0::2] = np.sin(angle[:, 0::2])
    angle[:, 1::2] = np.cos(angle[:, 1::2])
    x = table[tokens] + angle
    return np.mean(softmax((x @ Wq) @ (x @ Wk).T)[:, 0])


def rotary(q, k):
    T, d = q.shape
    freqs = 1.0 / (100.0 ** (np.arange(0, d, 2) / d))
    t = np.outer(np.arange(T), freqs)
    cos, sin = np.cos(t), np.sin(t)

    def rotate(x):
        x1, x2 = x[:, ::2], x[:, 1::2]
        out = np.empty_like(x)
        out[:, ::2] = x1 * cos - x2 * sin
        out[:, 1::2] = x1 * sin + x2 * cos
        return out

    return np.sum(softmax(rotate(q) @ rotate(k).T) ** 2)


def transformer_block(x, p):
    def norm(x, g, b):
        mean = np.mean(x, axis=-1, keepdims=True)
        variance = np.var(x, axis=-1, keepdims=True)
        return g * (x - mean) / np.sqrt(variance + 1e-5) + b

    h = norm(x, p["ln1"]["g"], p["ln1"]["b"])
    att = softmax((h @ p["q"]) @ (h @ p["k"]).T / np.sqrt(x.shape[-1]))
    x = x + att @ (h @ p["v"])
    h = norm(x, **p["ln2"])
    x = x + np.tanh(h @ p["fc"]) @ p["proj"]
    return np.mean(x**2)


def linear_attention(q, k, v):
    phi_q = np.where(q > 0, q + 1, np.exp(q))
    phi_k = np.where(k > 0, k + 1, np.exp(k))
    z = phi_q @ phi_k.sum(axis=0)
    return np.sum((phi_q @ (phi_k.T @ v) / z[:, None]) ** 2)


def block(rng, T, D, H):
    names = ["q", "k", "v"]
    p = dict(zip(names, normals(rng, *[(D, D)] * 3)))
    p["fc"], p["proj"] = normals(rng, (D, H), (H, D))
    for norm in ["ln1", "ln2"]:
        p[norm] = dict(zip("gb", normals(rng, D, D)))
    return (*normals(rng, (T, D)), p)


TOKENS = dict(T=4, D=3, H=5), dict(T=5, D=4, H=2)


def tokens(rng, T, D, H):
    return normals(rng, (T, D), (D, H), (D, H), (D, H))


def batches(rng, B, T, D):
    return normals(rng, (B, T, D), (B, T, D), (B, T, D))


CASES = [
    Case(
        one_query,
        "query keys values",
        lambda rng, T, D, H: normals(rng, D, (T, D), (T, H)),
        *TOKENS,
    ),
    Case(
        scaled_dot_product,
        None,
        lambda rng, S, T, D, H: normals(rng, (S, D), (T, D), (T, H)),
        dict(S=2, T=4, D=3, H=5),
        dict(S=3, T=5, D=4, H=2),
    ),
    Case(causal_where, "x Wq Wk Wv", tokens, *TOKENS),
    Case(causal_triu, "x Wq Wk Wv", tokens, *TOKENS),
    Case(
        causal_one_minus_tri,
        "q k v",
        lambda rng, T, D, H: normals(rng, (T, D), (T, D), (T, H)),
        *TOKENS,
    ),
    Case(masked_in_place, "q k v", batches, dict(B=2, T=4, D=3), dict(B=3, T=5, D=2)),
    Case(
        padding_mask,
        "Q K V",
        lambda rng, B, T, D: (*batches(rng, B, T, D), np.arange(1, B + 1)),
        dict(B=2, T=4, D=3),
        dict(B=3, T=5, D=2),
    ),
    Case(
        heads_by_reshape,
        "x Wq Wk Wv Wo",
        lambda rng, N, T, D, heads: (*normals(rng, (N, T, D), *[(D, D)] * 4), heads),
        dict(N=3, T=5, D=4, heads=2),
        dict(N=2, T=4, D=6, heads=3),
    ),
    Case(
        heads_by_einsum,
        "x Wq Wk Wv Wo",
        lambda rng, N, T, D, H, K: normals(rng, (N, T, D), *[(D, H, K)] * 3, (H, K, D)),
        dict(N=3, T=5, D=4, H=2, K=6),
        dict(N=2, T=4, D=3, H=5, K=1),
    ),
    Case(
        heads_by_split,
        "x c_attn c_proj",
        lambda rng, T, D, n_head: (*normals(rng, (T, D), (D, 3 * D), (D, D)), n_head),
        dict(T=3, D=4, n_head=2),
        dict(T=5, D=6),
        fixed=dict(n_head=4),
    ),
    Case(
        additive,
        "query keys W1 W2 v",
        lambda rng, T, D, H: normals(rng, D, (T, D), (D, H), (D, H), H),
        *TOKENS,
    ),
    Case(
        sinusoidal_positions,
        "table Wq Wk",
        lambda rng, T, V, D, H: (
            labels(rng, T, V),
            *normals(rng, (V, D), (D, H), (D, H)),
        ),
        dict(T=4, V=5, D=6, H=3),
        dict(T=5, V=3, D=4, H=2),
    ),
    Case(
        rotary,
        "q k",
        lambda rng, T, D: normals(rng, (T, D), (T, D)),
        dict(T=3, D=4),
        dict(T=4, D=6),
    ),
    Case(transformer_block, "x p", block, dict(T=4, D=3, H=5), dict(T=3, D=5, H=2)),
    Case(
        linear_attention,
        "q k v",
        lambda rng, T, D, H: normals(rng, (T, D), (T, D), (T, H)),
        *TOKENS,
    ),
]
