import numpy as np

rng = np.random.default_rng(8)
n_users, n_items, f = 7, 6, 3
R = rng.integers(1, 6, (n_users, n_items)).astype(float)
mask = (rng.random((n_users, n_items)) < 0.6).astype(float)
R = R * mask

U = rng.normal(scale=0.3, size=(n_users, f))
V = rng.normal(scale=0.3, size=(n_items, f))
lam, lr = 0.1, 0.01

for it in range(300):
    E = mask * (U @ V.T - R)
    loss = np.sum(E ** 2) + lam * (np.sum(U ** 2) + np.sum(V ** 2))
    U_grad = 2 * E @ V + 2 * lam * U
    V_grad = 2 * E.T @ U + 2 * lam * V
    U, V = U - lr * U_grad, V - lr * V_grad
    if it % 100 == 0:
        print(it, loss)
