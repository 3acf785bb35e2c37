import numpy as np


class MLPClassifier:
    """Small MLP in the manner of scikit-learn."""

    def __init__(self, n_hidden=8, eta=0.2, alpha=1e-3, n_iter=30, batch_size=8, random_state=None):
        self.n_hidden = n_hidden
        self.eta = eta
        self.alpha = alpha
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.random_state = random_state

    def _init(self, n_features, n_classes):
        rng = np.random.RandomState(self.random_state)
        self.W1_ = rng.randn(n_features, self.n_hidden) / np.sqrt(n_features)
        self.b1_ = np.zeros(self.n_hidden)
        self.W2_ = rng.randn(self.n_hidden, n_classes) / np.sqrt(self.n_hidden)
        self.b2_ = np.zeros(n_classes)

    def _forward(self, X):
        A = np.tanh(X @ self.W1_ + self.b1_)
        Z = A @ self.W2_ + self.b2_
        Z = Z - Z.max(axis=1, keepdims=True)
        P = np.exp(Z)
        return A, P / P.sum(axis=1, keepdims=True)

    def _loss(self, P, Y):
        ce = -np.sum(Y * np.log(P)) / len(Y)
        return ce + 0.5 * self.alpha * (np.sum(self.W1_ ** 2) + np.sum(self.W2_ ** 2))

    def partial_fit(self, X, Y):
        A, P = self._forward(X)
        self.loss_ = self._loss(P, Y)
        n = X.shape[0]
        dZ = (P - Y) / n
        dW2 = A.T @ dZ + self.alpha * self.W2_
        db2 = dZ.sum(axis=0)
        dA = dZ @ self.W2_.T
        dH = dA * (1 - A ** 2)
        dW1 = X.T @ dH + self.alpha * self.W1_
        db1 = dH.sum(axis=0)

        self.W1_ -= self.eta * dW1
        self.b1_ -= self.eta * db1
        self.W2_ -= self.eta * dW2
        self.b2_ -= self.eta * db2
        return self

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Y = (y[:, None] == self.classes_).astype(float)
        self._init(X.shape[1], len(self.classes_))
        rng = np.random.RandomState(self.random_state)
        for _ in range(self.n_iter):
            order = rng.permutation(len(X))
            for i in range(0, len(X), self.batch_size):
                j = order[i:i + self.batch_size]
                self.partial_fit(X[j], Y[j])
        return self

    def predict(self, X):
        return self.classes_[self._forward(X)[1].argmax(axis=1)]

    def score(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == '__main__':
    rng = np.random.RandomState(0)
    centers = np.array([[0, 2], [2, -1], [-2, -1]])
    y = np.repeat([0, 1, 2], 20)
    X = centers[y] + rng.randn(60, 2)
    clf = MLPClassifier(random_state=1).fit(X, y)
    print('train accuracy', clf.score(X, y), 'loss', clf.loss_)
