import numpy as np

np.random.seed(19)
slope = 0.05
X = np.random.randn(20, 3)
y = np.abs(X).sum(axis=1, keepdims=True)

W1 = np.random.randn(3, 10) * 0.5
b1 = np.random.randn(10) * 0.1
W2 = np.random.randn(10, 1) * 0.5
b2 = np.zeros(1)
lr = 0.01

def lrelu(z):
    return np.where(z > 0, z, slope * z)

def lrelu_grad(z):
    g = np.ones_like(z)
    g[z < 0] = slope
    return g

for step in range(300):
    z1 = np.add(np.matmul(X, W1), b1)
    a1 = lrelu(z1)
    out = np.add(np.matmul(a1, W2), b2)

    d_out = np.subtract(out, y) / X.shape[0]
    d_W2 = np.matmul(a1.T, d_out)
    d_b2 = np.sum(d_out, axis=0)
    d_z1 = np.multiply(np.matmul(d_out, W2.T), lrelu_grad(z1))
    d_W1 = np.matmul(X.T, d_z1)
    d_b1 = np.sum(d_z1, axis=0)

    np.subtract(W1, lr * d_W1, out=W1)
    np.subtract(b1, lr * d_b1, out=b1)
    np.subtract(W2, lr * d_W2, out=W2)
    np.subtract(b2, lr * d_b2, out=b2)

    if step % 100 == 0:
        print(step, 'MAE', np.mean(np.abs(out - y)))
