"""A small framework: modules with forward/backward/zero_grad, an optimizer with state."""
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)

    def zero_grad(self):
        self.grad[...] = 0.0


class Linear:
    def __init__(self, n_in, n_out, rng):
        self.weight = Parameter(rng.normal(0, 1 / np.sqrt(n_in), (n_out, n_in)))
        self.bias = Parameter(np.zeros(n_out))

    def forward(self, x):
        self._x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += grad_output.T @ self._x
        self.bias.grad += grad_output.sum(0)
        return grad_output @ self.weight.data

    def parameters(self):
        yield self.weight
        yield self.bias


class Mish:
    def forward(self, x):
        self._x = x
        self._t = np.tanh(np.logaddexp(0, x))
        return x * self._t

    def backward(self, grad_output):
        sig = 1 / (1 + np.exp(-self._x))
        return grad_output * (self._t + self._x * sig * (1 - self._t**2))

    def parameters(self):
        return iter(())


class PReLU:
    def __init__(self, init=0.25):
        self.slope = Parameter(np.array([init]))

    def forward(self, x):
        self._x = x
        return np.where(x > 0, x, self.slope.data * x)

    def backward(self, grad_output):
        self.slope.grad += np.sum(np.where(self._x > 0, 0.0, self._x) * grad_output)
        return np.where(self._x > 0, grad_output, self.slope.data * grad_output)

    def parameters(self):
        yield self.slope


class RMSprop:
    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8):
        self.params, self.lr, self.alpha, self.eps = list(params), lr, alpha, eps
        self.state = {}

    def zero_grad(self):
        for p in self.params:
            p.zero_grad()

    def step(self):
        for p in self.params:
            state = self.state.setdefault(id(p), {"square_avg": np.zeros_like(p.data)})
            avg = state["square_avg"]
            avg *= self.alpha
            avg += (1 - self.alpha) * p.grad**2
            p.data -= self.lr * p.grad / (np.sqrt(avg) + self.eps)


class Net:
    def __init__(self, rng):
        self.layers = [Linear(3, 6, rng), Mish(), Linear(6, 5, rng), PReLU(), Linear(5, 2, rng)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g

    def parameters(self):
        for layer in self.layers:
            yield from layer.parameters()


def mse_loss(pred, target):
    diff = pred - target
    return np.mean(diff**2), 2 * diff / diff.size


if __name__ == "__main__":
    rng = np.random.default_rng(7)
    x = rng.normal(size=(32, 3))
    t = np.stack([x[:, 0] * x[:, 1], np.sin(x[:, 2])], axis=1)
    net = Net(rng)
    opt = RMSprop(net.parameters())
    for epoch in range(50):
        opt.zero_grad()
        loss, g = mse_loss(net(x), t)
        net.backward(g)
        opt.step()
        if epoch % 10 == 0:
            print(f"{epoch:3d} {loss:.4f}")
