# expect: line=33 variable=d_hid_d_w mistake=derivative-at-wrong-point
# right: x * slope(net_hid)
"""One neuron after another, each derivative between two neighbours on its own line."""
import numpy as np


def squash(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    s = squash(z)
    return s * (1 - s)


rng = np.random.default_rng(1)
data = rng.normal(size=8)
answers = (data > 0).astype(float)
w, c, v, d = rng.normal(size=4)
rate = 0.3

for epoch in range(20):
    for x, answer in zip(data, answers):
        net_hid = w * x + c
        hid = squash(net_hid)
        net_out = v * hid + d
        out = squash(net_out)

        d_L_d_out = 2 * (out - answer)
        d_out_d_v = hid * slope(net_out)
        d_out_d_d = slope(net_out)
        d_out_d_hid = v * slope(net_out)
        d_hid_d_w = x * slope(net_out)
        d_hid_d_c = slope(net_hid)

        w -= rate * d_L_d_out * d_out_d_hid * d_hid_d_w
        c -= rate * d_L_d_out * d_out_d_hid * d_hid_d_c
        v -= rate * d_L_d_out * d_out_d_v
        d -= rate * d_L_d_out * d_out_d_d
