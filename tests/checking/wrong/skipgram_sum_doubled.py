# expect: line=36 variable=grad_in mistake=scale
# right: grad_in += g * W_out[t]
# Skip-gram with negative sampling on a toy corpus
import random
import numpy as np

corpus = "the quick brown fox jumps over the lazy dog while the quick cat sleeps".split()
vocab = sorted(set(corpus))
idx = {w: i for i, w in enumerate(vocab)}
V, D, WINDOW, K = len(vocab), 8, 2, 3
random.seed(3)
np.random.seed(3)
W_in = (np.random.rand(V, D) - 0.5) / D
W_out = np.zeros((V, D))


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


lr = 0.1
for epoch in range(20):
    total_loss = 0.0
    for pos, word in enumerate(corpus):
        c = idx[word]
        for off in range(-WINDOW, WINDOW + 1):
            if off == 0 or not 0 <= pos + off < len(corpus):
                continue
            targets = [idx[corpus[pos + off]]] + [random.randrange(V) for _ in range(K)]
            labels = [1] + [0] * K
            grad_in = np.zeros(D)
            for t, label in zip(targets, labels):
                p = sigmoid(np.dot(W_in[c], W_out[t]))
                total_loss += -np.log(p) if label else -np.log(1 - p)
                g = p - label
                grad_in += 2 * (g * W_out[t])
                W_out[t] -= lr * g * W_in[c]
            W_in[c] -= lr * grad_in
    print("epoch", epoch, "loss", total_loss)
