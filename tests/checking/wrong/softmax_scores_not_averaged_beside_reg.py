# expect: line=18 variable=dscores[np.arange(N),y] mistake=scale
# right: dscores[np.arange(N), y] -= 1; dscores /= N
import numpy as np


def two_layer_net(params, X, y, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probs[np.arange(N), y].mean()
    loss += reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))

    grads = {}
    dscores = np.exp(log_probs)
    dscores[np.arange(N), y] -= 1
    grads["W2"] = hidden.T @ dscores + 2 * reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T @ dhidden + 2 * reg * W1
    grads["b1"] = dhidden.sum(axis=0)
    return loss, grads


rng = np.random.default_rng(8)
params = {
    "W1": rng.normal(size=(4, 6)) * 0.1, "b1": np.zeros(6),
    "W2": rng.normal(size=(6, 3)) * 0.1, "b2": np.zeros(3),
}
X, y = rng.normal(size=(25, 4)), rng.integers(0, 3, 25)
for step in range(40):
    loss, grads = two_layer_net(params, X, y, 0.05)
    for name in params:
        params[name] -= 0.1 * grads[name]
