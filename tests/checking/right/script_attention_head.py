import numpy as np

np.random.seed(0)
T, D, dk = 4, 5, 3
x = np.random.randn(T, D)
target = np.random.randn(T, dk)

Wq = np.random.randn(D, dk) / np.sqrt(D)
Wk = np.random.randn(D, dk) / np.sqrt(D)
Wv = np.random.randn(D, dk) / np.sqrt(D)

# forward: single causal self-attention head
q = x @ Wq
k = x @ Wk
v = x @ Wv
scores = q @ k.T / np.sqrt(dk)
mask = np.tril(np.ones((T, T)))
scores = np.where(mask == 0, -1e9, scores)
e = np.exp(scores - scores.max(axis=-1, keepdims=True))
att = e / e.sum(axis=-1, keepdims=True)
out = att @ v
loss = 0.5 * np.mean((out - target) ** 2)
print("loss", loss)

# backward
dout = (out - target) / out.size
dv = att.T @ dout
datt = dout @ v.T
dscores = att * (datt - np.sum(datt * att, axis=-1, keepdims=True))
dscores = dscores / np.sqrt(dk)
dq = dscores @ k
dk_ = dscores.T @ q
dWq = x.T @ dq
dWk = x.T @ dk_
dWv = x.T @ dv
dx = dq @ Wq.T + dk_ @ Wk.T + dv @ Wv.T

lr = 0.1
Wq -= lr * dWq
Wk -= lr * dWk
Wv -= lr * dWv
