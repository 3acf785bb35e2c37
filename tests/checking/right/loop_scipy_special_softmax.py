import numpy as np
from scipy.special import expit, logsumexp, softmax

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4))
soft_targets = rng.dirichlet(np.ones(3), size=30)
gate_targets = rng.integers(0, 2, 30)

W = rng.normal(size=(4, 3)) * 0.1
u = np.zeros(4)
for epoch in range(40):
    logits = X @ W
    ce = -np.sum(soft_targets * (logits - logsumexp(logits, axis=1, keepdims=True)))
    score = X @ u
    p = expit(score)
    bce = -np.sum(gate_targets * np.log(p) + (1 - gate_targets) * np.log(1 - p))
    loss = (ce + bce) / 30
    dW = X.T @ (softmax(logits, axis=1) - soft_targets) / 30
    du = X.T @ (p - gate_targets) / 30
    W -= 0.5 * dW
    u -= 0.5 * du
    if epoch % 10 == 0:
        print(epoch, loss)
