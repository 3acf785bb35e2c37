# expect: line=31 variable=d2 mistake=derivative-at-wrong-point
# right: (d3 @ Ws[2].T) * (1 - acts[2] ** 2)
# expect: line=32 variable=gW2 mistake=regularization
# right: acts[1].T @ d2 + lam * Ws[1]
# expect: line=34 variable=d1 mistake=transpose
# right: (d2 @ Ws[1].T) * (1 - acts[1] ** 2)
import numpy as np

np.random.seed(60)
sizes = [4, 6, 6, 3]
Ws = [np.random.randn(a, b) * 0.4 for a, b in zip(sizes[:-1], sizes[1:])]
bs = [np.zeros(b) for b in sizes[1:]]
X = np.random.randn(16, 4)
Y = np.eye(3)[np.random.randint(0, 3, 16)]
lam = 0.01
eta = 0.1

for epoch in range(60):
    acts = [X]
    for W, b in zip(Ws[:-1], bs[:-1]):
        acts.append(np.tanh(acts[-1] @ W + b))
    logits = acts[-1] @ Ws[-1] + bs[-1]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(probs)) / len(X)
    loss += 0.5 * lam * (np.sum(Ws[0] ** 2) + np.sum(Ws[1] ** 2) + np.sum(Ws[2] ** 2))

    d3 = (probs - Y) / len(X)
    gW3 = acts[2].T @ d3 + lam * Ws[2]
    gb3 = d3.sum(axis=0)
    d2 = (d3 @ Ws[2].T) * (1 - acts[1] ** 2)
    gW2 = acts[1].T @ d2 + 2 * lam * Ws[1]
    gb2 = d2.sum(axis=0)
    d1 = (d2 @ Ws[1]) * (1 - acts[1] ** 2)
    gW1 = acts[0].T @ d1 + lam * Ws[0]
    gb1 = d1.sum(axis=0)

    for W, g in zip(Ws, [gW1, gW2, gW3]):
        W -= eta * g
    for b, g in zip(bs, [gb1, gb2, gb3]):
        b -= eta * g
