import numpy as np


def bilinear_forward(q, W, k):
    scores = q @ W @ k.T
    return scores, (q, W, k)


def bilinear_backward(dscores, cache):
    q, W, k = cache
    dq = dscores @ k @ W.T
    dk = dscores.T @ q @ W
    dW = q.T @ dscores @ k
    return dq, dW, dk
