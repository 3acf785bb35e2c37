"""Whole models: autoencoders, mixtures, capsules, policies, experts."""

import numpy as np

from ._case import Case, binary, labels, normals, probabilities


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def vae(x, noise, enc, mu_w, var_w, dec):
    h = np.tanh(x @ enc)
    mu, log_var = h @ mu_w, h @ var_w
    z = mu + np.exp(0.5 * log_var) * noise
    recon = sigmoid(z @ dec)
    nll = -np.sum(x * np.log(recon) + (1 - x) * np.log(1 - recon), axis=1)
    kl = -0.5 * np.sum(1 + log_var - mu**2 - np.exp(log_var), axis=1)
    return np.mean(nll + kl)


def tied_autoencoder(x, W, b, c):
    code = sigmoid(x @ W + b)
    recon = sigmoid(code @ W.T + c)
    rho, rho_hat = 0.05, code.mean(axis=0)
    sparsity = rho * np.log(rho / rho_hat) + (1 - rho) * np.log(
        (1 - rho) / (1 - rho_hat)
    )
    return 0.5 * np.sum((recon - x) ** 2) / len(x) + 3 * np.sum(sparsity)


def gaussian_mixture(x, means, log_stds, logits):
    d = (x[:, None, :] - means) / np.exp(log_stds)[:, None]
    log_p = -0.5 * np.sum(d**2, axis=2) - means.shape[1] * (
        log_stds + 0.5 * np.log(2 * np.pi)
    )
    log_w = logits - np.log(np.sum(np.exp(logits)))
    a = log_p + log_w
    m = a.max(axis=1, keepdims=True)
    return -np.sum(m[:, 0] + np.log(np.exp(a - m).sum(axis=1)))


def matrix_factorization(R, mask, U, V, reg):
    error = mask * (R - U @ V.T)
    return np.sum(error**2) + reg * (np.sum(U**2) + np.sum(V**2))


def capsules(u, W, b):
    u_hat = np.einsum("ijdk,id->ijk", W, u)
    for _ in range(2):
        c = softmax(b)
        s = np.sum(c[:, :, None] * u_hat, axis=0)
        norm2 = np.sum(s**2, axis=1, keepdims=True)
        v = norm2 / (1 + norm2) * s / np.sqrt(norm2 + 1e-9)
        b = b + np.sum(u_hat * v, axis=2)
    return np.sum(np.sqrt(np.sum(v**2, axis=1)))


def highway(x, WH, WT, bT):
    t = sigmoid(x @ WT + bT)
    return np.sum((t * np.tanh(x @ WH) + (1.0 - t) * x) ** 2)


def residual_blocks(x, blocks):
    for W1, W2 in blocks:
        x = x + np.maximum(x @ W1, 0) @ W2
    return np.mean(x**2)


def dropout(x, W1, W2, mask, p):
    h = np.maximum(0, x @ W1)
    h *= mask / p
    return np.sum((h @ W2) ** 2)


def reinforce(states, actions, rewards, theta):
    T = len(rewards)
    returns = np.zeros(T)
    running = 0.0
    for t in reversed(range(T)):
        running = rewards[t] + 0.9 * running
        returns[t] = running
    returns = (returns - returns.mean()) / returns.std()
    pi = softmax(states @ theta)
    return -np.sum(np.log(pi[np.arange(T), actions]) * returns)


def policy_clipped(new_logp, old_logp, advantage):
    ratio = np.exp(new_logp - old_logp)
    clipped = np.clip(ratio, 0.8, 1.2)
    return -np.mean(np.minimum(ratio * advantage, clipped * advantage))


def q_learning(s, a, r, s2, done, W):
    q = (s @ W)[np.arange(len(a)), a]
    target = r + 0.99 * np.max(s2 @ W, axis=1) * (1 - done)
    return np.mean((q - target) ** 2)


def adversarial(real, noise, G, D):
    fake = np.tanh(noise @ G)
    return -np.mean(np.log(sigmoid(real @ D)) + np.log(1 - sigmoid(fake @ D)))


def mixture_of_experts(x, Wg, We):
    gate = softmax(x @ Wg)
    experts = np.stack([np.tanh(x @ W) for W in We], axis=1)
    return np.sum((gate[:, :, None] * experts).sum(axis=1) ** 2)


def info_nce(a, b, temperature):
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    logits = a @ b.T / temperature
    y = np.arange(len(a))
    return -np.mean(np.log(softmax(logits)[y, y]))


def radial_basis(x, y, centers, gamma, w):
    phi = np.exp(-gamma * ((x[:, None] - centers) ** 2).sum(-1))
    return np.mean((phi @ w - y) ** 2)


def factorization_machine(x, w0, w, V):
    pairs = 0.5 * np.sum((x @ V) ** 2 - (x**2) @ (V**2), axis=1)
    return np.mean((w0 + x @ w + pairs) ** 2)


LAYER = dict(N=4, D=3, H=5), dict(N=3, D=2, H=4)

CASES = [
    Case(
        vae,
        "enc mu_w var_w dec",
        lambda rng, N, D, H, Z: (
            probabilities(rng, N, D),
            *normals(rng, (N, Z), (D, H), (H, Z), (H, Z), (Z, D)),
        ),
        dict(N=4, D=3, H=5, Z=2),
        dict(N=3, D=5, H=2, Z=4),
    ),
    Case(
        tied_autoencoder,
        "W b c",
        lambda rng, N, D, H: (probabilities(rng, N, D), *normals(rng, (D, H), H, D)),
        *LAYER,
    ),
    Case(
        gaussian_mixture,
        "means log_stds logits",
        lambda rng, N, D, H: normals(rng, (N, D), (H, D), H, H),
        *LAYER,
    ),
    Case(
        matrix_factorization,
        "U V reg",
        lambda rng, N, D, H: (
            *normals(rng, (N, H)),
            binary(rng, N, H),
            *normals(rng, (N, D), (H, D)),
            0.1,
        ),
        *LAYER,
    ),
    Case(
        capsules,
        "u W b",
        lambda rng, I, J, D, K: normals(rng, (I, D), (I, J, D, K), (I, J)),
        dict(I=2, J=3, D=4, K=5),
        dict(I=3, J=2, D=5, K=4),
    ),
    Case(
        highway,
        "x WH WT bT",
        lambda rng, N, D: normals(rng, (N, D), (D, D), (D, D), D),
        dict(N=4, D=3),
        dict(N=3, D=5),
    ),
    Case(
        residual_blocks,
        "x blocks",
        lambda rng, N, D, H: (
            *normals(rng, (N, D)),
            [normals(rng, (D, H), (H, D)), normals(rng, (D, H), (H, D))],
        ),
        *LAYER,
    ),
    Case(
        dropout,
        "x W1 W2",
        lambda rng, N, D, H: (
            *normals(rng, (N, D), (D, H), (H, 2)),
            binary(rng, N, H),
            0.5,
        ),
        *LAYER,
    ),
    Case(
        reinforce,
        "theta",
        lambda rng, T, D, A: (
            *normals(rng, (T, D)),
            labels(rng, T, A),
            *normals(rng, T, (D, A)),
        ),
        dict(T=4, D=3, A=2),
        dict(D=5, A=3),
        dict(T=5),
    ),
    Case(
        policy_clipped,
        "new_logp",
        lambda rng, N: normals(rng, N, N, N),
        dict(N=5),
        dict(N=7),
    ),
    Case(
        q_learning,
        "W",
        lambda rng, N, D, A: (
            *normals(rng, (N, D)),
            labels(rng, N, A),
            *normals(rng, N, (N, D)),
            binary(rng, N),
            *normals(rng, (D, A)),
        ),
        dict(N=4, D=3, A=2),
        dict(N=3, D=5, A=4),
    ),
    Case(
        adversarial,
        "G D",
        lambda rng, N, Z, H: normals(rng, (N, H), (N, Z), (Z, H), H),
        dict(N=4, Z=2, H=3),
        dict(N=3, Z=4, H=5),
    ),
    Case(
        mixture_of_experts,
        "x Wg We",
        lambda rng, N, D, H: (
            *normals(rng, (N, D), (D, 2)),
            list(normals(rng, (D, H), (D, H))),
        ),
        *LAYER,
    ),
    Case(
        info_nce,
        "a b temperature",
        lambda rng, N, D: (*normals(rng, (N, D), (N, D)), 0.7),
        dict(N=4, D=3),
        dict(N=3, D=5),
    ),
    Case(
        radial_basis,
        "centers gamma w",
        lambda rng, N, D, H: (*normals(rng, (N, D), N, (H, D)), 0.4, *normals(rng, H)),
        *LAYER,
    ),
    Case(
        factorization_machine,
        "w0 w V",
        lambda rng, N, D, H: (*normals(rng, (N, D)), 0.3, *normals(rng, D, (D, H))),
        *LAYER,
    ),
]
