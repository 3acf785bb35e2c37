# expect: line=41 variable=dzs mistake=scale
# right: dproto[member] / S
import numpy as np

rng = np.random.default_rng(3)
K, S, Q, D, E = 3, 4, 5, 6, 4
W = 0.5 * rng.normal(size=(D, E))
tau = 5.0
lr = 0.05

for episode in range(60):
    centers = rng.normal(size=(K, D))
    support = centers[:, None] + 0.3 * rng.normal(size=(K, S, D))
    query = centers[:, None] + 0.3 * rng.normal(size=(K, Q, D))
    xs = support.reshape(K * S, D)
    xq = query.reshape(K * Q, D)
    member = np.repeat(np.arange(K), S)
    labels = np.repeat(np.arange(K), Q)
    A = np.zeros((K, K * S))
    A[member, np.arange(K * S)] = 1.0 / S

    zs = np.tanh(xs @ W)
    zq = np.tanh(xq @ W)
    proto = A @ zs
    npr = np.sqrt(np.sum(proto**2, axis=1, keepdims=True))
    nq = np.sqrt(np.sum(zq**2, axis=1, keepdims=True))
    up = proto / npr
    uq = zq / nq
    logits = tau * uq @ up.T
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(K * Q), labels]))

    dlogits = p.copy()
    dlogits[np.arange(K * Q), labels] -= 1
    dlogits /= K * Q
    duq = tau * dlogits @ up
    dup = tau * dlogits.T @ uq
    dzq = (duq - uq * np.sum(duq * uq, axis=1, keepdims=True)) / nq
    dproto = (dup - up * np.sum(dup * up, axis=1, keepdims=True)) / npr
    dzs = dproto[member]
    dW = xs.T @ (dzs * (1 - zs**2)) + xq.T @ (dzq * (1 - zq**2))
    W -= lr * dW
