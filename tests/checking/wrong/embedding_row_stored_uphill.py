# expect: line=25 variable=E[i] mistake=update-sign
# right: E[i] - rate * de
import numpy as np


def squash(z):
    return 1.0 / (1.0 + np.exp(-z))


rng = np.random.default_rng(4)
E = rng.normal(0, 0.3, (9, 4))
W = rng.normal(0, 0.3, (9, 4))
rate = 0.2
seen = [(0, 3, 1), (2, 5, 0), (4, 3, 1), (7, 8, 0)]

for epoch in range(8):
    for i, j, met in seen:
        e, w = E[i], W[j]
        p = squash(e @ w)
        loss = -met * np.log(p) - (1 - met) * np.log(1 - p)

        dscore = p - met
        de = dscore * w
        dw = dscore * e
        E[i] = E[i] + rate * de
        W[j] = W[j] - rate * dw
