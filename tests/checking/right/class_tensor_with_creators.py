"""Arrays that remember what they were made of, as a first autograd has them."""

import numpy as np


class Tensor:
    def __init__(self, data, creators=(), operation=""):
        self.data = np.array(data, dtype=float)
        self.grad = None
        self.creators = creators
        self.operation = operation

    def backward(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad
        c = self.creators
        if self.operation == "add":
            c[0].backward(grad)
            c[1].backward(grad)
        if self.operation == "sub":
            c[0].backward(grad)
            c[1].backward(-grad)
        if self.operation == "mul":
            c[0].backward(grad * c[1].data)
            c[1].backward(grad * c[0].data)
        if self.operation == "mm":
            c[0].backward(grad @ c[1].data.T)
            c[1].backward(c[0].data.T @ grad)
        if self.operation == "sum":
            c[0].backward(np.repeat(grad[None, :], c[0].data.shape[0], axis=0))
        if self.operation == "expand":
            c[0].backward(grad.sum(0))
        if self.operation == "tanh":
            c[0].backward(grad * (1 - self.data * self.data))

    def __add__(self, other):
        return Tensor(self.data + other.data, [self, other], "add")

    def __sub__(self, other):
        return Tensor(self.data - other.data, [self, other], "sub")

    def __mul__(self, other):
        return Tensor(self.data * other.data, [self, other], "mul")

    def mm(self, other):
        return Tensor(self.data.dot(other.data), [self, other], "mm")

    def sum(self):
        return Tensor(self.data.sum(0), [self], "sum")

    def expand(self, copies):
        return Tensor(np.tile(self.data, (copies, 1)), [self], "expand")

    def tanh(self):
        return Tensor(np.tanh(self.data), [self], "tanh")


class Linear:
    def __init__(self, n_in, n_out):
        self.weight = Tensor(np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in))
        self.bias = Tensor(np.zeros(n_out))

    def forward(self, x):
        return x.mm(self.weight) + self.bias.expand(len(x.data))


np.random.seed(0)
data = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
target = Tensor([[0], [1], [0], [1]])
first, second = Linear(2, 3), Linear(3, 1)
parameters = [first.weight, first.bias, second.weight, second.bias]

for i in range(10):
    pred = second.forward(first.forward(data).tanh())
    loss = ((pred - target) * (pred - target)).sum()
    loss.backward(np.ones_like(loss.data))
    for p in parameters:
        p.data -= 0.1 * p.grad
        p.grad = None
    print(i, loss.data)
