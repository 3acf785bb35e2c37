# expect: line=21 variable=db mistake=sign
# right: -np.mean(active)
import numpy as np

# Binary linear SVM with labels -1 and +1
np.random.seed(13)
X = np.random.randn(25, 3)
y = np.sign(X @ np.array([1.0, -2.0, 0.5]) + 0.1)
w = np.random.randn(3) * 0.5
b = 0.2
C = 0.1
lr = 0.05

for epoch in range(100):
    margin = y * (X @ w + b)
    hinge = np.maximum(0, 1 - margin)
    loss = np.mean(hinge) + 0.5 * C * np.dot(w, w)

    active = (margin < 1) * y
    dw = -(X.T @ active) / len(y) + C * w
    db = np.mean(active)

    w = w - lr * dw
    b = b - lr * db
