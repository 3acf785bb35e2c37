import numpy as np

np.random.seed(50)
T, I, H = 6, 2, 5
seq = np.random.randn(T, I)
want = np.random.randn(T, 1)

Wx = np.random.randn(I, H) * 0.5
Wh = np.random.randn(H, H) * 0.8
Wy = np.random.randn(H, 1) * 0.5
max_norm = 1.0
lr = 0.05

for it in range(60):
    hs = np.zeros((T + 1, H))
    ys = np.zeros((T, 1))
    for t in range(T):
        hs[t + 1] = np.tanh(seq[t] @ Wx + hs[t] @ Wh)
        ys[t] = hs[t + 1] @ Wy
    loss = 0.5 * np.sum((ys - want) ** 2)

    gWx = np.zeros_like(Wx)
    gWh = np.zeros_like(Wh)
    gWy = np.zeros_like(Wy)
    dh_next = np.zeros(H)
    for t in range(T - 1, -1, -1):
        dy = ys[t] - want[t]
        gWy += np.outer(hs[t + 1], dy)
        dh = Wy @ dy + dh_next
        dz = dh * (1 - hs[t + 1] ** 2)
        gWx += np.outer(seq[t], dz)
        gWh += np.outer(hs[t], dz)
        dh_next = Wh @ dz

    # clip the global norm
    norm = np.sqrt(np.sum(gWx ** 2) + np.sum(gWh ** 2) + np.sum(gWy ** 2))
    if norm > max_norm:
        gWx *= max_norm / norm
        gWh *= max_norm / norm
        gWy *= max_norm / norm

    Wx -= lr * gWx
    Wh -= lr * gWh
    Wy -= lr * gWy
    if it % 20 == 0:
        print(it, loss, norm)
