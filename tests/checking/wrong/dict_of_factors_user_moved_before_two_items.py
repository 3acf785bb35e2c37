# expect: line=20 variable=f['Q'][i] mistake=updated-weight
# keep: line=19 user = f['P'][u].copy()
# right: rate * error * user
# expect: line=21 variable=f['Q'][j] mistake=updated-weight
# right: rate * error * user
import numpy as np

rng = np.random.default_rng(4)
seen = [(0, 1, 4, 1.0), (1, 0, 3, 0.5), (2, 2, 1, -0.5), (0, 3, 2, 0.2), (3, 1, 0, -1.0)]
f = {"P": rng.normal(size=(4, 3)), "Q": rng.normal(size=(5, 3))}
rate = 0.05

for epoch in range(20):
    total_loss = 0.0
    for u, i, j, r in seen:
        gap = f["P"][u] @ f["Q"][i] - f["P"][u] @ f["Q"][j]
        error = gap - r
        total_loss += 0.5 * error**2
        f["P"][u] -= rate * error * (f["Q"][i] - f["Q"][j])
        f["Q"][i] -= rate * error * f["P"][u]
        f["Q"][j] += rate * error * f["P"][u]
    print(epoch, total_loss)
