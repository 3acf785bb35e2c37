# expect: line=25 variable=draw mistake=derivative-at-wrong-point
# right: dnow * (1 - h[:, t] ** 2)
import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    prev = h0
    for t in range(T):
        prev = np.tanh(x[:, t] @ Wx + prev @ Wh + b)
        h[:, t] = prev
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    N, T, D = x.shape
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    dprev = np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        before = h[:, t - 1] if t > 0 else h0
        dnow = dh[:, t] + dprev
        draw = dnow * (1 - before**2)
        dx[:, t] = draw @ Wx.T
        dWx += x[:, t].T @ draw
        dWh += before.T @ draw
        db += draw.sum(axis=0)
        dprev = draw @ Wh.T
    return dx, dprev, dWx, dWh, db
