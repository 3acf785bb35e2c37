# expect: line=18 variable=grads['log_sigma'] mistake=wrong-axis
# right: np.mean(1 - r ** 2)
import numpy as np


def nll_and_grad(params, x, y):
    w, b, log_sigma = params["w"], params["b"], params["log_sigma"]
    mu = x @ w + b
    sigma = np.exp(log_sigma)
    r = (y - mu) / sigma
    loss = np.mean(0.5 * r ** 2 + log_sigma)

    n = len(y)
    grads = {}
    dmu = -r / sigma / n
    grads["w"] = x.T @ dmu
    grads["b"] = dmu.sum()
    grads["log_sigma"] = 1 - r ** 2
    return loss, grads


rng = np.random.default_rng(0)
x = rng.normal(size=(50, 2))
y = x @ np.array([1.0, 2.0]) + 0.5 * rng.normal(size=50)
params = {"w": np.zeros(2), "b": 0.0, "log_sigma": 0.0}
for t in range(500):
    loss, grads = nll_and_grad(params, x, y)
    for k in params:
        params[k] = params[k] - 0.1 * grads[k]
