# expect: line=18 variable=d_hidden mistake=crash
# right: d_out.dot(W2.T) * h * (1 - h)
import numpy as np

np.random.seed(1)
X = np.random.rand(6, 4)
y = np.random.rand(6, 2)
W1 = np.random.randn(4, 5)
W2 = np.random.randn(5, 2)
lr = 0.1

for epoch in range(50):
    h = 1 / (1 + np.exp(-X.dot(W1)))
    out = 1 / (1 + np.exp(-h.dot(W2)))
    error = y - out

    d_out = error * out * (1 - out)
    d_hidden = d_out.dot(W2) * h * (1 - h)

    W2 += lr * h.T.dot(d_out)
    W1 += lr * X.T.dot(d_hidden)
