# expect: line=25 variable=dz mistake=softmax-jacobian
# right: p * (dp - np.sum(dp * p, axis=1, keepdims=True))
import numpy as np

np.random.seed(42)
n, d, k = 12, 5, 3
X = np.random.randn(n, d)
labels = np.random.randint(0, k, n)
Y = np.eye(k)[labels]

W = np.random.randn(d, k) * 0.1
b = np.zeros(k)
lr = 0.1

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

for step in range(100):
    z = X @ W + b
    p = softmax(z)
    loss = -np.sum(Y * np.log(p)) / n

    dp = -Y / p / n
    dz = dp * p * (1 - p)
    dW = X.T @ dz
    db = dz.sum(axis=0)

    W -= lr * dW
    b -= lr * db

print("accuracy", np.mean(np.argmax(p, axis=1) == labels))
