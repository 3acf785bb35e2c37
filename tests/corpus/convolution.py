"""Convolution by loops, slices, sliding windows, im2col and sums over the kernel."""

import numpy as np

from ._case import Case, normals


def one_dimension(x, w):
    out = np.zeros(len(x) - len(w) + 1)
    for i in range(len(out)):
        out[i] = np.sum(x[i : i + len(w)] * w)
    return np.sum(out**2)


def one_dimension_over_taps(x, w, b):
    K = w.shape[0]
    n = x.shape[0] - K + 1
    y = b * np.ones(n)
    for k in range(K):
        y += w[k] * x[k : k + n]
    return np.sum(np.tanh(y))


def np_convolve(x, w):
    return np.sum(np.convolve(x, w, mode="valid") ** 2)


def naive(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    i0, j0 = i * stride, j * stride
                    window = xp[n, :, i0 : i0 + HH, j0 : j0 + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return np.sum(out**2)


def positions_in_a_loop(image, filters):
    h, w = image.shape
    output = np.zeros((h - 2, w - 2, filters.shape[0]))
    for i in range(h - 2):
        for j in range(w - 2):
            region = image[i : (i + 3), j : (j + 3)]
            output[i, j] = np.sum(region * filters, axis=(1, 2))
    return np.mean(np.maximum(output, 0))


def kernel_in_a_loop(x, w):
    N, H, W, C = x.shape
    kh, kw, _, F = w.shape
    oh, ow = H - kh + 1, W - kw + 1
    out = np.zeros((N, oh, ow, F))
    for i in range(kh):
        for j in range(kw):
            out += x[:, i : i + oh, j : j + ow, :] @ w[i, j]
    return np.mean(out**2)


def sliding_windows(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    out = np.einsum("ncijhw,fchw->nfij", windows, w) + b[:, None, None]
    return np.sum(np.maximum(out, 0))


def sliding_windows_strided(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)[::2, ::2]
    return np.sum(np.tensordot(windows, w, axes=((2, 3), (0, 1))) ** 2)


def im2col_slices(x, W, b):
    N, C, H, Wd = x.shape
    FN, C, FH, FW = W.shape
    out_h = H - FH + 1
    out_w = Wd - FW + 1
    col = np.zeros((N, C, FH, FW, out_h, out_w))
    for y in range(FH):
        y_max = y + out_h
        for i in range(FW):
            i_max = i + out_w
            col[:, :, y, i, :, :] = x[:, :, y:y_max, i:i_max]
    col = col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, -1)
    out = np.dot(col, W.reshape(FN, -1).T) + b
    out = out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)
    return np.sum(out**2)


def im2col_fancy(x, w):
    C, H, W = x.shape
    F, _, k, _ = w.shape
    p = 1
    x_padded = np.pad(x, ((0, 0), (p, p), (p, p)))
    out_height, out_width = H + 2 * p - k + 1, W + 2 * p - k + 1
    i0 = np.tile(np.repeat(np.arange(k), k), C)
    j0 = np.tile(np.arange(k), k * C)
    i1 = np.repeat(np.arange(out_height), out_width)
    j1 = np.tile(np.arange(out_width), out_height)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    c = np.repeat(np.arange(C), k * k).reshape(-1, 1)
    cols = x_padded[c, i, j]
    return np.sum(np.tanh(w.reshape(F, -1) @ cols))


def transposed(x, w):
    H, W = x.shape
    k = w.shape[0]
    out = np.zeros((2 * (H - 1) + k, 2 * (W - 1) + k))
    for i in range(H):
        for j in range(W):
            out[2 * i : 2 * i + k, 2 * j : 2 * j + k] += x[i, j] * w
    return np.sum(out**2)


def dilated(x, w):
    n = x.shape[1] - 4
    out = w[0] * x[:, :n] + w[1] * x[:, 2 : n + 2] + w[2] * x[:, 4:]
    return np.sum(np.exp(-(out**2)))


def depthwise_separable(x, depth, point):
    H, W, C = x.shape
    k = depth.shape[0]
    out = sum(
        x[i : H - k + 1 + i, j : W - k + 1 + j] * depth[i, j]
        for i in range(k)
        for j in range(k)
    )
    return np.mean(np.tanh(out @ point))


def circular(x, w):
    out = w[1] * x + w[0] * np.roll(x, 1, axis=0) + w[2] * np.roll(x, -1, axis=0)
    return np.sum(out**3)


def edge_padding(x, w):
    xp = np.pad(x, 1, mode="edge")
    out = w[0] * xp[:-2] + w[1] * xp[1:-1] + w[2] * xp[2:]
    return np.sum(out**2)


def reflect_padding(x, w):
    xp = np.pad(x, ((0, 0), (2, 2)), mode="reflect")
    out = sum(w[k] * xp[:, k : k + x.shape[1]] for k in range(5))
    return np.mean(out**2)


def small_convnet(x, y, K, W, b):
    N, H, Wd = x.shape
    F, k, _ = K.shape
    maps = np.zeros((N, F, H - k + 1, Wd - k + 1))
    for i in range(maps.shape[2]):
        for j in range(maps.shape[3]):
            patch = x[:, None, i : i + k, j : j + k]
            maps[:, :, i, j] = (patch * K).sum(axis=(2, 3))
    maps[maps < 0] = 0
    flat = maps.reshape(N, -1)
    scores = flat @ W + b
    scores -= scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(N), y]).mean()


CASES = [
    Case(
        one_dimension,
        "x w",
        lambda rng, N, K: normals(rng, N, K),
        dict(N=6, K=3),
        fixed=dict(N=7, K=2),
    ),
    Case(
        one_dimension_over_taps,
        "x w b",
        lambda rng, N, K: (*normals(rng, N, K), 0.3),
        dict(N=6, K=3),
        dict(N=8),
        fixed=dict(K=2),
    ),
    Case(
        np_convolve,
        "x w",
        lambda rng, N, K: normals(rng, N, K),
        dict(N=6, K=3),
        dict(N=7, K=4),
    ),
    Case(
        naive,
        "x w b",
        lambda rng, N, C, H, W, F, k, stride, pad: (
            *normals(rng, (N, C, H, W), (F, C, k, k), F),
            stride,
            pad,
        ),
        dict(N=1, C=2, H=5, W=6, F=2, k=3, stride=2, pad=1),
        dict(C=3),
        fixed=dict(N=2, F=3, H=7, W=8, k=2, stride=1, pad=2),
    ),
    Case(
        positions_in_a_loop,
        "image filters",
        lambda rng, H, W, F: normals(rng, (H, W), (F, 3, 3)),
        dict(H=4, W=5, F=2),
        dict(F=3),
        fixed=dict(H=5, W=4),
    ),
    Case(
        kernel_in_a_loop,
        "x w",
        lambda rng, N, H, W, C, F: normals(rng, (N, H, W, C), (2, 3, C, F)),
        dict(N=2, H=4, W=5, C=3, F=6),
        dict(N=1, H=5, W=4, C=2, F=3),
    ),
    Case(
        sliding_windows,
        "x w b",
        lambda rng, N, C, H, W, F, h, w: normals(rng, (N, C, H, W), (F, C, h, w), F),
        dict(N=2, C=3, H=5, W=4, F=6, h=2, w=3),
        dict(N=3, C=2, H=4, W=5, F=4, h=3, w=2),
    ),
    Case(
        sliding_windows_strided,
        "x w",
        lambda rng, H, W, h, w: normals(rng, (H, W), (h, w)),
        dict(H=6, W=5, h=2, w=3),
        dict(H=7, W=6, h=3, w=2),
    ),
    Case(
        im2col_slices,
        "x W b",
        lambda rng, N, C, H, W, F, h, w: normals(rng, (N, C, H, W), (F, C, h, w), F),
        dict(N=2, C=3, H=4, W=5, F=6, h=2, w=3),
        dict(N=3, C=2, H=5, W=4, F=4),
        fixed=dict(h=3, w=2),
    ),
    Case(
        im2col_fancy,
        "x w",
        lambda rng, C, H, W, F, k: normals(rng, (C, H, W), (F, C, k, k)),
        dict(C=2, H=4, W=5, F=6, k=3),
        dict(C=3, H=5, W=6, F=4, k=2),
    ),
    Case(
        transposed,
        "x w",
        lambda rng, H, W, k: normals(rng, (H, W), (k, k)),
        dict(H=2, W=3, k=4),
        dict(k=3),
        fixed=dict(H=3, W=2),
    ),
    Case(
        dilated,
        "x w",
        lambda rng, N, T: normals(rng, (N, T), 3),
        dict(N=2, T=7),
        dict(N=4, T=6),
    ),
    Case(
        depthwise_separable,
        "x depth point",
        lambda rng, H, W, C, F, k: normals(rng, (H, W, C), (k, k, C), (C, F)),
        dict(H=4, W=5, C=3, F=6, k=2),
        dict(H=6, W=4, C=2, F=5),
        fixed=dict(k=3),
    ),
    Case(
        circular,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), 3),
        dict(N=5, D=2),
        dict(N=4, D=3),
    ),
    Case(edge_padding, "x w", lambda rng, N: normals(rng, N, 3), dict(N=5), dict(N=6)),
    Case(
        reflect_padding,
        "x w",
        lambda rng, N, T: normals(rng, (N, T), 5),
        dict(N=2, T=6),
        dict(N=4, T=7),
    ),
    Case(
        small_convnet,
        "x K W b",
        lambda rng, N, H, C: (
            *normals(rng, (N, H, 4)),
            np.arange(N) % C,
            *normals(rng, (2, 3, 3), (2 * (H - 2) * 2, C), C),
        ),
        dict(N=3, H=5, C=2),
        dict(N=4, C=3),
        fixed=dict(H=4),
    ),
]
