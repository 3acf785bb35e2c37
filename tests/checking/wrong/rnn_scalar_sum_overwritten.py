# expect: line=26 variable=wx_grad mistake=overwritten-accumulator
# right: wx_grad += np.sum(np.mean(grad_over_time[:, k] * X[:, k - 1], axis=0))
import numpy as np

# A recurrent net with one state: s_k = s_{k-1} * wRec + x_k * wx
nb_of_samples = 10
sequence_len = 6
rng = np.random.RandomState(seed=1)
X = rng.randint(0, 2, size=(nb_of_samples, sequence_len)).astype(float)
t = np.sum(X, axis=1)


def forward_states(X, wx, wRec):
    S = np.zeros((X.shape[0], X.shape[1] + 1))
    for k in range(0, X.shape[1]):
        S[:, k + 1] = X[:, k] * wx + S[:, k] * wRec
    return S


def backward_gradient(X, S, grad_out, wRec):
    grad_over_time = np.zeros((X.shape[0], X.shape[1] + 1))
    grad_over_time[:, -1] = grad_out
    wx_grad = 0
    wRec_grad = 0
    for k in range(X.shape[1], 0, -1):
        wx_grad = np.sum(np.mean(grad_over_time[:, k] * X[:, k - 1], axis=0))
        wRec_grad += np.sum(np.mean(grad_over_time[:, k] * S[:, k - 1], axis=0))
        grad_over_time[:, k - 1] = grad_over_time[:, k] * wRec
    return wx_grad, wRec_grad


wx, wRec = 1.2, 0.7
learning_rate = 0.0005
for i in range(50):
    S = forward_states(X, wx, wRec)
    y = S[:, -1]
    loss = np.mean((t - y) ** 2)
    grad_out = 2.0 * (y - t)
    wx_grad, wRec_grad = backward_gradient(X, S, grad_out, wRec)
    wx -= learning_rate * wx_grad
    wRec -= learning_rate * wRec_grad
