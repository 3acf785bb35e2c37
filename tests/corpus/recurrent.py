"""Recurrent networks: unrolled loops over lists, dicts and buffers of hidden states."""

import numpy as np

from ._case import Case, labels, normals


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def char_rnn(inputs, targets, hprev, Wxh, Whh, Why, bh, by):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    vocab_size = Wxh.shape[1]
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    return loss


def rnn_buffer(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    prev_h = h0
    for t in range(T):
        prev_h = np.tanh(x[:, t, :].dot(Wx) + prev_h.dot(Wh) + b)
        h[:, t, :] = prev_h
    return np.sum(h**2)


def rnn_states_by_time(x, U, V, W):
    T = len(x)
    s = np.zeros((T + 1, U.shape[0]))
    s[-1] = np.zeros(U.shape[0])
    o = np.zeros((T, V.shape[0]))
    for t in np.arange(T):
        s[t] = np.tanh(U.dot(x[t]) + W.dot(s[t - 1]))
        o[t] = V.dot(s[t])
    return np.mean(o**2)


def rnn_list(xs, W, U, b, target):
    h = np.zeros(U.shape[0])
    states = [h]
    for x in xs:
        h = np.tanh(np.dot(W, x) + np.dot(U, states[-1]) + b)
        states.append(h)
    return 0.5 * np.sum((states[-1] - target) ** 2)


def rnn_last_output(X, Wx, Wh, Wy, y):
    h = np.zeros((X.shape[0], Wh.shape[0]))
    for step in range(X.shape[1]):
        h = np.tanh(X[:, step] @ Wx + h @ Wh)
    return np.mean((h @ Wy - y) ** 2)


def scalar_rnn(X, wx, wr):
    S = np.zeros((X.shape[0], X.shape[1] + 1))
    for k in range(X.shape[1]):
        S[:, k + 1] = X[:, k] * wx + S[:, k] * wr
    return np.mean(S[:, -1] ** 2)


def lstm_step(x, prev_h, prev_c, Wx, Wh, b):
    _, H = prev_h.shape
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o, g = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return np.sum(next_h) + np.sum(next_c**2)


def lstm_sequence(x, h, c, W, b):
    def cell(x_t, h, c):
        z = np.concatenate((h, x_t), axis=1) @ W + b
        i, f, o, g = np.split(z, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    outputs = []
    for t in range(x.shape[1]):
        h, c = cell(x[:, t], h, c)
        outputs.append(h)
    return np.mean(np.stack(outputs, axis=1) ** 2)


def lstm_gates_in_a_dict(x, h, c, params):
    z = np.vstack([h, x])
    gates = {}
    for name in ["f", "i", "o"]:
        gates[name] = sigmoid(params["W" + name] @ z + params["b" + name])
    candidate = np.tanh(params["Wc"] @ z + params["bc"])
    c_next = gates["f"] * c + gates["i"] * candidate
    h_next = gates["o"] * np.tanh(c_next)
    return np.sum(h_next**2)


def lstm_columns(xt, a_prev, c_prev, Wf, bf, Wi, bi, Wc, bc, Wo, bo):
    n_x, m = xt.shape
    n_a = a_prev.shape[0]
    concat = np.zeros((n_a + n_x, m))
    concat[:n_a, :] = a_prev
    concat[n_a:, :] = xt
    ft = sigmoid(np.dot(Wf, concat) + bf)
    it = sigmoid(np.dot(Wi, concat) + bi)
    cct = np.tanh(np.dot(Wc, concat) + bc)
    c_next = np.multiply(ft, c_prev) + np.multiply(it, cct)
    ot = sigmoid(np.dot(Wo, concat) + bo)
    a_next = np.multiply(ot, np.tanh(c_next))
    return np.sum(a_next) / m


def gru_step(x, h, Wz, Uz, Wr, Ur, Wh, Uh):
    z = sigmoid(x @ Wz + h @ Uz)
    r = sigmoid(x @ Wr + h @ Ur)
    h_tilde = np.tanh(x @ Wh + (r * h) @ Uh)
    h_new = (1 - z) * h + z * h_tilde
    return np.sum(h_new**3)


def gru_sequence(X, W, U, b):
    T, _ = X.shape
    H = U.shape[0]
    h = np.zeros(H)
    hs = np.empty((T, H))
    for t in range(T):
        xw = X[t] @ W + b
        hu = h @ U
        z, r = 1 / (1 + np.exp(-(xw[: 2 * H] + hu[: 2 * H]))).reshape(2, H)
        n = np.tanh(xw[2 * H :] + r * hu[2 * H :])
        h = z * h + (1 - z) * n
        hs[t] = h
    return hs.sum()


def bidirectional(x, Wf, Wb, Uf, Ub):
    T = x.shape[0]
    forward, backward = [None] * T, [None] * T
    h = np.zeros(Uf.shape[0])
    for t in range(T):
        h = np.tanh(x[t] @ Wf + h @ Uf)
        forward[t] = h
    h = np.zeros(Ub.shape[0])
    for t in reversed(range(T)):
        h = np.tanh(x[t] @ Wb + h @ Ub)
        backward[t] = h
    both = np.concatenate([forward, backward], axis=1)
    return np.sum(both**2)


def embedding_to_rnn(tokens, targets, E, Wx, Wh, Wy):
    x = E[tokens]
    h = np.zeros(Wh.shape[0])
    loss = 0.0
    for t, target in enumerate(targets):
        h = np.tanh(x[t] @ Wx + h @ Wh)
        scores = h @ Wy
        scores = scores - scores.max()
        loss -= scores[target] - np.log(np.sum(np.exp(scores)))
    return loss / len(targets)


def decays_by_power(x, decay):
    trace = np.zeros_like(x[0])
    total = 0.0
    for t in range(len(x)):
        trace = decay * trace + x[t]
        total = total + decay**t * np.sum(trace**2)
    return total


def gates(rng, D, H):
    names = ["Wf", "Wi", "Wo", "Wc"]
    weights = dict(zip(names, normals(rng, *[(H, H + D)] * 4)))
    biases = dict(zip(["bf", "bi", "bo", "bc"], normals(rng, *[(H, 1)] * 4)))
    return (*normals(rng, (D, 1), (H, 1), (H, 1)), weights | biases)


CASES = [
    Case(
        char_rnn,
        "Wxh Whh Why bh by",
        lambda rng, T, V, H: (
            labels(rng, T, V).tolist(),
            labels(rng, T, V).tolist(),
            *normals(rng, (H, 1), (H, V), (H, H), (V, H), (H, 1), (V, 1)),
        ),
        dict(T=3, V=5, H=4),
        dict(V=7, H=2),
        fixed=dict(T=4),
    ),
    Case(
        rnn_buffer,
        "x h0 Wx Wh b",
        lambda rng, N, T, D, H: normals(rng, (N, T, D), (N, H), (D, H), (H, H), H),
        dict(N=4, T=3, D=2, H=5),
        dict(N=2, D=4, H=6),
        fixed=dict(T=5),
    ),
    Case(
        rnn_states_by_time,
        "U V W",
        lambda rng, T, D, H, C: normals(rng, (T, D), (H, D), (C, H), (H, H)),
        dict(T=3, D=4, H=5, C=2),
        dict(D=2, H=3, C=4),
        fixed=dict(T=4),
    ),
    Case(
        rnn_list,
        "W U b",
        lambda rng, T, D, H: (
            list(normals(rng, *[D] * T)),
            *normals(rng, (H, D), (H, H), H, H),
        ),
        dict(T=4, D=2, H=3),
        dict(D=3, H=5),
        fixed=dict(T=3),
    ),
    Case(
        rnn_last_output,
        "X Wx Wh Wy",
        lambda rng, N, T, D, H, C: normals(
            rng, (N, T, D), (D, H), (H, H), (H, C), (N, C)
        ),
        dict(N=4, T=3, D=2, H=5, C=6),
        dict(N=3, D=4, H=2, C=5),
        fixed=dict(T=2),
    ),
    Case(
        scalar_rnn,
        "wx wr",
        lambda rng, N, T: (*normals(rng, (N, T)), 0.9, -0.6),
        dict(N=3, T=4),
        dict(N=5),
        fixed=dict(T=2),
    ),
    Case(
        lstm_step,
        None,
        lambda rng, N, D, H: normals(
            rng, (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), 4 * H
        ),
        dict(N=2, D=3, H=5),
        dict(N=4, D=5, H=3),
    ),
    Case(
        lstm_sequence,
        "x h c W b",
        lambda rng, N, T, D, H: normals(
            rng, (N, T, D), (N, H), (N, H), (H + D, 4 * H), 4 * H
        ),
        dict(N=2, T=3, D=5, H=4),
        dict(N=4, D=2, H=3),
        fixed=dict(T=4),
    ),
    Case(lstm_gates_in_a_dict, "params", gates, dict(D=3, H=2), dict(D=2, H=4)),
    Case(
        lstm_columns,
        "Wf bf Wi bi Wc bc Wo bo",
        lambda rng, D, H, m: normals(
            rng, (D, m), (H, m), (H, m), *[(H, H + D), (H, 1)] * 4
        ),
        dict(D=3, H=5, m=4),
        dict(D=2, H=3, m=6),
    ),
    Case(
        gru_step,
        "x h Wz Uz Wr Ur Wh Uh",
        lambda rng, N, D, H: normals(rng, (N, D), (N, H), *[(D, H), (H, H)] * 3),
        dict(N=2, D=3, H=4),
        dict(N=3, D=5, H=2),
    ),
    Case(
        gru_sequence,
        "W U b",
        lambda rng, T, D, H: normals(rng, (T, D), (D, 3 * H), (H, 3 * H), 3 * H),
        dict(T=3, D=2, H=4),
        dict(D=5, H=2),
        fixed=dict(T=4),
    ),
    Case(
        bidirectional,
        "Wf Wb Uf Ub",
        lambda rng, T, D, H: normals(rng, (T, D), (D, H), (D, H), (H, H), (H, H)),
        dict(T=3, D=2, H=4),
        dict(D=5, H=2),
        fixed=dict(T=4),
    ),
    Case(
        embedding_to_rnn,
        "E Wx Wh Wy",
        lambda rng, T, V, D, H: (
            labels(rng, T, V),
            labels(rng, T, V),
            *normals(rng, (V, D), (D, H), (H, H), (H, V)),
        ),
        dict(T=3, V=5, D=2, H=4),
        dict(V=7, D=3, H=6),
        fixed=dict(T=2),
    ),
    Case(
        decays_by_power,
        "x decay",
        lambda rng, T, D: (*normals(rng, (T, D)), 0.8),
        dict(T=3, D=2),
        dict(D=4),
        fixed=dict(T=4),
    ),
]
