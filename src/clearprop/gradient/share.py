"""Sums that share their work: what makes batch norm's gradient the short one.

``(dout * gamma * centered).sum(axis=0)`` is ``gamma * (dout * centered).sum(axis=0)``:
a factor that is constant along the axis comes out of the sum, so that several sums
become one, computed once. A centered array sums to zero. Products with small arrays are
multiplied together before they meet a large one. All of it is taken only where it makes
the whole gradient clearly cheaper (CS231n, assignment 2, the alternative batch norm).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from clearprop.gradient.rewrite import rebuild
from clearprop.graph import Graph, Node, ordered, product

# The shared form is taken where it saves a tenth of the entries that are touched.
WORTHWHILE = 0.9
# Longer products and sums are left as they are.
MOST = 12


def share(
    graph: Graph,
    gradients: Mapping[Node, Node],
    wanted: Iterable[Node],
    fixed: set[Node],
) -> dict[Node, Node]:
    """Gradients by forward value -> the same with shared sums, if that pays.

    ``wanted`` are the forward values whose gradients are returned; ``fixed`` is the
    forward pass, computed anyway.
    """
    wanted = list(wanted)
    roots = [gradients[v] for v in wanted]
    if not any(n.op.name == "sum" and n not in fixed for n in ordered(roots)):
        return dict(gradients)
    made = _Sharing(fixed).run(gradients.values())
    shared = {v: made[g] for v, g in gradients.items()}
    before = _work(roots, fixed)
    if _work([shared[v] for v in wanted], fixed) > WORTHWHILE * before:
        return dict(gradients)
    graph.verify(shared.values())
    return shared


def _work(roots: Iterable[Node], fixed: set[Node]) -> int:
    """How many entries are touched to compute the roots, the forward pass aside."""
    total = 0
    for node in ordered(roots):
        if (
            node in fixed
            or not node.inputs
            or (node.op.moves and node.op.name != "sum")
        ):
            continue
        total += prod((node.inputs[0] if node.op.name == "sum" else node).shape)
    return total


def _bare(node: Node) -> Node:
    """The array behind a broadcast."""
    return node.inputs[0] if node.op.name == "broadcast" else node


def _is_small(factor: Node, whole: Node) -> bool:
    return prod(_bare(factor).shape) < prod(whole.shape)


class _Sharing:
    def __init__(self, fixed: set[Node]) -> None:
        self.fixed = fixed
        self.new: dict[Node, Node] = {}

    def run(self, outputs: Iterable[Node]) -> dict[Node, Node]:
        for node in ordered(outputs):
            if node in self.fixed:
                self.new[node] = node
                continue
            again = rebuild(node, self.new)
            if again.op.name == "sum":
                again = self._sum(again)
            elif again.op.name in ("mul", "div") and again.ndim:
                again = self._product(again)
            self.new[node] = again
        return self.new

    def _factors(self, node: Node, through: bool) -> list[Node] | None:
        """The factors of a product; ``through``: those of the forward pass too."""
        found: list[Node] = []
        stack = [node]
        while stack:
            part = stack.pop()
            inside = through or part not in self.fixed
            if part.op.name == "mul" and inside and part.shape == node.shape:
                stack.extend(reversed(part.inputs))
            else:
                found.append(part)
            if len(found) + len(stack) > MOST:
                return None
        return found

    def _product(self, node: Node) -> Node:
        """Small factors are multiplied together before the large ones."""
        top, below = (node, None) if node.op.name == "mul" else node.inputs
        if below is not None and not _is_small(below, node):
            return node
        factors = self._factors(top, through=False)
        if factors is None:
            return node
        small = [f for f in factors if _is_small(f, node)]
        large = [f for f in factors if not _is_small(f, node)]
        if len(small) + (below is not None) < 2 or not large or not small:
            return node
        scale = _times([_bare(f) for f in small])
        if below is not None:
            scale = scale / _bare(below)
        return _times(large) * scale.broadcast(node.dims)

    def _sum(self, node: Node) -> Node:
        """Factors that are constant along the axes come out of the sum."""
        x, axis = node.inputs[0], node.params["axis"]
        terms = self._terms(x)
        if terms is None or len(axis) == x.ndim:
            return node
        total: Node | None = None
        for sign, term in terms:
            factors = self._factors(term, through=True)
            if factors is None:
                return node
            outside = [f for f in factors if _constant_along(f, axis)]
            inside = sorted(
                (f for f in factors if f not in outside), key=lambda f: f.index
            )
            if not inside:
                return node
            if len(inside) == 1 and _centered(inside[0], axis):
                continue
            part = _times(inside).sum(axis, keepdims=node.params["keepdims"])
            if outside:
                part = part * _times([_reduced(f, axis, part) for f in outside])
            if total is None:
                total = -part if sign < 0 else part
            else:
                total = total - part if sign < 0 else total + part
        if total is None:
            return node.graph.zeros(node.dims, node.dtype)
        return total if total.dims == node.dims and total.dtype == node.dtype else node

    def _terms(self, node: Node) -> list[tuple[int, Node]] | None:
        found: list[tuple[int, Node]] = []
        stack = [(1, node)]
        while stack:
            sign, part = stack.pop()
            if part in self.fixed or part.op.name not in ("add", "sub", "neg"):
                found.append((sign, part))
            elif part.op.name == "neg":
                stack.append((-sign, part.inputs[0]))
            else:
                second = -sign if part.op.name == "sub" else sign
                stack += [(second, part.inputs[1]), (sign, part.inputs[0])]
            if len(found) + len(stack) > MOST:
                return None
        return found


def _times(factors: Sequence[Node]) -> Node:
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


def _constant_along(factor: Node, axis: Sequence[int]) -> bool:
    """Whether a factor is a broadcast of something without these axes."""
    if factor.op.name != "broadcast":
        return False
    source = factor.inputs[0]
    missing = factor.ndim - source.ndim
    return all(a < missing or source.dims[a - missing] == 1 for a in axis)


def _reduced(factor: Node, axis: Sequence[int], part: Node) -> Node:
    """A constant factor with the dims that the sum has."""
    source = factor.inputs[0]
    missing = factor.ndim - source.ndim
    if part.ndim == factor.ndim:  # the axes were kept
        return source.broadcast(part.dims)
    kept = [d for i, d in enumerate(source.dims) if i + missing not in axis]
    return source.reshape(kept).broadcast(part.dims)


def _centered(node: Node, axis: Sequence[int]) -> bool:
    """Whether a node is ``x - mean(x)`` along the axes: its sum is zero."""
    if node.op.name != "sub":
        return False
    x, mean = node.inputs[0], _bare(node.inputs[1])
    while mean.op.name == "reshape":
        mean = mean.inputs[0]
    if mean.op.name == "mean":
        return mean.inputs[0] is x and mean.params["axis"] == tuple(axis)
    if mean.op.name not in ("mul", "div"):
        return False
    count = x.graph.number(product(x.dims[a] for a in axis))
    for total, scale in (mean.inputs, mean.inputs[::-1]):
        if total.op.name != "sum" or total.inputs[0] is not x:
            continue
        if total.params["axis"] != tuple(axis):
            continue
        scale = _bare(scale)
        if mean.op.name == "div":
            return scale is count
        return scale.op.name == "div" and scale.inputs[1] is count and _is_one(scale)
    return False


def _is_one(ratio: Node) -> bool:
    top = ratio.inputs[0]
    return top.op.name == "const" and not top.ndim and top.params["value"] == 1
