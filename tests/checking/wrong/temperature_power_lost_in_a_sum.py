# expect: line=21 variable=dt mistake=wrong-operand|scale|dropped-upstream
# right: dt += -(ds[i] * s[i]).sum() / t
import numpy as np

rng = np.random.default_rng(6)
X = rng.normal(size=(8, 3))
labels = rng.integers(0, 4, 8)
W = rng.normal(size=(3, 4))
t = 1.7
for step in range(200):
    z = X @ W
    s = z / t
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(8), labels]))
    ds = p.copy()
    ds[np.arange(8), labels] -= 1
    ds /= 8
    dW = X.T @ ds / t
    dt = 0.0
    for i in range(8):
        dt += -(ds[i] * z[i]).sum() / t
    W -= 0.1 * dW
    t -= 0.1 * dt
