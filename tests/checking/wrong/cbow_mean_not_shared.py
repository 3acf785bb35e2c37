# expect: line=27 variable=W_in mistake=scale
# right: np.add.at(W_in, context, -lr * dh / C)
import numpy as np

rng = np.random.default_rng(11)
V, D, C = 12, 5, 4
W_in = rng.normal(0, 0.1, (V, D))
W_out = rng.normal(0, 0.1, (D, V))
corpus = rng.integers(0, V, 60)
lr = 0.05

for epoch in range(3):
    for pos in range(2, len(corpus) - 2):
        context = np.concatenate([corpus[pos - 2:pos], corpus[pos + 1:pos + 3]])
        target = corpus[pos]
        h = W_in[context].mean(axis=0)
        u = h @ W_out
        y = np.exp(u - u.max())
        y /= y.sum()
        loss = -np.log(y[target])

        e = y.copy()
        e[target] -= 1
        dW_out = np.outer(h, e)
        dh = W_out @ e
        W_out -= lr * dW_out
        np.add.at(W_in, context, -lr * dh)
