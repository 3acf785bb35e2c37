# expect: line=37 variable=emb[word] mistake=scale
# right: emb[word] -= eta * dh / len(words)
import numpy as np

rng = np.random.RandomState(4)
vocab, dim, classes = 12, 5, 3
docs = [[0, 3, 5, 3], [1, 2], [4, 4, 6, 7, 8], [9, 10, 11], [2, 5]]
labels = [0, 2, 1, 2, 0]

emb = rng.randn(vocab, dim) * 0.3
U = rng.randn(classes, dim) * 0.3
bias = np.zeros(classes)
eta = 0.2


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


for epoch in range(30):
    total = 0.0
    for words, label in zip(docs, labels):
        h = emb[words].mean(axis=0)
        p = softmax(U @ h + bias)
        loss = -np.log(p[label])
        total += loss

        dz = p.copy()
        dz[label] -= 1.0
        dU = np.outer(dz, h)
        dh = U.T @ dz

        U -= eta * dU
        bias -= eta * dz
        for word in words:
            emb[word] -= eta * dh
    print(epoch, total / len(docs))
