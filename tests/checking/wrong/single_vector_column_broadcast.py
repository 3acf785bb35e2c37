# expect: line=19 variable=delta_h mistake=shape
# right: error * w2[:, 0] * (1 - h ** 2)
import numpy as np

# One example at a time; as many inputs as hidden units.
np.random.seed(44)
x = np.array([0.3, -0.7, 0.9])
target = 0.25
W1 = np.random.randn(3, 3)
w2 = np.random.randn(3, 1)
lr = 0.1

for step in range(40):
    h = np.tanh(x @ W1)
    out = h @ w2[:, 0]
    error = out - target

    grad_w2 = error * h[:, None]
    delta_h = error * w2 * (1 - h ** 2)
    grad_W1 = x[:, None] * delta_h

    W1 = W1 - lr * grad_W1
    w2 = w2 - lr * grad_w2
