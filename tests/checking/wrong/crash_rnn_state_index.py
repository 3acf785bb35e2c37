# expect: line=26 variable=da mistake=crash
# right: dh * (1 - hs[t + 1] ** 2)
import numpy as np

T, D, H = 5, 3, 4
rng = np.random.default_rng(0)
xs = rng.normal(size=(T, D))
ys = rng.normal(size=(T, H))
Wxh = rng.normal(size=(D, H)) * 0.5
Whh = rng.normal(size=(H, H)) * 0.5
bh = np.zeros(H)
h0 = np.zeros(H)
lr = 0.01

for it in range(100):
    hs = [h0]
    loss = 0
    for t in range(T):
        hs.append(np.tanh(xs[t] @ Wxh + hs[t] @ Whh + bh))
        loss += 0.5 * np.sum((hs[t + 1] - ys[t]) ** 2)

    dWxh, dWhh, dbh = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(bh)
    dh_next = np.zeros(H)
    for t in reversed(range(T)):
        dh = hs[t + 1] - ys[t] + dh_next
        da = dh * (1 - hs[t + 2] ** 2)
        dWxh += np.outer(xs[t], da)
        dWhh += np.outer(hs[t], da)
        dbh += da
        dh_next = Whh @ da
    Wxh -= lr * dWxh
    Whh -= lr * dWhh
    bh -= lr * dbh
