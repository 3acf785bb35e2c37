# expect: line=29 variable=W_in mistake=wrong-operand
# right: W_in[center] -= lr * dh
import numpy as np

corpus = "the cat sat on the mat the dog sat on the log".split()
vocab = sorted(set(corpus))
idx = {w: i for i, w in enumerate(vocab)}
V, D = len(vocab), 5
rng = np.random.default_rng(0)
W_in = rng.normal(0, 0.5, (V, D))
W_out = rng.normal(0, 0.5, (D, V))
lr = 0.05

for epoch in range(20):
    total = 0.0
    for pos in range(1, len(corpus) - 1):
        center = idx[corpus[pos]]
        for ctx in (idx[corpus[pos - 1]], idx[corpus[pos + 1]]):
            h = W_in[center]
            u = h @ W_out
            p = np.exp(u) / np.sum(np.exp(u))
            loss = -np.log(p[ctx])
            total += loss
            e = p.copy()
            e[ctx] -= 1
            dW_out = np.outer(h, e)
            dh = W_out @ e
            W_out -= lr * dW_out
            W_in[ctx] -= lr * dh
            k = ctx
    print(epoch, total)
