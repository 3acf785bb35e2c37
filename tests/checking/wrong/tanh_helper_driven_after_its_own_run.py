# expect: line=11 variable=return mistake=wrong-derivative
# right: 1 - y**2
import numpy as np


def tanh(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


def dtanh(y):
    return 1 - y


def make(layers):
    rng = np.random.RandomState(8)
    return [rng.uniform(-0.5, 0.5, (m, n + 1)) for n, m in zip(layers, layers[1:])]


def run(net, x):
    outs = [np.append(x, 1.0)]
    for W in net[:-1]:
        outs.append(np.append(tanh(W @ outs[-1]), 1.0))
    outs.append(tanh(net[-1] @ outs[-1]))
    return outs


def train(net, data, rate, epochs):
    for _ in range(epochs):
        for x, y in data:
            outs = run(net, x)
            delta = (y - outs[-1]) * dtanh(outs[-1])
            steps = []
            for k in range(len(net) - 1, -1, -1):
                steps.append(np.outer(delta, outs[k]))
                if k:
                    delta = (net[k][:, :-1].T @ delta) * dtanh(outs[k][:-1])
            for W, s in zip(net, reversed(steps)):
                W += rate * s
    return net


xor = [([0, 0], [-0.8]), ([0, 1], [0.8]), ([1, 0], [0.8]), ([1, 1], [-0.8])]
xor = [(np.array(a, float), np.array(b)) for a, b in xor]
train(make([2, 3, 1]), xor, 0.1, 30)
