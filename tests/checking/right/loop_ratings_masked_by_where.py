import numpy as np

np.random.seed(1)
R = np.random.randint(0, 6, (8, 6)).astype(float)
mask = R > 0
k, lr, reg = 3, 0.01, 0.05
U = 0.1 * np.random.randn(8, k)
V = 0.1 * np.random.randn(6, k)
bu = np.zeros(8)
bi = np.zeros(6)
mu = R[mask].mean()
for epoch in range(50):
    pred = mu + bu[:, None] + bi[None, :] + U @ V.T
    E = np.where(mask, R - pred, 0)
    U_new = U + lr * (E @ V - reg * U)
    V_new = V + lr * (E.T @ U - reg * V)
    bu += lr * (E.sum(1) - reg * bu)
    bi += lr * (E.sum(0) - reg * bi)
    U, V = U_new, V_new
    rmse = np.sqrt((E[mask] ** 2).mean())
print(rmse)
