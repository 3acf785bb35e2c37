import numpy as np

# heteroscedastic regression: a line for the mean, a line for log sigma
np.random.seed(4)
x = np.random.uniform(-2, 2, 60)
y = 0.7 * x - 0.3 + np.exp(0.3 * x - 1) * np.random.randn(60)
a, b, c, d = 0.1, 0.0, 0.0, 0.0
lr = 0.05

for it in range(400):
    mu = a * x + b
    log_sigma = c * x + d
    z = (y - mu) / np.exp(log_sigma)
    nll = np.mean(0.5 * z ** 2 + log_sigma)

    dmu = -z / np.exp(log_sigma) / len(x)
    dls = (1 - z ** 2) / len(x)
    da = np.sum(dmu * x)
    db = np.sum(dmu)
    dc = np.sum(dls * x)
    dd = np.sum(dls)
    a -= lr * da
    b -= lr * db
    c -= lr * dc
    d -= lr * dd
    if it % 100 == 0:
        print(it, nll)
print(a, b, c, d)
