import numpy as np

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))

rng = np.random.default_rng(2)
V, D = 15, 6
C = rng.normal(0, 0.2, (V, D))
O = rng.normal(0, 0.2, (V, D))
lr = 0.1
pairs = [(1, 2), (3, 4), (5, 2), (7, 9)]
for epoch in range(10):
    for c, o in pairs:
        negs = rng.choice(V, 3, replace=False)
        v, u, n = C[c], O[o], O[negs]
        pos, neg = sigmoid(u @ v), sigmoid(n @ v)
        loss = -np.log(pos) - np.sum(np.log(1 - neg))
        dpos, dneg = pos - 1, neg
        dv = dpos * u + dneg @ n
        du = dpos * v
        dn = np.outer(dneg, v)
        C[c] = C[c] - lr * dv
        O[o] = O[o] - lr * du
        np.subtract.at(O, negs, lr * dn)
