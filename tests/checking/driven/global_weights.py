# binds: dW1 dW2 loss
import numpy as np

W1 = np.random.randn(3, 4)
W2 = np.random.randn(4, 2)

def forward(x):
    h = np.tanh(x @ W1)
    return h @ W2, h

def backward(x, h, dout):
    dW2 = h.T @ dout
    dW1 = x.T @ (dout @ W2.T * (1 - h ** 2))
    return dW1, dW2
