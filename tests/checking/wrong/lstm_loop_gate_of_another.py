# expect: line=38 variable=dg mistake=wrong-operand
# right: dc * i * (1 - g**2)
import numpy as np

rng = np.random.default_rng(0)
T, D, H = 4, 2, 3
xs = rng.normal(size=(T, D))
target = rng.normal(size=2)
W = rng.normal(size=(D + H, 4 * H)) * 0.5
b = np.zeros(4 * H)
V = rng.normal(size=(H, 2))
sigm = lambda a: 1 / (1 + np.exp(-a))
for epoch in range(100):
    h, c = np.zeros(H), np.zeros(H)
    tape = []
    for t in range(T):
        inp = np.concatenate([xs[t], h])
        a = inp @ W + b
        i, f, o, g = sigm(a[:H]), sigm(a[H : 2 * H]), sigm(a[2 * H : 3 * H]), np.tanh(a[3 * H :])
        c_prev = c
        c = f * c + i * g
        h = o * np.tanh(c)
        tape.append((inp, i, f, o, g, c_prev, c))
    y = h @ V
    loss = 0.5 * np.sum((y - target) ** 2)

    dy = y - target
    dV = np.outer(h, dy)
    dh = V @ dy
    dc = np.zeros(H)
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for inp, i, f, o, g, c_prev, c_t in reversed(tape):
        th = np.tanh(c_t)
        do = dh * th * o * (1 - o)
        dc = dc + dh * o * (1 - th**2)
        di = dc * g * i * (1 - i)
        df = dc * c_prev * f * (1 - f)
        dg = dc * f * (1 - g**2)
        da = np.concatenate([di, df, do, dg])
        dW += np.outer(inp, da)
        db += da
        dh = (W @ da)[D:]
        dc = dc * f
    W -= 0.1 * dW
    b -= 0.1 * db
    V -= 0.1 * dV
