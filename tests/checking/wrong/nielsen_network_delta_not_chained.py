# expect: line=29 variable=delta mistake=dropped-upstream
# right: (weights[l + 1].T @ delta) * sigmoid_prime(zs[l])
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def backprop(weights, biases, x, y):
    """Gradients of 0.5 * |a - y|^2, layer by layer."""
    activations, zs = [x], []
    for w, b in zip(weights, biases):
        zs.append(w @ activations[-1] + b)
        activations.append(sigmoid(zs[-1]))
    cost = 0.5 * np.sum((activations[-1] - y) ** 2)

    output_delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_w = [None] * len(weights)
    nabla_b = [None] * len(weights)
    nabla_b[-1] = output_delta
    nabla_w[-1] = output_delta @ activations[-2].T
    delta = output_delta
    for l in range(len(weights) - 2, -1, -1):
        delta = weights[l + 1].T.sum(axis=1, keepdims=True) * sigmoid_prime(zs[l])
        nabla_b[l] = delta
        nabla_w[l] = delta @ activations[l].T
    return cost, nabla_w, nabla_b


rng = np.random.default_rng(14)
sizes = [3, 4, 5, 2]
weights = [rng.normal(size=(o, i)) for i, o in zip(sizes, sizes[1:])]
biases = [rng.normal(size=(o, 1)) for o in sizes[1:]]
x, y = rng.normal(size=(3, 1)), rng.uniform(size=(2, 1))
for step in range(20):
    cost, nabla_w, nabla_b = backprop(weights, biases, x, y)
    weights = [w - 0.5 * g for w, g in zip(weights, nabla_w)]
    biases = [b - 0.5 * g for b, g in zip(biases, nabla_b)]
