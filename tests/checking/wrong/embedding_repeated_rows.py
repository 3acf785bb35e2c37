# expect: line=28 variable=dE mistake=overwritten-accumulator
# right: np.add.at(dE, tokens, dx)
import numpy as np

rng = np.random.default_rng(10)
vocab, dim, hidden, classes = 6, 4, 5, 3
E = rng.normal(size=(vocab, dim)) * 0.5
W = rng.normal(size=(dim, classes)) * 0.5
b = np.zeros(classes)
tokens = np.array([0, 2, 2, 5, 1, 2, 0, 4])
labels = np.array([0, 1, 2, 0, 1, 1, 2, 0])
lr = 0.2

for epoch in range(40):
    x = E[tokens]
    scores = x @ W + b
    scores = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(labels)), labels]).mean()

    dscores = probs.copy()
    dscores[np.arange(len(labels)), labels] -= 1
    dscores /= len(labels)
    dW = x.T @ dscores
    db = dscores.sum(axis=0)
    dx = dscores @ W.T
    dE = np.zeros_like(E)
    dE[tokens] += dx

    E -= lr * dE
    W -= lr * dW
    b -= lr * db
