# expect: line=17 variable=dv mistake=overwritten-accumulator
# right: dv += 2 * e * h / len(batch)
import numpy as np

rng = np.random.default_rng(0)
data = [(x, np.sin(x.sum())) for x in rng.normal(size=(40, 3))]
W = rng.normal(0, 0.5, (3, 6))
v = rng.normal(0, 0.5, 6)
for epoch in range(5):
    rng.shuffle(data)
    for s in range(0, 40, 8):
        batch = data[s : s + 8]
        dW, dv = np.zeros_like(W), np.zeros_like(v)
        for x, t in batch:
            h = np.tanh(x @ W)
            e = h @ v - t
            dv = 2 * e * h / len(batch)
            dW += np.outer(x, 2 * e * v * (1 - h**2)) / len(batch)
        W -= 0.1 * dW
        v -= 0.1 * dv
        q = s
print(v)
