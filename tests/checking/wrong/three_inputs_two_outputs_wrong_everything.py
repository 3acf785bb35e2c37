# expect: line=27 variable=delta_o mistake=sign
# right: (o - t) * o * (1 - o)
# expect: line=30 variable=delta_h mistake=derivative-at-wrong-point
# right: (V.T @ delta_o) * h * (1 - h)
# expect: line=32 variable=dEdbw mistake=missing-derivative
# right: delta_h
import numpy as np

def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))

np.random.seed(123)
x = np.array([[0.2], [0.8], [-0.5]])
t = np.array([[0.1], [0.6]])
W = np.random.randn(4, 3)
V = np.random.randn(2, 4)
bw = np.random.randn(4, 1)
bv = np.random.randn(2, 1)
eta = 0.25

u = W @ x + bw
h = sigma(u)
v = V @ h + bv
o = sigma(v)
E = 0.5 * np.sum((o - t) ** 2)

delta_o = (t - o) * o * (1 - o)
dEdV = delta_o @ h.T
dEdbv = delta_o
delta_h = (V.T @ delta_o) * u * (1 - u)
dEdW = delta_h @ x.T
dEdbw = V.T @ delta_o

V = V - eta * dEdV
bv = bv - eta * dEdbv
W = W - eta * dEdW
bw = bw - eta * dEdbw
