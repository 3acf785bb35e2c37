"""Embeddings and graphs: rows gathered, scattered and mixed."""

import numpy as np

from ._case import Case, binary, labels, normals

LAYER = dict(N=4, D=3, H=5), dict(N=3, D=2, H=4)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def ratings_by_pairs(users, items, ratings, P, Q, bu):
    predicted = np.sum(P[users] * Q[items], axis=1) + bu[users]
    return np.mean((ratings - predicted) ** 2)


def negative_sampling(center, context, negatives, V, U):
    v = V[center]
    positive_score = np.log(sigmoid(np.dot(U[context], v)))
    negative_score = np.log(sigmoid(-np.dot(U[negatives], v)))
    return -positive_score - np.sum(negative_score)


def cbow(context, target, W_in, W_out):
    h = np.mean(W_in[context], axis=0)
    u = np.dot(W_out.T, h)
    y = np.exp(u) / np.sum(np.exp(u))
    return -np.log(y[target])


def character_mlp(X, Y, C, W1, b1, W2):
    emb = C[X]
    embcat = emb.reshape(emb.shape[0], -1)
    h = np.tanh(embcat @ W1 + b1)
    logits = h @ W2
    logit_maxes = logits.max(1, keepdims=True)
    counts = np.exp(logits - logit_maxes)
    counts_sum_inv = counts.sum(1, keepdims=True) ** -1
    logprobs = np.log(counts * counts_sum_inv)
    return -logprobs[range(len(Y)), Y].mean()


def glove(pairs, counts, W, C, b):
    i, j = pairs.T
    f = np.minimum((counts / 10) ** 0.75, 1)
    r = np.sum(W[i] * C[j], axis=1) + b[i] - np.log(counts)
    return np.sum(f * r**2)


def graph_convolution(A, X, W1, W2):
    A_hat = A + np.eye(A.shape[0])
    D_hat = np.diag(A_hat.sum(axis=1) ** -0.5)
    norm = D_hat @ A_hat @ D_hat
    H = np.maximum(norm @ X @ W1, 0)
    return np.sum((norm @ H @ W2) ** 2)


def graph_attention(A, X, W, a):
    H = X @ W
    n = H.shape[1]
    e = (H @ a[:n])[:, None] + (H @ a[n:])[None, :]
    e = np.where(e > 0, e, 0.2 * e)
    e = np.where(A > 0, e, -1e9)
    return np.sum((softmax(e) @ H) ** 2)


def message_passing(src, dst, X, W):
    messages = np.tanh(X[src] @ W)
    out = np.zeros_like(X)
    np.add.at(out, dst, messages)
    return np.sum((X + out) ** 2)


def adjacency(rng, N):
    upper = np.triu(binary(rng, N, N), 1)
    return upper + upper.T


CASES = [
    Case(
        ratings_by_pairs,
        "P Q bu",
        lambda rng, K, N, M, D: (
            labels(rng, K, N),
            labels(rng, K, M),
            *normals(rng, K, (N, D), (M, D), N),
        ),
        dict(K=7, N=4, M=5, D=3),
        dict(K=6, N=3, M=4, D=2),
    ),
    Case(
        negative_sampling,
        "V U",
        lambda rng, K, N, D: (
            1,
            0,
            labels(rng, K, N),
            *normals(rng, (N, D), (N, D)),
        ),
        dict(K=6, N=4, D=3),
        dict(K=3, N=5, D=2),
    ),
    Case(
        cbow,
        "W_in W_out",
        lambda rng, K, V, D: (labels(rng, K, V), 2, *normals(rng, (V, D), (D, V))),
        dict(K=4, V=5, D=3),
        dict(K=2, V=6, D=4),
    ),
    Case(
        character_mlp,
        "C W1 b1 W2",
        lambda rng, N, T, V, D, H: (
            labels(rng, (N, T), V),
            labels(rng, N, V),
            *normals(rng, (V, D), (T * D, H), H, (H, V)),
        ),
        dict(N=4, T=3, V=6, D=2, H=5),
        dict(N=5, T=2, V=4, D=3, H=6),
    ),
    Case(
        glove,
        "W C b",
        lambda rng, K, N, D: (
            labels(rng, (K, 2), N),
            rng.uniform(1, 20, size=K),
            *normals(rng, (N, D), (N, D), N),
        ),
        dict(K=7, N=4, D=3),
        dict(K=6, N=3, D=5),
    ),
    Case(
        graph_convolution,
        "X W1 W2",
        lambda rng, N, D, H: (
            adjacency(rng, N),
            *normals(rng, (N, D), (D, H), (H, 2)),
        ),
        *LAYER,
    ),
    Case(
        graph_attention,
        "X W a",
        lambda rng, N, D, H: (
            adjacency(rng, N) + np.eye(N),
            *normals(rng, (N, D), (D, H), 2 * H),
        ),
        *LAYER,
    ),
    Case(
        message_passing,
        "X W",
        lambda rng, E, N, D: (
            labels(rng, E, N),
            labels(rng, E, N),
            *normals(rng, (N, D), (D, D)),
        ),
        dict(E=6, N=4, D=3),
        dict(E=7, N=5, D=2),
    ),
]
