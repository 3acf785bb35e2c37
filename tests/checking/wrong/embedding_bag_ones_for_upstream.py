# expect: line=28 variable=dmean mistake=dropped-upstream
# right: dscores @ W.T
import numpy as np

np.random.seed(29)
vocab, dim, n_class = 12, 5, 2
docs = np.random.randint(0, vocab, (10, 6))      # 10 documents of 6 tokens, tokens repeat
cls = np.random.randint(0, n_class, 10)

E = np.random.randn(vocab, dim) * 0.3
W = np.random.randn(dim, n_class) * 0.3
b = np.zeros(n_class)
lr = 0.3

for it in range(150):
    vecs = E[docs]                 # (10, 6, dim)
    mean = vecs.mean(axis=1)       # (10, dim)
    scores = mean @ W + b
    ex = np.exp(scores - scores.max(1, keepdims=True))
    probs = ex / ex.sum(1, keepdims=True)
    loss = -np.log(probs[np.arange(10), cls]).mean()

    dscores = probs.copy()
    dscores[np.arange(10), cls] -= 1
    dscores /= 10
    dW = mean.T @ dscores
    db = dscores.sum(0)
    dmean = np.ones_like(dscores) @ W.T
    dE = np.zeros_like(E)
    np.add.at(dE, docs, np.repeat(dmean[:, None, :] / 6, 6, axis=1))

    E -= lr * dE
    W -= lr * dW
    b -= lr * db
    if it % 50 == 0:
        print(it, loss)
