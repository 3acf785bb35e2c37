# binds: dW1 dW2 db1 db2 loss
import numpy as np

def init_weights(d_in, d_h, d_out):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(d_in, d_h)), np.zeros(d_h), rng.normal(size=(d_h, d_out)), np.zeros(d_out)]
def forward(x, weights):
    W1, b1, W2, b2 = weights
    z = x @ W1 + b1
    h = np.maximum(0, z)
    return h @ W2 + b2, (x, z, h)
def backward(dy, cache, weights):
    W1, b1, W2, b2 = weights
    x, z, h = cache
    dW2 = h.T @ dy
    db2 = dy.sum(0)
    dz = dy @ W2.T * (z > 0)
    dW1 = x.T @ dz
    db1 = dz.sum(0)
    return [dW1, db1, dW2, db2]
