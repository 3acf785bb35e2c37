"""Recursions over time: CRF, hidden Markov models, Kalman filter, dynamic programs."""

import numpy as np

from ._case import Case, distribution, labels, normals


def logsumexp(a, axis=None):
    m = np.max(a, axis=axis, keepdims=True)
    s = np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True)) + m
    return np.squeeze(s, axis=axis)


def crf(emissions, tags, transitions):
    T, K = emissions.shape
    score = emissions[0, tags[0]]
    for t in range(1, T):
        score += transitions[tags[t - 1], tags[t]] + emissions[t, tags[t]]
    alpha = emissions[0]
    for t in range(1, T):
        alpha = logsumexp(alpha[:, None] + transitions, axis=0) + emissions[t]
    return logsumexp(alpha) - score


def crf_double_loop(emissions, transitions):
    alpha = list(emissions[0])
    for t in range(1, len(emissions)):
        new = []
        for j in range(transitions.shape[1]):
            terms = [a + transitions[i, j] for i, a in enumerate(alpha)]
            new.append(np.logaddexp.reduce(np.array(terms)) + emissions[t, j])
        alpha = new
    return np.log(np.sum(np.exp(alpha)))


def hidden_markov(observed, start, A, B):
    alpha = start * B[:, observed[0]]
    log_likelihood = 0.0
    for o in observed[1:]:
        c = alpha.sum()
        log_likelihood += np.log(c)
        alpha = (alpha / c) @ A * B[:, o]
    return -(log_likelihood + np.log(np.sum(alpha)))


def kalman_filter(ys, F, H, q, r):
    n = F.shape[0]
    x, P = np.zeros(n), np.eye(n)
    nll = 0.0
    for y in ys:
        x = F @ x
        P = F @ P @ F.T + q * np.eye(n)
        S = H @ P @ H.T + r * np.eye(len(y))
        innovation = y - H @ x
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ innovation
        P = P - K @ H @ P
        nll += 0.5 * (innovation @ np.linalg.solve(S, innovation))
        nll += 0.5 * np.log(np.linalg.det(S))
    return nll


def scalar_kalman(ys, q, r):
    mean, variance, nll = 0.0, 1.0, 0.0
    for y in ys:
        variance = variance + q
        s = variance + r
        gain = variance / s
        nll += 0.5 * ((y - mean) ** 2 / s + np.log(2 * np.pi * s))
        mean = mean + gain * (y - mean)
        variance = (1 - gain) * variance
    return nll


def exponential_smoothing(y, alpha):
    level = y[0]
    sse = 0
    for t in range(1, len(y)):
        sse += (y[t] - level) ** 2
        level = alpha * y[t] + (1 - alpha) * level
    return sse / (len(y) - 1)


def garch(returns, omega, alpha, beta):
    sigma2 = np.zeros(len(returns))
    sigma2[0] = np.var(returns)
    for t in range(1, len(returns)):
        sigma2[t] = omega + alpha * returns[t - 1] ** 2 + beta * sigma2[t - 1]
    return 0.5 * np.sum(np.log(sigma2) + returns**2 / sigma2)


def soft_dtw(x, y):
    D = (x[:, None] - y[None, :]) ** 2
    R = np.zeros(D.shape)
    for i in range(D.shape[0]):
        for j in range(D.shape[1]):
            if i == 0 and j == 0:
                R[i, j] = D[i, j]
            elif i == 0:
                R[i, j] = D[i, j] + R[i, j - 1]
            elif j == 0:
                R[i, j] = D[i, j] + R[i - 1, j]
            else:
                a = np.array([R[i - 1, j], R[i, j - 1], R[i - 1, j - 1]])
                R[i, j] = D[i, j] - np.log(np.sum(np.exp(-a)))
    return R[-1, -1]


def autoregression(y, phi):
    p = len(phi)
    residuals = []
    for t in range(p, len(y)):
        residuals.append(y[t] - np.dot(phi, y[t - p : t][::-1]))
    return np.mean(np.square(residuals))


def momentum_unrolled(w, target, rate):
    velocity = np.zeros_like(w)
    for _ in range(3):
        step = 2 * (w - target)
        velocity = 0.9 * velocity - rate * step
        w = w + velocity
    return np.sum((w - target) ** 2)


def attention_over_past(xs, W):
    memory = []
    out = 0.0
    for x in xs:
        memory.append(np.tanh(W @ x))
        M = np.array(memory)
        weights = np.exp(M @ x) / np.exp(M @ x).sum()
        out = out + np.sum((weights @ M) ** 2)
    return out


CASES = [
    Case(
        crf,
        "emissions transitions",
        lambda rng, T, K: (
            *normals(rng, (T, K)),
            labels(rng, T, K),
            *normals(rng, (K, K)),
        ),
        dict(T=4, K=3),
        dict(K=5),
        dict(T=3),
    ),
    Case(
        crf_double_loop,
        "emissions transitions",
        lambda rng, T, K: normals(rng, (T, K), (K, K)),
        dict(T=3, K=2),
        None,
        dict(T=4, K=3),
    ),
    Case(
        hidden_markov,
        "start A B",
        lambda rng, T, K, V: (
            labels(rng, T, V),
            distribution(rng, K),
            distribution(rng, K, K),
            distribution(rng, K, V),
        ),
        dict(T=4, K=2, V=3),
        dict(K=3, V=5),
        dict(T=5),
    ),
    Case(
        kalman_filter,
        "F H q r",
        lambda rng, T, n, m: (
            *normals(rng, (T, m)),
            0.5 * rng.normal(size=(n, n)),
            *normals(rng, (m, n)),
            0.3,
            0.5,
        ),
        dict(T=3, n=4, m=2),
        dict(n=2, m=1),
        dict(T=4),
    ),
    Case(
        scalar_kalman,
        "q r",
        lambda rng, T: (*normals(rng, T), 0.3, 0.5),
        dict(T=4),
        None,
        dict(T=5),
    ),
    Case(
        exponential_smoothing,
        "y alpha",
        lambda rng, T: (*normals(rng, T), 0.4),
        dict(T=5),
        None,
        dict(T=4),
    ),
    Case(
        garch,
        "omega alpha beta",
        lambda rng, T: (*normals(rng, T), 0.2, 0.3, 0.4),
        dict(T=5),
        None,
        dict(T=4),
    ),
    Case(
        soft_dtw,
        "x y",
        lambda rng, N, M: normals(rng, N, M),
        dict(N=3, M=4),
        None,
        dict(N=4, M=3),
    ),
    Case(
        autoregression,
        "phi",
        lambda rng, T, p: normals(rng, T, p),
        dict(T=6, p=2),
        None,
        dict(T=5, p=3),
    ),
    Case(
        momentum_unrolled,
        "w target rate",
        lambda rng, N: (*normals(rng, N, N), 0.1),
        dict(N=3),
        dict(N=5),
    ),
    Case(
        attention_over_past,
        "xs W",
        lambda rng, T, D: normals(rng, (T, D), (D, D)),
        dict(T=3, D=2),
        dict(D=4),
        dict(T=4),
    ),
]
