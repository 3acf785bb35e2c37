# expect: line=25 variable=dgain mistake=sign
# right: (dout * xn).sum(axis=0)
import numpy as np


def linear_forward(x, w, b):
    return x @ w + b, (x, w)


def linear_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def layernorm_forward(x, gain, bias, eps=1e-5):
    mu = x.mean(axis=1, keepdims=True)
    xc = x - mu
    std = np.sqrt((xc ** 2).mean(axis=1, keepdims=True) + eps)
    xn = xc / std
    return gain * xn + bias, (xn, std, gain)


def layernorm_backward(dout, cache):
    xn, std, gain = cache
    dgain = -(dout * xn).sum(axis=0)
    dbias = dout.sum(axis=0)
    dxn = dout * gain
    dx = dxn - dxn.mean(axis=1, keepdims=True) - xn * (dxn * xn).mean(axis=1, keepdims=True)
    return dx / std, dgain, dbias


def softplus_forward(x):
    return np.logaddexp(0, x), x


def softplus_backward(dout, cache):
    return dout / (1 + np.exp(-cache))


def block_forward(x, p):
    n, c1 = layernorm_forward(x, p["g"], p["be"])
    h, c2 = linear_forward(n, p["w1"], p["b1"])
    a, c3 = softplus_forward(h)
    o, c4 = linear_forward(a, p["w2"], p["b2"])
    return x + o, (c1, c2, c3, c4)


def block_backward(dout, cache):
    c1, c2, c3, c4 = cache
    g = {}
    da, g["w2"], g["b2"] = linear_backward(dout, c4)
    dh = softplus_backward(da, c3)
    dn, g["w1"], g["b1"] = linear_backward(dh, c2)
    dx, g["g"], g["be"] = layernorm_backward(dn, c1)
    return dx + dout, g


def main():
    rs = np.random.RandomState(9)
    X = rs.randn(12, 5)
    T = rs.randn(12, 5)
    blocks = []
    for _ in range(2):
        blocks.append({"g": np.ones(5), "be": np.zeros(5), "w1": rs.randn(5, 7) * 0.3, "b1": np.zeros(7),
                       "w2": rs.randn(7, 5) * 0.3, "b2": np.zeros(5)})
    for it in range(40):
        out, caches = X, []
        for p in blocks:
            out, c = block_forward(out, p)
            caches.append(c)
        loss = 0.5 * np.sum((out - T) ** 2) / len(X)
        d = (out - T) / len(X)
        for p, c in zip(reversed(blocks), reversed(caches)):
            d, grads = block_backward(d, c)
            for k in p:
                p[k] -= 0.1 * grads[k]
        print(it, loss)


if __name__ == "__main__":
    main()
