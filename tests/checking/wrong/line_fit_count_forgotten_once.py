# expect: line=28 variable=m_gradient mistake=scale
# right: m_gradient += -(2 / N) * x * (y - (m_current * x + b_current))
import numpy as np

rng: np.random.Generator = np.random.default_rng(1)
points: np.ndarray = np.stack(
    [rng.uniform(20, 70, 15) / 50, rng.uniform(30, 120, 15) / 50], axis=1
)


def compute_error(b, m, points):
    totalError: float = 0
    for i in range(0, len(points)):
        x: float = points[i, 0]
        y: float = points[i, 1]
        totalError += (y - (m * x + b)) ** 2
    return totalError / float(len(points))


def step_gradient(b_current, m_current, points, learningRate):
    b_gradient: float = 0
    m_gradient: float = 0
    N: float = float(len(points))
    for i in range(0, len(points)):
        x: float = points[i, 0]
        y: float = points[i, 1]
        b_gradient += -(2 / N) * (y - (m_current * x + b_current))
        m_gradient += -(2) * x * (y - (m_current * x + b_current))
    new_b: float = b_current - learningRate * b_gradient
    new_m: float = m_current - learningRate * m_gradient
    return [new_b, new_m]


b: float = 0
m: float = 0
for i in range(200):
    b, m = step_gradient(b, m, points, 0.1)
print(
    "After 200 iterations b = {0}, m = {1}, error = {2}".format(
        b, m, compute_error(b, m, points)
    )
)
