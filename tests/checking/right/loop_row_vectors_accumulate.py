import numpy as np

# 2-3-1 network, gradient summed over the examples in an inner loop, index loops for everything
np.random.seed(7)
X = np.array([[0.1, 0.8], [0.5, 0.2], [0.9, 0.6], [0.3, 0.3]])
Y = np.array([0.9, 0.1, 0.6, 0.4])
m = len(X)
W1 = np.random.randn(2, 3)
b1 = np.random.randn(3)
W2 = np.random.randn(3)
b2 = np.random.randn()
lr = 0.5

def sigma(z):
    return 1 / (1 + np.exp(-z))

for epoch in range(120):
    dW1 = np.zeros((2, 3))
    db1 = np.zeros(3)
    dW2 = np.zeros(3)
    db2 = 0.0
    cost = 0.0
    for i in range(m):
        x = X[i]
        a1 = sigma(x @ W1 + b1)
        a2 = sigma(a1 @ W2 + b2)
        cost += 0.5 * (a2 - Y[i]) ** 2 / m

        d2 = (a2 - Y[i]) * a2 * (1 - a2)
        db2 += d2 / m
        for j in range(3):
            dW2[j] += d2 * a1[j] / m
            d1j = d2 * W2[j] * a1[j] * (1 - a1[j])
            db1[j] += d1j / m
            for k in range(2):
                dW1[k, j] += d1j * x[k] / m
    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    if epoch % 40 == 0:
        print(epoch, cost)
