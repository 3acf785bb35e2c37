import numpy as np

# linear-chain CRF: emissions from features, transitions learned
np.random.seed(3)
n_tags, n_feat = 3, 5
W = np.random.randn(n_feat, n_tags) * 0.1
T = np.random.randn(n_tags, n_tags) * 0.1


def logsumexp(a, axis=None):
    m = np.max(a, axis=axis, keepdims=True)
    s = m + np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True))
    return np.squeeze(s, axis=axis) if axis is not None else s.item()


def loss_and_grads(x, tags):
    n = len(tags)
    emit = x @ W
    alpha = np.zeros((n, n_tags))
    beta = np.zeros((n, n_tags))
    alpha[0] = emit[0]
    for t in range(1, n):
        alpha[t] = logsumexp(alpha[t - 1][:, None] + T, axis=0) + emit[t]
    for t in range(n - 2, -1, -1):
        beta[t] = logsumexp(T + emit[t + 1] + beta[t + 1], axis=1)
    logZ = logsumexp(alpha[-1], axis=0)

    score = emit[np.arange(n), tags].sum() + T[tags[:-1], tags[1:]].sum()
    loss = logZ - score

    # expected counts minus observed counts
    node = np.exp(alpha + beta - logZ)
    demit = node.copy()
    demit[np.arange(n), tags] -= 1
    dT = np.zeros_like(T)
    for t in range(1, n):
        edge = np.exp(alpha[t - 1][:, None] + T + emit[t] + beta[t] - logZ)
        dT += edge
        dT[tags[t - 1], tags[t]] -= 1
    dW = x.T @ demit
    return loss, dW, dT


data = []
for _ in range(10):
    length = np.random.randint(4, 8)
    tags = np.random.randint(0, n_tags, size=length)
    x = np.random.randn(length, n_feat) + np.eye(n_tags, n_feat)[tags] * 2
    data.append((x, tags))

lr = 0.1
for epoch in range(10):
    total = 0
    for x, tags in data:
        loss, dW, dT = loss_and_grads(x, tags)
        W -= lr * dW
        T -= lr * dT
        total += loss
    print("epoch", epoch, "nll", total / len(data))
