# expect: line=29 variable=lam mistake=sign
# right: lam + dt * jac.T @ lam
import numpy as np

dt, n_steps = 0.05, 15
theta = np.array([1.2, 0.4])
u0 = np.array([1.0, 0.5])
u_obs = np.array([0.2, -0.3])
rate = 0.1


def rhs(u, theta):
    return np.array([u[1], -theta[0] * np.sin(u[0]) - theta[1] * u[1]])


for it in range(30):
    traj = [u0]
    for k in range(n_steps):
        traj.append(traj[k] + dt * rhs(traj[k], theta))
    misfit = traj[-1] - u_obs
    cost = 0.5 * misfit @ misfit

    lam = misfit
    dtheta = np.zeros(2)
    for k in range(n_steps - 1, -1, -1):
        u = traj[k]
        dtheta += dt * lam[1] * np.array([-np.sin(u[0]), -u[1]])
        jac = np.array([[0.0, 1.0], [-theta[0] * np.cos(u[0]), -theta[1]]])
        lam = lam - dt * jac.T @ lam
    theta = theta - rate * dtheta
