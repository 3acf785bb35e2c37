# expect: line=18 variable=grad mistake=sign
# right: (prob - onehot) @ X / m + reg * theta
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(40, 5))
labels = rng.integers(0, 3, 40)


def cost_and_grad(theta, reg):
    theta = theta.reshape(3, 5)
    m = len(X)
    onehot = np.zeros((3, m))
    onehot[labels, np.arange(m)] = 1
    powers = np.exp(theta @ X.T)
    prob = powers / powers.sum(axis=0)
    cost = -np.sum(onehot * np.log(prob)) / m + reg / 2 * np.sum(theta**2)
    grad = (onehot - prob) @ X / m + reg * theta
    return cost, grad.ravel()


theta = 0.01 * rng.normal(size=15)
for i in range(100):
    cost, grad = cost_and_grad(theta, 1e-2)
    theta = theta - 0.5 * grad
print(cost)
