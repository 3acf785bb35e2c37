# expect: line=18 variable=Q[i] mistake=updated-weight
# keep: line=17 P_before = P[u].copy()
# right: Q[i] += gamma * (e * P_before - lam * Q[i])
import numpy as np

rng = np.random.default_rng(5)
n_users, n_items, k = 6, 8, 3
R = rng.integers(1, 6, (n_users, n_items)).astype(float)
P = rng.normal(scale=0.3, size=(n_users, k))
Q = rng.normal(scale=0.3, size=(n_items, k))
gamma, lam = 0.01, 0.02

for epoch in range(30):
    for u in range(n_users):
        for i in range(n_items):
            e = R[u, i] - P[u] @ Q[i]
            P[u] += gamma * (e * Q[i] - lam * P[u])
            Q[i] += gamma * (e * P[u] - lam * Q[i])
