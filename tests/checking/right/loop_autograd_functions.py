"""ctx-style functions, like torch.autograd.Function, on numpy."""
import numpy as np


class Context:
    def save_for_backward(self, *tensors):
        self.saved = tensors


class LinearFn:
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved
        grad_input = grad_output @ weight
        grad_weight = grad_output.T @ x
        grad_bias = grad_output.sum(axis=0)
        return grad_input, grad_weight, grad_bias


class SiLUFn:
    @staticmethod
    def forward(ctx, x):
        s = 1 / (1 + np.exp(-x))
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_output):
        x, s = ctx.saved
        return grad_output * (s + x * s * (1 - s))


class MSEFn:
    @staticmethod
    def forward(ctx, pred, target):
        ctx.save_for_backward(pred, target)
        return np.mean((pred - target) ** 2)

    @staticmethod
    def backward(ctx, grad_output=1.0):
        pred, target = ctx.saved
        return grad_output * 2.0 * (pred - target) / pred.size


rng = np.random.default_rng(40)
x = rng.normal(size=(32, 4))
target = np.sin(x[:, :2])
w1, b1 = rng.normal(size=(8, 4)) * 0.5, np.zeros(8)
w2, b2 = rng.normal(size=(2, 8)) * 0.5, np.zeros(2)

for step in range(100):
    c1, c2, c3, c4 = Context(), Context(), Context(), Context()
    h = LinearFn.forward(c1, x, w1, b1)
    a = SiLUFn.forward(c2, h)
    pred = LinearFn.forward(c3, a, w2, b2)
    loss = MSEFn.forward(c4, pred, target)

    grad_pred = MSEFn.backward(c4)
    grad_a, grad_w2, grad_b2 = LinearFn.backward(c3, grad_pred)
    grad_h = SiLUFn.backward(c2, grad_a)
    grad_x, grad_w1, grad_b1 = LinearFn.backward(c1, grad_h)

    w1 -= 0.1 * grad_w1
    b1 -= 0.1 * grad_b1
    w2 -= 0.1 * grad_w2
    b2 -= 0.1 * grad_b2
    if step % 20 == 0:
        print(step, loss)
