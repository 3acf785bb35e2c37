import numpy as np

np.random.seed(17)
X = np.linspace(-2, 2, 40).reshape(-1, 1)
Y = np.sin(2 * X)

W1 = np.random.randn(1, 16)
b1 = np.random.randn(16) * 0.1
W2 = np.random.randn(16, 1) / 4
b2 = np.zeros(1)
params = [W1, b1, W2, b2]

# Adam
lr = 0.01
beta1, beta2, eps = 0.9, 0.999, 1e-8
ms = [np.zeros_like(p) for p in params]
vs = [np.zeros_like(p) for p in params]

for t in range(1, 401):
    z = X @ W1 + b1
    a = np.tanh(z)
    pred = a @ W2 + b2
    diff = pred - Y
    loss = (diff ** 2).mean()

    dpred = 2 * diff / len(X)
    dW2 = a.T @ dpred
    db2 = dpred.sum(axis=0)
    da = dpred @ W2.T
    dz = da * (1 - a ** 2)
    dW1 = X.T @ dz
    db1 = dz.sum(axis=0)
    grads = [dW1, db1, dW2, db2]

    for i in range(len(params)):
        ms[i] = beta1 * ms[i] + (1 - beta1) * grads[i]
        vs[i] = beta2 * vs[i] + (1 - beta2) * grads[i] ** 2
        m_hat = ms[i] / (1 - beta1 ** t)
        v_hat = vs[i] / (1 - beta2 ** t)
        params[i] -= lr * m_hat / (np.sqrt(v_hat) + eps)

    if t % 100 == 0:
        print(t, loss)
