# expect: line=35 variable=d_shared mistake=crash
# right: d_pred = alpha * 2 * (pred - values)[:, None] / batch
import numpy as np


def relu(z):
    return z * (z > 0)


def softmax(z):
    z = z - np.max(z, axis=-1, keepdims=True)
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)


def loss_and_gradients(weights, x, labels, values, alpha=0.4):
    """Shared hidden layer, a classification head and a regression head."""
    Ws, bs, Wc, bc, Wr, br = weights
    batch = x.shape[0]
    pre = x @ Ws + bs
    shared = relu(pre)
    probs = softmax(shared @ Wc + bc)
    pred = (shared @ Wr + br).ravel()
    ce = -np.mean(np.log(probs[np.arange(batch), labels]))
    mse = np.mean((pred - values) ** 2)
    loss = ce + alpha * mse

    d_logits = probs
    d_logits[np.arange(batch), labels] -= 1
    d_logits = d_logits / batch
    d_pred = alpha * 2 * (pred - values[:, None]) / batch
    d_Wc = shared.T @ d_logits
    d_bc = d_logits.sum(axis=0)
    d_Wr = shared.T @ d_pred
    d_br = d_pred.sum(axis=0)
    d_shared = d_logits @ Wc.T + d_pred @ Wr.T
    d_pre = d_shared * (pre > 0)
    d_Ws = x.T @ d_pre
    d_bs = d_pre.sum(axis=0)
    return loss, [d_Ws, d_bs, d_Wc, d_bc, d_Wr, d_br]


def main():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(16, 4))
    labels = rng.integers(0, 3, size=16)
    values = x[:, 0] - x[:, 1]
    weights = [
        rng.normal(size=(4, 8)) * 0.4, np.zeros(8),
        rng.normal(size=(8, 3)) * 0.4, np.zeros(3),
        rng.normal(size=(8, 1)) * 0.4, np.zeros(1),
    ]
    for epoch in range(25):
        loss, grads = loss_and_gradients(weights, x, labels, values)
        weights = [w - 0.1 * g for w, g in zip(weights, grads)]
    print(loss)


main()
