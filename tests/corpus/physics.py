"""Forward passes that are no networks: mechanics, finance, statistics, geometry."""

import numpy as np

from ._case import Case, apart, normals, positive, probabilities


def double_pendulum(theta1, theta2, omega1, omega2, m1, m2, l1, l2):
    g = 9.81
    y1 = -l1 * np.cos(theta1)
    y2 = y1 - l2 * np.cos(theta2)
    potential = m1 * g * y1 + m2 * g * y2
    kinetic = 0.5 * m1 * (l1 * omega1) ** 2 + 0.5 * m2 * (
        (l1 * omega1) ** 2
        + (l2 * omega2) ** 2
        + 2 * l1 * l2 * omega1 * omega2 * np.cos(theta1 - theta2)
    )
    return kinetic - potential


def euler_integration(state, k, c):
    dt, steps = 0.1, 5
    x, v = state
    for _ in range(steps):
        a = -k * x - c * v
        x, v = x + dt * v, v + dt * a
    return x**2 + v**2


def runge_kutta(y, A, target):
    def f(y):
        return np.tanh(A @ y)

    h = 0.2
    for step in range(3):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum((y - target) ** 2)


def neural_ode(z, W1, W2):
    trajectory = [z]
    for t in np.linspace(0, 1, 4):
        z = z + 0.25 * np.tanh(z @ W1 + t) @ W2
        trajectory.append(z)
    return np.mean(np.stack(trajectory) ** 2)


def lennard_jones(positions, sigma, epsilon):
    energy = 0.0
    n = len(positions)
    for i in range(n):
        for j in range(i + 1, n):
            r = np.linalg.norm(positions[i] - positions[j])
            s6 = (sigma / r) ** 6
            energy += 4 * epsilon * (s6**2 - s6)
    return energy


def gravity_pairs(x, m):
    i, j = np.triu_indices(x.shape[0], 1)
    d = np.sqrt(np.sum((x[i] - x[j]) ** 2, axis=1) + 0.01)
    return -np.sum(m[i] * m[j] / d)


def ising_mean_field(J, h, m):
    entropy = -(1 + m) / 2 * np.log((1 + m) / 2) - (1 - m) / 2 * np.log((1 - m) / 2)
    return -0.5 * m @ J @ m - h @ m - np.sum(entropy)


def option_price(S, K, T, r, sigma):
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)

    def cdf(x):
        return 1 / (1 + np.exp(-1.5976 * x - 0.070565 * x**3))

    return S * cdf(d1) - K * np.exp(-r * T) * cdf(d2)


def sharpe_ratio(returns, w):
    w = np.exp(w) / np.sum(np.exp(w))
    portfolio = returns @ w
    return -np.mean(portfolio) / np.std(portfolio)


def compound_interest(deposits, rate):
    balance = 0
    for deposit in deposits:
        balance = balance * (1 + rate) + deposit
    return balance


def gaussian_process(x, y, log_length, log_noise):
    n = x.size
    d2 = (x[:, None] - x[None, :]) ** 2
    K = np.exp(-0.5 * d2 / np.exp(2 * log_length)) + np.exp(log_noise) * np.eye(n)
    alpha = np.linalg.solve(K, y)
    _, logdet = np.linalg.slogdet(K)
    return 0.5 * y @ alpha + 0.5 * logdet + 0.5 * n * np.log(2 * np.pi)


def multivariate_normal(x, mu, L):
    diff = x - mu
    S = L @ L.T + 0.5 * np.eye(L.shape[0])
    mahalanobis = np.sum(diff @ np.linalg.inv(S) * diff, axis=1)
    return np.sum(0.5 * mahalanobis) + 0.5 * len(x) * np.linalg.slogdet(S)[1]


def polynomial_residual(c, x):
    """A boundary problem u'' = -u with u a polynomial, as physics-informed nets do."""
    p = np.arange(c.shape[0])
    u = np.sum(c * x[:, None] ** p, axis=1)
    second = p[2:] * (p[2:] - 1)
    u_xx = np.sum(c[2:] * second * x[:, None] ** (p[2:] - 2), axis=1)
    return np.mean((u_xx + u) ** 2) + (c[0] - 1) ** 2


def heat_equation(u, kappa):
    for _ in range(4):
        lap = np.zeros_like(u)
        lap[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
        u = u + kappa * lap
    return np.sum(u**2)


def laplacian_on_a_grid(u):
    inner = u[1:-1, 1:-1]
    lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * inner
    return 0.5 * np.sum(lap**2)


def total_variation(img):
    dx = img[:, 1:] - img[:, :-1]
    dy = img[1:] - img[:-1]
    return (
        np.sum(np.abs(dx))
        + np.sum(np.abs(dy))
        + np.sum(np.sqrt(dx[:-1] ** 2 + dy[:, :-1] ** 2 + 1e-3))
    )


def rotation_fit(angles, points, target):
    a, b = angles[0], angles[1]
    Rz = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    Rx = np.eye(3)
    Rx[1, 1] = Rx[2, 2] = np.cos(b)
    Rx[1, 2], Rx[2, 1] = -np.sin(b), np.sin(b)
    return np.sum((points @ (Rz @ Rx).T - target) ** 2)


def inverse_kinematics(joints, lengths, goal):
    angles = np.cumsum(joints)
    x = np.sum(lengths * np.cos(angles))
    y = np.sum(lengths * np.sin(angles))
    return np.hypot(x - goal[0], y - goal[1])


def camera_projection(P, X, pixels):
    homogeneous = np.c_[X, np.ones(len(X))]
    projected = homogeneous @ P.T
    uv = projected[:, :2] / projected[:, 2:]
    return np.sum((uv - pixels) ** 2)


def newton_square_root(a):
    x = a / 2
    for _ in range(6):
        x = 0.5 * (x + a / x)
    return x


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


def survival(times, risk):
    order = np.argsort(-times)
    theta = risk[order]
    log_cumulative = np.log(np.cumsum(np.exp(theta)))
    return -np.sum(theta - log_cumulative)


CASES = [
    Case(
        double_pendulum,
        None,
        lambda rng: tuple(map(float, positive(rng, 8))),
    ),
    Case(euler_integration, "state k c", lambda rng: (np.array([1.0, 0.2]), 2.0, 0.3)),
    Case(
        runge_kutta,
        "y A",
        lambda rng, N: normals(rng, N, (N, N), N),
        dict(N=3),
        dict(N=4),
    ),
    Case(
        neural_ode,
        "z W1 W2",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), (H, D)),
        dict(N=4, D=2, H=5),
        dict(N=3, D=4, H=2),
    ),
    Case(
        lennard_jones,
        "positions sigma epsilon",
        lambda rng, N, D: (1.3 * rng.permutation(np.eye(N, D)) + 0.1, 1.1, 0.7),
        dict(N=3, D=4),
        dict(D=5),
        dict(N=4),
    ),
    Case(
        gravity_pairs,
        "x m",
        lambda rng, N, D: (*normals(rng, (N, D)), positive(rng, N)),
        dict(N=4, D=3),
        dict(N=5, D=2),
    ),
    Case(
        ising_mean_field,
        "J h m",
        lambda rng, N: (*normals(rng, (N, N), N), probabilities(rng, N)),
        dict(N=3),
        dict(N=5),
    ),
    Case(option_price, "S K T r sigma", lambda rng: (100.0, 105.0, 0.5, 0.02, 0.25)),
    Case(
        sharpe_ratio,
        "w",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=6, D=3),
        dict(N=5, D=4),
    ),
    Case(
        compound_interest,
        "deposits rate",
        lambda rng, N: (positive(rng, N).tolist(), 0.05),
        dict(N=3),
        None,
        dict(N=4),
    ),
    Case(
        gaussian_process,
        "log_length log_noise",
        lambda rng, N: (apart(rng, N), *normals(rng, N), -0.3, -1.0),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        multivariate_normal,
        "mu L",
        lambda rng, N, D: normals(rng, (N, D), D, (D, D)),
        dict(N=4, D=3),
        dict(N=5, D=2),
    ),
    Case(
        polynomial_residual,
        "c",
        lambda rng, N, P: (*normals(rng, P), positive(rng, N)),
        dict(N=5, P=4),
        dict(N=4, P=3),
    ),
    Case(
        heat_equation,
        "u kappa",
        lambda rng, N: (*normals(rng, N), 0.2),
        dict(N=5),
        dict(N=7),
    ),
    Case(
        laplacian_on_a_grid,
        "u",
        lambda rng, H, W: normals(rng, (H, W)),
        dict(H=4, W=5),
        dict(H=5, W=3),
    ),
    Case(
        total_variation,
        "img",
        lambda rng, H, W: (apart(rng, H, W),),
        dict(H=4, W=3),
        dict(H=3, W=5),
    ),
    Case(
        rotation_fit,
        "angles points",
        lambda rng, N: normals(rng, 2, (N, 3), (N, 3)),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        inverse_kinematics,
        "joints lengths",
        lambda rng, N: (*normals(rng, N), positive(rng, N), np.array([0.5, 1.5])),
        dict(N=3),
        dict(N=4),
    ),
    Case(
        camera_projection,
        "P X",
        lambda rng, N: (
            np.eye(3, 4) + 0.1 * positive(rng, 3, 4),
            positive(rng, N, 3),
            *normals(rng, (N, 2)),
        ),
        dict(N=4),
        dict(N=5),
    ),
    Case(newton_square_root, "a", lambda rng: (3.0,)),
    Case(rosenbrock, "x", lambda rng, N: normals(rng, N), dict(N=4), dict(N=5)),
    Case(
        survival,
        "risk",
        lambda rng, N: (apart(rng, N), *normals(rng, N)),
        dict(N=5),
        dict(N=4),
    ),
]
