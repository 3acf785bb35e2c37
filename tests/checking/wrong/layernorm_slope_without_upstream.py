# expect: line=31 variable=dxhat mistake=dropped-upstream
# right: dn * gain
import numpy as np

rng = np.random.default_rng(12)
N, D = 6, 5
x = rng.normal(size=(N, D))
t = rng.normal(size=(N, 3))
U = rng.normal(size=(D, D)) * 0.4
gain = rng.uniform(0.5, 1.5, D)
shift = rng.normal(size=D) * 0.1
V = rng.normal(size=(D, 3)) * 0.4
rate = 0.05

for step in range(100):
    z = x @ U
    mean = z.mean(axis=1, keepdims=True)
    spread = np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    xhat = (z - mean) / spread
    n = gain * xhat + shift
    y = np.tanh(n) @ V
    loss = np.sum((y - t) ** 2) / (2 * N)

    dy = (y - t) / N
    dV = np.tanh(n).T @ dy
    dn = dy @ V.T * (1 - np.tanh(n) ** 2)
    dgain = (dn * xhat).sum(axis=0)
    dshift = dn.sum(axis=0)

    # through the normalization
    dxhat = gain
    dz = (
        dxhat
        - dxhat.mean(-1, keepdims=True)
        - xhat * (dxhat * xhat).mean(-1, keepdims=True)
    ) / spread
    dU = x.T @ dz

    U -= rate * dU
    V -= rate * dV
    gain -= rate * dgain
    shift -= rate * dshift
