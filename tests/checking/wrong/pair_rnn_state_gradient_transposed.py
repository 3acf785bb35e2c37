# expect: line=33 variable=dprev mistake=transpose
# right: da.dot(Wh.T)
import numpy as np


def rnn_forward(xs, h0, Wx, Wh, b):
    """xs (T, N, D); returns hs (T, N, H)."""
    T, N, D = xs.shape
    H = b.shape[0]
    hs = np.zeros((T, N, H))
    h = h0
    for t in range(T):
        h = np.tanh(xs[t].dot(Wx) + h.dot(Wh) + b)
        hs[t] = h
    return hs, (xs, h0, Wx, Wh, hs)


def rnn_backward(dhs, cache):
    xs, h0, Wx, Wh, hs = cache
    T = xs.shape[0]
    dxs = np.zeros_like(xs)
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[0])
    dprev = np.zeros_like(h0)
    for t in reversed(range(T)):
        dh = dhs[t] + dprev
        da = dh * (1 - hs[t] ** 2)
        prev = hs[t - 1] if t > 0 else h0
        dxs[t] = da.dot(Wx.T)
        dWx += xs[t].T.dot(da)
        dWh += prev.T.dot(da)
        db += da.sum(axis=0)
        dprev = da.dot(Wh)
    return dxs, dprev, dWx, dWh, db
