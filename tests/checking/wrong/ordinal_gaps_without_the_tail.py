# expect: line=31 variable=grad_log_gaps mistake=dropped-upstream
# right: mend
"""Proportional odds model (McCullagh 1980): cut points kept ordered through exp of gaps."""
import numpy as np


def sigma(t):
    return 1.0 / (1.0 + np.exp(-t))


def nll_and_grads(w, first, log_gaps, X, y):
    n = len(y)
    cuts = first + np.concatenate(([0.0], np.cumsum(np.exp(log_gaps))))
    f = X @ w
    upper = sigma(cuts[None, :] - f[:, None])  # P(y <= k), k = 0 .. K-2
    cum = np.concatenate([np.zeros((n, 1)), upper, np.ones((n, 1))], axis=1)
    i = np.arange(n)
    prob = cum[i, y + 1] - cum[i, y]
    nll = -np.log(prob).sum() / n

    dcum = np.zeros_like(cum)
    dcum[i, y + 1] -= 1 / prob / n
    dcum[i, y] += 1 / prob / n
    dupper = dcum[:, 1:-1]
    dt = dupper * upper * (1 - upper)
    grad_w = -X.T @ dt.sum(axis=1)
    dcuts = dt.sum(axis=0)
    grad_first = dcuts.sum()
    # gap j shifts every cut from j+1 on
    tail = np.cumsum(dcuts[::-1])[::-1]
    grad_log_gaps = np.exp(log_gaps)
    return nll, grad_w, grad_first, grad_log_gaps


rng = np.random.default_rng(0)
X = rng.standard_normal((120, 3))
latent = X @ np.array([1.0, -0.5, 0.2]) + rng.logistic(size=120)
y = np.digitize(latent, [-1.0, 0.3, 1.5])
w, first, log_gaps = np.zeros(3), -1.0, np.zeros(2)
for it in range(200):
    nll, gw, gf, gg = nll_and_grads(w, first, log_gaps, X, y)
    w = w - 0.5 * gw
    first = first - 0.5 * gf
    log_gaps = log_gaps - 0.5 * gg
    if it % 50 == 0:
        print(it, nll)
