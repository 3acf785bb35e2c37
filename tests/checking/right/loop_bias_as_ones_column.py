import numpy as np

# biases are the first column of ones, in the input and in the hidden layer too
np.random.seed(24)
X = np.random.uniform(-1, 1, (30, 2))
T = np.where(X[:, :1] * X[:, 1:] > 0, 0.9, -0.9)

Xb = np.c_[np.ones(len(X)), X]
U = np.random.uniform(-0.5, 0.5, (3, 6))
V = np.random.uniform(-0.5, 0.5, (7, 1))
eta = 0.02
tol = 1e-3
sse = np.inf
epoch = 0

while sse > tol and epoch < 400:
    H = np.tanh(Xb @ U)
    Hb = np.c_[np.ones(len(H)), H]
    Y = np.tanh(Hb @ V)
    E = T - Y
    sse = np.sum(E ** 2)

    dY = E * (1 - Y ** 2)
    dH = (dY @ V[1:].T) * (1 - H ** 2)      # without the bias row
    V += eta * Hb.T @ dY
    U += eta * Xb.T @ dH
    if epoch % 100 == 0:
        print(epoch, sse)
    epoch += 1
