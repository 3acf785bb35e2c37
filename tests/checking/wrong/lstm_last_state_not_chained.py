# expect: line=48 variable=dh mistake=dropped-upstream
# right: p['Wy'].T @ dy
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM:
    def __init__(self, n_in, n_hid):
        z = n_in + n_hid
        self.params = {}
        self.grads = {}
        for gate in 'ifog':
            self.params['W' + gate] = np.random.uniform(-0.3, 0.3, (n_hid, z))
            self.params['b' + gate] = np.zeros((n_hid, 1))
        self.params['Wy'] = np.random.uniform(-0.3, 0.3, (1, n_hid))
        self.params['by'] = np.zeros((1, 1))
        self.n_hid = n_hid

    def forward(self, xs):
        p = self.params
        h = np.zeros((self.n_hid, 1))
        c = np.zeros((self.n_hid, 1))
        self.cache = []
        for x in xs:
            z = np.vstack((x, h))
            i = sigmoid(p['Wi'] @ z + p['bi'])
            f = sigmoid(p['Wf'] @ z + p['bf'])
            o = sigmoid(p['Wo'] @ z + p['bo'])
            g = np.tanh(p['Wg'] @ z + p['bg'])
            c_new = f * c + i * g
            tc = np.tanh(c_new)
            h_new = o * tc
            self.cache.append((z, i, f, o, g, c, tc))
            h, c = h_new, c_new
        self.h_last = h
        return p['Wy'] @ h + p['by']

    def backward(self, dy):
        p = self.params
        n_in = self.cache[0][0].shape[0] - self.n_hid
        for k in p:
            self.grads[k] = np.zeros_like(p[k])
        self.grads['Wy'] = dy @ self.h_last.T
        self.grads['by'] = dy
        dh = dy
        dc = np.zeros_like(dh)
        for z, i, f, o, g, c_prev, tc in reversed(self.cache):
            dc = dc + dh * o * (1 - tc ** 2)
            pre = {
                'i': dc * g * i * (1 - i),
                'f': dc * c_prev * f * (1 - f),
                'o': dh * tc * o * (1 - o),
                'g': dc * i * (1 - g ** 2),
            }
            dz = 0
            for gate, d in pre.items():
                self.grads['W' + gate] += d @ z.T
                self.grads['b' + gate] += d
                dz = dz + p['W' + gate].T @ d
            dh = dz[n_in:]
            dc = dc * f

    def clip(self, limit=1.0):
        for k in self.grads:
            np.clip(self.grads[k], -limit, limit, out=self.grads[k])

    def step(self, lr):
        for k in self.params:
            self.params[k] -= lr * self.grads[k]


def main():
    np.random.seed(0)
    net = LSTM(1, 8)
    for it in range(200):
        seq = np.random.uniform(-1, 1, size=(6, 1, 1))
        target = seq.sum().reshape(1, 1)
        y = net.forward(seq)
        loss = 0.5 * ((y - target) ** 2).item()
        net.backward(y - target)
        net.clip()
        net.step(0.05)
        if it % 50 == 0:
            print('iter', it, 'loss', loss)


main()
