# expect: line=22 variable=dhid mistake=wrong-derivative|derivative-at-wrong-point
# right: dhid[hid <= 0] = 0
# expect: line=24 variable=W1 mistake=update-sign
# right: W1 - lr * states.T @ dhid
import numpy as np

rng = np.random.default_rng(0)
W1 = rng.normal(0, 0.5, (4, 8))
W2 = rng.normal(0, 0.5, (8, 3))
states = rng.normal(size=(32, 4))
actions = rng.integers(0, 3, 32)
returns = rng.normal(size=32)
lr = 0.01
for it in range(100):
    hid = np.maximum(states @ W1, 0)
    q = hid @ W2
    chosen = q[np.arange(32), actions]
    loss = 0.5 * np.mean((chosen - returns) ** 2)
    dq = np.zeros_like(q)
    dq[np.arange(32), actions] = (chosen - returns) / 32
    dhid = dq @ W2.T
    dhid[hid > 0] = 0
    W2 = W2 - lr * hid.T @ dq
    W1 = W1 + lr * states.T @ dhid
    last = loss
print(last)
