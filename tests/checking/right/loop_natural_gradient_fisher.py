"""Natural gradient ascent of the log likelihood of a normal distribution."""
import numpy as np

rng = np.random.default_rng(0)
data = rng.normal(3.0, 2.0, size=200)
mu, log_sigma = 0.0, 0.0
lr = 0.1
for step in range(60):
    sigma = np.exp(log_sigma)
    z = (data - mu) / sigma
    log_likelihood = np.mean(-0.5 * z ** 2 - log_sigma - 0.5 * np.log(2 * np.pi))
    grad_mu = np.mean(z) / sigma
    grad_log_sigma = np.mean(z ** 2 - 1)
    fisher_mu = 1 / sigma ** 2
    fisher_log_sigma = 2.0
    mu += lr * grad_mu / fisher_mu
    log_sigma += lr * grad_log_sigma / fisher_log_sigma
    if step % 20 == 0:
        print(step, log_likelihood)
print(mu, np.exp(log_sigma))
