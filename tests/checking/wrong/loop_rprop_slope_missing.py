# expect: line=15 variable=dW mistake=missing-derivative
# right: X.T @ (np.outer(dz, v) * (1 - h ** 2))
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(64, 4)); y = (X @ np.array([1, -1, .5, 2]) > 0).astype(float)
W = rng.normal(size=(4, 3)) * .5; v = rng.normal(size=3) * .5
lr = 0.01
sW = np.full(W.shape, .01); sv = np.full(v.shape, .01); pW = np.zeros_like(W); pv = np.zeros_like(v)
for t in range(1, 201):
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-(h @ v)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / len(y)
    dv = h.T @ dz
    dW = X.T @ (np.outer(dz, v))
    c = dW * pW
    sW = np.where(c > 0, np.minimum(sW * 1.2, 1), np.where(c < 0, np.maximum(sW * .5, 1e-6), sW))
    c = dv * pv
    sv = np.where(c > 0, np.minimum(sv * 1.2, 1), np.where(c < 0, np.maximum(sv * .5, 1e-6), sv))
    W -= np.sign(dW) * sW
    v -= np.sign(dv) * sv
    pW, pv = dW, dv
