"""Online training of a small MLP with preallocated float32 buffers, as on the target."""
import numpy as np

F = np.float32
N_IN, N_HID, N_OUT = 4, 8, 2
LR = F(0.05)

w1 = (np.random.RandomState(0).standard_normal((N_HID, N_IN)) * 0.5).astype(F)
b1 = np.zeros(N_HID, F)
w2 = (np.random.RandomState(1).standard_normal((N_OUT, N_HID)) * 0.5).astype(F)
b2 = np.zeros(N_OUT, F)

# static buffers
h = np.empty(N_HID, F)
o = np.empty(N_OUT, F)
e = np.empty(N_OUT, F)
dh = np.empty(N_HID, F)
slope = np.empty(N_HID, F)
gw1 = np.empty_like(w1)
gw2 = np.empty_like(w2)
tmp1 = np.empty_like(w1)
tmp2 = np.empty_like(w2)


def infer(x):
    np.dot(w1, x, out=h)
    np.add(h, b1, out=h)
    np.tanh(h, out=h)
    np.dot(w2, h, out=o)
    np.add(o, b2, out=o)
    return o


def learn(x, target):
    infer(x)
    np.subtract(o, target, out=e)
    np.dot(w2.T, e, out=dh)
    np.multiply(h, h, out=slope)
    np.subtract(F(1), slope, out=slope)
    np.multiply(dh, slope, out=dh)
    np.outer(e, h, out=gw2)
    np.outer(dh, x, out=gw1)
    np.multiply(gw2, LR, out=tmp2)
    np.subtract(w2, tmp2, out=w2)
    np.multiply(gw1, LR, out=tmp1)
    np.subtract(w1, tmp1, out=w1)
    b2[:] -= LR * e
    b1[:] -= LR * dh
    return F(0.5) * np.dot(e, e)


rng = np.random.RandomState(2)
cost = 0.0
for k in range(500):
    x = rng.uniform(-1, 1, N_IN).astype(F)
    y = np.array([x[0] * x[1], x[2] - x[3]], dtype=F)
    cost = 0.99 * cost + 0.01 * learn(x, y)
    if k % 100 == 0:
        print(k, cost)
