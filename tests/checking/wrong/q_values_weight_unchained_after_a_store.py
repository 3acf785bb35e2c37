# expect: line=19 variable=dV mistake=dropped-upstream|transpose
# right: h.T @ dq
import numpy as np

rng = np.random.default_rng(12)
S = rng.normal(size=(3, 4))
action = np.array([0, 2, 1])
goal = rng.normal(size=3)
W = 0.3 * rng.normal(size=(4, 3))
V = 0.3 * rng.normal(size=(3, 3))

for step in range(100):
    h = np.tanh(S @ W)
    q = h @ V
    error = q[np.arange(3), action] - goal
    loss = np.mean(error**2)
    dq = np.zeros_like(q)
    dq[np.arange(3), action] = 2 * error / 3
    dV = dq
    dW = S.T @ (dq @ V.T * (1 - h**2))
    V -= 0.1 * dV
    W -= 0.1 * dW
