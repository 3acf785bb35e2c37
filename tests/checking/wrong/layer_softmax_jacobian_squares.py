# expect: line=16 variable=jacobian mistake=softmax-jacobian
# right: np.diagflat(out) - np.dot(out, out.T)
import numpy as np


class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
        return self.output

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for i, (out, dval) in enumerate(zip(self.output, dvalues)):
            out = out.reshape(-1, 1)
            jacobian = np.diagflat(out) - out**2
            self.dinputs[i] = np.dot(jacobian, dval)
        return self.dinputs
