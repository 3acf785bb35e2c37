# expect: line=8 variable=lambda mistake=derivative-at-wrong-point
# right: 1 - a**2
import numpy as np

np.random.seed(99)

ACTIVATIONS = {
    "tanh": (np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
}


def build(spec):
    layers = []
    for n_in, n_out, name in spec:
        layers.append(
            {"W": np.random.randn(n_in, n_out) * 0.5, "b": np.zeros((1, n_out)), "act": name}
        )
    return layers


def feedforward(layers, X):
    acts = [X]
    for layer in layers:
        f, _ = ACTIVATIONS[layer["act"]]
        acts.append(f(acts[-1] @ layer["W"] + layer["b"]))
    return acts


def backprop(layers, acts, T):
    grads = []
    delta = (acts[-1] - T) * ACTIVATIONS[layers[-1]["act"]][1](acts[-1])
    for i in range(len(layers) - 1, -1, -1):
        grads.insert(0, (acts[i].T @ delta, delta.sum(axis=0, keepdims=True)))
        if i > 0:
            _, fprime = ACTIVATIONS[layers[i - 1]["act"]]
            delta = (delta @ layers[i]["W"].T) * fprime(acts[i])
    return grads


X = np.random.randn(12, 3)
T = np.random.rand(12, 2)
layers = build([(3, 6, "tanh"), (6, 5, "sigmoid"), (5, 2, "sigmoid")])
history = []
for epoch in range(100):
    acts = feedforward(layers, X)
    history.append(0.5 * np.sum((acts[-1] - T) ** 2))
    for layer, (dW, db) in zip(layers, backprop(layers, acts, T)):
        layer["W"] -= 0.1 * dW
        layer["b"] -= 0.1 * db
