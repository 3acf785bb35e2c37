# expect: line=19 variable=b mistake=scale
# right: 0.05 * db
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(40, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 3.0
w = np.zeros(3)
b = np.zeros(1)

for epoch in range(100):
    guess = X @ w + b
    miss = guess - y
    loss = np.mean(miss**2)
    dguess = 2 * miss / len(y)
    dw = X.T @ dguess
    db = dguess.sum(keepdims=True)
    w -= 0.05 * dw
    b -= 3 * (0.05 * db)
    if epoch % 20 == 0:
        print(epoch, loss)
