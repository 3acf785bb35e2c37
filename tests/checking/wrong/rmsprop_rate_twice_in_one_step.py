# expect: line=27 variable=V mistake=scale
# right: alpha * dV / np.sqrt(mV + 1e-6)
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(20, 4))
Y = rng.normal(size=(20, 2))
U, V = rng.normal(size=(4, 5)), rng.normal(size=(5, 2))
mU, mV = np.zeros_like(U), np.zeros_like(V)
alpha, keep = 0.01, 0.95

for step in range(50):
    z = X @ U
    h = np.maximum(z, 0)
    out = h @ V
    loss = 0.5 * np.sum((out - Y) ** 2)

    d = out - Y
    dV = h.T @ d
    dz = (d @ V.T) * (z > 0)
    dU = X.T @ dz

    mU = keep * mU + (1 - keep) * dU * dU
    mV = keep * mV + (1 - keep) * dV * dV
    # the rate goes in twice, which no factor of the gradient tells
    U -= alpha * dU / np.sqrt(mU + 1e-6)
    V -= alpha * dV * alpha / np.sqrt(mV + 1e-6)
