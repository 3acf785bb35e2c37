# expect: line=35 variable=grads["b2"] mistake=scale
# right: dz2.sum(axis=0)
# expect: line=37 variable=dz1 mistake=wrong-derivative
# right: da1 * np.where(z1 > 0, 1.0, 0.01)
import numpy as np


class Adam:
    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr = params, lr
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}

    def step(self, grads):
        self.t += 1
        for k in self.params:
            g = grads[k]
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g ** 2
            mhat = self.m[k] / (1 - self.beta1 ** self.t)
            vhat = self.v[k] / (1 - self.beta2 ** self.t)
            self.params[k] -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


def loss_and_grads(params, X, y):
    z1 = X @ params["W1"] + params["b1"]
    a1 = np.where(z1 > 0, z1, 0.01 * z1)
    z2 = a1 @ params["W2"] + params["b2"]
    loss = np.mean((z2 - y) ** 2)

    dz2 = 2 * (z2 - y) / y.size
    grads = {}
    grads["W2"] = a1.T @ dz2
    grads["b2"] = dz2.mean(axis=0)
    da1 = dz2 @ params["W2"].T
    dz1 = da1 * np.where(z1 > 0, 1.0, 0.0)
    grads["W1"] = X.T @ dz1
    grads["b1"] = dz1.sum(axis=0)
    return loss, grads


rng = np.random.default_rng(15)
X = rng.normal(size=(12, 3))
y = rng.normal(size=(12, 2))
params = {"W1": rng.normal(size=(3, 7)), "b1": np.zeros(7),
          "W2": rng.normal(size=(7, 2)), "b2": np.zeros(2)}
optimizer = Adam(params)
for epoch in range(60):
    loss, grads = loss_and_grads(params, X, y)
    optimizer.step(grads)
