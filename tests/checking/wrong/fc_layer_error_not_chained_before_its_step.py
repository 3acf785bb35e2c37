# expect: line=16 variable=input_error mistake=dropped-upstream
# right: output_error @ self.weights.T
import numpy as np


class FullLayer:
    def __init__(self, n, m):
        self.weights = rng.random((n, m)) - 0.5
        self.bias = rng.random((1, m)) - 0.5

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.bias

    def backward(self, output_error, rate):
        input_error = output_error
        weights_error = self.inputs.T @ output_error
        self.weights -= rate * weights_error
        self.bias -= rate * output_error
        return input_error


class TanhLayer:
    def forward(self, inputs):
        self.inputs = inputs
        return np.tanh(inputs)

    def backward(self, output_error, rate):
        return (1 - np.tanh(self.inputs) ** 2) * output_error


rng = np.random.default_rng(7)
layers = [FullLayer(2, 3), TanhLayer(), FullLayer(3, 1), TanhLayer()]
X = np.array([[[0, 0]], [[0, 1]], [[1, 0]], [[1, 1]]])
Y = np.array([[[0]], [[1]], [[1]], [[0]]])
for epoch in range(100):
    loss = 0
    for x, y in zip(X, Y):
        out = x
        for layer in layers:
            out = layer.forward(out)
        loss += np.mean((y - out) ** 2)
        error = 2 * (out - y) / y.size
        for layer in reversed(layers):
            error = layer.backward(error, 0.1)
