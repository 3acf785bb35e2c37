# expect: line=17 variable=dh mistake=wrong-derivative|sign
# right: dout @ net["V"].T * (1 - h**2)
import numpy as np

rng = np.random.default_rng(8)
net = {"W": rng.normal(size=(3, 6)) * 0.4, "V": rng.normal(size=(6, 2)) * 0.4}


def tower(net, x):
    h = np.tanh(x @ net["W"])
    return h @ net["V"], (x, h)


def tower_back(net, cache, dout):
    """The gradients of one tower, by the names of the weights."""
    x, h = cache
    dh = dout @ net["V"].T * (h**2 - 1)
    return {"V": h.T @ dout, "W": x.T @ dh}


for step in range(200):
    near = rng.normal(size=(16, 3))
    far = near + 0.1 * rng.normal(size=(16, 3))
    u, at_u = tower(net, near)
    v, at_v = tower(net, far)
    gap = u - v
    loss = 0.5 * np.mean((np.sum(gap * gap, axis=1) - 1) ** 2)
    dgap = 2 * (np.sum(gap * gap, axis=1) - 1)[:, None] * gap / len(gap)
    left, right = tower_back(net, at_u, dgap), tower_back(net, at_v, -dgap)
    for name in net:
        net[name] -= 0.05 * (left[name] + right[name])
