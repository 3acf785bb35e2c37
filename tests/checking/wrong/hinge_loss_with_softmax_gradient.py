# expect: line=20 variable=dscores mistake=loss-mismatch
# right: active
# keep: line=20 active = (margins > 0).astype(float); active[np.arange(N), y] = -active.sum(axis=1)
import numpy as np

np.random.seed(19)
N, D, C = 14, 4, 3
X = np.random.randn(N, D)
y = np.random.randint(0, C, N)
W = 0.1 * np.random.randn(D, C)
lr = 0.2

for it in range(60):
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[np.arange(N), y][:, np.newaxis] + 1)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N

    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    dscores = probs - np.eye(C)[y]
    dW = X.T.dot(dscores) / N
    W -= lr * dW
