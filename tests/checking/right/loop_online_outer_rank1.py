# vectors, one random example each step, no batch, classic delta rule
import numpy as np

np.random.seed(71)
n_in, n_hid, n_out = 5, 6, 3
W_hid = np.random.normal(0, 0.4, (n_hid, n_in))
W_out = np.random.normal(0, 0.4, (n_out, n_hid))
b_hid = np.zeros(n_hid)
b_out = np.zeros(n_out)
lr = 0.2

def f(net):
    return 1.0 / (1.0 + np.exp(-net))

data = [(np.random.rand(n_in), np.eye(n_out)[k % n_out]) for k in range(12)]

for step in range(400):
    x, t = data[np.random.randint(len(data))]
    net_h = np.dot(W_hid, x) + b_hid
    h = f(net_h)
    net_o = np.dot(W_out, h) + b_out
    o = f(net_o)

    delta_o = (t - o) * f(net_o) * (1 - f(net_o))
    delta_h = np.dot(delta_o, W_out) * f(net_h) * (1 - f(net_h))

    W_out += lr * np.outer(delta_o, h)
    b_out += lr * delta_o
    W_hid += lr * np.outer(delta_h, x)
    b_hid += lr * delta_h
    if step % 100 == 0:
        print(step, 'sum of squared errors', np.sum((t - o) ** 2))
