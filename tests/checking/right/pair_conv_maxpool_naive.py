import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    """
    x: (N, C, H, W), w: (F, C, HH, WW), b: (F,)
    conv_param: 'stride' and 'pad'
    """
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, F, H_out, W_out = dout.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    dw[f] += x_pad[n, :, hs:hs+HH, ws:ws+WW] * dout[n, f, i, j]
                    dx_pad[n, :, hs:hs+HH, ws:ws+WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad:dx_pad.shape[2]-pad, pad:dx_pad.shape[3]-pad]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    HH, WW, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    H_out = 1 + (H - HH) // s
    W_out = 1 + (W - WW) // s
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            out[:, :, i, j] = np.max(x[:, :, i*s:i*s+HH, j*s:j*s+WW], axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    win = x[n, c, i*s:i*s+HH, j*s:j*s+WW]
                    m = np.max(win)
                    dx[n, c, i*s:i*s+HH, j*s:j*s+WW] += (win == m) * dout[n, c, i, j]
    return dx


if __name__ == '__main__':
    np.random.seed(0)
    x = np.random.randn(2, 2, 4, 4)
    w = np.random.randn(2, 2, 3, 3)
    b = np.random.randn(2)
    out, cache = conv_forward_naive(x, w, b, {'stride': 1, 'pad': 1})
    pooled, pool_cache = max_pool_forward_naive(out, {'pool_height': 2, 'pool_width': 2, 'stride': 2})
    dpool = max_pool_backward_naive(np.ones_like(pooled), pool_cache)
    dx, dw, db = conv_backward_naive(dpool, cache)
    print(dx.shape, dw.shape, db.shape)
