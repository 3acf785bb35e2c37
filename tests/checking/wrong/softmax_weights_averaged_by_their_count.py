# expect: line=28 variable=dscores mistake=wrong-operand
# right: dscores /= np.sum(w)
import numpy as np

np.random.seed(11)
N, D, C = 15, 5, 3
X = np.random.randn(N, D)
y = np.random.randint(0, C, N)
class_weight = np.array([0.5, 1.0, 2.5])

W = 0.1 * np.random.randn(D, C)
b = np.zeros(C)
lr = 0.5
lam = 0.02

for it in range(150):
    scores = X @ W + b
    scores = scores - scores.max(axis=1, keepdims=True)
    expd = np.exp(scores)
    probs = expd / expd.sum(axis=1, keepdims=True)
    w = class_weight[y]
    loss = -np.sum(w * np.log(probs[np.arange(N), y])) / np.sum(w)
    loss += lam * np.sum(W * W)

    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores *= w[:, None]
    dscores /= N
    dW = X.T @ dscores
    dW += 2 * lam * W
    db = dscores.sum(axis=0)

    W -= lr * dW
    b -= lr * db
