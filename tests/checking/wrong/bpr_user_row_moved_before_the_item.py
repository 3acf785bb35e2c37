# expect: line=21 variable=Q[i] mistake=updated-weight
# right: Q[i] = qi + lr * (s * pu - reg * qi)
import numpy as np

rng = np.random.default_rng(0)
n_users, n_items, k = 6, 8, 4
P = rng.normal(scale=0.1, size=(n_users, k))
Q = rng.normal(scale=0.1, size=(n_items, k))
triples = [(rng.integers(n_users), rng.integers(n_items), rng.integers(n_items)) for _ in range(40)]
lr, reg = 0.05, 0.01
for epoch in range(5):
    total = 0.0
    for u, i, j in triples:
        if i == j:
            continue
        pu, qi, qj = P[u].copy(), Q[i].copy(), Q[j].copy()
        x = pu @ (qi - qj)
        s = 1 / (1 + np.exp(x))
        total += -np.log(1 - s)
        P[u] = pu + lr * (s * (qi - qj) - reg * pu)
        Q[i] = qi + lr * (s * P[u] - reg * qi)
        Q[j] = qj + lr * (-s * pu - reg * qj)
    print(epoch, total)
