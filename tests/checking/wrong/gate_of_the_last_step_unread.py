# expect: line=30 variable=dg mistake=dropped-upstream|scale
# right: du * gap
import numpy as np


def predict(xs, w, c):
    u, loss, seen = 0.0, 0.0, []
    for x in xs:
        gap = x - u
        loss = loss + 0.5 * gap**2
        z = w * x + c
        g = 1 / (1 + np.exp(-z))
        seen.append((x, z, g, gap))
        u = u + g * gap
    return loss, seen


rng = np.random.default_rng(3)
xs = [float(v) for v in np.cumsum(rng.normal(size=12))]
w, c = 0.1, 0.0
rate = 0.01

for step in range(60):
    loss, seen = predict(xs, w, c)

    # the last u is never compared with anything
    du, dw, dc = 0.0, 0.0, 0.0
    for x, z, g, gap in reversed(seen):
        slope = g * (1 - g)
        dg = gap
        dz = dg * slope
        dw = dw + dz * x
        dc = dc + dz
        du = du * (1 - g) - gap

    w -= rate * dw
    c -= rate * dc
