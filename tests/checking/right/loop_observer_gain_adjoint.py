"""Tune a Luenberger observer gain: unroll x_hat[k+1] = A x_hat + L (y - C x_hat), adjoint backwards."""
import numpy as np

dt = 0.1
A = np.array([[1.0, dt], [-dt, 1.0 - 0.1 * dt]])
C = np.array([1.0, 0.0])
rng = np.random.default_rng(3)
steps = 50
x = np.array([1.0, 0.0])
truth, meas = [], []
for k in range(steps):
    truth.append(x)
    meas.append(C @ x + 0.05 * rng.standard_normal())
    x = A @ x + 0.01 * rng.standard_normal(2)
truth = np.array(truth)
meas = np.array(meas)

L = np.array([0.1, 0.0])
for it in range(80):
    # forward
    est = np.zeros((steps, 2))
    innov = np.zeros(steps)
    for k in range(steps - 1):
        innov[k] = meas[k] - C @ est[k]
        est[k + 1] = A @ est[k] + L * innov[k]
    err = est - truth
    J = 0.5 * np.mean(np.sum(err**2, axis=1))

    # adjoint
    lam = err[-1] / steps
    gL = np.zeros(2)
    for k in reversed(range(steps - 1)):
        gL += lam * innov[k]
        lam = A.T @ lam - C * (L @ lam) + err[k] / steps
    L = L - 0.5 * gL
    if it % 20 == 0:
        print(it, J, L)
