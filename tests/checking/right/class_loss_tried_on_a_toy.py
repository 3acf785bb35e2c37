"""A network in one class, its loss compared with a number from the course, then trained."""

import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-1):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N = X.shape[0]
        h1 = np.maximum(0, X.dot(W1) + b1)
        scores = h1.dot(W2) + b2
        if y is None:
            return scores

        scores -= scores.max(axis=1, keepdims=True)
        probs = np.exp(scores)
        probs /= probs.sum(axis=1, keepdims=True)
        loss = -np.log(probs[np.arange(N), y]).mean()
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        grads = {}
        dscores = probs
        dscores[range(N), y] -= 1
        dscores /= N
        grads["W2"] = h1.T.dot(dscores)
        grads["b2"] = dscores.sum(axis=0)
        dh1 = dscores.dot(W2.T)
        dh1[h1 <= 0] = 0
        grads["W1"] = X.T.dot(dh1)
        grads["b1"] = dh1.sum(axis=0)
        grads["W2"] += 2 * reg * W2
        grads["W1"] += 2 * reg * W1
        return loss, grads

    def train(self, X, y, learning_rate, reg, num_iters):
        for it in range(num_iters):
            loss, grads = self.loss(X, y=y, reg=reg)
            for p in self.params:
                self.params[p] -= learning_rate * grads[p]
        return loss


np.random.seed(1)
X = 10 * np.random.randn(5, 4)
y = np.array([0, 1, 2, 2, 1])

net = TwoLayerNet(4, 10, 3)
loss, _ = net.loss(X, y, reg=0.05)
print("difference from the course's loss:", np.sum(np.abs(loss - 1.30378789133)))

net = TwoLayerNet(4, 10, 3)
print("final loss:", net.train(X, y, learning_rate=1e-1, reg=5e-6, num_iters=100))
