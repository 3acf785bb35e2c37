"""Dense layers in every orientation that people write them in."""

import numpy as np

from ._case import Case, labels, normals


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network_3_2_1(x, target, weights_input_hidden, weights_hidden_output):
    hidden_layer_output = 1 / (1 + np.exp(-np.dot(x, weights_input_hidden)))
    output = 1 / (1 + np.exp(-np.dot(hidden_layer_output, weights_hidden_output)))
    return 0.5 * (target - output) ** 2


def rows(X, y, W1, b1, W2, b2):
    hidden = np.tanh(X @ W1 + b1)
    scores = hidden @ W2 + b2
    return np.mean((scores - y) ** 2)


def columns(X, Y, W1, b1, W2, b2):
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    logprobs = np.multiply(np.log(A2), Y) + np.multiply(1 - Y, np.log(1 - A2))
    cost = -1 / m * np.sum(logprobs)
    cost = np.squeeze(cost)
    return cost


def weights_transposed(x, y, W1, b1, W2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    out = h.dot(W2.T) + b2
    return ((out - y) ** 2).sum() / x.shape[0]


def single_vector(x, y, W1, b1, W2, b2):
    a1 = sigmoid(np.dot(W1, x) + b1)
    a2 = sigmoid(np.dot(W2, a1) + b2)
    return 0.5 * np.sum((a2 - y) ** 2)


def column_vectors(x, y, weights, biases):
    a = x
    for w, b in zip(weights, biases):
        a = sigmoid(np.dot(w, a) + b)
    return 0.5 * np.linalg.norm(a - y) ** 2


def vector_dot_vector(x, w, b, t):
    y = x.dot(w) + b
    return (y - t) ** 2


def batch_of_one(x, y, W1, W2):
    x = x[None, :]
    hidden = sigmoid(x @ W1)
    output = hidden @ W2
    return np.sum((y - output) ** 2) / 2


def one_dimensional_targets(features, targets, weights):
    predictions = sigmoid(np.dot(features, weights))
    error = targets - predictions
    return np.mean(error**2)


def squeezed_output(X, y, W, b):
    pred = (X @ W + b)[:, 0]
    return np.sum(np.square(pred - y)) / len(y)


def raveled_output(X, y, W1, W2):
    pred = sigmoid(sigmoid(X.dot(W1)).dot(W2)).ravel()
    return np.average((pred - y) ** 2)


def three_dimensional_input(x, W, b, v):
    h = np.tanh(x @ W + b)
    return np.sum(h @ v)


def matmul_by_name(x, W1, W2):
    return np.matmul(np.tanh(np.matmul(x, W1)), W2).mean()


def list_inputs(inputs, weights, bias):
    output = np.dot(inputs, weights) + bias
    return np.sum(np.tanh(output))


def lists_turned_into_arrays(inputs, weights, target):
    inputs = np.array(inputs)
    weights = np.array(weights, dtype=float)
    output = sigmoid((inputs * weights).sum())
    return -(target * np.log(output) + (1 - target) * np.log(1 - output))


def float_chain(s0, w0, w1, w2, target):
    s1 = 1 / (1 + np.exp(-w0 * s0))
    s2 = 1 / (1 + np.exp(-w1 * s1))
    prediction = w2 * s2
    return 0.5 * (prediction - target) ** 2


def perceptron(x, w, b):
    return sigmoid(np.sum(w * x) + b)


def bias_row(X, y, W):
    ones = np.ones((X.shape[0], 1))
    Xb = np.hstack((ones, X))
    return np.mean(np.square(Xb @ W - y))


def rows_in_a_loop(features, targets, W_ih, W_ho):
    total = 0
    for x, y in zip(features, targets):
        hidden = sigmoid(np.dot(x, W_ih))
        output = np.dot(hidden, W_ho)
        total += 0.5 * (y - output) ** 2
    return total / len(features)


def unit_by_unit(x, y, W, b):
    n_out, n_in = W.shape
    a = np.zeros(n_out)
    for j in range(n_out):
        z = b[j]
        for i in range(n_in):
            z = z + W[j, i] * x[i]
        a[j] = sigmoid(z)
    return np.sum((a - y) ** 2)


def loss_of_size_one(x, target, W1, W2):
    hidden = sigmoid(np.dot(x, W1))
    output = sigmoid(np.dot(hidden, W2))
    return 0.5 * (target - output) ** 2


def linear_svm_scores(X, y, W):
    scores = X.dot(W)
    correct = scores[np.arange(len(y)), y]
    return -np.mean(correct) + 0.5 * np.sum(W * W)


SMALL, LARGE = dict(N=4, D=3, H=5, C=2), dict(N=6, D=2, H=4, C=3)


def mlp(rng, N, D, H, C):
    return normals(rng, (N, D), (N, C), (D, H), (H,), (H, C), (C,))


CASES = [
    Case(
        network_3_2_1,
        "weights_input_hidden weights_hidden_output",
        lambda rng, D, H: (*normals(rng, D), 0.6, *normals(rng, (D, H), H)),
        dict(D=3, H=2),
        dict(D=4, H=5),
    ),
    Case(rows, "X W1 b1 W2 b2", mlp, SMALL, LARGE),
    Case(
        columns,
        "W1 b1 W2 b2",
        lambda rng, m, D, H: (
            *normals(rng, (D, m)),
            labels(rng, (1, m), 2),
            *normals(rng, (H, D), (H, 1), (1, H), (1, 1)),
        ),
        dict(m=4, D=3, H=5),
        dict(m=6, D=2, H=3),
    ),
    Case(
        weights_transposed,
        None,
        lambda rng, N, D, H, C: normals(
            rng, (N, D), (N, C), (H, D), (H,), (C, H), (C,)
        ),
        SMALL,
        LARGE,
    ),
    Case(
        single_vector,
        "x W1 b1 W2 b2",
        lambda rng, D, H, C: normals(rng, D, C, (H, D), H, (C, H), C),
        dict(D=3, H=5, C=2),
        dict(D=2, H=4, C=3),
    ),
    Case(
        column_vectors,
        "weights biases",
        lambda rng, D, H, C: (
            *normals(rng, (D, 1), (C, 1)),
            list(normals(rng, (H, D), (C, H))),
            list(normals(rng, (H, 1), (C, 1))),
        ),
        dict(D=3, H=5, C=2),
        dict(D=2, H=4, C=3),
    ),
    Case(
        vector_dot_vector,
        "x w b",
        lambda rng, D: (*normals(rng, D, D), 0.3, 0.7),
        dict(D=3),
        dict(D=5),
    ),
    Case(
        batch_of_one,
        "x W1 W2",
        lambda rng, D, H, C: normals(rng, D, (1, C), (D, H), (H, C)),
        dict(D=3, H=5, C=2),
        dict(D=2, H=4, C=3),
    ),
    Case(
        one_dimensional_targets,
        "features weights",
        lambda rng, N, D: normals(rng, (N, D), N, D),
        dict(N=4, D=3),
        dict(N=3, D=5),
    ),
    Case(
        squeezed_output,
        "X W b",
        lambda rng, N, D: normals(rng, (N, D), N, (D, 1), 1),
        dict(N=4, D=3),
        dict(N=3, D=5),
    ),
    Case(
        raveled_output,
        "W1 W2",
        lambda rng, N, D, H: normals(rng, (N, D), N, (D, H), (H, 1)),
        dict(N=4, D=3, H=5),
        dict(N=6, D=2, H=3),
    ),
    Case(
        three_dimensional_input,
        "x W b v",
        lambda rng, B, T, D, H: normals(rng, (B, T, D), (D, H), H, H),
        dict(B=2, T=4, D=3, H=5),
        dict(B=3, T=5, D=2, H=4),
    ),
    Case(
        matmul_by_name,
        "x W1 W2",
        lambda rng, N, D, H, C: normals(rng, (N, D), (D, H), (H, C)),
        SMALL,
        LARGE,
    ),
    Case(
        list_inputs,
        "weights bias",
        lambda rng, D, H: (
            rng.normal(size=D).tolist(),
            *normals(rng, (D, H)),
            rng.normal(size=H).tolist(),
        ),
        dict(D=3, H=2),
        dict(D=4, H=5),
    ),
    Case(
        lists_turned_into_arrays,
        "inputs weights",
        lambda rng: ([0.5, 0.1, -0.2], [0.4, -0.6, 0.3], 1.0),
    ),
    Case(float_chain, "s0 w0 w1 w2", lambda rng: (2.0, 2.0, 1.0, 0.5, 0.8)),
    Case(
        perceptron,
        "x w b",
        lambda rng, D: (*normals(rng, D, D), -0.4),
        dict(D=3),
        dict(D=4),
    ),
    Case(
        bias_row,
        "X W",
        lambda rng, N, D, C: normals(rng, (N, D), (N, C), (D + 1, C)),
        dict(N=4, D=2, C=5),
        dict(N=5, D=3, C=2),
    ),
    Case(
        rows_in_a_loop,
        "W_ih W_ho",
        lambda rng, N, D, H: normals(rng, (N, D), N, (D, H), H),
        dict(N=4, D=3, H=2),
        dict(D=5, H=3),
        fixed=dict(N=5),
    ),
    Case(
        unit_by_unit,
        "x W b",
        lambda rng, D, H: normals(rng, D, H, (H, D), H),
        dict(D=3, H=2),
        fixed=dict(D=4, H=3),
    ),
    Case(
        loss_of_size_one,
        "W1 W2",
        lambda rng, D, H: (*normals(rng, (1, D)), 0.6, *normals(rng, (D, H), (H, 1))),
        dict(D=3, H=2),
        dict(D=4, H=3),
    ),
    Case(
        linear_svm_scores,
        "X W",
        lambda rng, N, D, C: (
            *normals(rng, (N, D)),
            labels(rng, N, C),
            *normals(rng, (D, C)),
        ),
        dict(N=5, D=3, C=4),
        dict(N=3, D=4, C=2),
    ),
]
