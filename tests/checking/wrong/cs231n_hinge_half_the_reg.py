# expect: line=18 variable=dW2 mistake=regularization
# right: hidden.T @ dscores + 2 * reg * W2
import numpy as np

def svm_two_layer(X, y, W1, b1, W2, b2, reg):
    """Multiclass hinge loss of a two-layer net, and its gradients."""
    N = X.shape[0]
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2
    correct = scores[np.arange(N), y][:, None]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

    dscores = (margins > 0).astype(float)
    dscores[np.arange(N), y] = -dscores.sum(axis=1)
    dscores /= N
    dW2 = hidden.T @ dscores + reg * W2
    db2 = dscores.sum(axis=0)
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    dW1 = X.T @ dhidden + 2 * reg * W1
    db1 = dhidden.sum(axis=0)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


rng = np.random.default_rng(11)
X = rng.normal(size=(9, 4))
y = rng.integers(0, 3, size=9)
W1, b1 = rng.normal(size=(4, 6)), rng.normal(size=6)
W2, b2 = rng.normal(size=(6, 3)), rng.normal(size=3)
loss, grads = svm_two_layer(X, y, W1, b1, W2, b2, reg=0.05)
print(loss)
