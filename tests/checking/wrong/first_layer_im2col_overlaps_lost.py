# expect: line=37 variable=x_padded[:,k,i,j] mistake=overwritten-accumulator
# right: np.add.at(x_padded, (slice(None), k, i, j), cols_reshaped)
import numpy as np

np.random.seed(3)


def get_im2col_indices(x_shape, fh, fw, padding=1, stride=1):
    N, C, H, W = x_shape
    out_h = (H + 2 * padding - fh) // stride + 1
    out_w = (W + 2 * padding - fw) // stride + 1
    i0 = np.tile(np.repeat(np.arange(fh), fw), C)
    i1 = stride * np.repeat(np.arange(out_h), out_w)
    j0 = np.tile(np.arange(fw), fh * C)
    j1 = stride * np.tile(np.arange(out_w), out_h)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), fh * fw).reshape(-1, 1)
    return k, i, j


def im2col(x, fh, fw, padding=1, stride=1):
    p = padding
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    k, i, j = get_im2col_indices(x.shape, fh, fw, padding, stride)
    cols = x_padded[:, k, i, j]
    C = x.shape[1]
    return cols.transpose(1, 2, 0).reshape(fh * fw * C, -1)


def col2im(cols, x_shape, fh, fw, padding=1, stride=1):
    N, C, H, W = x_shape
    Hp, Wp = H + 2 * padding, W + 2 * padding
    x_padded = np.zeros((N, C, Hp, Wp))
    k, i, j = get_im2col_indices(x_shape, fh, fw, padding, stride)
    cols_reshaped = cols.reshape(C * fh * fw, -1, N).transpose(2, 0, 1)
    x_padded[:, k, i, j] += cols_reshaped
    return x_padded[:, :, padding:-padding, padding:-padding]


class Conv:
    def __init__(self, c_in, c_out, k, stride=1, padding=1):
        self.W = np.random.randn(c_out, c_in, k, k) * 0.3
        self.b = np.zeros((c_out, 1))
        self.k, self.stride, self.padding = k, stride, padding

    def forward(self, X):
        self.X_shape = X.shape
        n, c, h, w = X.shape
        h_out = (h + 2 * self.padding - self.k) // self.stride + 1
        w_out = (w + 2 * self.padding - self.k) // self.stride + 1
        self.X_col = im2col(X, self.k, self.k, self.padding, self.stride)
        W_col = self.W.reshape(self.W.shape[0], -1)
        out = W_col @ self.X_col + self.b
        return out.reshape(-1, h_out, w_out, n).transpose(3, 0, 1, 2)

    def backward(self, dout):
        self.db = np.sum(dout, axis=(0, 2, 3)).reshape(-1, 1)
        dout_r = dout.transpose(1, 2, 3, 0).reshape(self.W.shape[0], -1)
        self.dW = (dout_r @ self.X_col.T).reshape(self.W.shape)
        dX_col = self.W.reshape(self.W.shape[0], -1).T @ dout_r
        return col2im(dX_col, self.X_shape, self.k, self.k, self.padding, self.stride)

    def params(self):
        return [(self.W, self.dW), (self.b, self.db)]


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask

    def params(self):
        return []


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)

    def params(self):
        return []


class Linear:
    def __init__(self, i, o):
        self.W = np.random.randn(i, o) * 0.2
        self.b = np.zeros(o)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(0)
        return dout @ self.W.T

    def params(self):
        return [(self.W, self.dW), (self.b, self.db)]


class SoftmaxCE:
    def forward(self, x, y):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.y = y
        return -np.log(self.p[np.arange(len(y)), y]).mean()

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.y)), self.y] -= 1
        return d / len(self.y)


X = np.random.randn(3, 2, 4, 4)
y = np.array([0, 2, 1])
layers = [Conv(2, 3, 3), ReLU(), Flatten(), Linear(3 * 16, 3)]
criterion = SoftmaxCE()
for it in range(3):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = criterion.forward(out, y)
    grad = criterion.backward()
    for layer in layers[::-1]:
        grad = layer.backward(grad)
    for layer in layers:
        for p, g in layer.params():
            p -= 0.1 * g
    print(it, loss)
