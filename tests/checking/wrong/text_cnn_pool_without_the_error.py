# expect: line=33 variable=dpool mistake=dropped-upstream
# right: self.w * dlogit
import numpy as np

rng = np.random.RandomState(5)


class TextCNN:
    """Embeddings, one width-3 convolution, max over time, logistic output."""

    def __init__(self, vocab=15, dim=4, filters=5, width=3):
        self.E = rng.randn(vocab, dim) * 0.4
        self.K = rng.randn(width * dim, filters) * 0.4
        self.c = np.zeros(filters)
        self.w = rng.randn(filters) * 0.4
        self.b = np.zeros(1)
        self.width = width

    def forward(self, ids):
        self.ids = ids
        self.emb = self.E[ids]
        n = len(ids) - self.width + 1
        self.win = np.stack([self.emb[i : i + self.width].reshape(-1) for i in range(n)])
        self.pre = self.win @ self.K + self.c
        self.act = np.maximum(0, self.pre)
        self.arg = self.act.argmax(axis=0)
        self.pool = self.act[self.arg, np.arange(self.act.shape[1])]
        return 1 / (1 + np.exp(-(self.pool @ self.w + self.b)))

    def backward(self, p, y, lr):
        dlogit = p - y
        dw = self.pool * dlogit
        dpool = self.w
        dact = np.zeros_like(self.act)
        dact[self.arg, np.arange(self.act.shape[1])] = dpool
        dpre = dact * (self.pre > 0)
        dK = self.win.T @ dpre
        dc = dpre.sum(axis=0)
        dwin = dpre @ self.K.T
        demb = np.zeros_like(self.emb)
        for i in range(len(dwin)):
            demb[i : i + self.width] += dwin[i].reshape(self.width, -1)
        dE = np.zeros_like(self.E)
        np.add.at(dE, self.ids, demb)

        self.w -= lr * dw
        self.b -= lr * dlogit
        self.K -= lr * dK
        self.c -= lr * dc
        self.E -= lr * dE


sentences = [[1, 4, 2, 7, 1], [3, 3, 9, 14], [5, 6, 8, 10, 11, 2], [12, 13, 0, 4]]
labels = [1, 0, 1, 0]
net = TextCNN()
for epoch in range(10):
    for ids, y in zip(sentences, labels):
        p = net.forward(ids)
        loss = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        net.backward(p, y, 0.1)
