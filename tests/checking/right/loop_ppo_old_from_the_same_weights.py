import numpy as np

rng = np.random.default_rng(0)
S = rng.normal(size=(64, 4))
A = rng.integers(0, 3, 64)
adv = rng.normal(size=64)
W = rng.normal(size=(4, 3)) * 0.1
b = np.zeros(3)


def policy(S, W, b):
    logits = S @ W + b
    logits -= logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


old = policy(S, W, b)[np.arange(64), A]
eps = 0.2
for epoch in range(10):
    p = policy(S, W, b)
    pa = p[np.arange(64), A]
    ratio = pa / old
    clipped = np.clip(ratio, 1 - eps, 1 + eps)
    loss = -np.mean(np.minimum(ratio * adv, clipped * adv))
    use = ratio * adv <= clipped * adv
    dratio = -adv * use / 64
    onehot = np.eye(3)[A]
    dlogits = (dratio * ratio)[:, None] * (onehot - p)
    dW = S.T @ dlogits
    db = dlogits.sum(axis=0)
    W -= 0.5 * dW
    b -= 0.5 * db
    print(epoch, loss)
