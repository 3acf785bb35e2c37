# expect: line=44 variable=grads mistake=regularization
# right: a_prev.T.dot(dout) + self.reg * self.params['W%d' % l]
import numpy as np


class DeepNet:
    def __init__(self, dims, reg=0.0, seed=None):
        rng = np.random.RandomState(seed)
        self.L = len(dims) - 1
        self.reg = reg
        self.params = {}
        for l in range(1, self.L + 1):
            self.params['W' + str(l)] = rng.randn(dims[l - 1], dims[l]) * np.sqrt(2.0 / dims[l - 1])
            self.params['b' + str(l)] = np.zeros(dims[l])

    def loss(self, X, y=None):
        a = X
        cache = {}
        for l in range(1, self.L + 1):
            z = a.dot(self.params['W%d' % l]) + self.params['b%d' % l]
            cache[l] = (a, z)
            a = np.maximum(0, z) if l < self.L else z
        scores = a
        if y is None:
            return scores

        shifted = scores - np.max(scores, axis=1, keepdims=True)
        Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
        log_probs = shifted - np.log(Z)
        probs = np.exp(log_probs)
        N = X.shape[0]
        loss = -np.sum(log_probs[np.arange(N), y]) / N
        for l in range(1, self.L + 1):
            loss += 0.5 * self.reg * np.sum(self.params['W%d' % l] ** 2)

        grads = {}
        dout = probs.copy()
        dout[np.arange(N), y] -= 1
        dout /= N
        for l in range(self.L, 0, -1):
            a_prev, z = cache[l]
            if l < self.L:
                dout = dout * (z > 0)
            grads['W%d' % l] = a_prev.T.dot(dout)
            grads['b%d' % l] = dout.sum(axis=0)
            dout = dout.dot(self.params['W%d' % l].T)
        return loss, grads


np.random.seed(1)
X = np.random.randn(20, 6)
y = np.random.randint(0, 4, size=20)
net = DeepNet([6, 10, 8, 4], reg=0.05, seed=2)
for i in range(100):
    loss, grads = net.loss(X, y)
    for p in net.params:
        net.params[p] -= 0.1 * grads[p]
    if i % 25 == 0:
        print('Iteration %d / 100: loss %f' % (i, loss))
