import numpy as np

def im2col(x, k):
    """(N, C, H, W) -> (N * oh * ow, C * k * k), stride 1, no padding"""
    N, C, H, W = x.shape
    oh, ow = H - k + 1, W - k + 1
    col = np.zeros((N, C, k, k, oh, ow))
    for i in range(k):
        for j in range(k):
            col[:, :, i, j, :, :] = x[:, :, i:i + oh, j:j + ow]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)

def col2im(col, x_shape, k):
    N, C, H, W = x_shape
    oh, ow = H - k + 1, W - k + 1
    col = col.reshape(N, oh, ow, C, k, k).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros(x_shape)
    for i in range(k):
        for j in range(k):
            img[:, :, i:i + oh, j:j + ow] += col[:, :, i, j, :, :]
    return img

def conv_forward(x, w, b):
    F, C, k, _ = w.shape
    N, C, H, W = x.shape
    oh, ow = H - k + 1, W - k + 1
    col = im2col(x, k)
    col_w = w.reshape(F, -1).T
    out = np.dot(col, col_w) + b
    out = out.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
    return out, (x.shape, w, col, col_w)

def conv_backward(dout, cache):
    x_shape, w, col, col_w = cache
    F = w.shape[0]
    dout = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    db = np.sum(dout, axis=0)
    dw = np.dot(col.T, dout)
    dw = dw.transpose(1, 0).reshape(w.shape)
    dcol = np.dot(dout, col_w.T)
    dx = col2im(dcol, x_shape, w.shape[2])
    return dx, dw, db
