# expect: line=22 variable=dmsg mistake=wrong-operand
# right: dagg[dst]
import numpy as np

rng = np.random.default_rng(5)
n, m, d = 8, 20, 4
src, dst = rng.integers(0, n, m), rng.integers(0, n, m)
X = rng.normal(size=(n, d))
Y = rng.normal(size=(n, 2))
W = 0.4 * rng.normal(size=(d, 5))
V = 0.4 * rng.normal(size=(5, 2))
for step in range(100):
    h = np.tanh(X @ W)
    msg = h[src]
    agg = np.zeros((n, 5))
    np.add.at(agg, dst, msg)
    out = agg @ V
    loss = np.mean((out - Y) ** 2)
    dout = 2 * (out - Y) / out.size
    dV = agg.T @ dout
    dagg = dout @ V.T
    dmsg = dagg[src]
    dh = np.zeros_like(h)
    np.add.at(dh, src, dmsg)
    dW = X.T @ (dh * (1 - h**2))
    W -= 0.1 * dW
    V -= 0.1 * dV
