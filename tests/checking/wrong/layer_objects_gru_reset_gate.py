# expect: line=33 variable=dr mistake=wrong-operand
# right: drh * self.h_prev
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class GRUCell:
    def __init__(self, n_in, n_hidden, rng):
        s = 1 / np.sqrt(n_hidden)
        self.Wz, self.Wr, self.Wh = (rng.uniform(-s, s, (n_in, n_hidden)) for _ in range(3))
        self.Uz, self.Ur, self.Uh = (rng.uniform(-s, s, (n_hidden, n_hidden)) for _ in range(3))

    def forward(self, x, h_prev):
        self.x, self.h_prev = x, h_prev
        self.z = sigmoid(x @ self.Wz + h_prev @ self.Uz)
        self.r = sigmoid(x @ self.Wr + h_prev @ self.Ur)
        self.h_tilde = np.tanh(x @ self.Wh + (self.r * h_prev) @ self.Uh)
        self.h = (1 - self.z) * h_prev + self.z * self.h_tilde
        return self.h

    def backward(self, dh):
        dh_tilde = dh * self.z
        dz = dh * (self.h_tilde - self.h_prev)
        dh_prev = dh * (1 - self.z)

        da_h = dh_tilde * (1 - self.h_tilde ** 2)
        self.dWh = self.x.T @ da_h
        self.dUh = (self.r * self.h_prev).T @ da_h
        drh = da_h @ self.Uh.T
        dr = drh * self.h
        dh_prev = dh_prev + drh * self.r

        da_r = dr * self.r * (1 - self.r)
        da_z = dz * self.z * (1 - self.z)
        self.dWr = self.x.T @ da_r
        self.dUr = self.h_prev.T @ da_r
        self.dWz = self.x.T @ da_z
        self.dUz = self.h_prev.T @ da_z
        dh_prev = dh_prev + da_r @ self.Ur.T + da_z @ self.Uz.T
        dx = da_h @ self.Wh.T + da_r @ self.Wr.T + da_z @ self.Wz.T
        return dx, dh_prev


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    cell = GRUCell(3, 4, rng)
    x = rng.normal(size=(6, 3))
    h = rng.normal(size=(6, 4))
    out = cell.forward(x, h)
    dx, dh = cell.backward(np.ones_like(out))
    print(dx.shape, dh.shape)
