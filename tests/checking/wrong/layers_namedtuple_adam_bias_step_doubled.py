# expect: line=54 variable=net[i].b[...] mistake=scale
# right: net[i].b[...] -= .01 * (mb[i] / (1 - .9 ** t)) / (np.sqrt(vb[i] / (1 - .999 ** t)) + 1e-8)
import numpy as np
from collections import namedtuple

Layer = namedtuple('Layer', 'W b act')

def swish(z):
    return z / (1 + np.exp(-z))

def swish_slope(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * s * (1 - s)

def identity(z): return z
def one(z): return np.ones_like(z)

rng = np.random.default_rng(11)
sizes = [3, 8, 8, 2]
net = [Layer(rng.standard_normal((m, n)) * np.sqrt(2 / m), np.zeros(n), (swish, swish_slope) if k < 2 else (identity, one))
       for k, (m, n) in enumerate(zip(sizes, sizes[1:]))]

def forward(x):
    tape = []
    for layer in net:
        z = x @ layer.W + layer.b
        tape.append((x, z))
        x = layer.act[0](z)
    return x, tape

def backward(g, tape):
    out = []
    for layer, (x, z) in zip(reversed(net), reversed(tape)):
        g = g * layer.act[1](z)
        out.append((x.T @ g, g.sum(axis=0)))
        g = g @ layer.W.T
    return out[::-1]

X = rng.standard_normal((40, 3))
Y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
mW = [np.zeros_like(l.W) for l in net]; vW = [np.zeros_like(l.W) for l in net]
mb = [np.zeros_like(l.b) for l in net]; vb = [np.zeros_like(l.b) for l in net]
for t in range(1, 31):
    pred, tape = forward(X)
    diff = pred - Y
    loss = np.mean(diff ** 2)
    grads = backward(2 * diff / diff.size, tape)
    for i, (gW, gb) in enumerate(grads):
        mW[i] = .9 * mW[i] + .1 * gW
        vW[i] = .999 * vW[i] + .001 * gW ** 2
        mb[i] = .9 * mb[i] + .1 * gb
        vb[i] = .999 * vb[i] + .001 * gb ** 2
        net[i].W[...] -= .01 * (mW[i] / (1 - .9 ** t)) / (np.sqrt(vW[i] / (1 - .999 ** t)) + 1e-8)
        net[i].b[...] -= 2 * (0.01 * (mb[i] / (1 - 0.9 ** t)) / (np.sqrt(vb[i] / (1 - 0.999 ** t)) + 1e-08))
    if t % 10 == 0:
        print(t, loss)
