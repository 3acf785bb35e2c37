# expect: line=23 variable=db mistake=scale
# right: 2 * error.mean()
import numpy as np
import pandas as pd

# Housing prices from three features
rng = np.random.default_rng(80)
features = rng.normal(size=(24, 3))
price = features @ np.array([3.0, -1.0, 0.5]) + 2.0

w = rng.normal(size=3)
b = 0.5
alpha = 0.05

for i in range(200):
    prediction = features @ w + b
    error = prediction - price
    mse = (error ** 2).mean()
    if i % 100 == 0:
        print(i, mse)

    dw = 2 * features.T @ error / len(price)
    db = 2 * error.sum()

    w = w - alpha * dw
    b = b - alpha * db
