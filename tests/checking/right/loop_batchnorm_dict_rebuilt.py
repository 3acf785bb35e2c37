# %%
import numpy as np
np.random.seed(42)

# %%
n, d, h, c = 32, 8, 16, 3
X = np.random.randn(n, d)
Y = np.random.choice(c, n)

# %%
p = dict(W1=np.random.randn(d, h) * 0.2, g1=np.ones(h), t1=np.zeros(h),
         W2=np.random.randn(h, c) * 0.2, b2=np.zeros(c))

# %%
lr, wd = 0.1, 1e-3
for _ in range(100):
    z = X @ p['W1']
    mu, var = z.mean(0), z.var(0)
    zhat = (z - mu) / np.sqrt(var + 1e-5)
    y = p['g1'] * zhat + p['t1']
    a = np.where(y > 0, y, 0.1 * y)
    s = a @ p['W2'] + p['b2']
    s = s - s.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    loss = -logp[range(n), Y].mean() + 0.5 * wd * sum((w ** 2).sum() for k, w in p.items() if k.startswith('W'))

    ds = np.exp(logp)
    ds[range(n), Y] -= 1
    ds /= n
    g = {}
    g['W2'] = a.T @ ds + wd * p['W2']
    g['b2'] = ds.sum(0)
    dy = (ds @ p['W2'].T) * np.where(y > 0, 1, 0.1)
    g['g1'] = (dy * zhat).sum(0)
    g['t1'] = dy.sum(0)
    dzhat = dy * p['g1']
    istd = (var + 1e-5) ** -0.5
    dvar = (dzhat * (z - mu)).sum(0) * -0.5 * istd ** 3
    dmu = -(dzhat * istd).sum(0)
    dz = dzhat * istd + dvar * 2 * (z - mu) / n + dmu / n
    g['W1'] = X.T @ dz + wd * p['W1']
    p = {k: p[k] - lr * g[k] for k in p}
print(loss)
