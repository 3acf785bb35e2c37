# expect: line=44 variable=dgates mistake=derivative-at-wrong-point
# right: (1 - acts[t, :, 2 * h :] ** 2) * dacts[t, :, 2 * h :]
"""A recurrent cell whose gates are written side by side into one array."""
import numpy as np

rng = np.random.default_rng(2)
steps, many, n, h = 4, 5, 3, 2
X = rng.normal(size=(steps, many, n))
y = rng.normal(size=(steps, many, h))
W = rng.normal(size=(n + h, 3 * h)) * 0.5


def forward(X, W):
    both = np.zeros((steps, many, n + h))
    gates = np.zeros((steps, many, 3 * h))
    acts = np.zeros((steps, many, 3 * h))
    cells = np.zeros((steps, many, h))
    outs = np.zeros((steps, many, h))
    for t in range(steps):
        both[t, :, :n] = X[t]
        both[t, :, n:] = outs[t - 1] if t > 0 else 0
        gates[t] = both[t] @ W
        acts[t, :, : 2 * h] = 1 / (1 + np.exp(-gates[t, :, : 2 * h]))
        acts[t, :, 2 * h :] = np.tanh(gates[t, :, 2 * h :])
        before = cells[t - 1] if t > 0 else np.zeros((many, h))
        cells[t] = acts[t, :, :h] * before + acts[t, :, h : 2 * h] * acts[t, :, 2 * h :]
        outs[t] = np.tanh(cells[t])
    return both, acts, cells, outs


def backward(dout, W, both, acts, cells, outs):
    dgates, dacts = np.zeros_like(acts), np.zeros_like(acts)
    dcells = np.zeros_like(cells)
    dW, dX = np.zeros_like(W), np.zeros_like(X)
    dout = dout.copy()
    for t in reversed(range(steps)):
        dcells[t] += dout[t] * (1 - outs[t] ** 2)
        if t > 0:
            dacts[t, :, :h] = dcells[t] * cells[t - 1]
            dcells[t - 1] += dcells[t] * acts[t, :, :h]
        dacts[t, :, h : 2 * h] = dcells[t] * acts[t, :, 2 * h :]
        dacts[t, :, 2 * h :] = dcells[t] * acts[t, :, h : 2 * h]
        s = acts[t, :, : 2 * h]
        dgates[t, :, 2 * h :] = (1 - outs[t] ** 2) * dacts[t, :, 2 * h :]
        dgates[t, :, : 2 * h] = s * (1 - s) * dacts[t, :, : 2 * h]
        dW += both[t].T @ dgates[t]
        dboth = dgates[t] @ W.T
        dX[t] = dboth[:, :n]
        if t > 0:
            dout[t - 1] += dboth[:, n:]
    return dX, dW


for _ in range(20):
    both, acts, cells, outs = forward(X, W)
    loss = 0.5 * np.sum((outs - y) ** 2)
    dX, dW = backward(outs - y, W, both, acts, cells, outs)
    W -= 0.05 * dW
