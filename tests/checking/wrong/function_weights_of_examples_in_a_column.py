# expect: line=13 variable=dlogit mistake=shape
# right: sample_w[:, 0] * (p - t) / n
import numpy as np


def loss_and_grads(x, t, sample_w, W1, b1, w2):
    """x (N, D), t (N,), sample_w (N, 1): how much each example counts."""
    n, H = len(t), len(w2)
    h = np.maximum(0, x @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ w2)))
    ce = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    loss = np.sum(sample_w[:, 0] * ce) / n
    dlogit = sample_w * (p - t) / n
    dw2 = np.array([np.sum(dlogit * h[:, k]) for k in range(H)])
    db1 = np.zeros(H)
    dW1 = np.zeros(W1.shape)
    for k in range(H):
        dz = dlogit * w2[k] * (h[:, k] > 0)
        db1[k] = np.sum(dz)
        for d in range(x.shape[1]):
            dW1[d, k] = np.sum(dz * x[:, d])
    return loss, dW1, db1, dw2


rng = np.random.RandomState(3)
x = rng.randn(40, 2)
t = (x[:, 0] * x[:, 1] > 0).astype(float)
sample_w = 0.5 + rng.rand(40, 1)
W1, b1, w2 = rng.randn(2, 5), np.zeros(5), rng.randn(5)
for i in range(100):
    loss, dW1, db1, dw2 = loss_and_grads(x, t, sample_w, W1, b1, w2)
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
    w2 -= 0.5 * dw2
