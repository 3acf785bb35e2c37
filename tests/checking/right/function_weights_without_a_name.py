import numpy as np


def softmax_loss_grad(W, X, Y, lam):
    """Loss and gradient of multinomial logistic regression (rows are samples, Y one-hot)."""
    N = X.shape[0]
    Z = X @ W
    Z -= Z.max(axis=1, keepdims=True)
    P = np.exp(Z)
    P /= P.sum(axis=1, keepdims=True)
    f = -np.sum(Y * np.log(P)) / N + lam * np.sum(W * W)
    g = X.T @ (P - Y) / N + 2 * lam * W
    return f, g


def minimize(W, X, Y, lam, max_iter=40):
    f, g = softmax_loss_grad(W, X, Y, lam)
    for it in range(max_iter):
        t = 1.0
        while True:
            W_new = W - t * g
            f_new, g_new = softmax_loss_grad(W_new, X, Y, lam)
            if f_new <= f - 0.5 * t * np.sum(g * g):
                break
            t *= 0.5
        W, f, g = W_new, f_new, g_new
    return W, f


rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
labels = np.argmax(X[:, :3], axis=1)
Y = np.eye(3)[labels]
W, f = minimize(np.zeros((4, 3)), X, Y, 1e-3)
print(f)
