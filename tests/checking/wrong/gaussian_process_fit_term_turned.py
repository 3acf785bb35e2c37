# expect: line=20 variable=dK mistake=sign
# right: 0.5 * (Kinv - np.outer(alpha, alpha))

import numpy as np

rng = np.random.default_rng(6)
x = np.sort(rng.uniform(0, 5, size=12))
y = np.sin(x) + 0.1 * rng.normal(size=12)
log_len, log_noise = 0.0, -1.0
sq = (x[:, None] - x[None, :]) ** 2
lr = 0.01
for it in range(30):
    ell2 = np.exp(2 * log_len)
    noise = np.exp(2 * log_noise)
    K0 = np.exp(-0.5 * sq / ell2)
    K = K0 + noise * np.eye(12)
    Kinv = np.linalg.inv(K)
    alpha = Kinv @ y
    nll = 0.5 * y @ alpha + 0.5 * np.log(np.linalg.det(K))
    dK = 0.5 * (Kinv + np.outer(alpha, alpha))
    d_len = np.sum(dK * K0 * sq / ell2)
    d_noise = np.sum(dK * 2 * noise * np.eye(12))
    log_len -= lr * d_len
    log_noise -= lr * d_noise
