import numpy as np

np.random.seed(11)
B, F = 5, 8
x = np.random.randn(B, F)
W = np.random.randn(F, F) * 0.3
gamma = np.random.rand(F) + 0.5
beta = np.random.randn(F)
y = np.random.randn(B, F)
eps = 1e-5

h = x.dot(W)
mu = h.mean(axis=1, keepdims=True)
var = h.var(axis=1, keepdims=True)
rstd = 1.0 / np.sqrt(var + eps)
xhat = (h - mu) * rstd
out = gamma * xhat + beta
loss = np.sum((out - y) ** 2) / (2 * B)

dout = (out - y) / B
dgamma = np.sum(dout * xhat, axis=0)
dbeta = np.sum(dout, axis=0)
dxhat = dout * gamma
dh = rstd / F * (F * dxhat - dxhat.sum(axis=1, keepdims=True)
                 - xhat * (dxhat * xhat).sum(axis=1, keepdims=True))
dW = x.T.dot(dh)

print('loss', loss, 'max |dW|', np.abs(dW).max())
