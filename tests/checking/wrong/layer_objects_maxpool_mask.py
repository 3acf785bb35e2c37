# expect: line=15 variable=mask mistake=wrong-derivative
# right: self.r == self.out[:, :, :, None, :, None]
import numpy as np


class MaxPool:
    def forward(self, x):
        N, C, H, W = x.shape
        self.x = x
        self.r = x.reshape(N, C, H // 2, 2, W // 2, 2)
        self.out = self.r.max(axis=3).max(axis=4)
        return self.out

    def backward(self, dout):
        mask = self.r >= 0
        dr = np.where(mask, dout[:, :, :, None, :, None], 0)
        return dr.reshape(self.x.shape)
