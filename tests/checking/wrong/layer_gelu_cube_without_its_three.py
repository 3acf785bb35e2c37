# expect: line=20 variable=du mistake=wrong-derivative
# right: self.c * (1 + 3 * 0.044715 * x**2)
import numpy as np


class Gelu:
    """tanh approximation, as in GPT-2"""

    def __init__(self):
        self.c = np.sqrt(2 / np.pi)

    def forward(self, x):
        self.x = x
        self.u = self.c * (x + 0.044715 * x**3)
        self.th = np.tanh(self.u)
        return 0.5 * x * (1 + self.th)

    def backward(self, grad):
        x = self.x
        du = self.c * (1 + 0.044715 * x**2)
        dx = 0.5 * (1 + self.th) + 0.5 * x * (1 - self.th**2) * du
        return grad * dx
