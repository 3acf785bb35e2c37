import numpy as np
rng = np.random.default_rng(11)
sizes = [3, 8, 8, 2]
Ws = [rng.standard_normal((m, n)) for m, n in zip(sizes, sizes[1:])]
bs = [np.zeros(n) for n in sizes[1:]]
X = rng.standard_normal((40, 3))
Y = rng.standard_normal((40, 2))
for t in range(30):
    acts = [X]
    for W, b in zip(Ws, bs):
        acts.append(np.tanh(acts[-1] @ W + b))
    loss = 0.5 * np.sum((acts[-1] - Y) ** 2)
    g = acts[-1] - Y
    gws, gbs = [], []
    for k in range(len(Ws) - 1, -1, -1):
        g = g * (1 - acts[k + 1] ** 2)
        gws.append(acts[k].T @ g)
        gbs.append(g.sum(axis=0))
        g = g @ Ws[k].T
    for k in range(len(Ws)):
        Ws[k] -= 0.01 * gws[::-1][k]
        bs[k] -= 0.01 * gbs[::-1][k]
