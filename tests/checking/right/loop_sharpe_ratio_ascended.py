import numpy as np

rng = np.random.default_rng(0)
returns = rng.normal([0.01, 0.007, 0.012, 0.002], [0.05, 0.03, 0.08, 0.01], size=(60, 4))
mu = returns.mean(axis=0)
Sigma = np.cov(returns, rowvar=False)


def sharpe_and_grad(theta):
    w = np.exp(theta - theta.max())
    w /= w.sum()
    ret = w @ mu
    vol = np.sqrt(w @ Sigma @ w)
    sharpe = ret / vol
    dw = mu / vol - ret / vol ** 3 * (Sigma @ w)
    dtheta = w * (dw - np.dot(w, dw))
    return sharpe, dtheta, w


theta = np.zeros(4)
for i in range(300):
    sharpe, dtheta, w = sharpe_and_grad(theta)
    theta += 0.5 * dtheta       # maximise
    if i % 100 == 0:
        print(i, sharpe, w.round(3))
