# expect: line=23 variable=g_drag mistake=wrong-operand
# right: g_drag - h * q * u[i]
"""A spring with drag, fitted through time: the step size stands where a speed belongs."""
import numpy as np

rng = np.random.default_rng(9)
h, count = 0.2, 5
seen = rng.normal(size=count)
stiff, drag = 0.9, 0.3

for sweep in range(20):
    s = np.zeros(count + 1)
    u = np.zeros(count + 1)
    s[0], u[0] = 0.7, 0.2
    for i in range(count):
        s[i + 1] = s[i] + h * u[i]
        u[i + 1] = u[i] + h * (-stiff * s[i] - drag * u[i])
    loss = 0.5 * np.sum((s[1:] - seen) ** 2)
    p, q, g_stiff, g_drag = 0.0, 0.0, 0.0, 0.0
    for i in reversed(range(count)):
        p = p + (s[i + 1] - seen[i])
        g_stiff = g_stiff - h * q * s[i]
        g_drag = g_drag - h * q * h
        p, q = p - h * stiff * q, q + h * p - h * drag * q
    stiff -= 0.02 * g_stiff
    drag -= 0.02 * g_drag
print(stiff, drag, loss)
