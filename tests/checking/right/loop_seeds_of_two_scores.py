import numpy as np

rng = np.random.default_rng(6)
near = rng.normal(1.0, 0.4, (25, 3))
far = rng.normal(-1.0, 0.4, (20, 3))
W = rng.normal(0, 0.5, (3, 6))
v = rng.normal(0, 0.5, (6, 1))
rate = 0.01

for turn in range(150):
    hn = np.tanh(near @ W)
    hf = np.tanh(far @ W)
    loss = np.mean(hf @ v) - np.mean(hn @ v)

    # how the loss depends on each score
    dnear = -np.ones((25, 1)) / 25
    dfar = np.ones((20, 1)) / 20
    dv = hn.T @ dnear + hf.T @ dfar
    dhn = (dnear @ v.T) * (1 - hn**2)
    dhf = (dfar @ v.T) * (1 - hf**2)
    dW = near.T @ dhn + far.T @ dhf
    W -= rate * dW
    v -= rate * dv
