# expect: line=30 variable=back mistake=missing-derivative
# right: up * out_w[k] * mid[k] * (1 - mid[k])
"""Every entry by itself, examples in the outer loop: the slope is there by half."""
import numpy as np

np.random.seed(11)
points = np.array([[0.2, 0.7, 0.1], [0.6, 0.1, 0.4], [0.8, 0.5, 0.9]])
goals = np.array([0.8, 0.2, 0.5])
rows = len(points)
in_w = np.random.randn(3, 2)
in_b = np.random.randn(2)
out_w = np.random.randn(2)
out_b = np.random.randn()


def squash(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(50):
    g_in_w, g_in_b, g_out_w, g_out_b, cost = np.zeros((3, 2)), np.zeros(2), np.zeros(2), 0.0, 0.0
    for r in range(rows):
        mid = squash(points[r] @ in_w + in_b)
        guess = squash(mid @ out_w + out_b)
        cost += 0.5 * (guess - goals[r]) ** 2 / rows
        up = (guess - goals[r]) * guess * (1 - guess)
        g_out_b += up / rows
        for k in range(2):
            g_out_w[k] += up * mid[k] / rows
            back = up * out_w[k] * mid[k]
            g_in_b[k] += back / rows
            for n in range(3):
                g_in_w[n, k] += back * points[r][n] / rows
    in_w -= 0.3 * g_in_w
    in_b -= 0.3 * g_in_b
    out_w -= 0.3 * g_out_w
    out_b -= 0.3 * g_out_b
