"""Bundle-adjustment-like refinement of a planar camera: pose (theta, t), focal length and points."""
import numpy as np


def project(theta, t, focal, points):
    c, s = np.cos(theta), np.sin(theta)
    R = np.array([[c, -s], [s, c]])
    cam = points @ R.T + t          # (n, 2): lateral, depth
    uv = focal * cam[:, 0] / cam[:, 1]
    return uv, cam, R


def residual_gradients(theta, t, focal, points, observed):
    uv, cam, R = project(theta, t, focal, points)
    r = uv - observed
    cost = 0.5 * np.dot(r, r)

    g_focal = np.dot(r, cam[:, 0] / cam[:, 1])
    g_cam = np.stack([r * focal / cam[:, 1], -r * focal * cam[:, 0] / cam[:, 1] ** 2], axis=1)
    g_t = g_cam.sum(axis=0)
    g_points = g_cam @ R
    dR = np.array([[-np.sin(theta), -np.cos(theta)], [np.cos(theta), -np.sin(theta)]])
    g_theta = np.sum(g_cam * (points @ dR.T))
    return cost, g_theta, g_t, g_focal, g_points


rng = np.random.default_rng(0)
true_points = rng.uniform(-1, 1, (10, 2)) + np.array([0.0, 5.0])
views = [(0.1, np.array([0.2, 0.0])), (-0.2, np.array([-0.3, 0.1])), (0.0, np.array([0.0, 0.3]))]
obs = [project(th, t, 2.0, true_points)[0] for th, t in views]

points = true_points + 0.1 * rng.normal(size=true_points.shape)
thetas = [th + 0.05 * rng.normal() for th, _ in views]
ts = [t + 0.05 * rng.normal(size=2) for _, t in views]
focal = 1.9
for it in range(200):
    total, g_f, g_P = 0.0, 0.0, np.zeros_like(points)
    for i in range(len(views)):
        cost, g_theta, g_t, gf, gP = residual_gradients(thetas[i], ts[i], focal, points, obs[i])
        total += cost
        g_f += gf
        g_P += gP
        thetas[i] -= 0.02 * g_theta
        ts[i] = ts[i] - 0.02 * g_t
    focal -= 0.02 * g_f
    points -= 0.02 * g_P
    if it % 50 == 0:
        print(it, total, focal)
