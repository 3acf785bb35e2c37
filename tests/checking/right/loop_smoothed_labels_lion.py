import numpy as np


def smooth(labels, n_classes, eps):
    out = np.full((len(labels), n_classes), eps / n_classes)
    out[np.arange(len(labels)), labels] += 1.0 - eps
    return out


def stream(seed, batch, n_classes):
    rng = np.random.default_rng(seed)
    mus = rng.normal(0, 2, (n_classes, 4))
    while True:
        lab = rng.integers(n_classes, size=batch)
        yield mus[lab] + rng.normal(size=(batch, 4)), lab


def lion(param, grad, momentum, lr, beta1=0.9, beta2=0.99, wd=0.01):
    update = np.sign(beta1 * momentum + (1 - beta1) * grad)
    param -= lr * (update + wd * param)
    momentum *= beta2
    momentum += (1 - beta2) * grad


K = 5
TEMPERATURE = 1.5
rng = np.random.default_rng(1)
W1, b1 = rng.normal(0, 0.4, (4, 16)), np.zeros(16)
W2, b2 = rng.normal(0, 0.25, (16, K)), np.zeros(K)
moms = [np.zeros_like(p) for p in (W1, b1, W2, b2)]

for step, (x, lab) in enumerate(stream(0, 20, K)):
    q = smooth(lab, K, 0.1)
    a1 = x @ W1 + b1
    h1 = np.maximum(a1, 0.01 * a1)
    logits = (h1 @ W2 + b2) / TEMPERATURE
    logits -= logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    ce = -(q * logp).sum() / len(x)

    glogits = (np.exp(logp) - q) / len(x) / TEMPERATURE
    gW2, gb2 = h1.T @ glogits, glogits.sum(0)
    gh1 = glogits @ W2.T
    ga1 = gh1 * np.where(a1 > 0, 1.0, 0.01)
    gW1, gb1 = x.T @ ga1, ga1.sum(0)

    for p, g, mo in zip((W1, b1, W2, b2), (gW1, gb1, gW2, gb2), moms):
        lion(p, g, mo, lr=1e-3)
    if step % 20 == 0:
        print(step, ce)
    if step == 60:
        break
