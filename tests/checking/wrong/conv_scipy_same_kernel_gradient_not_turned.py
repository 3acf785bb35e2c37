# expect: line=23 variable=self.dK mistake=wrong-operand
# right: correlate2d(padded, dout, mode="valid")[::-1, ::-1]
import numpy as np
from scipy.signal import convolve2d, correlate2d

rng = np.random.default_rng(0)


class ConvSame:
    """True convolution with the output as large as the image."""

    def __init__(self, k):
        self.K = rng.normal(0, 0.4, (k, k))
        self.b = 0.1

    def forward(self, img):
        self.img = img
        return convolve2d(img, self.K, mode="same") + self.b

    def backward(self, dout):
        pad = self.K.shape[0] // 2
        padded = np.pad(self.img, pad)
        self.dK = correlate2d(padded, dout, mode="valid")
        self.db = dout.sum()
        return correlate2d(dout, self.K, mode="same")


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


conv1, act, conv2 = ConvSame(3), Tanh(), ConvSame(5)
noisy = rng.normal(size=(9, 9))
clean = rng.normal(size=(9, 9))
for it in range(4):
    out = conv2.forward(act.forward(conv1.forward(noisy)))
    loss = 0.5 * np.sum((out - clean) ** 2)
    dout = out - clean
    d = conv1.backward(act.backward(conv2.backward(dout)))
    for conv in (conv1, conv2):
        conv.K -= 0.01 * conv.dK
        conv.b -= 0.01 * conv.db
    print(loss)
