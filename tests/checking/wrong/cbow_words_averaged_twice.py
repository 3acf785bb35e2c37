# expect: line=30 variable=W_in[c] mistake=scale
# right: eta * dh / len(context)
import numpy as np

corpus = "the quick brown fox jumps over the lazy dog and the quick cat".split()
vocab = sorted(set(corpus))
w2i = {w: i for i, w in enumerate(vocab)}
ids = [w2i[w] for w in corpus]
V, N, window = len(vocab), 5, 2
np.random.seed(0)
W_in = np.random.uniform(-0.8, 0.8, (V, N))
W_out = np.random.uniform(-0.8, 0.8, (N, V))
eta = 0.05

for epoch in range(10):
    loss = 0
    for pos in range(window, len(ids) - window):
        context = [ids[pos + j] for j in range(-window, window + 1) if j != 0]
        h = np.mean(W_in[context], axis=0)
        u = h @ W_out
        y = np.exp(u - np.max(u))
        y = y / np.sum(y)
        loss += -np.log(y[ids[pos]])
        e = y.copy()
        e[ids[pos]] -= 1
        dW_out = np.outer(h, e)
        dh = W_out @ e
        W_out -= eta * dW_out
        for c in context:
            W_in[c] -= eta * dh / len(context) / len(context)
    print(epoch, loss)
