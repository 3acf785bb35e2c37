"""Maximise the log marginal likelihood of a GP with an RBF kernel (Rasmussen & Williams, 5.9)."""
import numpy as np


def sq_dist(a, b):
    return (a[:, None] - b[None, :]) ** 2


def nlml_and_grad(log_ell, log_sf, log_sn, x, y):
    n = len(x)
    D = sq_dist(x, x)
    Kf = np.exp(2 * log_sf) * np.exp(-0.5 * D / np.exp(2 * log_ell))
    K = Kf + np.exp(2 * log_sn) * np.eye(n)
    Kinv = np.linalg.inv(K)
    sign, logdet = np.linalg.slogdet(K)
    alpha = Kinv @ y
    nlml = 0.5 * y @ alpha + 0.5 * logdet + 0.5 * n * np.log(2 * np.pi)

    Q = Kinv - np.outer(alpha, alpha)
    d_log_ell = 0.5 * np.sum(Q * Kf * D) / np.exp(2 * log_ell)
    d_log_sf = np.sum(Q * Kf)
    d_log_sn = np.exp(2 * log_sn) * np.trace(Q)
    return nlml, d_log_ell, d_log_sf, d_log_sn


rng = np.random.default_rng(1)
x = np.sort(rng.uniform(-3, 3, 15))
y = np.sin(x) + 0.1 * rng.standard_normal(15)
log_ell, log_sf, log_sn = 0.0, 0.0, -1.0
for it in range(50):
    nlml, g_ell, g_sf, g_sn = nlml_and_grad(log_ell, log_sf, log_sn, x, y)
    log_ell -= 0.02 * g_ell
    log_sf -= 0.02 * g_sf
    log_sn -= 0.02 * g_sn
    if it % 10 == 0:
        print(it, nlml, np.exp(log_ell), np.exp(log_sf), np.exp(log_sn))
