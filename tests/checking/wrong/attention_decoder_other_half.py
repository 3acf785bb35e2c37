# expect: line=24 variable=dctx mistake=wrong-operand
# right: dz[:4]
import numpy as np

rng = np.random.default_rng(0)
H = rng.normal(size=(6, 4))  # encoder states
s = rng.normal(size=4)
y = rng.normal(size=3)
Wa = rng.normal(size=(4, 4))
Wc = rng.normal(size=(3, 8))
for it in range(100):
    score = H @ Wa @ s
    al = np.exp(score - score.max())
    al = al / al.sum()
    ctx = al @ H
    z = np.concatenate([ctx, s])
    out = np.tanh(Wc @ z)
    loss = 0.5 * np.sum((out - y) ** 2)

    dout = out - y
    dpre = dout * (1 - out**2)
    dWc = np.outer(dpre, z)
    dz = Wc.T @ dpre
    dctx = dz[4:]
    dal = H @ dctx
    dscore = al * (dal - al @ dal)
    dWa = np.outer(H.T @ dscore, s)
    Wa -= 0.1 * dWa
    Wc -= 0.1 * dWc
