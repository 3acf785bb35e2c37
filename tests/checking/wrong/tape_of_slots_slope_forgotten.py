# expect: line=43 variable=a.d mistake=missing-derivative
# right: out.d * (1 - out.v**2)
import numpy as np


class Cell:
    __slots__ = ("v", "d")

    def __init__(self, v):
        self.v = np.asarray(v, dtype=float)
        self.d = np.zeros_like(self.v)


way_back = []


def product(a, b):
    out = Cell(a.v @ b.v)

    def back():
        a.d += out.d @ b.v.T
        b.d += a.v.T @ out.d

    way_back.append(back)
    return out


def scaled(a, b):
    out = Cell(a.v * b.v)

    def back():
        a.d += out.d * b.v
        b.d += (out.d * a.v).sum(axis=0)

    way_back.append(back)
    return out


def squashed(a):
    out = Cell(np.tanh(a.v))

    def back():
        a.d += out.d

    way_back.append(back)
    return out


rng = np.random.default_rng(8)
X = Cell(rng.normal(size=(30, 3)))
t = np.sin(X.v.sum(axis=1, keepdims=True))
W1 = Cell(rng.normal(size=(3, 6)) * 0.5)
gain = Cell(np.ones(6))
W2 = Cell(rng.normal(size=(6, 1)) * 0.5)
weights = [W1, gain, W2]

for step in range(100):
    y = product(scaled(squashed(product(X, W1)), gain), W2)
    loss = 0.5 * np.mean((y.v - t) ** 2)
    for p in weights:
        p.d[...] = 0
    y.d = (y.v - t) / len(t)
    while way_back:
        way_back.pop()()
    for p in weights:
        p.v -= 0.1 * p.d
