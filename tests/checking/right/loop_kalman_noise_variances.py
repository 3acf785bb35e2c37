"""Tune the noise variances of a scalar Kalman filter by maximum likelihood (log q, log r)."""
import numpy as np

def filter_nll(y, log_q, log_r, a=0.95):
    q, r = np.exp(log_q), np.exp(log_r)
    m, P = 0.0, 1.0
    nll = 0.0
    hist = []
    for obs in y:
        mp = a * m
        Pp = a * a * P + q
        S = Pp + r
        v = obs - mp
        K = Pp / S
        hist.append((m, P, mp, Pp, S, v, K))
        m = mp + K * v
        P = (1 - K) * Pp
        nll = nll + 0.5 * (np.log(2 * np.pi * S) + v ** 2 / S)
    return nll, hist

def filter_grad(y, log_q, log_r, hist, a=0.95):
    q, r = np.exp(log_q), np.exp(log_r)
    dm, dP, dq, dr = 0.0, 0.0, 0.0, 0.0
    for m, P, mp, Pp, S, v, K in reversed(hist):
        # P' = (1 - K) Pp ;  m' = mp + K v
        dK = dm * v - dP * Pp
        dPp = dP * (1 - K)
        dmp = dm
        dv = dm * K
        # nll term
        dS = 0.5 * (1 / S - v ** 2 / S ** 2)
        dv = dv + v / S
        # K = Pp / S
        dPp = dPp + dK / S
        dS = dS - dK * Pp / S ** 2
        # v = obs - mp ; S = Pp + r
        dmp = dmp - dv
        dPp = dPp + dS
        dr = dr + dS
        # mp = a m ; Pp = a^2 P + q
        dm = a * dmp
        dP = a * a * dPp
        dq = dq + dPp
    return dq * q, dr * r

rng = np.random.default_rng(0)
x, ys = 0.0, []
for _ in range(15):
    x = 0.95 * x + 0.3 * rng.normal()
    ys.append(x + 0.5 * rng.normal())

lq, lr = 0.0, 0.0
for it in range(100):
    nll, hist = filter_nll(ys, lq, lr)
    g_lq, g_lr = filter_grad(ys, lq, lr, hist)
    lq -= 0.02 * g_lq
    lr -= 0.02 * g_lr
    if it % 25 == 0:
        print(it, nll, np.exp(lq), np.exp(lr))
