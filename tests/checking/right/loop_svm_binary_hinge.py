# linear SVM in the primal, full-batch subgradient descent
import numpy as np

np.random.seed(6)
X = np.r_[np.random.randn(15, 2) - [1, 1], np.random.randn(25, 2) + [1, 1]]
y = np.array([-1] * 15 + [1] * 25)
w = np.random.randn(2) * 0.1
b = 0.0
C = 1.0
lr = 0.01
n = len(y)

for epoch in range(300):
    margin = y * (X.dot(w) + b)
    hinge = np.maximum(0, 1 - margin)
    loss = 0.5 * np.dot(w, w) + C * np.sum(hinge) / n

    active = margin < 1
    dw = w - C * np.dot(X[active].T, y[active]) / n
    db = -C * np.sum(y[active]) / n
    w -= lr * dw
    b -= lr * db

    if epoch % 100 == 0:
        print(epoch, loss, np.mean(np.sign(X.dot(w) + b) == y))
