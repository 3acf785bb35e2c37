import numpy as np

# ADALINE (Widrow-Hoff): the linear output is compared, not the sign
np.random.seed(14)
X = np.random.randn(25, 4)
d = np.sign(X @ np.array([1.0, 0.5, -1.0, 2.0]))
w = np.zeros(4)
bias = 0.0
mu = 0.02

for epoch in range(15):
    sse = 0
    for xi, di in zip(X, d):
        y = np.dot(w, xi) + bias
        e = di - y
        w += mu * e * xi
        bias += mu * e
        sse += e ** 2
    print('epoch', epoch, 'sse', sse)
