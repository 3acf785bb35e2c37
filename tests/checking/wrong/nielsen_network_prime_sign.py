# expect: line=11 variable=sigmoid_prime mistake=wrong-derivative
# right: sigmoid(z)*(1-sigmoid(z))
import numpy as np


def sigmoid(z):
    return 1.0/(1.0+np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z)*(sigmoid(z)-1)


class Network(object):

    def __init__(self, sizes):
        rng = np.random.RandomState(3)
        self.num_layers = len(sizes)
        self.biases = [rng.randn(y, 1) for y in sizes[1:]]
        self.weights = [rng.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def train_one(self, x, y, eta):
        nabla_b, nabla_w = self.backprop(x, y)
        self.weights = [w-eta*nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b-eta*nb for b, nb in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x
        activations = [x]
        zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation)+b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        cost = -np.sum(y*np.log(activations[-1]) + (1-y)*np.log(1-activations[-1]))
        # cross-entropy cost
        delta = activations[-1] - y
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].T)
        for l in range(2, self.num_layers):
            delta = np.dot(self.weights[-l+1].T, delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l-1].T)
        return nabla_b, nabla_w


net = Network([3, 5, 4, 2])
rng = np.random.RandomState(4)
for i in range(30):
    x = rng.rand(3, 1)
    y = (rng.rand(2, 1) > 0.5).astype(float)
    net.train_one(x, y, 0.2)
