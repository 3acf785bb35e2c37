# expect: line=18 variable=d_logz mistake=scale
# right: -(event - z) / n
import numpy as np

rng = np.random.default_rng(4)
n = 50
X = rng.normal(size=(n, 3))
times = rng.weibull(1.5, n) + 0.1
event = (rng.random(n) < 0.8) * 1.0
coef, log_k = np.zeros(3), 0.0

for step in range(200):
    k = np.exp(log_k)
    logz = k * (np.log(times) - X @ coef)
    z = np.exp(logz)
    ll = event * (logz + log_k) - z
    loss = -np.sum(ll) / n
    d_logz = -(event - z)
    d_coef = -k * X.T @ d_logz
    d_log_k = np.sum(d_logz * logz) - np.sum(event) / n
    coef -= 0.2 * d_coef
    log_k -= 0.2 * d_log_k
