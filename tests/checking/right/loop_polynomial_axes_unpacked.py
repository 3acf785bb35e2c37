import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from collections import defaultdict

plt.style.use('ggplot')
rng = np.random.RandomState(8)
xs = np.linspace(0, 1, 30)
ys = np.sin(2 * np.pi * xs) + 0.2 * rng.randn(30)
deg = 5
Phi = np.vander(xs, deg + 1, increasing=True)
w = rng.randn(deg + 1)
hist = defaultdict(list)
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
left.scatter(xs, ys)
line, = left.plot(xs, Phi @ w)

alpha, lam = 0.3, 1e-3
for k in range(60):
    yhat = Phi @ w
    mse = ((yhat - ys) ** 2).mean()
    J = 0.5 * mse + 0.5 * lam * (w[1:] ** 2).sum()
    grad = Phi.T @ (yhat - ys) / len(xs)
    grad[1:] += lam * w[1:]
    hist['mse'].append(mse)
    hist['J'].append(J)
    hist['|g|'].append(np.linalg.norm(grad))
    w = w - alpha * grad
    if k % 20 == 0:
        line.set_ydata(Phi @ w)
        left.set_title(f'step {k}, J = {J:.3f}')
        fig.canvas.draw()
for name, values in hist.items():
    right.semilogy(values, label=name)
right.legend()
plt.close(fig)
