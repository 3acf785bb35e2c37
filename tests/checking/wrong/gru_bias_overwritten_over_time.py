# expect: line=70 variable=dbr mistake=overwritten-accumulator
# right: dbr += dr_raw
"""Character level GRU in plain numpy."""
import numpy as np

data = "hello world, hello numpy "
chars = sorted(set(data))
vocab_size = len(chars)
char_to_ix = {ch: i for i, ch in enumerate(chars)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class GRU:
    def __init__(self, vocab_size, hidden_size=12, seq_length=6, learning_rate=0.1):
        self.H, self.V = hidden_size, vocab_size
        self.seq_length = seq_length
        self.lr = learning_rate
        s = 0.1
        self.Wz = np.random.randn(hidden_size, vocab_size) * s
        self.Uz = np.random.randn(hidden_size, hidden_size) * s
        self.bz = np.zeros((hidden_size, 1))
        self.Wr = np.random.randn(hidden_size, vocab_size) * s
        self.Ur = np.random.randn(hidden_size, hidden_size) * s
        self.br = np.zeros((hidden_size, 1))
        self.Wh = np.random.randn(hidden_size, vocab_size) * s
        self.Uh = np.random.randn(hidden_size, hidden_size) * s
        self.bh = np.zeros((hidden_size, 1))
        self.Wy = np.random.randn(vocab_size, hidden_size) * s
        self.by = np.zeros((vocab_size, 1))

    def loss_fun(self, inputs, targets, hprev):
        x, z, r, hh, h, p = {}, {}, {}, {}, {-1: np.copy(hprev)}, {}
        loss = 0
        for t in range(len(inputs)):
            x[t] = np.zeros((self.V, 1))
            x[t][inputs[t]] = 1
            z[t] = sigmoid(self.Wz @ x[t] + self.Uz @ h[t - 1] + self.bz)
            r[t] = sigmoid(self.Wr @ x[t] + self.Ur @ h[t - 1] + self.br)
            hh[t] = np.tanh(self.Wh @ x[t] + self.Uh @ (r[t] * h[t - 1]) + self.bh)
            h[t] = (1 - z[t]) * h[t - 1] + z[t] * hh[t]
            y = self.Wy @ h[t] + self.by
            p[t] = np.exp(y) / np.sum(np.exp(y))
            loss += -np.log(p[t][targets[t], 0])

        dWz, dUz, dbz = np.zeros_like(self.Wz), np.zeros_like(self.Uz), np.zeros_like(self.bz)
        dWr, dUr, dbr = np.zeros_like(self.Wr), np.zeros_like(self.Ur), np.zeros_like(self.br)
        dWh, dUh, dbh = np.zeros_like(self.Wh), np.zeros_like(self.Uh), np.zeros_like(self.bh)
        dWy, dby = np.zeros_like(self.Wy), np.zeros_like(self.by)
        dhnext = np.zeros_like(h[0])
        for t in reversed(range(len(inputs))):
            dy = np.copy(p[t])
            dy[targets[t]] -= 1
            dWy += dy @ h[t].T
            dby += dy
            dh = self.Wy.T @ dy + dhnext
            dhh = dh * z[t]
            dz = dh * (hh[t] - h[t - 1])
            dhh_raw = dhh * (1 - hh[t] ** 2)
            dWh += dhh_raw @ x[t].T
            dUh += dhh_raw @ (r[t] * h[t - 1]).T
            dbh += dhh_raw
            drh = self.Uh.T @ dhh_raw
            dr = drh * h[t - 1]
            dr_raw = dr * r[t] * (1 - r[t])
            dWr += dr_raw @ x[t].T
            dUr += dr_raw @ h[t - 1].T
            dbr = dr_raw
            dz_raw = dz * z[t] * (1 - z[t])
            dWz += dz_raw @ x[t].T
            dUz += dz_raw @ h[t - 1].T
            dbz += dz_raw
            dhnext = (dh * (1 - z[t]) + drh * r[t]
                      + self.Ur.T @ dr_raw + self.Uz.T @ dz_raw)
        grads = [dWz, dUz, dbz, dWr, dUr, dbr, dWh, dUh, dbh, dWy, dby]
        for g in grads:
            np.clip(g, -5, 5, out=g)
        return loss, grads, h[len(inputs) - 1]

    def update(self, grads):
        params = [self.Wz, self.Uz, self.bz, self.Wr, self.Ur, self.br,
                  self.Wh, self.Uh, self.bh, self.Wy, self.by]
        for param, grad in zip(params, grads):
            param -= self.lr * grad


np.random.seed(2)
model = GRU(vocab_size)
n, p = 0, 0
smooth_loss = -np.log(1.0 / vocab_size) * model.seq_length
while n < 200:
    if p + model.seq_length + 1 >= len(data) or n == 0:
        hprev = np.zeros((model.H, 1))
        p = 0
    inputs = [char_to_ix[ch] for ch in data[p:p + model.seq_length]]
    targets = [char_to_ix[ch] for ch in data[p + 1:p + model.seq_length + 1]]
    loss, grads, hprev = model.loss_fun(inputs, targets, hprev)
    smooth_loss = smooth_loss * 0.999 + loss * 0.001
    if n % 50 == 0:
        print('iter %d, loss: %f' % (n, smooth_loss))
    model.update(grads)
    p += model.seq_length
    n += 1
