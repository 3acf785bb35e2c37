# expect: line=28 variable=return mistake=wrong-operand
# right: np.einsum("nohwkl,ockl->nchw", gwin, self.w[:, :, ::-1, ::-1])
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

rng = np.random.default_rng(2)


class Conv:
    def __init__(self, cin, cout, k):
        self.w = rng.normal(0, 0.3, (cout, cin, k, k))
        self.b = np.zeros(cout)

    def forward(self, x):
        self.x = x
        self.win = sliding_window_view(x, self.w.shape[2:], axis=(2, 3))
        return (
            np.einsum("nchwkl,ockl->nohw", self.win, self.w)
            + self.b[None, :, None, None]
        )

    def backward(self, g):
        self.gw = np.einsum("nchwkl,nohw->ockl", self.win, g)
        self.gb = g.sum(axis=(0, 2, 3))
        k = self.w.shape[2] - 1
        gp = np.pad(g, ((0, 0), (0, 0), (k, k), (k, k)))
        gwin = sliding_window_view(gp, self.w.shape[2:], axis=(2, 3))
        return np.einsum("nohwkl,ockl->nchw", gwin, self.w)


class LeakyReLU:
    def forward(self, x):
        self.slope = np.where(x > 0, 1.0, 0.1)
        return x * self.slope

    def backward(self, g):
        return g * self.slope


class GlobalAvg:
    def forward(self, x):
        self.hw = x.shape[2:]
        return x.mean(axis=(2, 3))

    def backward(self, g):
        h, w = self.hw
        return np.broadcast_to(g[:, :, None, None], g.shape + (h, w)) / (h * w)


net = [Conv(1, 3, 3), LeakyReLU(), Conv(3, 2, 2), GlobalAvg()]
X, T = rng.normal(size=(3, 1, 6, 6)), rng.normal(size=(3, 2))
for _ in range(3):
    a = X
    for l in net:
        a = l.forward(a)
    loss = np.mean((a - T) ** 2)
    g = 2 * (a - T) / T.size
    for l in net[::-1]:
        g = l.backward(g)
    for l in net:
        if hasattr(l, "w"):
            l.w -= 0.2 * l.gw
            l.b -= 0.2 * l.gb
    print(loss)
