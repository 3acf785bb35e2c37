import numpy as np


class SoftmaxClassifier:
    def fit(self, X, y, lr=0.1, reg=0.01, epochs=100):
        n, d = X.shape
        k = y.max() + 1
        self.W = np.random.RandomState(0).randn(d, k) * 0.01
        self.b = np.zeros(k)
        onehot = np.eye(k)[y]
        for _ in range(epochs):
            logits = X @ self.W + self.b
            logits = logits - logits.max(axis=1, keepdims=True)
            probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            loss = -np.sum(onehot * np.log(probs)) / n + 0.5 * reg * np.sum(self.W**2)
            dscores = (probs - onehot) / n
            dW = X.T @ dscores
            dW += reg * self.W
            db = dscores.sum(axis=0)
            self.W -= lr * dW
            self.b -= lr * db
        return self


X = np.random.RandomState(1).randn(45, 4)
y = np.random.RandomState(2).randint(0, 3, 45)
y[:3] = [0, 1, 2]
SoftmaxClassifier().fit(X, y)
