# expect: line=24 variable=gY mistake=scale
# right: np.tanh(E) / N
import numpy as np

np.random.seed(2)
# inputs as columns: 3 x 40
X = np.random.uniform(-2, 2, (3, 40))
T = np.sin(X[0:1]) + 0.3 * X[1:2] * X[2:3]
N = X.shape[1]

A = np.random.randn(10, 3) * 0.6
a = np.random.randn(10, 1) * 0.1
B = np.random.randn(1, 10) * 0.6
b = np.zeros((1, 1))
eta, decay = 0.2, 1e-3

for epoch in range(300):
    S = np.dot(A, X) + a
    H = np.arctan(S)
    Y = np.dot(B, H) + b
    E = Y - T
    cost = np.sum(np.log(np.cosh(E))) / N + 0.5 * decay * (np.sum(A * A) + np.sum(B * B))

    gY = np.tanh(E)
    gB = np.dot(gY, H.T) + decay * B
    gb = np.sum(gY, axis=1, keepdims=True)
    gH = np.dot(B.T, gY)
    gS = gH / (1 + S**2)
    gA = np.dot(gS, X.T) + decay * A
    ga = np.sum(gS, axis=1, keepdims=True)

    A = A - eta * gA
    a = a - eta * ga
    B = B - eta * gB
    b = b - eta * gb
