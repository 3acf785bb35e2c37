"""Poisson regression whose rate is too large: it diverges, and its gradients are right."""
import numpy as np

rng = np.random.default_rng(5)
X = np.column_stack([np.ones(80), rng.uniform(-1, 1, (80, 2))])
y = rng.poisson(np.exp(X @ [0.5, 0.8, -0.4])).astype(float)

beta = np.zeros(3)
for it in range(15):
    mu = np.exp(X @ beta)
    loss = np.sum(mu - y * (X @ beta))
    grad = (mu - y) @ X
    beta -= 0.5 * grad
    print(it, loss)
