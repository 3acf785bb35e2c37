import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

class LSTM:
    """Concatenated gates, column vectors; loss is the squared distance of the last h to a target."""

    def __init__(self, n_x, n_h):
        s = 1.0 / np.sqrt(n_h + n_x)
        self.Wf, self.Wi, self.Wc, self.Wo = [np.random.uniform(-s, s, (n_h, n_h + n_x)) for _ in range(4)]
        self.bf, self.bi, self.bc, self.bo = [np.zeros((n_h, 1)) for _ in range(4)]
        self.n_h = n_h

    def forward(self, xs):
        h = np.zeros((self.n_h, 1))
        c = np.zeros((self.n_h, 1))
        self.trace = []
        for x in xs:
            z = np.vstack((h, x))
            f = sigmoid(self.Wf @ z + self.bf)
            i = sigmoid(self.Wi @ z + self.bi)
            g = np.tanh(self.Wc @ z + self.bc)
            o = sigmoid(self.Wo @ z + self.bo)
            c_prev = c
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            self.trace.append((z, f, i, g, o, c_prev, c))
        return h

    def backward(self, dh):
        self.dWf, self.dWi = np.zeros_like(self.Wf), np.zeros_like(self.Wi)
        self.dWc, self.dWo = np.zeros_like(self.Wc), np.zeros_like(self.Wo)
        self.dbf, self.dbi = np.zeros_like(self.bf), np.zeros_like(self.bi)
        self.dbc, self.dbo = np.zeros_like(self.bc), np.zeros_like(self.bo)
        dc = np.zeros_like(dh)
        for z, f, i, g, o, c_prev, c in reversed(self.trace):
            tc = np.tanh(c)
            do = dh * tc * o * (1 - o)
            dc = dc + dh * o * (1 - tc ** 2)
            df = dc * c_prev * f * (1 - f)
            di = dc * g * i * (1 - i)
            dg = dc * i * (1 - g ** 2)

            self.dWf += df @ z.T
            self.dWi += di @ z.T
            self.dWc += dg @ z.T
            self.dWo += do @ z.T
            self.dbf += df
            self.dbi += di
            self.dbc += dg
            self.dbo += do

            dz = self.Wf.T @ df + self.Wi.T @ di + self.Wc.T @ dg + self.Wo.T @ do
            dh = dz[:self.n_h, :]
            dc = f * dc

    def step(self, lr):
        for name in ['Wf', 'Wi', 'Wc', 'Wo', 'bf', 'bi', 'bc', 'bo']:
            p = getattr(self, name)
            p -= lr * getattr(self, 'd' + name)


np.random.seed(15)
net = LSTM(3, 4)
xs = [np.random.randn(3, 1) for _ in range(5)]
goal = np.array([[0.3], [-0.2], [0.1], [0.4]])
for it in range(60):
    h = net.forward(xs)
    loss = 0.5 * np.sum((h - goal) ** 2)
    net.backward(h - goal)
    net.step(0.5)
    if it % 20 == 0:
        print(it, loss)
