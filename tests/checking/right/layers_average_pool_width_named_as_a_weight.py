import numpy as np

np.random.seed(1)


class Conv2D:
    def __init__(self, n_C_prev, n_C, f, stride=1, pad=0):
        self.W = np.random.randn(f, f, n_C_prev, n_C) * 0.3
        self.b = np.zeros((1, 1, 1, n_C))
        self.stride, self.pad = stride, pad

    def forward(self, A_prev):
        f, _, _, n_C = self.W.shape
        m, n_H_prev, n_W_prev, _ = A_prev.shape
        n_H = (n_H_prev - f + 2 * self.pad) // self.stride + 1
        n_W = (n_W_prev - f + 2 * self.pad) // self.stride + 1
        self.A_prev = A_prev
        Z = np.zeros((m, n_H, n_W, n_C))
        A_prev_pad = np.pad(
            A_prev, ((0, 0), (self.pad, self.pad), (self.pad, self.pad), (0, 0))
        )
        for i in range(m):
            a_prev_pad = A_prev_pad[i]
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(n_C):
                        vs, hs = h * self.stride, w * self.stride
                        a_slice = a_prev_pad[vs : vs + f, hs : hs + f, :]
                        Z[i, h, w, c] = (
                            np.sum(a_slice * self.W[..., c]) + self.b[0, 0, 0, c]
                        )
        return Z

    def backward(self, dZ):
        A_prev, W, pad = self.A_prev, self.W, self.pad
        f = W.shape[0]
        m, n_H, n_W, n_C = dZ.shape
        dA_prev = np.zeros(A_prev.shape)
        dW = np.zeros(W.shape)
        db = np.zeros((1, 1, 1, n_C))
        A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        dA_prev_pad = np.pad(dA_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        for i in range(m):
            a_prev_pad = A_prev_pad[i]
            da_prev_pad = dA_prev_pad[i]
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(n_C):
                        vs, hs = h * self.stride, w * self.stride
                        a_slice = a_prev_pad[vs : vs + f, hs : hs + f, :]
                        da_prev_pad[vs : vs + f, hs : hs + f, :] += (
                            W[:, :, :, c] * dZ[i, h, w, c]
                        )
                        dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                        db[:, :, :, c] += dZ[i, h, w, c]
            dA_prev[i, :, :, :] = da_prev_pad[pad:-pad, pad:-pad, :]
        self.dW, self.db = dW, db
        return dA_prev


class AvgPool:
    def forward(self, A):
        self.shape = A.shape
        m, H, W, C = A.shape
        return A.reshape(m, H // 2, 2, W // 2, 2, C).mean(axis=(2, 4))

    def backward(self, dout):
        return np.repeat(np.repeat(dout, 2, axis=1), 2, axis=2) / 4


class Dense:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m) * 0.3

    def forward(self, A):
        self.A = A
        return A.reshape(len(A), -1) @ self.W

    def backward(self, d):
        self.dW = self.A.reshape(len(d), -1).T @ d
        return (d @ self.W.T).reshape(self.A.shape)


X = np.random.randn(2, 4, 4, 1)
Y = np.eye(2)
conv, pool, fc = Conv2D(1, 2, 3, pad=1), AvgPool(), Dense(8, 2)
for it in range(2):
    scores = fc.forward(pool.forward(conv.forward(X)))
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    cost = -np.sum(Y * np.log(probs)) / len(X)
    d = (probs - Y) / len(X)
    d = conv.backward(pool.backward(fc.backward(d)))
    conv.W -= 0.1 * conv.dW
    conv.b -= 0.1 * conv.db
    fc.W -= 0.1 * fc.dW
    print(cost)
