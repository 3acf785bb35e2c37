import numpy as np

rng = np.random.default_rng(7)
n_students, n_items = 20, 6
ability_true = rng.normal(size=n_students)
responses = (rng.random((n_students, n_items)) < 1 / (1 + np.exp(-(ability_true[:, None] - np.linspace(-1, 1, n_items))))).astype(int)

theta = np.zeros(n_students)
a = np.ones(n_items)
b = np.zeros(n_items)
eta = 0.05

for sweep in range(50):
    z = a * (theta[:, None] - b)
    p = 1 / (1 + np.exp(-z))
    log_lik = np.sum(responses * np.log(p) + (1 - responses) * np.log(1 - p))
    log_post = log_lik - 0.5 * np.sum(theta ** 2) - 0.5 * np.sum(b ** 2)

    resid = responses - p
    d_theta = resid @ a - theta
    d_a = np.sum(resid * (theta[:, None] - b), axis=0)
    d_b = -a * resid.sum(axis=0) - b
    theta += eta * d_theta
    a += eta * d_a
    b += eta * d_b
    a = np.maximum(a, 0.05)
    if sweep % 10 == 0:
        print(sweep, log_post)
