import numpy as np
from tqdm import tqdm

np.random.seed(0)
X = np.random.rand(12, 8)
n_in, n_code = 8, 3
lr = 0.5

We = np.random.randn(n_in, n_code) * 0.3
be = np.zeros(n_code)
Wd = np.random.randn(n_code, n_in) * 0.3
bd = np.zeros(n_in)

sigm = lambda a: 1 / (1 + np.exp(-a))

for epoch in tqdm(range(300)):
    # encode / decode
    code = sigm(X @ We + be)
    recon = sigm(code @ Wd + bd)
    loss = np.mean((recon - X) ** 2)

    # gradient
    g = 2 * (recon - X) / X.size
    g = g * recon * (1 - recon)
    gWd = code.T @ g
    gbd = g.sum(0)
    g = (g @ Wd.T) * code * (1 - code)
    gWe = X.T @ g
    gbe = g.sum(0)

    for p, dp in ((We, gWe), (be, gbe), (Wd, gWd), (bd, gbd)):
        p -= lr * dp
print('reconstruction error', loss)
