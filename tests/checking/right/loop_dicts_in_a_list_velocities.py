import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 2))
layers = []
for n, m in ((3, 5), (5, 4), (4, 2)):
    layers.append({"w": rng.normal(size=(n, m)) * 0.5, "bias": np.zeros(m), "slope": np.full(m, 1.0)})
velocity = [{k: np.zeros_like(v) for k, v in layer.items()} for layer in layers]

for epoch in range(50):
    a, kept = X, []
    for layer in layers:
        z = a @ layer["w"] + layer["bias"]
        t = np.tanh(z)
        kept.append((a, t))
        a = layer["slope"] * t
    cost = 0.5 * np.mean(np.sum((a - Y) ** 2, axis=1))
    d = (a - Y) / len(X)
    for layer, (inp, t), vel in reversed(list(zip(layers, kept, velocity))):
        g = {"slope": (d * t).sum(axis=0)}
        dz = d * layer["slope"] * (1 - t ** 2)
        g["bias"] = dz.sum(axis=0)
        g["w"] = inp.T @ dz
        d = dz @ layer["w"].T
        for key in layer:
            vel[key] = 0.9 * vel[key] - 0.1 * g[key]
            layer[key] += vel[key]
