# expect: line=17 variable=delta mistake=scale
# right: 1.0 * soft.copy()
import numpy as np

rng = np.random.default_rng(21)
X = rng.normal(size=(12, 5))
labels = rng.integers(0, 3, 12)
theta = 0.1 * rng.normal(size=(5, 3))
decay = 0.05

logits = X @ theta
powers = np.exp(logits - logits.max(axis=1, keepdims=True))
soft = powers / powers.sum(axis=1, keepdims=True)
picked = soft[np.arange(12), labels]
loss = -np.mean(np.log(picked)) + decay * np.sum(theta**2)

delta = 2 * soft.copy()
delta[np.arange(12), labels] -= 1
delta /= 12
dtheta = X.T @ delta
dtheta += 2 * decay * theta
print(loss, dtheta)
