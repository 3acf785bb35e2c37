# expect: line=12 variable=return mistake=blank
# right: grad_out / (1 + np.abs(self.x)) ** 2
import numpy as np


class Softsign:
    def forward(self, x):
        self.x = x
        return x / (1 + np.abs(x))

    def backward(self, grad_out):
        return ...


layer = Softsign()
x = np.linspace(-2, 2, 9).reshape(3, 3)
out = layer.forward(x)
print(out)
