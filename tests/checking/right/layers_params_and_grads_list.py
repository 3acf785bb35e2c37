import numpy as np


class Layer:
    def __init__(self):
        self.params = {}
        self.grads = {}


class Linear(Layer):
    """computes output = inputs @ w + b"""
    def __init__(self, input_size, output_size):
        super().__init__()
        self.params["w"] = np.random.randn(input_size, output_size)
        self.params["b"] = np.random.randn(output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T


class Activation(Layer):
    """applies a function elementwise to its inputs"""
    def __init__(self, f, f_prime):
        super().__init__()
        self.f = f
        self.f_prime = f_prime

    def forward(self, inputs):
        self.inputs = inputs
        return self.f(inputs)

    def backward(self, grad):
        # if y = f(x) and x = g(z) then dy/dz = f'(x) * g'(z)
        return self.f_prime(self.inputs) * grad


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    y = np.tanh(x)
    return 1 - y ** 2


class Tanh(Activation):
    def __init__(self):
        super().__init__(tanh, tanh_prime)


class TSE:
    """total squared error"""
    def loss(self, predicted, actual):
        return np.sum((predicted - actual) ** 2)

    def grad(self, predicted, actual):
        return 2 * (predicted - actual)


class NeuralNet:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def params_and_grads(self):
        for layer in self.layers:
            for name, param in layer.params.items():
                grad = layer.grads[name]
                yield param, grad


class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def step(self, net):
        for param, grad in net.params_and_grads():
            param -= self.lr * grad


def train(net, inputs, targets, num_epochs=300, loss=TSE(), optimizer=SGD()):
    for epoch in range(num_epochs):
        epoch_loss = 0.0
        predicted = net.forward(inputs)
        epoch_loss += loss.loss(predicted, targets)
        grad = loss.grad(predicted, targets)
        net.backward(grad)
        optimizer.step(net)
        if epoch % 100 == 0:
            print(epoch, epoch_loss)


if __name__ == "__main__":
    np.random.seed(1)
    inputs = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    targets = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])
    net = NeuralNet([Linear(input_size=2, output_size=2), Tanh(), Linear(input_size=2, output_size=2)])
    train(net, inputs, targets)
    for x, y in zip(inputs, targets):
        print(x, net.forward(x), y)
