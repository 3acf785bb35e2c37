import numpy as np

def softmax(s):
    s = s - np.max(s, axis=-1, keepdims=True)
    e = np.exp(s)
    return e / np.sum(e, axis=-1, keepdims=True)

def attention_forward(Q, K, V):
    """scaled dot-product attention, (B, T, d) each"""
    d = Q.shape[-1]
    S = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d)
    A = softmax(S)
    O = np.matmul(A, V)
    return O, (Q, K, V, A)

def attention_backward(dO, cache):
    Q, K, V, A = cache
    d = Q.shape[-1]
    dV = np.matmul(A.transpose(0, 2, 1), dO)
    dA = np.matmul(dO, V.transpose(0, 2, 1))
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True)) / np.sqrt(d)
    dQ = np.matmul(dS, K)
    dK = np.matmul(dS.transpose(0, 2, 1), Q)
    return dQ, dK, dV
