# any number of layers, weights and biases in lists, activations kept for the way back
import numpy as np

rng = np.random.default_rng(55)
sizes = [4, 7, 6, 5, 2]
weights = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in zip(sizes[:-1], sizes[1:])]
biases = [np.zeros(b) for b in sizes[1:]]
X = rng.normal(size=(16, 4))
T = np.c_[np.tanh(X[:, 0] - X[:, 1]), X[:, 2] * 0.5]
lr = 0.1
L = len(weights)

for epoch in range(150):
    acts = [X]
    for l in range(L):
        z = acts[-1] @ weights[l] + biases[l]
        acts.append(np.tanh(z) if l < L - 1 else z)
    loss = np.sum((acts[-1] - T) ** 2) / len(X)

    grad_w = [None] * L
    grad_b = [None] * L
    delta = 2 * (acts[-1] - T) / len(X)
    for l in reversed(range(L)):
        grad_w[l] = acts[l].T @ delta
        grad_b[l] = delta.sum(axis=0)
        if l > 0:
            delta = (delta @ weights[l].T) * (1 - acts[l] ** 2)

    for l in range(L):
        weights[l] -= lr * grad_w[l]
        biases[l] -= lr * grad_b[l]
    if epoch % 50 == 0:
        print(epoch, loss)
