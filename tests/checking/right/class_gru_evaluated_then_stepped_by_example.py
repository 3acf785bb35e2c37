"""Assignment 3 - GRU language model. Student solution."""
import numpy as np


class GRUModel:
    def __init__(self, vocab_size, hidden_dim=6, seed=0):
        np.random.seed(seed)
        self.vocab_size = vocab_size
        self.hidden_dim = hidden_dim
        self._init_weights()

    def _init_weights(self):
        V, H = self.vocab_size, self.hidden_dim
        s = 1.0 / np.sqrt(H)
        self.U = np.random.uniform(-s, s, (3, H, V))
        self.W = np.random.uniform(-s, s, (3, H, H))
        self.b = np.zeros((3, H))
        self.V = np.random.uniform(-s, s, (V, H))
        self.c = np.zeros(V)

    @staticmethod
    def _sigmoid(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def _softmax(x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)

    def _cell(self, x, h):
        z = self._sigmoid(self.U[0][:, x] + self.W[0].dot(h) + self.b[0])
        r = self._sigmoid(self.U[1][:, x] + self.W[1].dot(h) + self.b[1])
        c = np.tanh(self.U[2][:, x] + self.W[2].dot(h * r) + self.b[2])
        return z, r, c, (1 - z) * c + z * h

    def forward_propagation(self, x):
        T = len(x)
        self.h = np.zeros((T + 1, self.hidden_dim))
        self.z = np.zeros((T, self.hidden_dim))
        self.r = np.zeros((T, self.hidden_dim))
        self.hc = np.zeros((T, self.hidden_dim))
        self.o = np.zeros((T, self.vocab_size))
        for t in range(T):
            self.z[t], self.r[t], self.hc[t], self.h[t] = self._cell(x[t], self.h[t - 1])
            self.o[t] = self._softmax(self.V.dot(self.h[t]) + self.c)
        return self.o

    def calculate_total_loss(self, x, y):
        o = self.forward_propagation(x)
        return -np.sum(np.log(o[np.arange(len(y)), y]))

    def calculate_loss(self, x, y):
        return self.calculate_total_loss(x, y) / len(y)

    def bptt(self, x, y):
        T = len(y)
        o = self.forward_propagation(x)
        dU, dW, db = np.zeros(self.U.shape), np.zeros(self.W.shape), np.zeros(self.b.shape)
        dV, dc = np.zeros(self.V.shape), np.zeros(self.c.shape)
        delta_o = o
        delta_o[np.arange(T), y] -= 1.0
        dh_next = np.zeros(self.hidden_dim)
        for t in np.arange(T)[::-1]:
            dV += np.outer(delta_o[t], self.h[t])
            dc += delta_o[t]
            h_prev = self.h[t - 1]
            dh = self.V.T.dot(delta_o[t]) + dh_next
            dhc = dh * (1 - self.z[t]) * (1 - self.hc[t] ** 2)
            dz = dh * (h_prev - self.hc[t]) * self.z[t] * (1 - self.z[t])
            drh = self.W[2].T.dot(dhc)
            dr = drh * h_prev * self.r[t] * (1 - self.r[t])
            for k, d in enumerate((dz, dr, dhc)):
                dU[k][:, x[t]] += d
                db[k] += d
            dW[0] += np.outer(dz, h_prev)
            dW[1] += np.outer(dr, h_prev)
            dW[2] += np.outer(dhc, h_prev * self.r[t])
            dh_next = dh * self.z[t] + drh * self.r[t] + self.W[0].T.dot(dz) + self.W[1].T.dot(dr)
        return dU, dW, db, dV, dc

    def sgd_step(self, x, y, learning_rate):
        dU, dW, db, dV, dc = self.bptt(x, y)
        self.U -= learning_rate * dU
        self.W -= learning_rate * dW
        self.b -= learning_rate * db
        self.V -= learning_rate * dV
        self.c -= learning_rate * dc


def train_with_sgd(model, X_train, y_train, learning_rate=0.1, nepoch=4, evaluate_loss_after=2):
    losses = []
    for epoch in range(nepoch):
        if epoch % evaluate_loss_after == 0:
            loss = np.mean([model.calculate_loss(x, y) for x, y in zip(X_train, y_train)])
            losses.append((epoch, loss))
            if len(losses) > 1 and losses[-1][1] > losses[-2][1]:
                learning_rate = learning_rate * 0.5
                print("Setting learning rate to %f" % learning_rate)
        for x, y in zip(X_train, y_train):
            model.sgd_step(x, y, learning_rate)
    return losses


text = "hello gated world"
chars = sorted(set(text))
ids = [chars.index(ch) for ch in text]
X_train = [ids[i:i + 5] for i in range(0, 10, 5)]
y_train = [ids[i + 1:i + 6] for i in range(0, 10, 5)]
print(train_with_sgd(GRUModel(len(chars)), X_train, y_train))
