"""Finds the dense network in a plan: x W + b, an activation, and so on up to a loss.

What comes in is a plan, what goes out a ``Dense``, or None where the plan is anything
else. Nothing is assumed about how the forward pass was written: every gradient of the
derived graph must be one of the products of a dense layer, and what lies between them
elementwise, so that ``dense_source`` can write exactly these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, Op, ordered
from clearprop.sizes import Dim, Size
from clearprop.training.plan import Plan


@dataclass(frozen=True, eq=False)
class Term:
    """A node, where nodes that differ only in the names of their sizes are one."""

    op: Op
    inputs: tuple[Term, ...]
    params: Any
    dims: tuple[Dim, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    weak: bool
    index: int
    graph: Graph

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.dims)

    @property
    def number(self) -> Any:
        """The number that it is everywhere, or None."""
        term = self
        while term.op.name in ("broadcast", "reshape", "astype"):
            (term,) = term.inputs
        plain = term.op.name == "const" and not term.ndim
        return term.params["value"] if plain else None


def terms_of(nodes: Iterable[Node]) -> dict[Node, Term]:
    """The terms of nodes and of all below them."""
    sizes: list[Dim] = []

    def named(dim: Any) -> Any:
        """One name for sizes that agree."""
        if not isinstance(dim, Size):
            return dim
        for at, other in enumerate(sizes):
            if graph.same((other,), (dim,)):
                return "size", at
        sizes.append(dim)
        return "size", len(sizes) - 1

    shared: dict[Any, Term] = {}
    found: dict[Node, Term] = {}
    for node in ordered(nodes):
        graph = node.graph
        inputs = tuple(found[n] for n in node.inputs)
        params = [
            (k, tuple(map(named, v)) if k == "dims" else repr(v))
            for k, v in node.params.items()
        ]
        key = (
            node.op.name, *(t.index for t in inputs), *params, node.dtype, node.weak,
            *map(named, node.dims), node.index if node.op.impure else -1,
        )  # fmt: skip
        if key not in shared:
            shared[key] = Term(
                node.op, inputs, node.params, node.dims, node.shape, node.dtype,
                node.weak, node.index, graph,
            )  # fmt: skip
        found[node] = shared[key]
    return found


@dataclass(frozen=True)
class Layer:
    """One layer: z = a W + b for the activation ``a`` of the layer below."""

    weight: int  # which of the plan's parameters
    bias: int | None
    z: Term
    a: Term  # what it reads
    error: Term  # the loss's gradient at z
    back: Term | None  # error Wᵀ, the gradient at a; None for the first layer


@dataclass(frozen=True)
class Dense:
    """A dense network. ``data`` is the plan's input that the first layer reads."""

    dtype: np.dtype
    layers: tuple[Layer, ...]
    data: int
    loss: Term
    given: dict[Term, int]  # the plan's inputs that have a row for each example

    @property
    def widths(self) -> list[int]:
        """Columns of the data, then of each layer."""
        return [self.layers[0].a.shape[1], *(at.z.shape[1] for at in self.layers)]


def dense(plan: Plan) -> Dense | None:
    """The dense network that a plan trains, or None."""
    dtype = plan.parameters[0].value.dtype
    plain = (
        plan.rows is not None
        and not (plan.per_example or plan.current or plan.recorded)
        and plan.clip_norm is plan.clip_value is None
        and dtype in (np.float32, np.float64)
    )
    alike = all(
        p.gradient is not None and p.value.dtype == dtype for p in plan.parameters
    )
    return _Search(plan).found() if plain and alike else None


class _Search:
    """The walk through one plan's graph."""

    def __init__(self, plan: Plan) -> None:
        gradients = [p.gradient for p in plan.parameters if p.gradient is not None]
        of = terms_of([plan.loss, *gradients])
        self.dtype = plan.parameters[0].value.dtype
        self.loss = of[plan.loss]
        self.gradients = [of[g] for g in gradients]
        self.parameter = {
            of[p.leaf.node]: i
            for i, p in enumerate(plan.parameters)
            if p.leaf.node in of
        }
        self.given = {
            of[g.leaf.node]: i
            for i, g in enumerate(plan.inputs)
            if g.by_row and g.leaf.node in of
        }
        self.terms = list(dict.fromkeys(of.values()))

    def found(self) -> Dense | None:
        """Layers from the data to the loss, then every gradient."""
        half = self._layers()
        if not half or half[0][3] not in self.given:
            return None
        x = half[0][3]
        used = [i for weight, bias, *_ in half for i in (weight, bias) if i is not None]
        if x.dtype != self.dtype or sorted(used) != list(range(len(self.gradients))):
            return None
        layers = self._with_errors(half)
        if layers is None:
            return None
        return Dense(x.dtype, tuple(layers), self.given[x], self.loss, self.given)

    def _layers(self) -> list[tuple[int, int | None, Term, Term]]:
        """(weight, bias, z, a) of each product; [] where one is odd."""
        forward = between([self.loss], ())
        layers: list[tuple[int, int | None, Term, Term]] = []
        for product in forward:
            if product.op.name != "matmul":
                continue
            a, w = product.inputs
            if w not in self.parameter or a.ndim != 2 or w.ndim != 2:
                return []
            users = [t for t in forward if product in t.inputs]
            z, bias = product, None
            if len(users) == 1 and users[0].op.name == "add":
                left, right = users[0].inputs
                spread = left if right is product else right
                row = spread.inputs[0] if spread.op.name == "broadcast" else None
                if row is not None and row.ndim == 1 and row in self.parameter:
                    z, bias = users[0], self.parameter[row]
            if layers and not elementwise([a], [layers[-1][2]]):
                return []
            layers.append((self.parameter[w], bias, z, a))
        return layers

    def _with_errors(
        self, half: list[tuple[int, int | None, Term, Term]]
    ) -> list[Layer] | None:
        """Each layer with its error, if every gradient is made of them."""
        layers: list[Layer] = []
        for at in reversed(range(len(half))):
            weight, bias, z, a = half[at]
            error = _outer(self.gradients[weight], a)
            if error is None or error.dtype != z.dtype or not _alike(error, z):
                return None
            if bias is not None and not _is_sum(self.gradients[bias], error):
                return None
            if layers:
                above = layers[0]
                assert above.back is not None
                if not elementwise([error], [z, above.a, above.back]):
                    return None
            back = self._back(error, weight) if at else None
            if at and back is None:
                return None
            layers.insert(0, Layer(weight, bias, z, a, error, back))
        return layers

    def _back(self, error: Term, weight: int) -> Term | None:
        """The term error Wᵀ."""
        for term in self.terms:
            if term.op.name != "matmul" or term.inputs[0] is not error:
                continue
            turned = term.inputs[1]
            source = turned.inputs[0] if turned.op.name == "transpose" else None
            if source is not None and self.parameter.get(source) == weight:
                return term
        return None


def _outer(gradient: Term, a: Term) -> Term | None:
    """The error in a gradient aᵀ error."""
    if gradient.op.name != "matmul":
        return None
    turned, error = gradient.inputs
    right = turned.op.name == "transpose" and turned.inputs[0] is a
    return error if right else None


def _alike(a: Term, b: Term) -> bool:
    return a.graph.same(a.dims, b.dims)


def _is_sum(gradient: Term, error: Term) -> bool:
    """Whether a gradient is the error's sum over the rows."""
    summed = gradient.op.name == "sum" and gradient.inputs[0] is error
    return summed and gradient.params["axis"] == (0,)


def elementwise(outputs: Iterable[Term], inputs: Collection[Term]) -> bool:
    """Whether outputs are made of inputs and numbers, entry by entry."""
    return all(
        t in inputs
        or t.op.elementwise
        or (t.op.name == "broadcast" and not t.inputs[0].ndim)
        or (t.op.name in ("const", "size") and not t.ndim)
        for t in between(outputs, inputs)
    )


def between(outputs: Iterable[Term], inputs: Collection[Term]) -> list[Term]:
    """What outputs are computed from, inputs first, in order, nothing below those."""
    found: set[Term] = set()
    todo = list(outputs)
    while todo:
        term = todo.pop()
        if term not in found:
            found.add(term)
            if term not in inputs:
                todo += term.inputs
    return sorted(found, key=lambda t: t.index)


__all__ = ["Dense", "Layer", "Term", "between", "dense"]
