# expect: line=24 variable=delta2 mistake=missing-derivative
# right: (Y - T) / len(X) * Y * (1 - Y)
# expect: line=25 variable=delta1 mistake=wrong-derivative
# right: (delta2 @ params["W2"].T) * (H > 0)
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def relu(x):
    return np.maximum(0, x)

rng = np.random.default_rng(101)
X = rng.normal(size=(14, 3))
T = rng.uniform(0.1, 0.9, size=(14, 2))
params = {"W1": rng.normal(size=(3, 6)), "W2": rng.normal(size=(6, 2))}

for step in range(60):
    Z1 = X @ params["W1"]
    H = relu(Z1)
    Y = sigmoid(H @ params["W2"])
    loss = 0.5 * np.mean(np.sum((Y - T) ** 2, axis=1))

    delta2 = (Y - T) / len(X)
    delta1 = (delta2 @ params["W2"].T) * H
    grads = {"W2": H.T @ delta2, "W1": X.T @ delta1}
    for name in grads:
        params[name] -= 0.5 * grads[name]
