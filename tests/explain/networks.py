"""The networks that several tests of the explanation look at."""

import functools

import numpy as np

import clearprop.explain
from clearprop.backward import derive

X = np.array([0.5, 0.1, -0.2])
W_IH = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
W_HO = np.array([0.1, -0.3])
WEIGHTS = ("weights_input_hidden", "weights_hidden_output")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(x, target, weights_input_hidden, weights_hidden_output, learnrate=0.5):
    hidden_layer_input = np.dot(x, weights_input_hidden)
    hidden_layer_output = sigmoid(hidden_layer_input)
    output_layer_in = np.dot(hidden_layer_output, weights_hidden_output)
    output = sigmoid(output_layer_in)
    return 0.5 * (target - output) ** 2


def two_one_one(x, target, w1, w2):
    h = sigmoid(x @ w1)
    y = sigmoid(h * w2)
    return np.sum(0.5 * (target - y) ** 2)


def relu_network(X, Y, W1, b1, W2, b2):
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    return np.mean((scores - Y) ** 2)


def classifier(X, y, W1, W2):
    h = np.tanh(X @ W1)
    scores = h @ W2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(probs[np.arange(len(y)), y]))


@functools.cache
def backward_of(case):
    """A case of the corpus, derived once for all tests."""
    forward, args = case.at(case.sizes)
    return derive(forward, *args, wrt=case.names)


@functools.cache
def explanation_of(case):
    return clearprop.explain.explain(backward_of(case), learning_rate=0.125)


def explained(function, *args, wrt=None, rate=None, style="fused"):
    backward = derive(function, *args, wrt=wrt, style=style)
    return clearprop.explain.explain(backward, learning_rate=rate)


def the_3_2_1(**more):
    args = {
        "x": X,
        "target": 0.6,
        "weights_input_hidden": W_IH,
        "weights_hidden_output": W_HO,
        **more,
    }
    return explained(network, *args.values(), wrt=WEIGHTS)


def the_4_8_3(seed=0, **more):
    rng = np.random.default_rng(seed)
    shapes = dict(X=(5, 4), Y=(5, 3), W1=(4, 8), b1=8, W2=(8, 3), b2=3)
    args = {k: rng.normal(size=s) for k, s in shapes.items()} | more
    return explained(relu_network, *args.values(), wrt=("W1", "b1", "W2", "b2"))


def backward_steps(explanation):
    return {s.target: s for s in explanation.steps if s.section == "backward"}


def kinds(explanation):
    return [r.kind for r in explanation.remarks]
