# expect: line=24 variable=dW1 mistake=dropped-upstream
# right: X.T @ (dh * (1 - h ** 2))
# comes with its own numerical gradient check, as one does when learning
import numpy as np

np.random.seed(2)
X = np.random.randn(8, 3)
y = np.random.randn(8, 2)
W1 = np.random.randn(3, 4)
W2 = np.random.randn(4, 2)


def forward(W1, W2):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - y) ** 2)
    return loss, h, out


def backward(h, out):
    d_out = out - y
    dW2 = h.T @ d_out
    dh = d_out @ W2.T
    dW1 = X.T @ (1 - h ** 2)
    return dW1, dW2


def eval_numerical_gradient(f, x, eps=1e-5):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=['multi_index'], op_flags=['readwrite'])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + eps
        pos = f()
        x[ix] = old - eps
        neg = f()
        x[ix] = old
        grad[ix] = (pos - neg) / (2 * eps)
        it.iternext()
    return grad


def rel_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


loss, h, out = forward(W1, W2)
dW1, dW2 = backward(h, out)
print('W1 rel error', rel_error(dW1, eval_numerical_gradient(lambda: forward(W1, W2)[0], W1)))
print('W2 rel error', rel_error(dW2, eval_numerical_gradient(lambda: forward(W1, W2)[0], W2)))

for i in range(50):
    loss, h, out = forward(W1, W2)
    dW1, dW2 = backward(h, out)
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
print('final loss', forward(W1, W2)[0])
