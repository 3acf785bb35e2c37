# expect: line=31 variable=self.grad_b mistake=wrong-axis
# right: g.sum(axis=0)
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator

import numpy as np


@dataclass
class Linear:
    n_in: int
    n_out: int
    rng: np.random.Generator
    W: np.ndarray = field(init=False)
    b: np.ndarray = field(init=False)
    grad_W: np.ndarray = field(init=False, default=None)
    grad_b: np.ndarray = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.W = self.rng.normal(0.0, np.sqrt(2 / self.n_in), (self.n_in, self.n_out))
        self.b = np.zeros(self.n_out)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        return x @ self.W + self.b

    def backward(self, g: np.ndarray) -> np.ndarray:
        self.grad_W = self._x.T @ g
        self.grad_b = g.sum()
        return g @ self.W.T


class ReLU:
    def __call__(self, x: np.ndarray) -> np.ndarray:
        self._on = x > 0
        return np.where(self._on, x, 0.0)

    def backward(self, g: np.ndarray) -> np.ndarray:
        return np.where(self._on, g, 0.0)


@dataclass
class MLP:
    layers: list

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, g: np.ndarray) -> None:
        for layer in reversed(self.layers):
            g = layer.backward(g)

    def parameters(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for layer in self.layers:
            if isinstance(layer, Linear):
                yield layer.W, layer.grad_W
                yield layer.b, layer.grad_b


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    n = len(labels)
    loss = -log_probs[np.arange(n), labels].mean()
    grad = np.exp(log_probs)
    grad[np.arange(n), labels] -= 1.0
    return loss, grad / n


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    labels = (x[:, 0] ** 2 + x[:, 1] ** 2 > 1.2).astype(int)
    net = MLP([Linear(2, 16, rng), ReLU(), Linear(16, 2, rng)])
    for epoch in range(200):
        loss, g = cross_entropy(net.forward(x), labels)
        net.backward(g)
        for p, dp in net.parameters():
            p -= 0.3 * dp
        if epoch % 50 == 0:
            print(f"{epoch:4d} {loss:.4f}")


if __name__ == "__main__":
    main()
