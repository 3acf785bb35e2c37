"""Softmax and cross-entropy in the many ways there are to write them."""

import numpy as np

from ._case import Case, distribution, labels, normals, onehot


def labels_in_place(scores, y):
    N = scores.shape[0]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(shifted)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    return np.sum(-np.log(probs[range(N), y])) / N


def onehot_mean(z, t):
    e = np.exp(z)
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.mean(np.sum(t * np.log(p), axis=1))


def column_of_sums(z, t):
    e = np.exp(z - z.max(axis=1)[:, None])
    p = e / e.sum(axis=1)[:, None]
    return -(t * np.log(p)).sum() / len(z)


def reshaped_sums(z, t):
    n = z.shape[0]
    e = np.exp(z - np.max(z))
    p = e / np.sum(e, axis=1).reshape(n, 1)
    return -np.sum(t * np.log(p + 1e-12)) / n


def newaxis_and_minus_axis(z, t):
    e = np.exp(z - np.max(z, axis=-1)[..., np.newaxis])
    p = e / np.sum(e, axis=-1)[..., np.newaxis]
    return -np.average(np.log((p * t).sum(axis=-1)))


def transposed(z, t):
    z = z.T
    z = z - np.max(z, axis=0)
    y = np.exp(z) / np.sum(np.exp(z), axis=0)
    y = y.T
    return -np.sum(t * np.log(y)) / y.shape[0]


def columns(Z, Y):
    m = Y.shape[1]
    A = np.exp(Z) / np.sum(np.exp(Z), axis=0)
    return -np.sum(np.multiply(Y, np.log(A))) / m


def log_softmax(z, y):
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -logp[np.arange(z.shape[0]), y].mean()


def shifted_log_softmax(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    return loss


def logsumexp_minus_picked(z, y):
    m = z.max(axis=1)
    lse = m + np.log(np.exp(z - m[:, None]).sum(axis=1))
    return np.mean(lse - z[np.arange(len(y)), y])


def logaddexp_reduce(z, y):
    return np.sum(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


def single_vector(z, k):
    e = np.exp(z - np.max(z))
    p = e / e.sum()
    return -np.log(p[k])


def single_vector_onehot(x, W, b, t):
    a = np.dot(W, x) + b
    ex = np.exp(a)
    y = ex / np.sum(ex)
    return -np.dot(t, np.log(y))


def in_place(z, t):
    p = z.copy()
    p -= p.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    return -np.sum(np.log(p) * t)


def row_by_row(W, X, y):
    loss = 0.0
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        scores -= np.max(scores)
        loss += -scores[y[i]] + np.log(np.sum(np.exp(scores)))
    return loss / X.shape[0]


def function_of_either_shape(z, t):
    def softmax(x):
        if x.ndim == 2:
            x = x.T
            x = x - np.max(x, axis=0)
            y = np.exp(x) / np.sum(np.exp(x), axis=0)
            return y.T
        x = x - np.max(x)
        return np.exp(x) / np.sum(np.exp(x))

    y = softmax(z)
    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]


def labels_from_onehot(z, t):
    y = np.argmax(t, axis=1)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), y]).mean()


def onehot_from_labels(z, y):
    n, k = z.shape
    t = np.zeros((n, k))
    t[np.arange(n), y] = 1
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.sum(t * np.log(p)) / n


def identity_matrix_rows(z, y):
    t = np.eye(z.shape[1])[y]
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return np.mean(-(t * np.log(p)).sum(1))


def label_smoothing(z, y, eps):
    n, k = z.shape
    t = np.full((n, k), eps / (k - 1))
    t[np.arange(n), y] = 1 - eps
    logp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.mean(np.sum(t * logp, axis=1))


def soft_targets_with_temperature(student, teacher):
    T = 2.0
    q = np.exp(student / T) / np.sum(np.exp(student / T), axis=1, keepdims=True)
    p = np.exp(teacher / T) / np.sum(np.exp(teacher / T), axis=1, keepdims=True)
    return T**2 * np.mean(np.sum(p * (np.log(p) - np.log(q)), axis=1))


def kl_divergence(p, q):
    return np.sum(p * np.log(p / q))


def entropy_of_softmax(z):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.sum(p * np.log(p))


def sequence_with_mask(x, y, mask):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)
    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    return -np.sum(mask_flat * np.log(probs[np.arange(N * T), y_flat])) / N


def whole_network(X, y, W1, b1, W2, b2, reg):
    num_examples = X.shape[0]
    hidden_layer = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden_layer, W2) + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(correct_logprobs) / num_examples
    reg_loss = 0.5 * reg * np.sum(W1 * W1) + 0.5 * reg * np.sum(W2 * W2)
    return data_loss + reg_loss


SIZES = dict(N=4, C=3), dict(N=3, C=5)


def with_labels(rng, N, C):
    return *normals(rng, (N, C)), labels(rng, N, C)


def with_onehot(rng, N, C):
    return *normals(rng, (N, C)), onehot(rng, N, C)


CASES = [
    Case(labels_in_place, "scores", with_labels, *SIZES),
    Case(onehot_mean, "z", with_onehot, *SIZES),
    Case(column_of_sums, "z", with_onehot, *SIZES),
    Case(reshaped_sums, "z", with_onehot, *SIZES),
    Case(newaxis_and_minus_axis, "z", with_onehot, *SIZES),
    Case(transposed, "z", with_onehot, *SIZES),
    Case(columns, "Z", with_onehot, *SIZES),
    Case(log_softmax, "z", with_labels, *SIZES),
    Case(shifted_log_softmax, "x", with_labels, *SIZES),
    Case(logsumexp_minus_picked, "z", with_labels, *SIZES),
    Case(logaddexp_reduce, "z", with_labels, *SIZES),
    Case(
        single_vector, "z", lambda rng, C: (*normals(rng, C), 1), dict(C=3), dict(C=4)
    ),
    Case(
        single_vector_onehot,
        "W b",
        lambda rng, D, C: (*normals(rng, D, (C, D), C), onehot(rng, 1, C)[0]),
        dict(D=4, C=3),
        dict(D=3, C=5),
    ),
    Case(in_place, "z t", with_onehot, *SIZES),
    Case(
        row_by_row,
        "W X",
        lambda rng, N, D, C: (
            *normals(rng, (D, C), (N, D)),
            labels(rng, N, C),
        ),
        dict(N=3, D=4, C=5),
        dict(D=5, C=4),
        fixed=dict(N=2),
    ),
    Case(function_of_either_shape, "z", with_onehot, *SIZES),
    Case(labels_from_onehot, "z", with_onehot, *SIZES),
    Case(onehot_from_labels, "z", with_labels, *SIZES),
    Case(identity_matrix_rows, "z", with_labels, *SIZES),
    Case(
        label_smoothing,
        "z eps",
        lambda rng, N, C: (*with_labels(rng, N, C), 0.1),
        *SIZES,
    ),
    Case(
        soft_targets_with_temperature,
        "student teacher",
        lambda rng, N, C: normals(rng, (N, C), (N, C)),
        *SIZES,
    ),
    Case(
        kl_divergence,
        "p q",
        lambda rng, N, C: (distribution(rng, N, C), distribution(rng, N, C)),
        *SIZES,
    ),
    Case(entropy_of_softmax, "z", lambda rng, N, C: normals(rng, (N, C)), *SIZES),
    Case(
        sequence_with_mask,
        "x",
        lambda rng, N, T, V: (
            *normals(rng, (N, T, V)),
            labels(rng, (N, T), V),
            np.arange(N * T).reshape(N, T) % 3 > 0,
        ),
        dict(N=2, T=3, V=4),
        dict(N=3, T=5, V=2),
    ),
    Case(
        whole_network,
        "W1 b1 W2 b2",
        lambda rng, N, D, H, C: (
            *normals(rng, (N, D)),
            labels(rng, N, C),
            *normals(rng, (D, H), (1, H), (H, C), (1, C)),
            1e-3,
        ),
        dict(N=4, D=3, H=5, C=2),
        dict(N=3, D=2, H=4, C=5),
    ),
]
