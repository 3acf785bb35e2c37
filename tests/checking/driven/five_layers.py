# binds: dy_pred loss
# binds: dW db dx loss
# binds: dx loss
# binds: dbeta dgamma dx loss
# binds: dx loss
import numpy as np

class MSELoss:
    def __call__(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        return np.mean((y_pred - y_true) ** 2)
    def backward(self):
        return 2 * (self.y_pred - self.y_true) / self.y_pred.size
class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)
        self.stride, self.k = stride, kernel_size
    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        k = self.k
        oh, ow = h - k + 1, w - k + 1
        out = np.zeros((n, self.W.shape[0], oh, ow))
        for i in range(oh):
            for j in range(ow):
                out[:, :, i, j] = np.tensordot(x[:, :, i:i+k, j:j+k], self.W, axes=([1,2,3],[1,2,3])) + self.b
        return out
    def backward(self, dout):
        k = self.k
        self.dW = np.zeros_like(self.W)
        self.db = dout.sum(axis=(0,2,3))
        dx = np.zeros_like(self.x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                self.dW += np.tensordot(dout[:, :, i, j], self.x[:, :, i:i+k, j:j+k], axes=([0],[0]))
                dx[:, :, i:i+k, j:j+k] += np.tensordot(dout[:, :, i, j], self.W, axes=([1],[0]))
        return dx
class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)
    def backward(self, dout):
        return dout.reshape(self.shape)
class LayerNorm:
    def __init__(self, d_model, eps=1e-6):
        self.gamma = np.ones(d_model); self.beta = np.zeros(d_model); self.eps = eps
    def forward(self, x):
        self.mu = x.mean(-1, keepdims=True); self.v = x.var(-1, keepdims=True)
        self.xh = (x - self.mu) / np.sqrt(self.v + self.eps)
        return self.gamma * self.xh + self.beta
    def backward(self, dout):
        self.dgamma = (dout * self.xh).sum(axis=0); self.dbeta = dout.sum(axis=0)
        g = dout * self.gamma
        return (g - g.mean(-1, keepdims=True) - self.xh * (g * self.xh).mean(-1, keepdims=True)) / np.sqrt(self.v + self.eps)
class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out
    def backward(self, dout):
        return self.out * (dout - (dout * self.out).sum(axis=1, keepdims=True))
class Network:
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers: x = layer.forward(x)
        return x
    def backward(self, grad):
        for layer in reversed(self.layers): grad = layer.backward(grad)
        return grad
