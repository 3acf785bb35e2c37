# expect: line=31 variable=step_W mistake=sign
# right: (1 + keep) * vel_W - kept
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(30, 5))
Y = np.sin(X[:, :2])
W = 0.3 * rng.normal(size=(5, 7))
V = 0.3 * rng.normal(size=(7, 2))
vel_W = np.zeros_like(W)
vel_V = np.zeros_like(V)
keep, rate = 0.9, 0.05

for step in range(300):
    H = np.tanh(X @ W)
    out = H @ V
    loss = 0.5 * np.mean(np.sum((out - Y) ** 2, axis=1))

    dout = (out - Y) / len(X)
    dV = H.T @ dout
    dW = X.T @ (dout @ V.T * (1 - H**2))

    kept = keep * vel_V
    push = rate * dV
    vel_V = kept - push
    step_V = (1 + keep) * vel_V - kept
    V += step_V
    kept = keep * vel_W
    push = rate * dW
    vel_W = kept - push
    step_W = -((1 + keep) * vel_W - kept)
    W += step_W
