import numpy as np

class TiedAutoencoder:
    """The decoder uses the transpose of the encoder's weights."""

    def __init__(self, n_visible, n_hidden, seed=0):
        rng = np.random.RandomState(seed)
        bound = 4 * np.sqrt(6. / (n_visible + n_hidden))
        self.W = rng.uniform(-bound, bound, (n_visible, n_hidden))
        self.hbias = np.zeros(n_hidden)
        self.vbias = np.zeros(n_visible)

    @staticmethod
    def sigmoid(x):
        return 1. / (1 + np.exp(-x))

    def encode(self, x):
        return self.sigmoid(np.dot(x, self.W) + self.hbias)

    def decode(self, h):
        return self.sigmoid(np.dot(h, self.W.T) + self.vbias)

    def train(self, x, lr=0.1):
        y = self.encode(x)
        z = self.decode(y)

        L_h2 = x - z                                   # minus the gradient at the reconstruction's input
        L_h1 = np.dot(L_h2, self.W) * y * (1 - y)
        L_vbias = L_h2
        L_hbias = L_h1
        # two paths lead to W: the encoder and the decoder
        L_W = np.dot(x.T, L_h1) + np.dot(L_h2.T, y)

        self.W += lr * L_W / len(x)
        self.hbias += lr * np.mean(L_hbias, axis=0)
        self.vbias += lr * np.mean(L_vbias, axis=0)

    def cost(self, x):
        z = self.decode(self.encode(x))
        return -np.mean(np.sum(x * np.log(z) + (1 - x) * np.log(1 - z), axis=1))


data = np.array([[1, 1, 1, 0, 0, 0],
                 [1, 0, 1, 0, 0, 0],
                 [0, 0, 1, 1, 1, 0],
                 [0, 0, 0, 1, 1, 1],
                 [0, 0, 0, 0, 1, 1]])
da = TiedAutoencoder(6, 3)
for epoch in range(100):
    da.train(data, lr=0.1)
    if epoch % 25 == 0:
        print('cost', da.cost(data))
