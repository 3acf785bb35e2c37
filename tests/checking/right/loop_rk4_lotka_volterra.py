import numpy as np

# Fit the four rates of a predator-prey model to noisy populations: RK4, and its reverse
# sweep through the four stages.


def f(y, th):
    a, b, c, d = th
    return np.array([a * y[0] - b * y[0] * y[1], -c * y[1] + d * y[0] * y[1]])


def f_vjp(v, y, th):
    a, b, c, d = th
    dy = np.array([v[0] * (a - b * y[1]) + v[1] * d * y[1],
                   -v[0] * b * y[0] + v[1] * (-c + d * y[0])])
    dth = np.array([v[0] * y[0], -v[0] * y[0] * y[1], -v[1] * y[1], v[1] * y[0] * y[1]])
    return dy, dth


def rk4(y, th, h):
    k1 = f(y, th)
    y2 = y + h / 2 * k1
    k2 = f(y2, th)
    y3 = y + h / 2 * k2
    k3 = f(y3, th)
    y4 = y + h * k3
    k4 = f(y4, th)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), (y, y2, y3, y4)


def rk4_vjp(v, saved, th, h):
    y, y2, y3, y4 = saved
    dy4, t4 = f_vjp(h / 6 * v, y4, th)
    dy3, t3 = f_vjp(h / 3 * v + h * dy4, y3, th)
    dy2, t2 = f_vjp(h / 3 * v + h / 2 * dy3, y2, th)
    dy1, t1 = f_vjp(h / 6 * v + h / 2 * dy2, y, th)
    return v + dy1 + dy2 + dy3 + dy4, t1 + t2 + t3 + t4


h, n = 0.1, 15
rng = np.random.default_rng(0)
true = np.array([1.0, 0.4, 0.8, 0.3])
y0 = np.array([2.0, 1.0])
data = [y0]
for _ in range(n):
    data.append(rk4(data[-1], true, h)[0])
data = np.array(data) + 0.02 * rng.normal(size=(n + 1, 2))

theta = np.array([0.8, 0.5, 0.7, 0.4])
for epoch in range(20):
    ys, tape = [y0], []
    for k in range(n):
        y_next, saved = rk4(ys[-1], theta, h)
        ys.append(y_next)
        tape.append(saved)
    loss = 0.0
    for k in range(1, n + 1):
        loss += np.sum((ys[k] - data[k]) ** 2)

    grad = np.zeros(4)
    adj = np.zeros(2)
    for k in range(n, 0, -1):
        adj = adj + 2 * (ys[k] - data[k])
        adj, g = rk4_vjp(adj, tape[k - 1], theta, h)
        grad += g
    theta = theta - 1e-3 * grad
    print(epoch, loss, theta)
