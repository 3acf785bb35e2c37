import numpy as np

# Denoise an image by gradient descent on  0.5 |u - f|^2 + lam * sum sqrt(|grad u|^2 + eps)
rng = np.random.default_rng(2)
clean = np.zeros((16, 16))
clean[4:12, 5:11] = 1.0
f = clean + 0.2 * rng.normal(size=clean.shape)

lam = 0.15
eps = 1e-2
tau = 0.1
u = f.copy()
energy = []
for it in range(60):
    ux = np.zeros_like(u)
    uy = np.zeros_like(u)
    ux[:, :-1] = u[:, 1:] - u[:, :-1]
    uy[:-1, :] = u[1:, :] - u[:-1, :]
    mag = np.sqrt(ux ** 2 + uy ** 2 + eps)
    energy.append(0.5 * np.sum((u - f) ** 2) + lam * np.sum(mag))

    px, py = ux / mag, uy / mag
    # divergence = minus the adjoint of the forward difference
    div = np.zeros_like(u)
    div[:, :-1] += px[:, :-1]
    div[:, 1:] -= px[:, :-1]
    div[:-1, :] += py[:-1, :]
    div[1:, :] -= py[:-1, :]

    u = u - tau * (u - f - lam * div)

print(energy[0], energy[-1], np.abs(u - clean).mean())
