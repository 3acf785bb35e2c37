"""Poincare embeddings of a small tree (Nickel & Kiela), one negative sum per pair."""
import numpy as np

rng = np.random.default_rng(1)
edges = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
n, dim = 7, 2
emb = rng.uniform(-1e-1, 1e-1, size=(n, dim))
EPS = 1e-9


def distance(u, v):
    alpha = 1 - np.sum(u**2)
    beta = 1 - np.sum(v**2)
    gamma = 1 + 2 * np.sum((u - v)**2) / (alpha * beta)
    return np.arccosh(gamma)


def distance_grad(theta, x):
    """Derivative of d(theta, x) with respect to theta."""
    alpha = 1 - np.sum(theta**2)
    beta = 1 - np.sum(x**2)
    gamma = 1 + 2 * np.sum((theta - x)**2) / (alpha * beta)
    c = 4 / (beta * np.sqrt(gamma**2 - 1))
    return c * ((np.sum(x**2) - 2 * np.dot(theta, x) + 1) / alpha**2 * theta - x / alpha)


lr = 0.05
for epoch in range(20):
    total = 0.0
    for u, v in edges:
        others = [w for w in range(n) if w != u and (u, w) not in edges and (w, u) not in edges]
        negs = rng.choice(others, size=2, replace=False)
        cand = np.concatenate([[v], negs])
        d = np.array([distance(emb[u], emb[k]) for k in cand])
        e = np.exp(-d)
        p = e / e.sum()
        loss = -np.log(p[0])
        total += loss
        dd = -p
        dd[0] += 1
        grad_u = np.zeros(dim)
        grads = {}
        for i, k in enumerate(cand):
            grad_u += dd[i] * distance_grad(emb[u], emb[k])
            grads[k] = dd[i] * distance_grad(emb[k], emb[u])
        for k, g in grads.items():
            scale = (1 - np.sum(emb[k]**2))**2 / 4
            emb[k] = emb[k] - lr * scale * g
        scale = (1 - np.sum(emb[u]**2))**2 / 4
        emb[u] = emb[u] - lr * scale * grad_u
    print(epoch, total)
