"""``np.linalg``: what has a readable derivative; the rest is refused with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, product
from clearprop.trace.functions import handles
from clearprop.trace.functions.products import dot_nodes
from clearprop.trace.functions.reduce import axes_of

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


def _float(t: Tracer, a: Any) -> Node:
    node = t.node(a)
    return node if node.is_float else t.cast(node, float)


@handles("linalg.norm")
def _norm(
    t: Tracer, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Node:
    node = _float(t, x)
    apply = t.graph.apply
    if axis is None and ord is None:
        over = tuple(range(node.ndim))
    else:
        over = axes_of(axis, node.ndim)
    ord = t.plain(ord)
    if len(over) == 2 and ord not in (None, "fro"):
        if ord in (1, -1, np.inf, -np.inf):
            down = over[0] if abs(ord) == 1 else over[1]
            name = "max" if ord > 0 else "min"
            sums = apply("abs", node).sum((down,), keepdims=True)
            top = apply(name, sums, axis=over, keepdims=keepdims)
            return top
        t.refuse(
            f"np.linalg.norm of a matrix with ord={ord!r}", "Use the Frobenius norm"
        )
    if len(over) > 2 and ord is not None:
        t.refuse("np.linalg.norm over more than two axes", "Flatten the array first")
    if ord in (None, 2, "fro"):
        return apply("sqrt", (node**2).sum(over, keepdims=keepdims))
    size = apply("abs", node)
    if ord == 1:
        return size.sum(over, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        name = "max" if ord > 0 else "min"
        return apply(name, size, axis=over, keepdims=keepdims)
    if ord == 0:
        return t.cast(apply("ne", node, 0), node.dtype).sum(over, keepdims=keepdims)
    return (size ** float(ord)).sum(over, keepdims=keepdims) ** (1 / float(ord))


@handles("linalg.vector_norm")
def _vector_norm(
    t: Tracer, x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2
) -> Node:
    node = t.node(x)
    if axis is None:
        flat = node.reshape((product(node.dims),))
        result = _norm(t, flat, ord, 0)
        return result.expand(range(node.ndim)) if keepdims else result
    if isinstance(axis, tuple) and len(axis) > 1:
        t.refuse("np.linalg.vector_norm over several axes", "Flatten the array first")
    return _norm(t, node, ord, axis, keepdims)


@handles("linalg.matrix_norm")
def _matrix_norm(t: Tracer, x: Any, keepdims: bool = False, ord: Any = "fro") -> Node:
    return _norm(t, x, ord, (-2, -1), keepdims)


@handles("linalg.inv")
def _inv(t: Tracer, a: Any) -> Node:
    return t.graph.apply("inv", _float(t, a))


@handles("linalg.det")
def _det(t: Tracer, a: Any) -> Node:
    return t.graph.apply("det", _float(t, a))


@handles("linalg.slogdet")
def _slogdet(t: Tracer, a: Any) -> Any:
    node = _float(t, a)
    return t.graph.apply("signdet", node), t.graph.apply("logabsdet", node)


@handles("linalg.solve")
def _solve(t: Tracer, a: Any, b: Any) -> Node:
    return t.graph.apply("solve", _float(t, a), _float(t, b))


@handles("linalg.cholesky")
def _cholesky(t: Tracer, a: Any, upper: bool = False) -> Node:
    lower = t.graph.apply("cholesky", _float(t, a))
    return lower.T if upper else lower


@handles("linalg.matrix_power")
def _matrix_power(t: Tracer, a: Any, n: Any) -> Node:
    node = t.node(a)
    power = t.graph.fix(t.dim(n))
    if power < 0:
        node, power = t.graph.apply("inv", node), -power
    if power == 0:
        side = node.dims[-1]
        eye = t.graph.apply("eye", rows=side, columns=side, k=0, dtype=node.dtype)
        return eye.broadcast(node.dims)
    result: Node | None = None
    square = node
    while power:  # by repeated squaring, as NumPy does
        if power % 2:
            result = square if result is None else result @ square
        power //= 2
        if power:
            square = square @ square
    assert result is not None
    return result


@handles("linalg.multi_dot")
def _multi_dot(t: Tracer, arrays: Any) -> Node:
    first, *rest = [t.node(a) for a in arrays]
    for node in rest:
        first = dot_nodes(t, first, node)
    return first


@handles("linalg.trace")
def _trace(t: Tracer, x: Any, offset: int = 0) -> Any:
    from clearprop.trace.functions.shaping import _trace

    return _trace(t, x, offset, -2, -1)


_REMEDIES = {
    "pinv": "Use np.linalg.solve(A.T @ A, A.T)",
    "lstsq": "Use np.linalg.solve(A.T @ A, A.T @ b)",
    "svd": "Keep the decomposition out of the forward pass",
    "qr": "Use np.linalg.cholesky(A.T @ A), or keep it out of the forward pass",
    "eig": "Keep the decomposition out of the forward pass",
    "eigh": "Keep the decomposition out of the forward pass",
    "eigvals": "Keep the decomposition out of the forward pass",
    "eigvalsh": "Keep the decomposition out of the forward pass",
    "svdvals": "Keep the decomposition out of the forward pass",
    "cond": "Compute it outside of the forward pass",
    "matrix_rank": "Compute it outside of the forward pass",
}


def _refused(name: str, remedy: str) -> Any:
    def run(t: Tracer, *args: Any, **kwargs: Any) -> Any:
        given = [*args, kwargs]
        if t._given_depends(given):
            t.refuse(f"np.linalg.{name} has no derivative here", remedy)
        t.settle(given)
        function = getattr(np.linalg, name)
        return t.lift_all(function(*t.plain(list(args)), **t.plain(kwargs)))

    return run


for _name, _remedy in _REMEDIES.items():
    handles(f"linalg.{_name}", direct=True)(_refused(_name, _remedy))
