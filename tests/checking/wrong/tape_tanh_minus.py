# expect: line=49 variable=a.g mistake=sign
# right: a.g += out.g * (1 - out.x ** 2)
import numpy as np

# a tape: every operation appends a lambda that moves gradients one step back
tape = []

class V:
    __slots__ = ("x", "g")
    def __init__(self, x):
        self.x = np.asarray(x, dtype=float)
        self.g = np.zeros_like(self.x)

def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1:
            g = g.sum(axis=i, keepdims=True)
    return g

def matmul(a, b):
    out = V(a.x @ b.x)
    def back():
        a.g += out.g @ b.x.T
        b.g += a.x.T @ out.g
    tape.append(back)
    return out

def add(a, b):
    out = V(a.x + b.x)
    def back():
        a.g += unbroadcast(out.g, a.x.shape)
        b.g += unbroadcast(out.g, b.x.shape)
    tape.append(back)
    return out

def mul(a, b):
    out = V(a.x * b.x)
    def back():
        a.g += unbroadcast(out.g * b.x, a.x.shape)
        b.g += unbroadcast(out.g * a.x, b.x.shape)
    tape.append(back)
    return out

def tanh(a):
    out = V(np.tanh(a.x))
    def back():
        a.g += -(out.g * (1 - out.x ** 2))
    tape.append(back)
    return out

def mean_square(a, y):
    out = V(np.mean((a.x - y) ** 2))
    def back():
        a.g += out.g * 2 * (a.x - y) / a.x.size
    tape.append(back)
    return out

def backward(loss):
    loss.g = np.ones_like(loss.x)
    while tape:
        tape.pop()()

rng = np.random.default_rng(4)
W1, b1 = V(rng.normal(size=(3, 8)) * 0.5), V(np.zeros((1, 8)))
W2, b2 = V(rng.normal(size=(8, 1)) * 0.5), V(np.zeros((1, 1)))
gate = V(np.ones((1, 8)))
params = [W1, b1, W2, b2, gate]
X = V(rng.normal(size=(50, 3)))
y = np.sin(X.x.sum(1, keepdims=True))

for step in range(200):
    h = mul(tanh(add(matmul(X, W1), b1)), gate)
    pred = add(matmul(h, W2), b2)
    loss = mean_square(pred, y)
    for p in params:
        p.g[...] = 0
    backward(loss)
    for p in params:
        p.x -= 0.1 * p.g
    if step % 50 == 0:
        print(step, float(loss.x))
