import numpy as np

# All parameters live in one vector; layers see views of it
rng = np.random.default_rng(0)
sizes = [3, 6, 2]
shapes = [(a, b) for a, b in zip(sizes, sizes[1:])]
total = sum(a * b + b for a, b in shapes)
theta = rng.normal(0, 0.4, total)
grad = np.zeros(total)


def views(vector):
    at, out = 0, []
    for a, b in shapes:
        out.append((vector[at:at + a * b].reshape(a, b), vector[at + a * b:at + a * b + b]))
        at += a * b + b
    return out


X = rng.normal(size=(20, 3))
Y = np.stack([X.sum(axis=1), X.prod(axis=1)], axis=1)
for step in range(200):
    (W1, b1), (W2, b2) = views(theta)
    (gW1, gb1), (gW2, gb2) = views(grad)
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    d = (out - Y) / len(X)
    loss = 0.5 * np.sum((out - Y) ** 2) / len(X)
    gW2[...] = h.T @ d
    gb2[:] = d.sum(axis=0)
    dh = d @ W2.T * (1 - h * h)
    gW1[...] = X.T @ dh
    gb1[:] = dh.sum(axis=0)
    theta -= 0.1 * grad
print(loss)
