"""Reading a node as a product: arithmetic, and what passes factors through.

A sum lets pass what is constant along its axes, a scatter (``index_add``) what belongs
to the row; and of some rows the sum is known: softmax sums to one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clearprop.gradient.build import Builder
from clearprop.gradient.factors import mapped, picked_axis, with_axis
from clearprop.gradient.sums import Read, read_mean, read_sum, split
from clearprop.gradient.terms import (
    MOST_FACTORS,
    Book,
    Product,
    is_scalar,
    number,
)
from clearprop.graph import Node
from clearprop.ops.elementwise import number_of
from clearprop.sizes import Size

MOST_POWER = 4
Finish = Callable[[Node], Node]
SumsTo = Callable[[Node, Sequence[int]], float | None]


@dataclass(slots=True)
class Reader:
    """Turns one node and its inputs, already read, into a product."""

    book: Book
    builder: Builder
    sums_to: SumsTo | None
    finish: Finish
    view: Callable[[Node], Product]

    def reads(self, node: Node) -> bool:
        """Whether a node is more than an opaque value."""
        if node.op.name == "const":
            return self.is_number(node)
        if node.op.name == "pow":
            power = number_of(node.inputs[1])
            if power is None or power != int(power) or not 0 < abs(power) <= MOST_POWER:
                return False
        if node.op.name == "astype":
            return node.is_float and node.inputs[0].weak
        if node.op.name == "where":
            return node.is_float and any(number_of(n) == 0 for n in node.inputs[1:])
        if node.op.name == "size":
            return True
        return node.op.name in READERS and node.dtype.kind in "fi"

    def is_number(self, node: Node) -> bool:
        """Whether a node is one finite number of the program text."""
        found = number_of(node)
        return found is not None and math.isfinite(found)

    def read(self, node: Node, plain: Node, views: Sequence[Product]) -> Read:
        """The product, or None where it would be too long."""
        if node.op.name == "const":
            return number(float(node.params["value"]))
        if node.op.name == "size":
            return _size(self, node)
        found = READERS[node.op.name](self, node, plain, views)
        return None if found is None or found.size > MOST_FACTORS else found


def _add(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    a, b = views
    return r.book.sum([*a.terms(), *b.terms()], plain)


def _sub(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    a, b = views
    return r.book.sum([*a.terms(), *b.scaled(-1).terms()], plain)


def _mul(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    a, b = views
    return _masked_once(a.times(b))


def _masked_once(made: Product) -> Product:
    """``relu(x) * (relu(x) > 0)`` is ``relu(x)``."""
    for factor in made.powers:
        if (
            isinstance(factor, Node)
            and factor.op.name == "gt"
            and factor.dtype.kind == "b"
        ):
            active, zero = factor.inputs
            is_relu = active.op.name == "relu" and number_of(zero) == 0
            if is_relu and made.powers.get(active, 0) > 0:
                rest = {f: n for f, n in made.powers.items() if f is not factor}
                return Product(made.coefficient, rest)
    return made


def _size(r: Reader, node: Node) -> Product:
    """``2 * N * D`` as its factors."""
    size = node.params["size"]
    if len(size.terms) != 1:
        return r.builder.atom(node)
    ((monomial, coefficient),) = size.terms
    made = number(coefficient)
    for atom in monomial:
        made = made.times(r.builder.atom(node.graph.number(Size({(atom,): 1}))))
    return made


def _div(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    a, b = views
    return a.times(b.to_the(-1)) if b.coefficient else None


def _neg(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    return views[0].scaled(-1)


def _pow(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    power = int(number_of(node.inputs[1]))
    return views[0].to_the(power) if views[0].coefficient or power > 0 else None


def _as_it_is(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    return views[0]


def _where(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    if number_of(node.inputs[2]) == 0:
        return _masked_once(views[1].times(views[0]))
    mask = r.finish(node.inputs[0])
    if mask.dtype.kind != "b":
        return None
    off = (
        mask.inputs[0] if mask.op.name == "invert" else node.graph.apply("invert", mask)
    )
    return views[2].times(r.builder.atom(off))


def _move(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    """Numbers pass through a reshape or a transpose."""
    (x,) = node.inputs
    scale, rest = split(views[0], is_scalar)
    if not rest.powers:
        return scale
    inner = r.finish(x)
    if scale.powers or scale.coefficient != 1:
        inner = r.builder.build(rest, x.dims, x)
    return scale.times(
        r.builder.atom(x.graph.apply(node.op.name, inner, **node.params))
    )


# -- values added at positions ---------------------------------------------------------


def _index_add(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    x, value, *arrays = node.inputs
    graph = node.graph
    zeros = graph.zeros(node.dims, node.dtype)
    axis = picked_axis(node)
    if axis is not None:
        scale, rest = views[1], number(1)
        scale = mapped(scale, lambda n: with_axis(n, node.ndim, axis), r.book)
        inner = graph.number(1)
    else:
        scale, rest = split(views[1], is_scalar)
        inner = graph.number(1) if not rest.powers else r.finish(value)
        if rest.powers and (scale.powers or scale.coefficient != 1):
            inner = r.builder.build(rest, value.dims, value)
    arrays = [r.finish(a) for a in arrays]
    where = graph.apply("index_add", zeros, inner, *arrays, **node.params)
    scattered = scale.times(r.builder.atom(where))
    if number_of(x) == 0:
        return scattered
    return r.book.sum([*views[0].terms(), scattered], plain)


READERS: dict[str, Callable[..., Read]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _pow,
    "broadcast": _as_it_is,
    "astype": _as_it_is,
    "reshape": _move,
    "transpose": _move,
    "where": _where,
    "sum": read_sum,
    "mean": read_mean,
    "index_add": _index_add,
}
