# expect: line=16 variable=W mistake=update-sign
# right: np.maximum(0, W - eta * R @ H.T)
import numpy as np

# Non-negative matrix factorisation with alternating projected gradient steps
np.random.seed(0)
V = np.abs(np.random.randn(20, 12))
rank = 4
W = np.random.rand(20, rank)
H = np.random.rand(rank, 12)
eta = 0.005

for it in range(200):
    # step on W, H fixed
    R = W @ H - V
    W = np.maximum(0, W + eta * R @ H.T)
    # step on H with the new W
    R = W @ H - V
    H = np.maximum(0, H - eta * W.T @ R)
    if it % 50 == 0:
        err = 0.5 * np.sum((W @ H - V) ** 2)
        print("iteration", it, "error", err)
