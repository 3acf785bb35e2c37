# expect: line=36 variable=dfeats mistake=dropped-upstream
# right: dr @ head_reg.T + dlogits @ head_cls.T
"""Multi-task learning with learned uncertainty weights (Kendall et al.)"""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 5))
y_reg = X[:, :1] * 0.5 + np.sin(X[:, 1:2])
y_cls = rng.integers(0, 3, 40)

shared = rng.normal(0, 0.4, (5, 7))
head_reg = rng.normal(0, 0.4, (7, 1))
head_cls = rng.normal(0, 0.4, (7, 3))
s_reg, s_cls = 0.0, 0.0

for epoch in range(60):
    trunk = X @ shared
    feats = trunk / (1 + np.exp(-trunk))          # swish
    r = feats @ head_reg
    L_reg = np.mean((r - y_reg) ** 2)
    logits = feats @ head_cls
    q = np.exp(logits - logits.max(1)[:, None])
    q = q / q.sum(1)[:, None]
    L_cls = -np.mean(np.log(q[np.arange(40), y_cls]))
    total = np.exp(-s_reg) * L_reg + s_reg + np.exp(-s_cls) * L_cls + s_cls

    # backward
    ds_reg = 1 - np.exp(-s_reg) * L_reg
    ds_cls = 1 - np.exp(-s_cls) * L_cls
    dr = np.exp(-s_reg) * 2 * (r - y_reg) / len(X)
    dlogits = q.copy()
    dlogits[np.arange(40), y_cls] -= 1
    dlogits *= np.exp(-s_cls) / len(X)
    dhead_reg = feats.T @ dr
    dhead_cls = feats.T @ dlogits
    dfeats = dr @ head_reg.T
    sig = 1 / (1 + np.exp(-trunk))
    dtrunk = dfeats * (sig + trunk * sig * (1 - sig))
    dshared = X.T @ dtrunk

    shared -= 0.1 * dshared
    head_reg -= 0.1 * dhead_reg
    head_cls -= 0.1 * dhead_cls
    s_reg -= 0.1 * ds_reg
    s_cls -= 0.1 * ds_cls
    if epoch % 20 == 0:
        print(f"{total:.4f} {L_reg:.4f} {L_cls:.4f}")
