# expect: line=22 variable=dW mistake=scale
# right: mend
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    """
    Structured SVM loss function, vectorized.
    W: (D, C), X: (N, D), y: (N,), reg: regularization strength
    """
    num_train = X.shape[0]
    scores = X.dot(W)
    yi_scores = scores[np.arange(num_train), y]
    margins = np.maximum(0, scores - np.matrix(yi_scores).T.A + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.mean(np.sum(margins, axis=1))
    loss += 0.5 * reg * np.sum(W * W)

    binary = np.array(margins)
    binary[margins > 0] = 1
    row_sum = np.sum(binary, axis=1)
    binary[np.arange(num_train), y] = -row_sum
    dW = 2 * np.dot(X.T, binary)
    dW /= num_train
    dW += reg * W
    return loss, dW
