# expect: line=21 variable=dV1 mistake=scale
# right: B1.T @ X / n
import numpy as np

rng = np.random.default_rng(8)
n, reg = 14, 0.02
X = rng.normal(size=(n, 4))
T = np.eye(3)[rng.integers(0, 3, n)]
V1 = 0.5 * rng.normal(size=(6, 4))
V2 = 0.5 * rng.normal(size=(3, 6))

H = np.tanh(X @ V1.T)
S = H @ V2.T
P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
loss = -np.sum(T * np.log(P)) / n
loss += 0.5 * reg * (np.sum(V1**2) + np.sum(V2**2))

B2 = P - T
B1 = B2 @ V2 * (1 - H**2)
# the mean of the examples, then the decay
dV1 = B1.T @ X
dV2 = B2.T @ H / n
dV1 += reg * V1
dV2 += reg * V2
print(loss, np.abs(dV1).max(), np.abs(dV2).max())
