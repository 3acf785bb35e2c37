import numpy as np

np.random.seed(41)
X = np.random.randn(24, 6)
labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
onehot = np.eye(3)[labels]

W1 = np.random.randn(6, 12) * 0.4
b1 = np.zeros(12)
W2 = np.random.randn(12, 3) * 0.4
b2 = np.zeros(3)
keep_prob = 0.8
lr = 0.1

for it in range(200):
    mask = (np.random.rand(24, 12) < keep_prob) / keep_prob
    h = np.maximum(0, X @ W1 + b1)
    hd = h * mask
    s = hd @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -(onehot * log_p).sum() / len(X)

    ds = (np.exp(log_p) - onehot) / len(X)
    dW2 = hd.T @ ds
    db2 = ds.sum(axis=0)
    dh = (ds @ W2.T) * mask
    dh[h <= 0] = 0
    dW1 = X.T @ dh
    db1 = dh.sum(axis=0)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    if it % 50 == 0:
        print(it, round(loss, 4))
