# expect: line=25 variable=grads["b2"] mistake=wrong-axis
# right: diff.sum(axis=0)
# expect: line=27 variable=da mistake=wrong-derivative
# right: dh * 1 / (1 + np.exp(-a))
import numpy as np

class Regressor:
    def __init__(self, d, h, k, seed=0):
        rng = np.random.default_rng(seed)
        self.p = {
            "W1": rng.normal(size=(d, h)), "b1": rng.normal(size=h),
            "W2": rng.normal(size=(h, k)), "b2": rng.normal(size=k),
        }

    def loss(self, X, Y):
        p = self.p
        a = X @ p["W1"] + p["b1"]
        h = np.log1p(np.exp(a))
        out = h @ p["W2"] + p["b2"]
        diff = out - Y
        loss = 0.5 * np.sum(diff ** 2)

        grads = {}
        grads["W2"] = h.T @ diff
        grads["b2"] = diff.sum(axis=1)
        dh = diff @ p["W2"].T
        da = dh * np.exp(-a) / (1 + np.exp(-a))
        grads["W1"] = X.T @ da
        grads["b1"] = da.sum(axis=0)
        return loss, grads

    def fit(self, X, Y, lr=0.01, steps=30):
        for _ in range(steps):
            loss, grads = self.loss(X, Y)
            for k in self.p:
                self.p[k] -= lr * grads[k]


rng = np.random.default_rng(5)
X = rng.normal(size=(3, 4))
Y = rng.normal(size=(3, 3))
model = Regressor(4, 6, 3)
model.fit(X, Y)
