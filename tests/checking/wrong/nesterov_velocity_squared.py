# expect: line=22 variable=W mistake=wrong-operand
# right: W += -mu * v_prev + (1 + mu) * v
import numpy as np

rng = np.random.RandomState(44)
X = rng.randn(18, 4)
y = rng.randint(0, 3, 18)
W = rng.randn(4, 3) * 0.1
v = np.zeros_like(W)
learning_rate, mu = 0.1, 0.9

for it in range(80):
    f = X.dot(W)
    f -= f.max(axis=1)[:, np.newaxis]
    p = np.exp(f) / np.sum(np.exp(f), axis=1)[:, np.newaxis]
    loss = -np.mean(np.log(p[np.arange(18), y]))
    ind = np.zeros_like(p)
    ind[np.arange(18), y] = 1
    dW = -X.T.dot(ind - p) / X.shape[0]
    v_prev = v  # back this up
    v = mu * v - learning_rate * dW  # velocity update stays the same
    W += -mu * v_prev + (1 + v) * v
    if it % 20 == 0:
        print(it, loss)
