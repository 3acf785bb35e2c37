import numpy as np

# name -> (function, derivative in terms of z)
ACTIVATIONS = {
    'relu': (lambda z: np.maximum(0, z), lambda z: (z > 0).astype(float)),
    'tanh': (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    'sigmoid': (lambda z: 1 / (1 + np.exp(-z)),
                lambda z: (1 / (1 + np.exp(-z))) * (1 - 1 / (1 + np.exp(-z)))),
    'linear': (lambda z: z, lambda z: np.ones_like(z)),
}


class Net:
    def __init__(self, layout, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = []
        for n_in, n_out, act in layout:
            self.layers.append({'W': rng.normal(0, n_in ** -0.5, (n_in, n_out)),
                                'b': np.zeros(n_out),
                                'act': act})

    def forward(self, x):
        for layer in self.layers:
            f, _ = ACTIVATIONS[layer['act']]
            layer['x'] = x
            layer['z'] = x @ layer['W'] + layer['b']
            x = f(layer['z'])
        return x

    def train_step(self, x, target, lr):
        out = self.forward(x)
        loss = np.mean(np.sum((out - target) ** 2, axis=1))
        grad = 2 * (out - target) / len(x)
        for layer in reversed(self.layers):
            _, df = ACTIVATIONS[layer['act']]
            grad = grad * df(layer['z'])
            layer['dW'] = layer['x'].T @ grad
            layer['db'] = grad.sum(axis=0)
            grad = grad @ layer['W'].T
        for layer in self.layers:
            layer['W'] -= lr * layer['dW']
            layer['b'] -= lr * layer['db']
        return loss


net = Net([(2, 8, 'tanh'), (8, 6, 'relu'), (6, 2, 'sigmoid')])
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 2))
T = np.c_[X[:, 0] * X[:, 1] > 0, X[:, 0] > 0].astype(float)
for step in range(200):
    loss = net.train_step(X, T, 0.5)
    if step % 50 == 0:
        print(step, loss)
