import numpy as np


class LinearSVM:
    def __init__(self, dim, classes):
        self.W = 0.01 * np.random.randn(classes, dim)
        self.b = np.zeros(classes)

    def step(self, X, y, lr=0.05, reg=0.01):
        n = X.shape[0]
        dW = np.zeros_like(self.W)
        db = np.zeros_like(self.b)
        loss = 0.0
        for i in range(n):
            s = self.W @ X[i] + self.b
            for k in range(len(s)):
                if k == y[i]:
                    continue
                margin = s[k] - s[y[i]] + 1
                if margin > 0:
                    loss += margin
                    dW[k] += X[i]
                    dW[y[i]] -= X[i]
                    db[k] += 1
                    db[y[i]] -= 1
        loss = loss / n + 0.5 * reg * np.sum(self.W**2)
        dW = dW / n + reg * self.W
        db = db / n
        self.W -= lr * dW
        self.b -= lr * db
        return loss


np.random.seed(0)
X = np.random.randn(12, 3)
y = np.random.randint(0, 3, 12)
svm = LinearSVM(3, 3)
for it in range(60):
    loss = svm.step(X, y)
