# expect: line=21 variable=b0 mistake=scale
# right: lr * g.sum()
import numpy as np


def pinball(u, tau):
    return np.where(u >= 0, tau * u, (tau - 1) * u)


def fit_quantile(X, y, tau, lr=0.1, n_iter=500, decay=0.995):
    n, d = X.shape
    beta = np.zeros(d)
    b0 = np.median(y)
    history = []
    for i in range(n_iter):
        u = y - (X @ beta + b0)
        history.append(pinball(u, tau).mean())
        # subgradient with respect to the prediction
        g = np.where(u >= 0, -tau, 1 - tau) / n
        beta -= lr * X.T @ g
        b0 -= 2 * (lr * g.sum())
        lr *= decay
    return beta, b0, history


if __name__ == "__main__":
    rng = np.random.default_rng(4)
    X = rng.uniform(0, 5, size=(200, 2))
    y = 1.0 + X @ np.array([0.5, -0.2]) + rng.normal(0, 0.2 + 0.1 * X[:, 0])
    for tau in (0.1, 0.5, 0.9):
        beta, b0, hist = fit_quantile(X, y, tau)
        print(f"tau={tau}: beta={beta}, intercept={b0:.3f}, loss {hist[0]:.3f} -> {hist[-1]:.3f}")
