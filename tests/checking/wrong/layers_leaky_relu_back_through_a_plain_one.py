# expect: line=55 variable=return mistake=wrong-derivative
# right: grad * np.where(self.x > 0, 1.0, 0.1)
import numpy as np


def im2col(img, k, stride):
    n, c, h, w = img.shape
    oh = (h - k) // stride + 1
    ow = (w - k) // stride + 1
    cols = np.empty((n, oh, ow, c * k * k))
    for i in range(oh):
        for j in range(ow):
            patch = img[:, :, i * stride:i * stride + k, j * stride:j * stride + k]
            cols[:, i, j, :] = patch.reshape(n, -1)
    return cols


def col2im(cols, shape, k, stride):
    n, c, h, w = shape
    img = np.zeros(shape)
    for i in range(cols.shape[1]):
        for j in range(cols.shape[2]):
            patch = cols[:, i, j, :].reshape(n, c, k, k)
            img[:, :, i * stride:i * stride + k, j * stride:j * stride + k] += patch
    return img


class Conv:
    def __init__(self, c_in, c_out, k, stride=1):
        self.W = np.random.randn(c_in * k * k, c_out) * 0.2
        self.b = np.zeros(c_out)
        self.k, self.stride = k, stride

    def forward(self, x):
        self.shape = x.shape
        self.cols = im2col(x, self.k, self.stride)
        return (self.cols @ self.W + self.b).transpose(0, 3, 1, 2)

    def backward(self, grad, lr):
        g = grad.transpose(0, 2, 3, 1)
        dW = np.tensordot(self.cols, g, axes=([0, 1, 2], [0, 1, 2]))
        db = g.sum(axis=(0, 1, 2))
        dx = col2im(g @ self.W.T, self.shape, self.k, self.stride)
        self.W -= lr * dW
        self.b -= lr * db
        return dx


class LeakyReLU:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(self, grad, lr):
        return grad * np.where(self.x > 0, 1.0, 0.0)


class GlobalAveragePool:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, grad, lr):
        n, c, h, w = self.shape
        return np.ones(self.shape) * grad[:, :, None, None] / (h * w)


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.3
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad, lr):
        dx = grad @ self.W.T
        self.W -= lr * self.x.T @ grad
        self.b -= lr * grad.sum(axis=0)
        return dx


np.random.seed(5)
X = np.random.randn(5, 1, 7, 7)
y = np.array([0, 2, 1, 2, 1])
net = [Conv(1, 3, 3), LeakyReLU(), Conv(3, 4, 3, stride=2), LeakyReLU(), GlobalAveragePool(), Dense(4, 3)]

for step in range(20):
    out = X
    for layer in net:
        out = layer.forward(out)
    shifted = out - out.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(len(y)), y].mean()
    grad = np.exp(logp)
    grad[np.arange(len(y)), y] -= 1
    grad /= len(y)
    for layer in reversed(net):
        grad = layer.backward(grad, 0.05)
    print(step, loss)
