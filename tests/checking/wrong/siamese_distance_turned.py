# expect: line=28 variable=dza mistake=crash
# right: ((ddist / dist) * delta.T).T
import numpy as np

rng = np.random.RandomState(17)
n, d, k = 14, 5, 3
xa = rng.randn(n, d)
xb = rng.randn(n, d)
same = (rng.rand(n) < 0.5).astype(float)
margin = 2.0

W = rng.randn(d, k) * 0.5
b = rng.randn(k) * 0.1
learning_rate = 0.05

for i in range(80):
    ea = np.tanh(xa.dot(W) + b)
    eb = np.tanh(xb.dot(W) + b)
    delta = ea - eb
    dist = np.sqrt(np.sum(delta**2, axis=1))
    gap = np.maximum(0, margin - dist)
    loss = np.mean(same * dist**2 + (1 - same) * gap**2)

    ddist = (2 * same * dist - 2 * (1 - same) * gap) / n
    ddelta = (ddist / dist) * delta.T
    dea = ddelta
    deb = -ddelta
    dza = dea * (1 - ea**2)
    dzb = deb * (1 - eb**2)
    dW = xa.T.dot(dza) + xb.T.dot(dzb)
    db = dza.sum(axis=0) + dzb.sum(axis=0)

    W -= learning_rate * dW
    b -= learning_rate * db
