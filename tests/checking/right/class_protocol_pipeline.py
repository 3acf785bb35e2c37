from __future__ import annotations

from functools import cached_property, reduce
from typing import Protocol, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Differentiable(Protocol):
    def __call__(self, x: Array) -> Array: ...
    def pullback(self, dy: Array) -> Array: ...


class Affine:
    __slots__ = ("w", "b", "_x", "dw", "db")

    def __init__(self, w: Array, b: Array) -> None:
        self.w, self.b = w, b

    def __call__(self, x: Array) -> Array:
        self._x = x
        return x @ self.w + self.b

    def pullback(self, dy: Array) -> Array:
        self.dw, self.db = self._x.T @ dy, dy.sum(axis=0)
        return dy @ self.w.T


class Softsign:
    __slots__ = ("_d",)

    def __call__(self, x: Array) -> Array:
        self._d = 1 + np.abs(x)
        return x / self._d

    def pullback(self, dy: Array) -> Array:
        return dy / self._d ** 2


class Pipeline:
    def __init__(self, *stages: Differentiable) -> None:
        self.stages: Sequence[Differentiable] = stages

    @cached_property
    def affine(self) -> list[Affine]:
        return [s for s in self.stages if isinstance(s, Affine)]

    def __call__(self, x: Array) -> Array:
        return reduce(lambda a, stage: stage(a), self.stages, x)

    def pullback(self, dy: Array) -> Array:
        return reduce(lambda g, stage: stage.pullback(g), reversed(self.stages), dy)


def main() -> None:
    rng = np.random.default_rng(0)
    net = Pipeline(
        Affine(rng.normal(size=(3, 7)), np.zeros(7)), Softsign(),
        Affine(rng.normal(size=(7, 2)) / 3, np.zeros(2)),
    )
    x = rng.normal(size=(25, 3))
    y = np.column_stack([x[:, 0] * x[:, 1], x.sum(axis=1)])
    for epoch in range(30):
        residual = net(x) - y
        loss = 0.5 * float(np.mean(np.sum(residual ** 2, axis=1)))
        net.pullback(residual / len(x))
        for layer in net.affine:
            layer.w = layer.w - 0.1 * layer.dw
            layer.b = layer.b - 0.1 * layer.db
        if epoch % 10 == 0:
            print(epoch, loss)


if __name__ == "__main__":
    main()
