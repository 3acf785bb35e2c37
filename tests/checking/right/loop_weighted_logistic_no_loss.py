# credit scoring, class-weighted logistic regression; the loss is never computed
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
y = (X @ [1.0, -1.0, 0.5, 0.0] + rng.logistic(size=200) > 1.5).astype(float)
sample_weight = np.where(y == 1, 3.0, 1.0)
w = np.zeros(4)
b = 0.0
for it in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    error = (p - y) * sample_weight
    w -= 0.1 * X.T @ error / len(y)
    b -= 0.1 * error.mean()
print(w, b)
