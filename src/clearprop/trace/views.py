"""Buffers and views: how in-place writes mean what they mean in NumPy.

A ``Buffer`` holds the node of a whole array. A view is a buffer and a chain of steps
(an index, a transpose, a reshape). Each step can be followed forward, to read the view
from the whole, and back, to put a changed part into the whole again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clearprop.graph import Node
from clearprop.ops.shape import inverse
from clearprop.sizes import Dim


@dataclass(slots=True, eq=False)
class Buffer:
    """One array's memory: the node that it holds now."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """From a whole to a part of it, and back: ``back(whole, part)`` is a new whole."""

    forward: Callable[[Node], Node]
    back: Callable[[Node, Node], Node] | None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a handler returns where NumPy may give a view: a base and steps from it."""

    base: Any
    steps: tuple[Step, ...]


def reshaped(dims: Sequence[Dim]) -> Step:
    """The same entries in another shape."""
    return Step(
        lambda whole: whole.reshape(dims), lambda whole, part: part.reshape(whole.dims)
    )


def transposed(axes: Sequence[int]) -> Step:
    """Axes in another order."""
    order = tuple(axes)
    return Step(
        lambda whole: whole.transpose(order),
        lambda whole, part: part.transpose(inverse(order)),
    )


def flipped(axes: Sequence[int]) -> Step:
    """Reversed along axes."""
    axis = tuple(axes)

    def flip(node: Node) -> Node:
        return node.graph.apply("flip", node, axis=axis)

    return Step(flip, lambda whole, part: flip(part))


def expanded(axes: Sequence[int]) -> Step:
    """Size-1 axes at these positions of the result."""
    return Step(
        lambda whole: whole.expand(axes), lambda whole, part: part.reshape(whole.dims)
    )


def indexed(arrays: Sequence[Node], params: dict[str, Any]) -> Step:
    """The entries that a key takes."""
    return Step(
        lambda whole: whole.graph.apply("getitem", whole, *arrays, **params),
        lambda whole, part: whole.graph.apply(
            "setitem", whole, part, *arrays, **params
        ),
    )


def stretched(dims: Sequence[Dim]) -> Step:
    """Repeated along axes: a read-only view."""
    return Step(lambda whole: whole.broadcast(dims), None)


def windowed(window: tuple[Dim, ...], axis: tuple[int, ...]) -> Step:
    """Sliding windows: a read-only view."""
    return Step(
        lambda whole: whole.graph.apply(
            "sliding_window_view", whole, window=window, axis=axis
        ),
        None,
    )


SAME = Step(lambda whole: whole, lambda whole, part: part)
