# expect: line=29 variable=dh mistake=dropped-upstream
# right: dy @ Wy.T + dh_next
import numpy as np

rng = np.random.default_rng(9)
T, N, D, H = 5, 4, 3, 6
x = rng.normal(size=(T, N, D))
target = rng.normal(size=(T, N, 1))
Wx = rng.normal(size=(D, H)) * 0.5
Wh = rng.normal(size=(H, H)) * 0.5
b = np.zeros(H)
Wy = rng.normal(size=(H, 1)) * 0.5

for step in range(20):
    h = np.zeros((T + 1, N, H))
    y = np.zeros((T, N, 1))
    loss = 0.0
    for t in range(T):
        h[t + 1] = np.tanh(x[t] @ Wx + h[t] @ Wh + b)
        y[t] = h[t + 1] @ Wy
        loss += 0.5 * np.sum((y[t] - target[t]) ** 2)

    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    db, dWy = np.zeros_like(b), np.zeros_like(Wy)
    dh_next = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        dy = y[t] - target[t]
        dWy += h[t + 1].T @ dy
        dh = dy @ Wy.T
        da = dh * (1 - h[t + 1] ** 2)
        dWx += x[t].T @ da
        dWh += h[t].T @ da
        db += da.sum(axis=0)
        dh_next = da @ Wh.T

    for p, g in [(Wx, dWx), (Wh, dWh), (b, db), (Wy, dWy)]:
        p -= 0.01 * g
