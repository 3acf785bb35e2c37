import numpy as np
from collections import OrderedDict

rng = np.random.default_rng(4)
n = 50
X = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
scale = np.exp(X @ np.array([1.0, 0.5, -0.3]))
t_event = scale * rng.weibull(1.5, n)
t_cens = rng.uniform(0.5, 6, n)
time = np.minimum(t_event, t_cens)
event = (t_event <= t_cens).astype(float)

params = OrderedDict(coef=np.zeros(3), log_k=np.array(0.0))


def negative_log_likelihood(params):
    eta = X @ params['coef']
    k = np.exp(params['log_k'])
    logz = k * (np.log(time) - eta)
    z = np.exp(logz)
    # log f = log k - log t + logz - z;  log S = -z
    ll = event * (params['log_k'] - np.log(time) + logz) - z
    nll = -np.sum(ll) / n

    d_logz = -(event - z) / n
    grads = OrderedDict()
    grads['coef'] = X.T @ (d_logz * -k)
    grads['log_k'] = np.sum(d_logz * logz) - np.sum(event) / n
    return nll, grads


for it in range(100):
    nll, grads = negative_log_likelihood(params)
    for name, g in grads.items():
        params[name] = params[name] - 0.2 * g
    if it % 25 == 0:
        print(it, nll, params['coef'], np.exp(params['log_k']))
