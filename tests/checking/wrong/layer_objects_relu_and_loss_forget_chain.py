# expect: line=17 variable=dz mistake=dropped-upstream
# right: da * np.where(self.z > 0, 1.0, 0.0)
import numpy as np

class Layer:
    def __init__(self, n_in, n_out):
        self.w = np.random.normal(0, 0.5, (n_in, n_out))
        self.b = np.random.normal(0, 0.5, (1, n_out))

    def forward(self, x):
        self.x = x
        self.z = x @ self.w + self.b
        self.a = np.maximum(0.0, self.z)
        return self.a

    def backward(self, da, lr):
        dz = np.where(self.z > 0, 1.0, 0.0)
        dw = self.x.T @ dz
        db = np.sum(dz, axis=0, keepdims=True)
        dx = dz @ self.w.T
        self.w -= lr * dw
        self.b -= lr * db
        return dx

np.random.seed(5)
x = np.random.rand(6, 3)
y = np.random.rand(6, 2)
first, second = Layer(3, 4), Layer(4, 2)
for step in range(30):
    out = second.forward(first.forward(x))
    loss = np.sum((out - y) ** 2) / 2
    d = second.backward(out - y, 0.01)
    first.backward(d, 0.01)
