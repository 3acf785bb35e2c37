# expect: line=21 variable=V[a][k] mistake=update-sign
# right: V[a][k] + rate * (2 * e * u - decay * V[a][k])
"""Ratings as a product of two matrices, one number of a row at a time."""
import numpy as np

rng = np.random.default_rng(4)
ratings = rng.integers(0, 6, size=(5, 4))
K = 2
U = rng.random((5, K))
V = rng.random((4, K))
rate, decay = 0.002, 0.02

for epoch in range(40):
    for i in range(len(ratings)):
        for a in range(len(ratings[0])):
            if ratings[i][a] > 0:
                e = ratings[i][a] - np.dot(U[i, :], V[a, :])
                for k in range(K):
                    u = U[i][k]
                    U[i][k] = U[i][k] + rate * (2 * e * V[a][k] - decay * U[i][k])
                    V[a][k] = V[a][k] - rate * (2 * e * u - decay * V[a][k])
