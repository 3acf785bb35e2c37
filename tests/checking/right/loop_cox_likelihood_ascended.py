import numpy as np

np.random.seed(10)
n, d = 60, 3
X = np.random.randn(n, d)
time = np.random.exponential(np.exp(-X @ np.array([0.8, -0.5, 0.0])))
event = np.random.rand(n) < 0.7

# sort by descending time so that the risk set is a cumulative sum
order = np.argsort(-time)
X, time, event = X[order], time[order], event[order]

beta = np.zeros(d)
for it in range(100):
    eta = X @ beta
    w = np.exp(eta)
    risk = np.cumsum(w)
    loglik = np.sum(event * (eta - np.log(risk)))
    # mean covariate of the risk set
    xbar = np.cumsum(w[:, None] * X, axis=0) / risk[:, None]
    score = np.sum(event[:, None] * (X - xbar), axis=0)
    beta = beta + 0.01 * score
    if it % 25 == 0:
        print(it, loglik, beta)
