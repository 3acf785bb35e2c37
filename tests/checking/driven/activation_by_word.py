# binds: dZ loss
# binds: dZ loss
import numpy as np

def activation_forward(Z, kind):
    if kind == "relu":
        A = np.maximum(0, Z)
    elif kind == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    return A, Z

def activation_backward(dA, cache, kind):
    Z = cache
    if kind == "relu":
        dZ = dA * (Z > 0)
    elif kind == "sigmoid":
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s * (1 - s)
    return dZ
