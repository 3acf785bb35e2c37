# expect: line=22 variable=db mistake=sign
# right: (1 / n_samples) * np.sum(y_pred - y)
# expect: line=24 variable=self.weights mistake=update-sign
# right: self.weights - self.lr * dw
import numpy as np

class LogisticRegression:
    def __init__(self, lr=0.01, n_iters=200):
        self.lr = lr
        self.n_iters = n_iters

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            linear = np.dot(X, self.weights) + self.bias
            y_pred = 1 / (1 + np.exp(-linear))
            loss = -np.mean(y * np.log(y_pred) + (1 - y) * np.log(1 - y_pred))

            dw = (1 / n_samples) * np.dot(X.T, (y_pred - y))
            db = (1 / n_samples) * np.sum(y - y_pred)

            self.weights = self.weights + self.lr * dw
            self.bias = self.bias - self.lr * db


rng = np.random.RandomState(1)
X = rng.randn(30, 4)
y = (X[:, 0] - X[:, 2] > 0).astype(int)
model = LogisticRegression()
model.fit(X, y)
print(model.weights, model.bias)
