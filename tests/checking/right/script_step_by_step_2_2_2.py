"""Backprop worked out by hand on a 2-2-2 network, every derivative on its own line."""
import math
import numpy as np

def sigmoid(x):
    return 1 / (1 + math.exp(-x))

i1, i2 = 0.05, 0.10
t1, t2 = 0.01, 0.99
w1, w2, w3, w4, w5, w6, w7, w8 = 0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55
b1, b2 = 0.35, 0.60
alpha = 0.5

# hidden
net_h1 = w1 * i1 + w2 * i2 + b1
net_h2 = w3 * i1 + w4 * i2 + b1
out_h1 = sigmoid(net_h1)
out_h2 = sigmoid(net_h2)
# output
net_o1 = w5 * out_h1 + w6 * out_h2 + b2
net_o2 = w7 * out_h1 + w8 * out_h2 + b2
out_o1 = sigmoid(net_o1)
out_o2 = sigmoid(net_o2)

E_o1 = 0.5 * (t1 - out_o1) ** 2
E_o2 = 0.5 * (t2 - out_o2) ** 2
E_total = E_o1 + E_o2
print("E_total", E_total)

# output layer
dE_dnet_o1 = -(t1 - out_o1) * out_o1 * (1 - out_o1)
dE_dnet_o2 = -(t2 - out_o2) * out_o2 * (1 - out_o2)
dE_dw5 = dE_dnet_o1 * out_h1
dE_dw6 = dE_dnet_o1 * out_h2
dE_dw7 = dE_dnet_o2 * out_h1
dE_dw8 = dE_dnet_o2 * out_h2

# hidden layer: both outputs contribute
dE_dout_h1 = dE_dnet_o1 * w5 + dE_dnet_o2 * w7
dE_dout_h2 = dE_dnet_o1 * w6 + dE_dnet_o2 * w8
dE_dnet_h1 = dE_dout_h1 * out_h1 * (1 - out_h1)
dE_dnet_h2 = dE_dout_h2 * out_h2 * (1 - out_h2)
dE_dw1 = dE_dnet_h1 * i1
dE_dw2 = dE_dnet_h1 * i2
dE_dw3 = dE_dnet_h2 * i1
dE_dw4 = dE_dnet_h2 * i2

# only now change the weights
w1 -= alpha * dE_dw1
w2 -= alpha * dE_dw2
w3 -= alpha * dE_dw3
w4 -= alpha * dE_dw4
w5 -= alpha * dE_dw5
w6 -= alpha * dE_dw6
w7 -= alpha * dE_dw7
w8 -= alpha * dE_dw8
print(np.round([w1, w2, w3, w4, w5, w6, w7, w8], 4))
