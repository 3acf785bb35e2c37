# expect: line=47 variable=de1 mistake=wrong-operand
# right: dup, de1 = dcat[..., :C], dcat[..., C:]
import numpy as np

rng = np.random.default_rng(3)
B, L, C = 4, 16, 3
x = rng.normal(size=(B, L))
target = (np.abs(x) > 0.8).astype(float)

W1 = rng.normal(0, 0.5, (3, C)); b1 = np.zeros(C)
W2 = rng.normal(0, 0.5, (C, C)); b2 = np.zeros(C)
W3 = rng.normal(0, 0.5, (2 * C,)); b3 = 0.0


def windows(x):
    pad = np.pad(x, ((0, 0), (1, 1)))
    return np.stack([pad[:, i:i + L] for i in range(3)], axis=-1)   # (B, L, 3)


lr = 0.3
eps = 1e-6
for it in range(200):
    # --- forward
    cols = windows(x)
    a1 = cols @ W1 + b1
    e1 = np.maximum(a1, 0)                     # (B, L, C)
    pooled = e1.reshape(B, L // 2, 2, C).mean(axis=2)
    a2 = pooled @ W2 + b2
    e2 = np.tanh(a2)
    up = np.repeat(e2, 2, axis=1)              # nearest neighbour upsampling
    cat = np.concatenate([up, e1], axis=-1)    # skip connection
    logit = cat @ W3 + b3
    p = 1 / (1 + np.exp(-logit))
    bce = -np.mean(target * np.log(p + eps) + (1 - target) * np.log(1 - p + eps))
    inter = np.sum(p * target)
    total = np.sum(p) + np.sum(target)
    dice = 1 - (2 * inter + 1) / (total + 1)
    loss = bce + dice

    # --- backward
    dp = -(target / (p + eps) - (1 - target) / (1 - p + eps)) / p.size
    dp += -2 * target / (total + 1) + (2 * inter + 1) / (total + 1) ** 2
    dlogit = dp * p * (1 - p)
    dW3 = np.einsum('blc,bl->c', cat, dlogit)
    db3 = dlogit.sum()
    dcat = dlogit[..., None] * W3
    de1, dup = dcat[..., :C], dcat[..., C:]
    de2 = dup.reshape(B, L // 2, 2, C).sum(axis=2)
    da2 = de2 * (1 - e2 ** 2)
    dW2 = np.tensordot(pooled, da2, axes=([0, 1], [0, 1]))
    db2 = da2.sum(axis=(0, 1))
    dpooled = da2 @ W2.T
    de1 = de1 + np.repeat(dpooled, 2, axis=1) / 2
    da1 = de1 * (a1 > 0)
    dW1 = np.einsum('blk,blc->kc', cols, da1)
    db1 = da1.sum(axis=(0, 1))

    W1 -= lr * dW1; b1 -= lr * db1
    W2 -= lr * dW2; b2 -= lr * db2
    W3 -= lr * dW3; b3 -= lr * db3
print(loss)
