# expect: line=21 variable=dS mistake=softmax-jacobian
# right: A * (dA - np.sum(dA * A, axis=1, keepdims=True))
# expect: line=23 variable=dK mistake=scale
# right: dS.T @ Q * scale
import numpy as np


def attention_forward(Q, K, V):
    scale = 1 / np.sqrt(Q.shape[1])
    S = Q @ K.T * scale
    E = np.exp(S - S.max(axis=1, keepdims=True))
    A = E / E.sum(axis=1, keepdims=True)
    O = A @ V
    return O, (Q, K, V, A, scale)


def attention_backward(dO, cache):
    Q, K, V, A, scale = cache
    dV = A.T @ dO
    dA = dO @ V.T
    dS = dA * A * (1 - A)
    dQ = dS @ K * scale
    dK = dS.T @ Q
    return dQ, dK, dV
