# expect: line=33 variable=dx mistake=wrong-operand
# right: dxp[:, :, pad:-pad, pad:-pad]
import numpy as np


def conv_forward(x, w, b, pad=1):
    """x (N, C, H, W), w (F, C, k, k), b (F,)."""
    N, C, H, W = x.shape
    F, _, k, _ = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = H + 2 * pad - k + 1, W + 2 * pad - k + 1
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i : i + k, j : j + k]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, xp, w, pad)


def conv_backward(dout, cache):
    x, xp, w, pad = cache
    N, F, Ho, Wo = dout.shape
    k = w.shape[2]
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i : i + k, j : j + k]
            g = dout[:, :, i, j]
            dw += np.tensordot(g, patch, axes=([0], [0]))
            dxp[:, :, i : i + k, j : j + k] += np.tensordot(g, w, axes=([1], [0]))
    db = dout.sum(axis=(0, 2, 3))
    dx = dxp[:, :, : -2 * pad, : -2 * pad]
    return dx, dw, db


def pool_forward(x, size=2):
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // size, size, W // size, size)
    out = blocks.max(axis=(3, 5))
    return out, (x, blocks, out)


def pool_backward(dout, cache):
    x, blocks, out = cache
    winners = blocks == out[:, :, :, None, :, None]
    dblocks = winners * dout[:, :, :, None, :, None]
    dx = dblocks.reshape(x.shape)
    return dx


if __name__ == "__main__":
    rng = np.random.RandomState(0)
    x = rng.randn(2, 3, 4, 4)
    w = rng.randn(2, 3, 3, 3)
    b = rng.randn(2)
    a, cache = conv_forward(x, w, b)
    out, pool_cache = pool_forward(a)
    print(out.shape)
