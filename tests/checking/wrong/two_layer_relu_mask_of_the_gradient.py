# expect: line=23 variable=grad_h mistake=derivative-at-wrong-point
# right: grad_h[h < 0] = 0
import numpy as np

N, D_in, H, D_out = 8, 10, 6, 3
rng = np.random.RandomState(5)
x = rng.randn(N, D_in)
y = rng.randn(N, D_out)
w1 = rng.randn(D_in, H)
w2 = rng.randn(H, D_out)
learning_rate = 1e-4

for t in range(100):
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)

    loss = np.square(y_pred - y).sum()

    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h = grad_y_pred.dot(w2.T)
    grad_h[grad_h < 0] = 0
    grad_w1 = x.T.dot(grad_h)

    w1 -= learning_rate * grad_w1
    w2 -= learning_rate * grad_w2
