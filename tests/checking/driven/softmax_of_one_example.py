# binds: dW loss_
import numpy as np

def forward(x, W):
    z = W @ x
    p = np.exp(z - z.max())
    return p / p.sum()

def loss(p, y):
    return -np.sum(y * np.log(p))

def backward(x, p, y):
    dz = p - y
    dW = np.outer(dz, x)
    return dW
