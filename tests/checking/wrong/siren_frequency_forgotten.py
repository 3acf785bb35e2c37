# expect: line=26 variable=d_hidden mistake=scale
# right: w0 * dh2 * np.cos(z2)
import numpy as np

rng = np.random.RandomState(0)
coords = np.stack(np.meshgrid(np.linspace(-1, 1, 6), np.linspace(-1, 1, 6)), -1).reshape(-1, 2)
img = np.sin(3 * coords[:, :1]) * coords[:, 1:]
w0 = 5.0
W1 = rng.uniform(-0.5, 0.5, (2, 16))
b1 = rng.uniform(-0.5, 0.5, 16)
W2 = rng.uniform(-0.1, 0.1, (16, 16))
b2 = np.zeros(16)
W3 = rng.uniform(-0.2, 0.2, (16, 1))

for it in range(200):
    z1 = w0 * (coords @ W1 + b1)
    h1 = np.sin(z1)
    z2 = w0 * (h1 @ W2 + b2)
    h2 = np.sin(z2)
    rgb = h2 @ W3
    mse = np.mean((rgb - img) ** 2)

    drgb = 2.0 / rgb.size * (rgb - img)
    dW3 = h2.T @ drgb
    dh2 = drgb @ W3.T
    d_hidden = dh2 * np.cos(z2)
    dW2 = h1.T @ d_hidden
    db2 = d_hidden.sum(0)
    dh1 = d_hidden @ W2.T
    d_first = w0 * dh1 * np.cos(z1)
    dW1 = coords.T @ d_first
    db1 = d_first.sum(0)
    for p, g in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2), (W3, dW3)):
        p -= 1e-3 * g
    if it % 50 == 0:
        print("step %d mse %.5f psnr %.2f" % (it, mse, -10 * np.log10(mse)))
