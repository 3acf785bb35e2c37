import numpy as np

class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.iter = 0
        self.m = None
        self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = {}, {}
            for key, val in params.items():
                self.m[key] = np.zeros_like(val)
                self.v[key] = np.zeros_like(val)

        self.iter += 1
        lr_t = self.lr * np.sqrt(1.0 - self.beta2 ** self.iter) / (1.0 - self.beta1 ** self.iter)
        for key in params.keys():
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)

class Model:
    def __init__(self):
        self.params = {'W1': np.random.randn(3, 6) * 0.5, 'b1': np.zeros(6),
                       'W2': np.random.randn(6, 2) * 0.5, 'b2': np.zeros(2)}

    def loss_and_grads(self, x, y):
        p = self.params
        z = x @ p['W1'] + p['b1']
        h = 1 / (1 + np.exp(-z))
        out = h @ p['W2'] + p['b2']
        loss = ((out - y) ** 2).sum(axis=1).mean()

        grads = {}
        dout = 2 * (out - y) / x.shape[0]
        grads['W2'] = h.T @ dout
        grads['b2'] = dout.sum(axis=0)
        dz = dout @ p['W2'].T * h * (1 - h)
        grads['W1'] = x.T @ dz
        grads['b1'] = dz.sum(axis=0)
        return loss, grads

np.random.seed(0)
x = np.random.randn(30, 3)
y = np.c_[x[:, 0] * 2, np.sin(x[:, 1])]
model, opt = Model(), Adam(lr=0.02)
for i in range(200):
    loss, grads = model.loss_and_grads(x, y)
    opt.update(model.params, grads)
    if i % 50 == 0:
        print(i, loss)
