# expect: line=39 variable=dUb mistake=wrong-operand
# right: dUb += np.outer(hb[t + 1], dz)

import numpy as np

rng = np.random.default_rng(11)
T, D, H = 5, 3, 4
X = rng.normal(size=(T, D))
y = rng.integers(0, 2, size=T).astype(float)
Wf, Uf = rng.normal(size=(D, H)) * 0.4, rng.normal(size=(H, H)) * 0.4
Wb, Ub = rng.normal(size=(D, H)) * 0.4, rng.normal(size=(H, H)) * 0.4
v = rng.normal(size=2 * H) * 0.4
lr = 0.05
for epoch in range(15):
    hf = np.zeros((T + 1, H))
    hb = np.zeros((T + 1, H))
    for t in range(T):
        hf[t + 1] = np.tanh(X[t] @ Wf + hf[t] @ Uf)
    for t in reversed(range(T)):
        hb[t] = np.tanh(X[t] @ Wb + hb[t + 1] @ Ub)
    cat = np.concatenate([hf[1:], hb[:T]], axis=1)
    p = 1 / (1 + np.exp(-cat @ v))
    loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
    ds = p - y
    dv = cat.T @ ds
    dcat = np.outer(ds, v)
    dWf, dUf = np.zeros_like(Wf), np.zeros_like(Uf)
    dWb, dUb = np.zeros_like(Wb), np.zeros_like(Ub)
    carry = np.zeros(H)
    for t in reversed(range(T)):
        dz = (dcat[t, :H] + carry) * (1 - hf[t + 1] ** 2)
        dWf += np.outer(X[t], dz)
        dUf += np.outer(hf[t], dz)
        carry = Uf @ dz
    carry = np.zeros(H)
    for t in range(T):
        dz = (dcat[t, H:] + carry) * (1 - hb[t] ** 2)
        dWb += np.outer(X[t], dz)
        dUb += np.outer(hf[t + 1], dz)
        carry = Ub @ dz
    Wf -= lr * dWf
    Uf -= lr * dUf
    Wb -= lr * dWb
    Ub -= lr * dUb
    v -= lr * dv
