# expect: line=39 variable=da1 mistake=scale
# right: dd1 * mask
import numpy as np

rng = np.random.default_rng(31)


class DropoutNet:
    def __init__(self, d, h, c, keep=0.7):
        self.params = {
            "W1": rng.normal(0, 0.3, (d, h)),
            "b1": np.zeros(h),
            "W2": rng.normal(0, 0.3, (h, c)),
            "b2": np.zeros(c),
        }
        self.keep = keep

    def train_step(self, x, y, lr):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        n = len(x)

        z1 = x.dot(W1) + b1
        a1 = np.maximum(z1, 0)
        mask = (rng.random(a1.shape) < self.keep) / self.keep
        d1 = a1 * mask
        z2 = d1.dot(W2) + b2
        ez = np.exp(z2 - np.max(z2, axis=1, keepdims=True))
        prob = ez / np.sum(ez, axis=1, keepdims=True)
        loss = -np.mean(np.log(prob[range(n), y]))

        dz2 = prob.copy()
        dz2[range(n), y] -= 1
        dz2 /= n
        grads = {}
        grads["W2"] = d1.T.dot(dz2)
        grads["b2"] = np.sum(dz2, axis=0)
        dd1 = dz2.dot(W2.T)
        da1 = dd1 * (mask > 0)
        dz1 = da1 * (z1 > 0)
        grads["W1"] = x.T.dot(dz1)
        grads["b1"] = np.sum(dz1, axis=0)

        for name in self.params:
            self.params[name] -= lr * grads[name]
        return loss


data = rng.normal(size=(24, 5))
labels = rng.integers(0, 4, 24)
net = DropoutNet(5, 9, 4)
for epoch in range(15):
    loss = net.train_step(data, labels, 0.1)
