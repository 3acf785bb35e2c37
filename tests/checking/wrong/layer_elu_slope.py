# expect: line=16 variable=dx mistake=wrong-derivative
# right: dout * np.where(self.x > 0, 1, self.out + self.alpha)
import numpy as np


class ELU:
    def __init__(self, alpha=1.5):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        self.out = np.where(x > 0, x, self.alpha * (np.exp(x) - 1))
        return self.out

    def backward(self, dout):
        dx = dout * np.where(self.x > 0, 1, self.out)
        return dx
