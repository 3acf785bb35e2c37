# expect: line=52 variable=b mistake=dropped-upstream
# right: b = A @ w
"""Maximum likelihood for a discrete HMM by gradient ascent on logits.

The gradient of the log-likelihood comes from the posteriors (Fisher's identity).
"""
import numpy as np

rng = np.random.default_rng(12)
K, M, L = 2, 3, 12
obs = rng.integers(0, M, size=L)

a_logits = rng.normal(size=(K, K)) * 0.3
b_logits = rng.normal(size=(K, M)) * 0.3
pi = np.full(K, 1.0 / K)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


step_size = 0.1
for it in range(40):
    A = softmax(a_logits)
    B = softmax(b_logits)

    # scaled forward pass
    alphas = []
    scales = []
    f = pi * B[:, obs[0]]
    c = f.sum()
    f = f / c
    alphas.append(f)
    scales.append(c)
    for t in range(1, L):
        f = (f @ A) * B[:, obs[t]]
        c = f.sum()
        f = f / c
        alphas.append(f)
        scales.append(c)
    log_lik = np.sum(np.log(scales))

    # scaled backward pass and expected counts
    xi_sum = np.zeros((K, K))
    gamma_sum = np.zeros((K, M))
    b = np.ones(K)
    gamma_sum[:, obs[L - 1]] += alphas[L - 1] * b
    for t in range(L - 2, -1, -1):
        w = B[:, obs[t + 1]] * b / scales[t + 1]
        xi_sum += alphas[t][:, None] * A * w[None, :]
        b = w
        gamma_sum[:, obs[t]] += alphas[t] * b

    a_logits += step_size * (xi_sum - xi_sum.sum(axis=1, keepdims=True) * A)
    b_logits += step_size * (gamma_sum - gamma_sum.sum(axis=1, keepdims=True) * B)
    if it % 10 == 0:
        print(it, log_lik)
