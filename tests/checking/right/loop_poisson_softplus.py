import numpy as np

# Poisson regression with a softplus rate
rng = np.random.default_rng(3)
X = rng.normal(size=(50, 3))
counts = rng.poisson(np.log1p(np.exp(X @ np.array([0.8, -0.5, 0.3]) + 1)))
w = np.zeros(3)
b = 0.5
lr = 0.1

for i in range(300):
    z = X @ w + b
    rate = np.log1p(np.exp(z))
    nll = np.mean(rate - counts * np.log(rate))
    drate = (1 - counts / rate) / len(X)
    dz = drate / (1 + np.exp(-z))
    dw = X.T @ dz
    db = dz.sum()
    w -= lr * dw
    b -= lr * db
    if i % 100 == 0:
        print(i, nll)
