# expect: line=34 variable=p mistake=wrong-operand
# right: p -= alpha * m_hat / (np.sqrt(v_hat) + small)
"""Poisson regression with Adam."""
import numpy as np

rng = np.random.default_rng(2)
X = rng.uniform(-1, 1, (90, 3))
counts = rng.poisson(np.exp(X @ np.array([0.7, -0.3, 0.2]) + 0.5))
slopes = np.zeros(3)
offset = np.zeros(1)
alpha, beta1, beta2, small = 0.02, 0.9, 0.999, 1e-8
first = [np.zeros(3), np.zeros(1)]
second = [np.zeros(3), np.zeros(1)]


def gradients():
    mu = np.exp(X @ slopes + offset)
    loss = np.mean(mu - counts * np.log(mu))
    d = (mu - counts) / len(counts)
    return loss, [X.T @ d, d.sum(keepdims=True)]


for t in range(1, 200):
    loss, grads = gradients()
    for k, p in enumerate((slopes, offset)):
        g = grads[k]
        m = beta1 * first[k] + (1 - beta1) * g
        s = beta2 * second[k] + (1 - beta2) * g * g
        first[k] = m
        second[k] = s
        m_hat = m / (1 - beta1 ** t)
        v_hat = s / (1 - beta2 ** t)
        # both are in, in place
        p -= alpha * m_hat / (np.sqrt(small) + small)
    if t % 50 == 0:
        print(t, loss)
