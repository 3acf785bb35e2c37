# expect: line=28 variable=lam mistake=scale
# right: lam + dt * A.T @ g
import numpy as np

rng = np.random.default_rng(21)
A = rng.normal(size=(3, 3)) * 0.3
b = np.zeros(3)
x0 = rng.normal(size=3)
target = rng.normal(size=3)
dt, steps = 0.1, 8
rate = 0.05

for it in range(100):
    states = [x0]
    for k in range(steps):
        x = states[-1]
        states.append(x + dt * np.tanh(A @ x + b))
    loss = 0.5 * np.sum((states[-1] - target) ** 2)

    dA = np.zeros_like(A)
    db = np.zeros_like(b)
    lam = states[-1] - target
    for k in reversed(range(steps)):
        f = np.tanh(A @ states[k] + b)
        g = lam * (1 - f ** 2)
        dA += dt * np.outer(g, states[k])
        db += dt * g
        lam = lam + A.T @ g
    A -= rate * dA
    b -= rate * db
