# expect: line=28 variable=dc mistake=wrong-operand
# right: dc - dt * pv * v[n]
"""A damped oscillator's stiffness and friction, fitted through time by the adjoint method."""
import numpy as np

rng = np.random.default_rng(4)
dt, steps = 0.1, 6
measured = rng.normal(size=steps)
k, c = 1.3, 0.2
rate = 0.05

for epoch in range(30):
    x = np.zeros(steps + 1)
    v = np.zeros(steps + 1)
    x[0], v[0] = 1.0, 0.0
    for n in range(steps):
        a = -k * x[n] - c * v[n]
        x[n + 1] = x[n] + dt * v[n]
        v[n + 1] = v[n] + dt * a
    misfit = 0.5 * np.sum((x[1:] - measured) ** 2)
    loss = misfit

    px, pv = 0.0, 0.0
    dk = dc = 0.0
    for n in reversed(range(steps)):
        px = px + (x[n + 1] - measured[n])
        dk = dk - dt * pv * x[n]
        dc = dc - dt * v[n] * v[n]
        px, pv = px - dt * k * pv, pv + dt * px - dt * c * pv
    k -= rate * dk
    c -= rate * dc
print(k, c, loss)
