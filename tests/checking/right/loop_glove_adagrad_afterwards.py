import numpy as np

rng = np.random.default_rng(0)
V, D = 12, 5
X_MAX, ALPHA, LR = 20.0, 0.75, 0.05

pairs = [(int(i), int(j), float(c)) for i, j, c in
         zip(rng.integers(0, V, 60), rng.integers(0, V, 60), rng.integers(1, 40, 60))]

W = (rng.random((V, D)) - 0.5) / D
Wc = (rng.random((V, D)) - 0.5) / D
b = np.zeros(V)
bc = np.zeros(V)
gsq_W = np.ones((V, D))
gsq_Wc = np.ones((V, D))
gsq_b = np.ones(V)
gsq_bc = np.ones(V)

for it in range(20):
    total = 0.0
    for i, j, x in pairs:
        weight = (x / X_MAX) ** ALPHA if x < X_MAX else 1.0
        diff = W[i] @ Wc[j] + b[i] + bc[j] - np.log(x)
        fdiff = weight * diff
        total += 0.5 * fdiff * diff

        grad_main = fdiff * Wc[j]
        grad_ctx = fdiff * W[i]

        W[i] -= LR * grad_main / np.sqrt(gsq_W[i])
        Wc[j] -= LR * grad_ctx / np.sqrt(gsq_Wc[j])
        b[i] -= LR * fdiff / np.sqrt(gsq_b[i])
        bc[j] -= LR * fdiff / np.sqrt(gsq_bc[j])

        gsq_W[i] += grad_main ** 2
        gsq_Wc[j] += grad_ctx ** 2
        gsq_b[i] += fdiff ** 2
        gsq_bc[j] += fdiff ** 2
    print(it, total / len(pairs))
