# expect: line=26 variable=backward mistake=derivative-at-wrong-point
# right: grad_output * (1 - self.output ** 2)
import numpy as np

class Linear():
    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(out_features, in_features) * 0.3
        self.bias = np.zeros((out_features,))

    def forward(self, x):
        self.input = x
        return np.dot(x, self.weight.T) + self.bias

    def backward(self, grad_output):
        self.grad_weight = np.dot(grad_output.T, self.input)
        self.grad_bias = np.sum(grad_output, axis=0)
        return np.dot(grad_output, self.weight)

class Tanh():
    def forward(self, x):
        self.input = x
        self.output = np.tanh(x)
        return self.output

    def backward(self, grad_output):
        return grad_output * (1 - self.input ** 2)

class Sequential():
    def __init__(self, *modules):
        self.modules = modules

    def forward(self, x):
        for module in self.modules:
            x = module.forward(x)
        return x

    def backward(self, grad):
        for module in self.modules[::-1]:
            grad = module.backward(grad)
        return grad

np.random.seed(31)
model = Sequential(Linear(2, 5), Tanh(), Linear(5, 1))
x = np.random.randn(15, 2)
t = x[:, :1] * x[:, 1:]
for i in range(40):
    y = model.forward(x)
    loss = 0.5 * np.mean((y - t) ** 2)
    model.backward((y - t) / len(x))
    for m in (model.modules[0], model.modules[2]):
        m.weight -= 0.1 * m.grad_weight
        m.bias -= 0.1 * m.grad_bias
