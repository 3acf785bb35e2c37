# expect: line=38 variable=gW mistake=overwritten-accumulator
# right: gW += xb.T @ p / batch_size
import numpy as np

rng = np.random.default_rng(25)
X = rng.normal(size=(96, 10))
labels = rng.integers(0, 4, 96)
W = 0.01 * rng.normal(size=(10, 4))
b = np.zeros(4)

batch_size = 32
micro = 8
base_lr = 0.5
decay = 0.01


def softmax_rows(s):
    s = s - s.max(axis=1, keepdims=True)
    e = np.exp(s)
    return e / e.sum(axis=1, keepdims=True)


step = 0
for epoch in range(5):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        batch = order[start:start + batch_size]
        gW = np.zeros_like(W)
        gb = np.zeros_like(b)
        loss = 0.0
        # accumulate over micro-batches
        for k in range(0, batch_size, micro):
            idx = batch[k:k + micro]
            xb, yb = X[idx], labels[idx]
            p = softmax_rows(xb @ W + b)
            loss += -np.log(p[np.arange(micro), yb]).sum() / batch_size
            p[np.arange(micro), yb] -= 1
            gW = xb.T @ p / batch_size
            gb += p.sum(axis=0) / batch_size
        lr = base_lr / (1 + decay * step)
        W -= lr * gW
        b -= lr * gb
        step += 1
    acc = (np.argmax(X @ W + b, axis=1) == labels).mean()
    print(epoch, loss, acc)
