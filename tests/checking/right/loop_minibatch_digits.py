"""Mini-batch SGD on tiny 5x3 digits drawn by hand."""
import numpy as np

digits = """
111 010 111 111 101
101 110 001 001 101
101 010 111 011 111
101 010 100 001 001
111 111 111 111 001
""".split()
rows = np.array(digits).reshape(5, 5)
base = np.array([[int(ch) for r in range(5) for ch in rows[r, k]] for k in range(5)], dtype=float)

np.random.seed(90)
X = np.repeat(base, 12, axis=0) + 0.3 * np.random.randn(60, 15)
y = np.repeat(np.arange(5), 12)

hidden, classes = 12, 5
params = {
    'W1': np.random.randn(15, hidden) * np.sqrt(2 / 15),
    'b1': np.zeros(hidden),
    'W2': np.random.randn(hidden, classes) * np.sqrt(2 / hidden),
    'b2': np.zeros(classes),
}
batch_size, lr = 10, 0.1

for epoch in range(15):
    perm = np.random.permutation(len(X))
    epoch_loss = 0
    for start in range(0, len(X), batch_size):
        idx = perm[start:start + batch_size]
        xb, yb = X[idx], y[idx]
        n = len(xb)

        z1 = xb @ params['W1'] + params['b1']
        a1 = np.maximum(z1, 0)
        logits = a1 @ params['W2'] + params['b2']
        logits -= logits.max(axis=1, keepdims=True)
        probs = np.exp(logits)
        probs /= probs.sum(axis=1, keepdims=True)
        loss = -np.log(probs[np.arange(n), yb]).mean()
        epoch_loss += loss * n

        grads = {}
        dlogits = probs
        dlogits[np.arange(n), yb] -= 1
        dlogits /= n
        grads['W2'] = a1.T @ dlogits
        grads['b2'] = dlogits.sum(axis=0)
        dz1 = (dlogits @ params['W2'].T) * (z1 > 0)
        grads['W1'] = xb.T @ dz1
        grads['b1'] = dz1.sum(axis=0)

        for k in params:
            params[k] -= lr * grads[k]
    if epoch % 5 == 0:
        print(epoch, epoch_loss / len(X))
