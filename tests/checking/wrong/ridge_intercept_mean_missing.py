# expect: line=19 variable=intercept mistake=wrong-axis
# right: intercept - eta * r.mean()
import numpy as np

rng = np.random.default_rng(12)
n, p = 30, 5
A = rng.normal(size=(n, p))
b = A @ rng.normal(size=p) + 0.2 * rng.normal(size=n)
lam = 0.3
x = np.zeros(p)
intercept = 0.0
eta = 0.05

for k in range(400):
    r = A @ x + intercept - b
    cost = r @ r / (2 * n) + lam / 2 * (x @ x)      # the intercept isn't penalised
    g = A.T @ r / n + lam * x
    x = x - eta * g
    intercept = intercept - eta * r
    if k % 100 == 0:
        print(k, cost)
