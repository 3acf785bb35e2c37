"""The record that every case of the corpus is, and the arrays that cases are made of.

A case is one forward pass as people write it, with a recipe for its arguments at any
sizes. Nothing here knows about clearprop: the corpus is NumPy alone, so that what it
says is true whatever the library does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np


@dataclass(frozen=True, eq=False)
class Case:
    """One forward pass.

    forward  the function; where `built`, a factory: forward(rng, **sizes) gives it
             (for bound methods and closures, whose arrays are sized too)
    wrt      the names to derive for, separated by blanks; None is clearprop's default
    make     make(rng, **sizes) gives the arguments by position, inputs off the kinks
    sizes    the sizes that the example is traced at, pairwise different
    other    every size that the trace leaves free, changed all at once
    fixed    sizes and flags that a loop or a branch fixes, with another value each:
             the written source must refuse it, never give wrong numbers
    """

    forward: Callable[..., Any]
    wrt: str | None
    make: Callable[..., tuple]
    sizes: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    built: bool = False

    @property
    def id(self) -> str:
        module = self.forward.__module__.rpartition(".")[2]
        return f"{module}-{self.name or self.forward.__name__}"

    @property
    def names(self) -> tuple[str, ...] | None:
        return None if self.wrt is None else tuple(self.wrt.split())

    @property
    def other_sizes(self) -> dict | None:
        return None if self.other is None else {**self.sizes, **self.other}

    def at(self, sizes: Mapping[str, Any], draw: int = 0) -> tuple[Callable, tuple]:
        """The forward pass and fresh arguments at these sizes; the same every time."""
        rng = np.random.default_rng([crc32(self.id.encode()), draw])
        forward = self.forward(rng, **sizes) if self.built else self.forward
        return forward, self.make(rng, **sizes)


def normals(rng, *shapes):
    """Standard normal arrays of these shapes."""
    return tuple(rng.normal(size=shape) for shape in shapes)


def positive(rng, *shape):
    """Numbers between 0.3 and 2."""
    return rng.uniform(0.3, 2.0, size=shape)


def nonzero(rng, *shape):
    """Numbers of both signs, at least 0.2 away from zero."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.2, 1.5, size=shape)


def probabilities(rng, *shape):
    """Numbers between 0.1 and 0.9."""
    return rng.uniform(0.1, 0.9, size=shape)


def distribution(rng, *shape):
    """Rows that are positive and sum to one."""
    p = rng.uniform(0.2, 1.0, size=shape)
    return p / p.sum(axis=-1, keepdims=True)


def apart(rng, *shape):
    """Distinct numbers, no two closer than 0.1, in random order: no ties."""
    count = int(np.prod(shape))
    return (rng.permutation(count) - 0.47 * count).reshape(shape) * 0.13


def binary(rng, *shape):
    """Zeros and ones as floats, both of them where there is room."""
    ones = rng.permutation(int(np.prod(shape))) % 2
    return ones.reshape(shape).astype(float)


def labels(rng, count, classes):
    """Integer class labels."""
    return rng.integers(0, classes, size=count)


def onehot(rng, count, classes):
    """One-hot rows of random classes."""
    return np.eye(classes)[labels(rng, count, classes)]
