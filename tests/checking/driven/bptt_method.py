# binds: dU dV dW loss
import numpy as np

class RNN:
    def __init__(self, input_dim, hidden_dim, output_dim):
        self.U = np.random.randn(hidden_dim, input_dim)
        self.W = np.random.randn(hidden_dim, hidden_dim)
        self.V = np.random.randn(output_dim, hidden_dim)
    def forward(self, x):
        T = len(x)
        self.s = np.zeros((T + 1, self.W.shape[0]))
        o = np.zeros((T, self.V.shape[0]))
        for t in range(T):
            self.s[t] = np.tanh(self.U[:, x[t]] + self.W.dot(self.s[t-1]))
            z = self.V.dot(self.s[t])
            o[t] = np.exp(z) / np.exp(z).sum()
        return o, self.s
    def calculate_loss(self, x, y):
        o, s = self.forward(x)
        return -np.sum(np.log(o[np.arange(len(y)), y])) / len(y)
    def bptt(self, x, y):
        T = len(y)
        o, s = self.forward(x)
        dU = np.zeros(self.U.shape); dV = np.zeros(self.V.shape); dW = np.zeros(self.W.shape)
        delta_o = o
        delta_o[np.arange(T), y] -= 1
        for t in np.arange(T)[::-1]:
            dV += np.outer(delta_o[t], s[t].T)
            delta_t = self.V.T.dot(delta_o[t]) * (1 - s[t] ** 2)
            for k in range(t, -1, -1):
                dW += np.outer(delta_t, s[k-1])
                dU[:, x[k]] += delta_t
                delta_t = self.W.T.dot(delta_t) * (1 - s[k-1] ** 2)
        return dU, dV, dW
