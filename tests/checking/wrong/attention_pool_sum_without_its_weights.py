# expect: line=21 variable=dscores mistake=softmax-jacobian
# right: a * (da - np.sum(a * da))
import numpy as np

rng = np.random.default_rng(0)
S = rng.normal(size=(6, 4))
target = 1.0
q = rng.normal(size=4)
W = rng.normal(size=4)
for it in range(50):
    scores = S @ q
    a = np.exp(scores - scores.max())
    a = a / a.sum()
    ctx = a @ S
    pred = ctx @ W
    loss = 0.5 * (pred - target) ** 2
    dpred = pred - target
    dW = dpred * ctx
    dctx = dpred * W
    da = S @ dctx
    dscores = a * da - a * np.sum(da)
    dq = S.T @ dscores
    q -= 0.1 * dq
    W -= 0.1 * dW
print(loss)
