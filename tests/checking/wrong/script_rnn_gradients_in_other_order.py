# expect: line=37 variable=dWh mistake=wrong-operand
# right: dWx, dWh, db = backward(xs, hs, ys)
import numpy as np

rng = np.random.default_rng(0)
T, H = 5, 4
xs = rng.normal(size=(T, H))
ys = rng.normal(size=(T, H))
Wx = rng.normal(0, .5, (H, H))
Wh = rng.normal(0, .5, (H, H))
b = np.zeros(H)


def forward(xs):
    hs = [np.zeros(H)]
    for t in range(T):
        hs.append(np.tanh(xs[t] @ Wx + hs[-1] @ Wh + b))
    return hs


def backward(xs, hs, ys):
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dh_next = np.zeros(H)
    for t in reversed(range(T)):
        dh = (hs[t + 1] - ys[t]) + dh_next
        dz = dh * (1 - hs[t + 1] ** 2)
        dWx += np.outer(xs[t], dz)
        dWh += np.outer(hs[t], dz)
        db += dz
        dh_next = Wh @ dz
    return dWx, dWh, db


for step in range(100):
    hs = forward(xs)
    loss = 0.5 * np.sum((np.array(hs[1:]) - ys) ** 2)
    dWh, dWx, db = backward(xs, hs, ys)
    Wx -= 0.05 * dWx
    Wh -= 0.05 * dWh
    b -= 0.05 * db
