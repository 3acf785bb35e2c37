"""Operations that move entries and change no numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Graph, Node, Params, define, product
from clearprop.sizes import Dim


def _dims(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> tuple[tuple[Dim, ...], np.dtype]:
    return tuple(params["dims"]), inputs[0].dtype


def _reshape(graph: Graph, inputs: Sequence[Node], params: Params) -> Node | None:
    (x,) = inputs
    if graph.same(x.dims, params["dims"]):
        return x
    if x.op.name == "reshape":
        return x.inputs[0].reshape(params["dims"])
    return None


define(
    "reshape", lambda x, dims: np.reshape(x, dims), infer=_dims, canonical=_reshape,
    gradient=lambda g, y, x, dims: g.reshape(x.dims), moves=True,
    says="the same numbers in another shape, and so is the gradient",
)  # fmt: skip


def _leads_with_ones(x: Node) -> bool:
    """Whether a reshape only says what broadcasting does anyway."""
    if x.op.name != "reshape":
        return False
    source = x.inputs[0].dims
    extra = x.ndim - len(source)
    return x.dims[max(extra, 0) :] == source and x.dims[:extra] == (1,) * extra


def _broadcast(graph: Graph, inputs: Sequence[Node], params: Params) -> Node | None:
    (x,) = inputs
    if graph.same(x.dims, params["dims"]):
        return x
    if x.op.name == "broadcast" or _leads_with_ones(x):
        return x.inputs[0].broadcast(params["dims"])
    return None


define(
    "broadcast", lambda x, dims: np.broadcast_to(x, dims), infer=_dims,
    canonical=_broadcast, gradient=lambda g, y, x, dims: g.sum_to(x.dims), moves=True,
    says="a value used many times collects the sum of what comes back",
)  # fmt: skip


def inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes this one."""
    return tuple(int(i) for i in np.argsort(axes))


def _transpose(graph: Graph, inputs: Sequence[Node], params: Params) -> Node | None:
    (x,) = inputs
    axes = params["axes"]
    if axes == tuple(range(x.ndim)):
        return x
    if x.op.name == "transpose":
        return x.inputs[0].transpose([x.params["axes"][a] for a in axes])
    return None


define(
    "transpose", lambda x, axes: np.transpose(x, axes), canonical=_transpose,
    moves=True,
    infer=lambda graph, inputs, params: (
        tuple(inputs[0].dims[a] for a in params["axes"]), inputs[0].dtype,
    ),
    gradient=lambda g, y, x, axes: g.transpose(inverse(axes)),
    says="axes in another order; the gradient goes back in the first order",
)  # fmt: skip


def _concatenate_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    axis = params["axis"]
    total: Dim = 0
    dims = list(inputs[0].dims)
    for node in inputs:
        total = total + node.dims[axis]
        for i, dim in enumerate(node.dims):
            if i != axis:
                graph.tie(dims[i], dim, checked=True)
    dims[axis] = total
    return tuple(dims), np.result_type(*(n.dtype for n in inputs))


def slices(axis: int, start: Dim | None, stop: Dim | None) -> tuple[Any, ...]:
    """The key of ``x[:, ..., start:stop]``."""
    whole = ("slice", None, None, None)
    return (*(whole for _ in range(axis)), ("slice", start, stop, None))


def _concatenate_gradient(
    g: Node, y: Node, *inputs: Node, axis: int
) -> tuple[Node, ...]:
    pieces: list[Node] = []
    start: Dim | None = None
    for i, node in enumerate(inputs):
        stop = node.dims[axis] if start is None else start + node.dims[axis]
        last = i == len(inputs) - 1
        key = slices(axis, start, None if last else stop)
        pieces.append(g.graph.apply("getitem", g, key=key))
        start = stop
    return tuple(pieces)


define(
    "concatenate", lambda *xs, axis: np.concatenate(xs, axis=axis),
    infer=_concatenate_infer, gradient=_concatenate_gradient,
    says="each piece receives its own slice of the gradient",
)  # fmt: skip


def _stack_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    for node in inputs[1:]:
        for a, b in zip(inputs[0].dims, node.dims, strict=True):
            graph.tie(a, b, checked=True)
    dims = list(inputs[0].dims)
    dims.insert(params["axis"], len(inputs))
    return tuple(dims), np.result_type(*(n.dtype for n in inputs))


def _stack_gradient(g: Node, y: Node, *inputs: Node, axis: int) -> tuple[Node, ...]:
    before = (("slice", None, None, None),) * axis
    return tuple(
        g.graph.apply("getitem", g, key=(*before, ("int", i)))
        for i in range(len(inputs))
    )


define(
    "stack", lambda *xs, axis: np.stack(xs, axis=axis),
    infer=_stack_infer, gradient=_stack_gradient,
    says="each piece receives its own slice of the gradient",
)  # fmt: skip


def _pad_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    (x,) = inputs
    dims = tuple(
        dim + before + after
        for dim, (before, after) in zip(x.dims, params["widths"], strict=True)
    )
    return dims, x.dtype


def _pad_gradient(g: Node, y: Node, x: Node, widths: Any, value: float) -> Node:
    key = tuple(
        ("slice", before or None, (before + dim if after != 0 else None), None)
        for dim, (before, after) in zip(x.dims, widths, strict=True)
    )
    return g.graph.apply("getitem", g, key=key)


define(
    "pad", lambda x, widths, value: np.pad(x, widths, constant_values=value),
    infer=_pad_infer, gradient=_pad_gradient,
    says="the padding takes its part of the gradient with it",
)  # fmt: skip


def _unchanged(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return inputs[0].dims, inputs[0].dtype


define(
    "flip", lambda x, axis: np.flip(x, axis), infer=_unchanged,
    gradient=lambda g, y, x, axis: g.graph.apply("flip", g, axis=axis),
    says="reversed, and so is the gradient",
)  # fmt: skip
define(
    "roll", lambda x, shift, axis: np.roll(x, shift, axis), infer=_unchanged,
    gradient=lambda g, y, x, shift, axis: g.graph.apply(
        "roll", g, shift=tuple(s * -1 for s in shift), axis=axis
    ),
    says="rolled round, and the gradient is rolled back",
)  # fmt: skip


def _repeat_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    dims = list(inputs[0].dims)
    dims[params["axis"]] = dims[params["axis"]] * params["repeats"]
    return tuple(dims), inputs[0].dtype


def _repeat_gradient(g: Node, y: Node, x: Node, repeats: Dim, axis: int) -> Node:
    dims = (*x.dims[: axis + 1], repeats, *x.dims[axis + 1 :])
    return g.reshape(dims).sum((axis + 1,))


define(
    "repeat", lambda x, repeats, axis: np.repeat(x, repeats, axis),
    infer=_repeat_infer, gradient=_repeat_gradient,
    says="a repeated entry collects the sum of what comes back",
)  # fmt: skip


def _tile_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    (x,) = inputs
    dims = tuple(d * r for d, r in zip(x.dims, params["reps"], strict=True))
    return dims, x.dtype


def _tile_gradient(g: Node, y: Node, x: Node, reps: tuple[Dim, ...]) -> Node:
    dims: list[Dim] = []
    for dim, rep in zip(x.dims, reps, strict=True):
        dims += [rep, dim]
    return g.reshape(dims).sum(range(0, 2 * x.ndim, 2))


define(
    "tile", lambda x, reps: np.tile(x, reps),
    infer=_tile_infer, gradient=_tile_gradient,
    says="a repeated entry collects the sum of what comes back",
)  # fmt: skip

for _name, _value in {"triu": np.triu, "tril": np.tril}.items():
    define(
        _name, _value, infer=_unchanged,
        gradient=lambda g, y, x, k, name=_name: g.graph.apply(name, g, k=k),
        says="what was cut to zero receives no gradient",
    )  # fmt: skip


def infer_size(dims: Sequence[Dim], new: Sequence[Dim]) -> tuple[Dim, ...]:
    """A new shape with its -1 worked out, as ``np.reshape`` would."""
    total = product(dims)
    unknown = [i for i, n in enumerate(new) if isinstance(n, int) and n == -1]
    if not unknown:
        return tuple(new)
    if len(unknown) > 1:
        raise ClearpropError("a new shape can hold only one -1")
    rest = product(n for i, n in enumerate(new) if i != unknown[0])
    result = list(new)
    result[unknown[0]] = total // rest if int(rest) else 0
    return tuple(result)
