import numpy as np

# custom_vjp style: f_fwd returns (output, residuals), f_bwd(residuals, g) the cotangents.


def softplus_fwd(x, beta):
    bx = beta * x
    return np.logaddexp(0.0, bx) / beta, (x, beta, bx)


def softplus_bwd(res, g):
    x, beta, bx = res
    s = 1.0 / (1.0 + np.exp(-bx))
    dx = g * s
    dbeta = np.sum(g * (x * s / beta - np.logaddexp(0.0, bx) / beta ** 2))
    return dx, dbeta


def norm_fwd(x, scale):
    mean = np.mean(x, axis=-1, keepdims=True)
    centred = x - mean
    sd = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + 1e-6)
    y = centred / sd
    return y * scale, (y, sd, scale)


def norm_bwd(res, g):
    y, sd, scale = res
    gy = g * scale
    dx = (gy - gy.mean(-1, keepdims=True) - y * (gy * y).mean(-1, keepdims=True)) / sd
    dscale = (g * y).reshape(-1, y.shape[-1]).sum(0)
    return dx, dscale


def outer_product_mean_fwd(a, b, w):
    """a (S, I, C), b (S, J, D), w (C, D, E): AlphaFold's outer product mean."""
    o = np.einsum("sic,sjd->ijcd", a, b) / a.shape[0]
    return np.einsum("ijcd,cde->ije", o, w), (a, b, w, o)


def outer_product_mean_bwd(res, g):
    a, b, w, o = res
    do = np.einsum("ije,cde->ijcd", g, w) / a.shape[0]
    da = np.einsum("ijcd,sjd->sic", do, b)
    db = np.einsum("ijcd,sic->sjd", do, a)
    dw = np.einsum("ijcd,ije->cde", o, g)
    return da, db, dw
