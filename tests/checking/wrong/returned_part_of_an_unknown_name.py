# expect: line=15 variable=return mistake=crash
# right: X.T @ dh, h.T @ d
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3)); y = rng.normal(size=(20, 2))
p = {"W1": rng.normal(size=(3, 5)), "W2": rng.normal(size=(5, 2))}
lr = 0.05

def forward(p, X):
    h = np.tanh(X @ p["W1"])
    return h @ p["W2"], h

def backward(p, X, h, d):
    dh = d @ p["W2"].T * (1 - h ** 2)
    return X.T @ (dh * quux), h.T @ d

for t in range(50):
    out, h = forward(p, X)
    d = out - y
    loss = 0.5 * np.sum(d ** 2)
    g = dict(zip(p, backward(p, X, h, d)))
    for k in p:
        p[k] -= lr * g[k]
