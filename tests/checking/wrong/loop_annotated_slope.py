# expect: line=26 variable=dW mistake=wrong-derivative|missing-derivative|derivative-at-wrong-point
# right: dW: np.ndarray = X.T @ (dh * (1 - h ** 2))
import numpy as np
from dataclasses import dataclass

@dataclass
class Conf:
    rate: float = 0.1
    size: int = 4

conf: Conf = Conf()
rng: np.random.Generator = np.random.default_rng(0)
X: np.ndarray = rng.normal(size=(12, 3))
t: np.ndarray = rng.normal(size=(12, 2))
W: np.ndarray = rng.normal(size=(3, 4))
V: np.ndarray = rng.normal(size=(4, 2))
b: float = 0
for i in range(50):
    h: np.ndarray = np.tanh(X @ W)
    out: np.ndarray = h @ V + b
    loss: float = 0.5 * np.mean((out - t) ** 2)
    dout: np.ndarray = (out - t) / out.size
    dV: np.ndarray = h.T @ dout
    db: float = dout.sum()
    dh: np.ndarray = dout @ V.T
    dW: np.ndarray = X.T @ (dh * (1 - h))
    W -= conf.rate * dW
    V -= conf.rate * dV
    b = b - conf.rate * db
