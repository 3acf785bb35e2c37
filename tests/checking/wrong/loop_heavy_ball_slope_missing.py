# expect: line=17 variable=dz mistake=missing-derivative
# right: dout @ params['W2'].T * (1 - h ** 2)
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(32, 4)); Y = np.sin(X.sum(1, keepdims=True))
params = {"W1": rng.normal(size=(4, 8)) * .5, "b1": np.zeros(8), "W2": rng.normal(size=(8, 1)) * .5, "b2": np.zeros(1)}
prev = {k: v.copy() for k, v in params.items()}
lr, beta = 0.05, 0.8
for epoch in range(200):
    z = X @ params["W1"] + params["b1"]
    h = np.tanh(z)
    out = h @ params["W2"] + params["b2"]
    diff = out - Y
    loss = np.mean(diff ** 2)
    dout = 2 * diff / len(X)
    grads = {"W2": h.T @ dout, "b2": dout.sum(0)}
    dz = dout @ params["W2"].T
    grads["W1"] = X.T @ dz
    grads["b1"] = dz.sum(0)
    new = {k: params[k] - lr * grads[k] + beta * (params[k] - prev[k]) for k in params}
    prev, params = params, new
print(loss)
