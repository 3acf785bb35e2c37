# binds: grads_b grads_w
import numpy as np

def feedforward(x, weights, biases):
    activations = [x]
    for w, b in zip(weights, biases):
        activations.append(1/(1+np.exp(-(w @ activations[-1] + b))))
    return activations
def backprop(activations, y, weights):
    delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1])
    grads_w, grads_b = [], []
    for i in reversed(range(len(weights))):
        grads_w.insert(0, delta @ activations[i].T)
        grads_b.insert(0, delta.sum(axis=1, keepdims=True))
        if i > 0:
            delta = weights[i].T @ delta * activations[i] * (1 - activations[i])
    return grads_w, grads_b
