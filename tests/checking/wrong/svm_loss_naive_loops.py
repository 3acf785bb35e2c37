# expect: line=24 variable=dW mistake=overwritten-accumulator
# right: dW[:, y[i]] -= X[i]
# expect: line=28 variable=dW mistake=regularization
# right: dW += 2 * reg * W
import numpy as np


def svm_loss_naive(W, X, y, reg):
    """Structured hinge loss with loops: W (D, C), X (N, D), y (N,)."""
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] = -X[i]
    loss /= num_train
    loss += reg * np.sum(W * W)
    dW /= num_train
    dW += reg * W
    return loss, dW


rng = np.random.RandomState(2)
X = rng.randn(8, 5)
y = rng.randint(0, 4, 8)
W = rng.randn(5, 4) * 0.1
loss, dW = svm_loss_naive(W, X, y, 0.1)
print(loss)
