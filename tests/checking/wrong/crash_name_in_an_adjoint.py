# expect: line=36 variable=dx mistake=crash
# right: dx + np.array([-(k[0] + k[1]) * df[0] + k[1] * df[1], k[1] * (df[0] - df[1])])
"""Spring constants from positions: two springs in a row, Euler steps, adjoint by hand."""
import numpy as np

rng = np.random.default_rng(2)
true = np.array([3.0, 1.5])
dt, N = 0.05, 12
drive = rng.normal(size=N)

def simulate(k, drive):
    x, v = np.zeros(2), np.zeros(2)
    xs, vs = [x], [v]
    for n in range(N):
        force = np.array([-k[0] * x[0] + k[1] * (x[1] - x[0]) + drive[n],
                          -k[1] * (x[1] - x[0])])
        v = v + dt * force
        x = x + dt * v
        xs.append(x); vs.append(v)
    return xs, vs

data = np.stack(simulate(true, drive)[0])
k = np.array([2.0, 2.0])
for it in range(30):
    xs, vs = simulate(k, drive)
    loss = 0.5 * sum(np.sum((x - d) ** 2) for x, d in zip(xs, data))
    dk = np.zeros(2)
    dx, dv = np.zeros(2), np.zeros(2)
    for n in reversed(range(N)):
        dx = dx + xs[n + 1] - data[n + 1]
        dv = dv + dt * dx
        df = dt * dv
        x = xs[n]
        dk[0] += -x[0] * df[0]
        dk[1] += (x[1] - x[0]) * (df[0] - df[1])
        dx = dxx + np.array([-(k[0] + k[1]) * df[0] + k[1] * df[1], k[1] * (df[0] - df[1])])
    k = k - 5.0 * dk
