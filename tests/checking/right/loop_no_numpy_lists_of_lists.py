"""A multilayer perceptron in plain Python: no NumPy at all, lists of lists."""
import math
import random

random.seed(1)
n_in, n_hid, n_out = 2, 3, 1
w1 = [[random.uniform(-1, 1) for _ in range(n_in)] for _ in range(n_hid)]
b1 = [0.0 for _ in range(n_hid)]
w2 = [[random.uniform(-1, 1) for _ in range(n_hid)] for _ in range(n_out)]
b2 = [0.0] * n_out
data = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])]
rate = 0.5


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


for epoch in range(2000):
    total = 0.0
    for x, y in data:
        h = [sigmoid(sum(w * xi for w, xi in zip(row, x)) + b) for row, b in zip(w1, b1)]
        o = [sigmoid(sum(w * hi for w, hi in zip(row, h)) + b) for row, b in zip(w2, b2)]
        loss = sum((oi - yi) ** 2 for oi, yi in zip(o, y)) / 2
        total += loss

        delta_o = [(oi - yi) * oi * (1 - oi) for oi, yi in zip(o, y)]
        delta_h = [hj * (1 - hj) * sum(delta_o[k] * w2[k][j] for k in range(n_out)) for j, hj in enumerate(h)]

        for k in range(n_out):
            for j in range(n_hid):
                w2[k][j] -= rate * delta_o[k] * h[j]
            b2[k] -= rate * delta_o[k]
        for j in range(n_hid):
            for i in range(n_in):
                w1[j][i] -= rate * delta_h[j] * x[i]
            b1[j] -= rate * delta_h[j]
    if epoch % 500 == 0:
        print(epoch, total)
