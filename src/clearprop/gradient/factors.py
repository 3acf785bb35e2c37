"""The factors of a product: along which axes they run, and how they lose an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clearprop.gradient.match import one_of_each
from clearprop.gradient.terms import Book, Factor, Product, axes_of
from clearprop.gradient.tidy import kept_sum
from clearprop.graph import Node
from clearprop.ops.elementwise import number_of
from clearprop.sizes import Dim


def core_of(node: Node) -> Node:
    """The value before it was broadcast."""
    while node.op.name == "broadcast":
        node = node.inputs[0]
    return node


def constant(factor: Factor, ndim: int, axis: Sequence[int]) -> bool:
    """Whether a factor of an array with ``ndim`` axes is the same all along these."""
    return axes_of(factor).isdisjoint(ndim - 1 - a for a in axis)


def without(node: Node, ndim: int, axis: Sequence[int]) -> Node:
    """A factor that is constant along these axes, for an array that lacks them."""
    first = ndim - node.ndim
    dims = [d for i, d in enumerate(node.dims) if i + first not in axis]
    return _reshaped(node, dims) if len(dims) < node.ndim else node


def _reshaped(node: Node, dims: Sequence[Dim]) -> Node:
    made = node.reshape(dims)
    if made.op.name != "reshape":
        return made
    kept = kept_sum(made)
    return made if kept is None else kept


def with_axis(node: Node, ndim: int, axis: int) -> Node:
    """A factor of an array that lacks an axis, for the array that has it."""
    dims = [*[1] * (ndim - 1 - node.ndim), *node.dims]
    dims.insert(axis, 1)
    while len(dims) > 1 and dims[0] == 1 and len(dims) > node.ndim:
        dims.pop(0)
    return _reshaped(node, dims)


def mapped(product: Product, change: Callable[[Node], Node], book: Book) -> Product:
    """The same product of changed nodes."""
    result = Product(product.coefficient, {})
    for factor, power in product.powers.items():
        if isinstance(factor, Node):
            made: Product | None = Product(1, {change(factor): 1})
        else:
            made = book.sum([mapped(term, change, book) for term in factor.terms])
        assert made is not None
        result = result.times(made.to_the(power))
    return result


def is_scattered(factor: Factor) -> bool:
    """Whether a value is zeros with something added at positions."""
    return (
        isinstance(factor, Node)
        and factor.op.name == "index_add"
        and number_of(factor.inputs[0]) == 0
    )


def picked_axis(node: Node) -> int | None:
    """The axis along which an ``index_add`` changes one entry of each row."""
    x, _, *arrays = node.inputs
    key = node.params["key"]
    for axis in reversed(range(x.ndim)):
        if one_of_each(x, arrays, key, axis):
            return axis
    return None
