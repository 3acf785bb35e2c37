# expect: line=32 variable=out[targets] mistake=overwritten-accumulator
# right: np.subtract.at(out, targets, lr * dout)
"""Skip-gram with negative sampling: both passes by hand, one pair at a time."""
import numpy as np

rng = np.random.RandomState(3)
text = "the cat sat on the mat and the dog sat on the log with the cat".split()
vocab = sorted(set(text))
ids = [vocab.index(w) for w in text]
V, D, K, lr = len(vocab), 5, 3, 0.1
inp = rng.randn(V, D) * 0.1
out = rng.randn(V, D) * 0.1

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

for epoch in range(3):
    total = 0.0
    for i in range(1, len(ids)):
        center, context = ids[i], ids[i - 1]
        negatives = rng.randint(0, V, size=K)
        h = inp[center]
        targets = np.concatenate(([context], negatives))
        labels = np.array([1.0] + [0.0] * K)
        scores = out[targets] @ h
        p = sigmoid(scores)
        loss = -np.sum(labels * np.log(p) + (1 - labels) * np.log(1 - p))
        total += loss
        dscores = p - labels
        dh = out[targets].T @ dscores
        dout = np.outer(dscores, h)
        out[targets] -= lr * dout
        inp[center] -= lr * dh
    print(epoch, total)
