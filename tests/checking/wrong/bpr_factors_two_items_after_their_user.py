# expect: line=26 variable=grad_i mistake=updated-weight
# keep: line=25 P_before = P[u].copy()
# right: -e * P_before + reg * Q[i]
# expect: line=27 variable=grad_j mistake=updated-weight
# right: e * P_before + reg * Q[j]
"""Bayesian personalised ranking: each user prefers item i to item j."""
import numpy as np

rng = np.random.RandomState(23)
users, items, f = 6, 9, 4
P = rng.normal(0, 0.3, (users, f))
Q = rng.normal(0, 0.3, (items, f))
bi = np.zeros(items)
triples = [(0, 1, 2), (1, 3, 4), (2, 0, 8), (3, 5, 6), (4, 7, 1), (5, 2, 3), (0, 4, 5)]
lr, reg = 0.1, 0.05

for epoch in range(20):
    for u, i, j in triples:
        score = P[u] @ (Q[i] - Q[j]) + bi[i] - bi[j]
        loss = np.log(1 + np.exp(-score))
        loss += 0.5 * reg * (P[u] @ P[u] + Q[i] @ Q[i] + Q[j] @ Q[j])

        e = 1 / (1 + np.exp(score))
        grad_u = -e * (Q[i] - Q[j]) + reg * P[u]
        P[u] -= lr * grad_u
        grad_i = -e * P[u] + reg * Q[i]
        grad_j = e * P[u] + reg * Q[j]

        Q[i] -= lr * grad_i
        Q[j] -= lr * grad_j
        bi[i] += lr * e
        bi[j] -= lr * e
