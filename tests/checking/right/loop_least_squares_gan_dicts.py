"""Least-squares GAN on 2-D points with separate update functions and loss names loss_D, loss_G."""
import numpy as np

rng = np.random.default_rng(0)
G = {"W1": rng.normal(size=(2, 8)) * 0.5, "b1": np.zeros(8), "W2": rng.normal(size=(8, 2)) * 0.5, "b2": np.zeros(2)}
D = {"W1": rng.normal(size=(2, 8)) * 0.5, "b1": np.zeros(8), "W2": rng.normal(size=(8, 1)) * 0.5, "b2": np.zeros(1)}


def mlp(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"])
    return h @ p["W2"] + p["b2"], (x, h)


def mlp_grad(p, cache, dout):
    x, h = cache
    dh = dout @ p["W2"].T * (1 - h * h)
    grads = {"W2": h.T @ dout, "b2": dout.sum(0), "W1": x.T @ dh, "b1": dh.sum(0)}
    return dh @ p["W1"].T, grads


def sgd(p, grads, lr):
    for k in p:
        p[k] -= lr * grads[k]


n = 32
for it in range(300):
    real = rng.normal(size=(n, 2)) * 0.2 + np.array([1.0, -1.0])
    z = rng.normal(size=(n, 2))
    fake, _ = mlp(G, z)
    d_real, c_real = mlp(D, real)
    d_fake, c_fake = mlp(D, fake)
    loss_D = 0.5 * np.mean((d_real - 1) ** 2) + 0.5 * np.mean(d_fake ** 2)
    _, g1 = mlp_grad(D, c_real, (d_real - 1) / n)
    _, g2 = mlp_grad(D, c_fake, d_fake / n)
    sgd(D, {k: g1[k] + g2[k] for k in D}, 0.1)

    z = rng.normal(size=(n, 2))
    fake, c_gen = mlp(G, z)
    score, c_fake = mlp(D, fake)
    loss_G = 0.5 * np.mean((score - 1) ** 2)
    dfake, _ = mlp_grad(D, c_fake, (score - 1) / n)
    _, g = mlp_grad(G, c_gen, dfake)
    sgd(G, g, 0.1)
    if it % 100 == 0:
        print(it, loss_D, loss_G)
