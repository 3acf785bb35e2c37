import numpy as np


class Adam:
    def __init__(self, lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            if key not in self.m:
                self.m[key] = np.zeros_like(params[key])
                self.v[key] = np.zeros_like(params[key])
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.beta1 ** self.t)
            v_hat = self.v[key] / (1 - self.beta2 ** self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Regressor:
    def __init__(self, d, h, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {
            "W1": rng.normal(0, 0.5, (d, h)),
            "b1": np.zeros(h),
            "W2": rng.normal(0, 0.5, (h, 1)),
            "b2": np.zeros(1),
        }

    def loss_and_grads(self, X, y, weight_decay=0.01):
        p = self.params
        z = X @ p["W1"] + p["b1"]
        a = np.log1p(np.exp(z))
        pred = (a @ p["W2"] + p["b2"]).ravel()
        diff = pred - y
        loss = 0.5 * np.mean(diff ** 2) + 0.5 * weight_decay * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        dpred = (diff / len(y))[:, None]
        grads = {}
        grads["W2"] = a.T @ dpred + weight_decay * p["W2"]
        grads["b2"] = dpred.sum(axis=0)
        da = dpred @ p["W2"].T
        dz = da / (1 + np.exp(-z))
        grads["W1"] = X.T @ dz + weight_decay * p["W1"]
        grads["b1"] = dz.sum(axis=0)
        return loss, grads


rng = np.random.default_rng(7)
X = rng.normal(size=(30, 3))
y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
model = Regressor(3, 8)
opt = Adam()
for epoch in range(300):
    loss, grads = model.loss_and_grads(X, y)
    opt.step(model.params, grads)
    if epoch % 100 == 0:
        print(epoch, loss)
