# binds: dW loss
import numpy as np

def embedding_forward(x, W):
    return W[x], (x, W.shape)

def embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW
