"""One step of an LSTM cell: four gates, a memory, and what the cell shows of it.

The four gates are computed side by side in one product and then cut apart. The memory
c is the road along which gradients travel far: on it, the step before is only scaled
by the forget gate.

    clearprop derive examples/lstm_cell.py:loss
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_cell(x, h_prev, c_prev, Wx, Wh, b):
    """Go one step in time. x is (N, D); h and c are (N, H); there are 4 * H gates."""
    N, H = h_prev.shape
    gates = x @ Wx + h_prev @ Wh + b

    i = sigmoid(gates[:, :H])  # how much of the news to write
    f = sigmoid(gates[:, H : 2 * H])  # how much of the memory to keep
    o = sigmoid(gates[:, 2 * H : 3 * H])  # how much of the memory to show
    g = np.tanh(gates[:, 3 * H :])  # the news

    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def loss(x, h_prev, c_prev, Wx, Wh, b, target):
    h, c = lstm_cell(x, h_prev, c_prev, Wx, Wh, b)
    return 0.5 * np.mean((h - target) ** 2)


rng = np.random.default_rng(0)
x = rng.normal(size=(2, 3))
h_prev = rng.normal(size=(2, 4))
c_prev = rng.normal(size=(2, 4))
Wx = 0.5 * rng.normal(size=(3, 16))
Wh = 0.5 * rng.normal(size=(4, 16))
b = np.zeros(16)
target = np.ones((2, 4))

h, c = lstm_cell(x, h_prev, c_prev, Wx, Wh, b)
print("h =")
print(h)
print("c =")
print(c)
print("loss:", loss(x, h_prev, c_prev, Wx, Wh, b, target))
