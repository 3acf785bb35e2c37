# expect: line=33 variable=dctx mistake=overwritten-accumulator
# right: dctx += draw @ Wc.T

import numpy as np

rng = np.random.default_rng(1)
N, T, D, H = 3, 4, 2, 3
src = rng.normal(size=(N, T, D))
tgt = rng.normal(size=(N, T, D))
We, Wc, Wo = rng.normal(size=(D, H)), rng.normal(size=(H, H)) * 0.5, rng.normal(size=(H, D)) * 0.5
Uh = rng.normal(size=(H, H)) * 0.5
lr = 0.01
for it in range(20):
    ctx = np.tanh(src.mean(axis=1) @ We)
    hs = [np.zeros((N, H))]
    outs = []
    for t in range(T):
        hs.append(np.tanh(ctx @ Wc + hs[-1] @ Uh))
        outs.append(hs[-1] @ Wo)
    loss = sum(0.5 * np.sum((outs[t] - tgt[:, t]) ** 2) for t in range(T))

    dWo = np.zeros_like(Wo)
    dUh = np.zeros_like(Uh)
    dWc = np.zeros_like(Wc)
    dctx = np.zeros_like(ctx)
    dnext = np.zeros((N, H))
    for t in reversed(range(T)):
        dout = outs[t] - tgt[:, t]
        dWo += hs[t + 1].T @ dout
        draw = (dout @ Wo.T + dnext) * (1 - hs[t + 1] ** 2)
        dWc += ctx.T @ draw
        dUh += hs[t].T @ draw
        dctx = draw @ Wc.T
        dnext = draw @ Uh.T
    dWe = src.mean(axis=1).T @ (dctx * (1 - ctx**2))
    We -= lr * dWe
    Wc -= lr * dWc
    Uh -= lr * dUh
    Wo -= lr * dWo
