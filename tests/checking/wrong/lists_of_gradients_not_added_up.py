# expect: line=33 variable=gbs mistake=overwritten-accumulator
# right: [g + d for g, d in zip(gbs, dbs)]
import numpy as np

rng = np.random.default_rng(4)
sizes = [3, 5, 2]
Ws = [rng.normal(size=(n, m)) / np.sqrt(m) for m, n in zip(sizes[:-1], sizes[1:])]
bs = [np.zeros((n, 1)) for n in sizes[1:]]
samples = [(rng.normal(size=(3, 1)), rng.normal(size=(2, 1))) for _ in range(8)]


def gradients(x, t):
    activations = [x]
    for W, b in zip(Ws, bs):
        activations.append(np.tanh(W @ activations[-1] + b))
    delta = (activations[-1] - t) * (1 - activations[-1] ** 2)
    dWs, dbs = [], []
    for l in (1, 0):
        dWs.insert(0, delta @ activations[l].T)
        dbs.insert(0, delta)
        if l:
            delta = Ws[l].T @ delta * (1 - activations[l] ** 2)
    return dWs, dbs


eta = 0.2
for epoch in range(30):
    gWs = [np.zeros_like(W) for W in Ws]
    gbs = [np.zeros_like(b) for b in bs]
    for x, t in samples:
        dWs, dbs = gradients(x, t)
        gWs = [g + d for g, d in zip(gWs, dWs)]
        gbs = [d for g, d in zip(gbs, dbs)]
    Ws = [W - eta / len(samples) * g for W, g in zip(Ws, gWs)]
    bs = [b - eta / len(samples) * g for b, g in zip(bs, gbs)]
