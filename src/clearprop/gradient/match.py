"""What patterns are made of: looking at a node through the forms that mean the same.

``1 + x`` or ``x + 1``, ``x / 2`` or ``0.5 * x``, ``s[:, None]`` or ``keepdims=True``: a
rule asks one of these questions and doesn't care how the user wrote it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from clearprop.graph import Node
from clearprop.ops.elementwise import is_number, number_of
from clearprop.ops.index import Key
from clearprop.sizes import Dim

Pairs = tuple[tuple[Node, Node], ...]


def sides(node: Node, name: str) -> Pairs:
    """The operands of a commutative operation in both orders; () if it isn't one."""
    if node.op.name != name:
        return ()
    a, b = node.inputs
    return (a, b), (b, a)


def plus(node: Node, number: float) -> Node | None:
    """``x`` where the node is ``x + number``."""
    for a, b in sides(node, "add"):
        if is_number(a, number):
            return b
    return None


def scaled(node: Node, factor: float) -> Node | None:
    """``x`` where the node is ``factor * x`` or ``x / (1 / factor)``."""
    for a, b in sides(node, "mul"):
        if number_of(a) == factor:
            return b
    if node.op.name == "div" and number_of(node.inputs[1]) == 1 / factor:
        return node.inputs[0]
    return None


def exponent(node: Node) -> Node | None:
    """``x`` where the node is ``exp(x)``, ``e**x`` or one over ``exp(-x)``."""
    name = node.op.name
    if name == "exp":
        return node.inputs[0]
    if name == "pow" and number_of(node.inputs[0]) == math.e:
        return node.inputs[1]
    if name == "div" and is_number(node.inputs[0], 1):
        below = exponent_of_exp(node.inputs[1])
        return None if below is None else minus(below)
    return None


def exponent_of_exp(node: Node) -> Node | None:
    """``x`` where the node is ``exp(x)``, written so."""
    return node.inputs[0] if node.op.name == "exp" else None


def minus(node: Node) -> Node:
    """``-x``, with a minus sign that is already inside taken away."""
    name = node.op.name
    if name == "neg":
        return node.inputs[0]
    if name in ("mul", "div"):
        a, b = node.inputs
        if a.op.name == "neg":
            return node.graph.apply(name, a.inputs[0], b)
        number = number_of(a)
        if number is not None and number < 0 and a.weak:
            return node.graph.apply(name, -number, b)
    if name == "sub":
        return node.inputs[1] - node.inputs[0]
    return -node


def opposite(a: Node, b: Node) -> bool:
    """Whether ``a`` is ``-b``."""
    return minus(a) is b or minus(b) is a


def positive(node: Node) -> Node | None:
    """``x`` where the node asks ``x > 0`` (or ``>=``), however it asks."""
    return _sign(node, ("gt", "ge"), ("lt", "le"))


def negative(node: Node) -> Node | None:
    """``x`` where the node asks ``x < 0`` (or ``<=``)."""
    return _sign(node, ("lt", "le"), ("gt", "ge"))


def _sign(node: Node, asks: Sequence[str], turned: Sequence[str]) -> Node | None:
    if node.op.name in ("logical_not", "invert"):
        return _sign(node.inputs[0], turned, asks)
    if len(node.inputs) != 2:
        return None
    a, b = node.inputs
    if node.op.name in asks and number_of(b) == 0:
        return a
    if node.op.name in turned and number_of(a) == 0:
        return b
    return None


# -- axes ------------------------------------------------------------------------------

Axes = tuple[int | None, ...]


def origin(node: Node) -> tuple[Node, Axes]:
    """What was stretched, turned and padded with axes into this node, and how.

    The second part says for each axis of the node along which axis of the origin it
    runs; None where the value stays the same.
    """
    axes: list[int | None] = list(range(node.ndim))
    while node.op.name in _STEPS:
        step = _STEPS[node.op.name](node)
        if step is None:
            break
        axes = [None if a is None else step[a] for a in axes]
        node = node.inputs[0]
    return node, tuple(a if a is None or varies(node.dims[a]) else None for a in axes)


def varies(dim: Dim) -> bool:
    """Whether an axis can hold more than one entry: not a literal 1."""
    return not (isinstance(dim, int) and dim == 1)


def _through_transpose(node: Node) -> Sequence[int | None] | None:
    return tuple(node.params["axes"])


def _through_broadcast(node: Node) -> Sequence[int | None] | None:
    (x,) = node.inputs
    extra = node.ndim - x.ndim
    resolve = node.graph.resolve
    return [
        a - extra
        if a >= extra
        and (
            int(x.dims[a - extra]) != 1
            or resolve(x.dims[a - extra]) == resolve(node.dims[a])
        )
        else None
        for a in range(node.ndim)
    ]


def _through_reshape(node: Node) -> Sequence[int | None] | None:
    """A reshape that only puts in or takes out axes of size 1."""
    (x,) = node.inputs
    resolve = node.graph.resolve
    rest = [a for a in range(x.ndim) if varies(resolve(x.dims[a]))]
    axes: list[int | None] = []
    for dim in map(resolve, node.dims):
        if not varies(dim):
            axes.append(None)
        elif rest and resolve(x.dims[rest[0]]) == dim:
            axes.append(rest.pop(0))
        else:
            return None
    return None if rest else axes


_STEPS: dict[str, Callable[[Node], Sequence[int | None] | None]] = {
    "transpose": _through_transpose,
    "broadcast": _through_broadcast,
    "reshape": _through_reshape,
}


def turned(node: Node) -> tuple[Node, tuple[int, ...]]:
    """What was transposed into this node, and its axes in this node's order."""
    if node.op.name == "transpose":
        return node.inputs[0], tuple(node.params["axes"])
    return node, tuple(range(node.ndim))


def reduction_of(x: Node, node: Node, name: str) -> tuple[int, ...] | None:
    """The axes of ``x`` over which ``node`` is its sum, max or the like, lying over it.

    ``node`` has the dims of ``x`` (by keepdims, ``[:, None]``, a reshape, a transpose
    or by broadcasting alone), and every entry belongs to the row it stands in. Both may
    be transposes of one array: ``e.T / e.sum(axis=1)``.
    """
    core, axes = origin(node)
    if core.op.name != name or node.ndim != x.ndim:
        return None
    inner, order = turned(core.inputs[0])
    base, places = turned(x)
    if inner is not base:
        return None
    gone = {order[a] for a in core.params["axis"]}
    left = kept_axes(core)
    found = []
    for i, place in enumerate(places):
        axis = axes[i]
        along = None if axis is None else order[left[axis]]
        if along is None or along in gone:
            if place in gone:
                found.append(i)
            elif varies(base.dims[place]):
                return None
        elif along != place:
            return None
    return tuple(found)


def kept_axes(reduction: Node) -> list[int]:
    """The input axis behind each axis of a reduction's result."""
    ndim, axis = reduction.inputs[0].ndim, reduction.params["axis"]
    if reduction.params["keepdims"]:
        return list(range(ndim))
    return [a for a in range(ndim) if a not in axis]


def constant_along(node: Node, axis: Sequence[int]) -> bool:
    """Whether a value doesn't change along any of these axes."""
    _, axes = origin(node)
    return all(axes[a] is None for a in axis)


def unshifted(x: Node, axis: Sequence[int]) -> Node:
    """``x`` without what was subtracted from whole rows: softmax doesn't see it."""
    while x.op.name == "sub" and constant_along(x.inputs[1], axis):
        x = x.inputs[0]
    return x


def below_its_maximum(x: Node, axis: Sequence[int]) -> bool:
    """Whether ``x`` is ``z - max(z)``: no entry is above zero, exp can't overflow."""
    if x.op.name != "sub":
        return False
    over = reduction_of(x.inputs[0], x.inputs[1], "max")
    return over is not None and set(axis) <= set(over)


# -- moved entries ---------------------------------------------------------------------

MOVES = ("getitem", "reshape", "transpose", "broadcast", "take_along_axis", "flip")


def moved(node: Node) -> tuple[Node, list[Node]]:
    """What a node's entries were before they were moved, and the moves, last first."""
    steps = []
    while node.op.name in MOVES:
        steps.append(node)
        node = node.inputs[0]
    return node, steps


def move_again(node: Node, steps: Sequence[Node]) -> Node:
    """The same moves made on another array."""
    for step in reversed(steps):
        node = node.graph.apply(step.op.name, node, *step.inputs[1:], **step.params)
    return node


def picks_one(node: Node, axis: int) -> bool:
    """Whether the node reads exactly one entry along this axis of each row, in order.

    ``logp[np.arange(N), y]`` and ``logp[:, 3]`` do, ``x[y]`` and ``x[mask]`` don't.
    """
    x, arrays, key = node.inputs[0], node.inputs[1:], node.params["key"]
    return one_of_each(x, arrays, key, axis)


def one_of_each(x: Node, arrays: Sequence[Node], key: Key, axis: int) -> bool:
    """The same question about a key, as ``x[key]`` would take it."""
    if len(key) != x.ndim or any(item[0] == "new" for item in key):
        return False
    pick = key[axis]
    others = [i for i in range(x.ndim) if i != axis]
    if pick[0] == "slice":
        return False
    if pick[0] == "array" and arrays[pick[1]].dtype.kind not in "iu":
        return False
    if all(key[i] == ("slice", None, None, None) for i in others):
        return bool(pick[0] == "int" or arrays[pick[1]].ndim == 0)
    if pick[0] == "int" or arrays[pick[1]].ndim > len(others):
        return False
    return all(
        key[i][0] == "array"
        and _counts(arrays[key[i][1]], x.dims[i], place, len(others))
        for place, i in enumerate(others)
    )


def _counts(index: Node, dim: Dim, place: int, ndim: int) -> bool:
    """Whether an index array is 0, 1, 2 … along its own axis of the result."""
    core, axes = origin(index)
    resolve = index.graph.resolve
    wanted = [None] * (ndim - index.ndim) + list(axes)
    return (
        core.op.name == "arange"
        and core.params["start"] == 0
        and core.params["step"] == 1
        and resolve(core.params["stop"]) == resolve(dim)
        and all((a is not None) == (i == place) for i, a in enumerate(wanted))
    )
