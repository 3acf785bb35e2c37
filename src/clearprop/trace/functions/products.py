"""Matrix products, in all their spellings."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clearprop.graph import Node, product
from clearprop.trace.functions import handles
from clearprop.trace.views import Step, View, transposed

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


def _flat(node: Node) -> Node:
    return node.reshape((product(node.dims),))


def dot_nodes(t: Tracer, a: Node, b: Node) -> Node:
    """``np.dot``: a product with numbers, matrix products, else a sum over two axes."""
    if not a.ndim or not b.ndim:
        return a * b
    if b.ndim <= 2 or a.ndim == 1:
        return t.graph.apply("matmul", a, b)
    letters = string.ascii_letters
    left = letters[: a.ndim]
    right = letters[a.ndim : a.ndim + b.ndim]
    right = right[:-2] + left[-1] + right[-1]
    result = left[:-1] + right[:-2] + right[-1]
    return t.graph.apply("einsum", a, b, subscripts=f"{left},{right}->{result}")


@handles("dot")
def _dot(t: Tracer, a: Any, b: Any) -> Node:
    return dot_nodes(t, t.node(a), t.node(b))


@handles("linalg.matmul")
def _matmul(t: Tracer, x1: Any, x2: Any) -> Node:
    return t.graph.apply("matmul", t.node(x1), t.node(x2))


@handles("vdot")
def _vdot(t: Tracer, a: Any, b: Any) -> Node:
    return t.graph.apply("matmul", _flat(t.node(a)), _flat(t.node(b)))


@handles("inner")
def _inner(t: Tracer, a: Any, b: Any) -> Node:
    x, y = t.node(a), t.node(b)
    if not x.ndim or not y.ndim:
        return x * y
    if y.ndim <= 2:
        return t.graph.apply("matmul", x, y if y.ndim == 1 else y.T)
    letters = string.ascii_letters
    left, right = letters[: x.ndim], letters[x.ndim : x.ndim + y.ndim]
    right = right[:-1] + left[-1]
    formula = f"{left},{right}->{left[:-1]}{right[:-1]}"
    return t.graph.apply("einsum", x, y, subscripts=formula)


@handles("outer", "linalg.outer")
def _outer(t: Tracer, a: Any, b: Any) -> Node:
    return _flat(t.node(a)).expand([1]) * _flat(t.node(b))


@handles("tensordot", "linalg.tensordot")
def _tensordot(t: Tracer, a: Any, b: Any, axes: Any = 2) -> Node:
    x, y = t.node(a), t.node(b)
    if isinstance(axes, int):
        over_x = list(range(x.ndim - axes, x.ndim))
        over_y = list(range(axes))
    else:
        first, second = axes
        over_x = [first] if isinstance(first, int) else list(first)
        over_y = [second] if isinstance(second, int) else list(second)
    over_x = [i % x.ndim for i in over_x]
    over_y = [i % y.ndim for i in over_y]
    if over_x == [x.ndim - 1] and over_y == [max(y.ndim - 2, 0)] and y.ndim <= 2:
        return t.graph.apply("matmul", x, y)
    letters = string.ascii_letters
    left = letters[: x.ndim]
    right = list(letters[x.ndim : x.ndim + y.ndim])
    for i, j in zip(over_x, over_y):
        right[j] = left[i]
    kept = [c for i, c in enumerate(left) if i not in over_x]
    kept += [c for j, c in enumerate(right) if j not in over_y]
    formula = f"{left},{''.join(right)}->{''.join(kept)}"
    return t.graph.apply("einsum", x, y, subscripts=formula)


def _spelled_out(
    t: Tracer, operands: Sequence[Any]
) -> tuple[list[str], str | None, list[Any]]:
    """The terms, the result (None where it is implicit) and the operands."""
    if isinstance(operands[0], str):
        formula = operands[0].replace(" ", "")
        left, arrow, right = formula.partition("->")
        return left.split(","), right if arrow else None, list(operands[1:])
    letters = string.ascii_letters

    def term(numbers: Sequence[Any]) -> str:
        return "".join("..." if n is Ellipsis else letters[n] for n in numbers)

    arrays = list(operands[: len(operands) // 2 * 2 : 2])
    terms = [term(n) for n in operands[1::2]]
    result = term(operands[-1]) if len(operands) % 2 else None
    return terms, result, arrays


@handles("einsum")
def _einsum(t: Tracer, *operands: Any, optimize: Any = False, dtype: Any = None,
            order: str = "K", casting: str = "safe") -> Any:  # fmt: skip
    terms, result, arrays = _spelled_out(t, operands)
    nodes = [t.node(a) for a in arrays]
    used = set("".join(terms)) - {"."}
    free = [c for c in string.ascii_lowercase + string.ascii_uppercase if c not in used]
    hidden = [
        n.ndim - len(term.replace("...", "")) if "..." in term else 0
        for term, n in zip(terms, nodes)
    ]
    dots = "".join(free[: max(hidden, default=0)])
    if result is None:
        joined = "".join(terms).replace(".", "")
        single = sorted(c for c in set(joined) if joined.count(c) == 1)
        result = ("..." if dots else "") + "".join(single)
    terms = [
        term.replace("...", dots[len(dots) - n :] if n else "")
        for term, n in zip(terms, hidden)
    ]
    result = result.replace("...", dots)
    if len(nodes) == 1 and len(set(terms[0])) == len(terms[0]):
        return _one_operand(arrays[0], nodes[0], terms[0], result)
    if len(nodes) == 1 and result == "".join(dict.fromkeys(terms[0])):
        return View(arrays[0], (_diagonal_step(f"{terms[0]}->{result}"),))
    return t.graph.apply("einsum", *nodes, subscripts=",".join(terms) + "->" + result)


def _one_operand(array: Any, node: Node, term: str, result: str) -> Any:
    """A single operand: a sum over what is left out and axes in another order."""
    gone = [i for i, c in enumerate(term) if c not in result]
    kept = [c for c in term if c in result]
    order = tuple(kept.index(c) for c in result)
    if not gone:
        return View(array, (transposed(order),))
    return node.sum(gone).transpose(order)


def _diagonal_step(formula: str) -> Step:
    return Step(
        lambda whole: whole.graph.apply("einsum", whole, subscripts=formula),
        None,
    )


@handles("kron")
def _kron(t: Tracer, a: Any, b: Any) -> Node:
    x, y = t.node(a), t.node(b)
    ndim = max(x.ndim, y.ndim)
    x = x.expand(range(ndim - x.ndim))
    y = y.expand(range(ndim - y.ndim))
    dims = tuple(m * n for m, n in zip(x.dims, y.dims))
    wide = x.expand(range(1, 2 * ndim, 2)) * y.expand(range(0, 2 * ndim, 2))
    return wide.reshape(dims)


@handles("cross", "linalg.cross")
def _cross(t: Tracer, a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
           axis: int | None = None) -> Node:  # fmt: skip
    x, y = t.node(a), t.node(b)
    if axis is not None:
        axisa = axisb = axisc = axis

    def parts(node: Node, at: int) -> list[Node]:
        before = (("slice", None, None, None),) * (at % node.ndim)
        return [
            t.graph.apply("getitem", node, key=(*before, ("int", i)))
            for i in range(t.graph.fix(node.dims[at]))
        ]

    u, v = parts(x, axisa), parts(y, axisb)
    if len(u) == 2 and len(v) == 2:
        return u[0] * v[1] - u[1] * v[0]
    if len(u) != 3 or len(v) != 3:
        t.refuse("np.cross of vectors of different lengths", "Give both three entries")
    rows = [
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
    ]
    return t.graph.apply("stack", *rows, axis=axisc % (rows[0].ndim + 1))
