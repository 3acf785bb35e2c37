# expect: line=22 variable=g0 mistake=updated-weight
# right: error * w2 * s2 * (1 - s2) * w1_was * s1 * (1 - s1) * s0
# keep: line=21 w1_was = w1
import numpy as np

# A chain of two neurons: s0 -> w0 -> sigmoid -> w1 -> sigmoid -> w2 -> out
s0, target = 1.5, 0.3
w0, w1, w2 = 0.4, -0.8, 1.1
alpha = 0.2

sigmoid = lambda x: 1 / (1 + np.exp(-x))

for k in range(50):
    s1 = sigmoid(w0 * s0)
    s2 = sigmoid(w1 * s1)
    out = w2 * s2
    error = out - target

    g2 = error * s2
    g1 = error * w2 * s2 * (1 - s2) * s1
    w1 = w1 - alpha * g1
    g0 = error * w2 * s2 * (1 - s2) * w1 * s1 * (1 - s1) * s0
    w2 = w2 - alpha * g2
    w0 = w0 - alpha * g0
