"""Matrix products and what is built on them.

Derivatives follow Giles (2008), "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Graph, Node, Params, define
from clearprop.sizes import Dim, product


def _matmul_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    a, b = inputs
    if not a.ndim or not b.ndim:
        raise ClearpropError("a matrix product needs arrays, not single numbers")
    graph.tie(a.dims[-1], b.dims[-2] if b.ndim > 1 else b.dims[-1], checked=True)
    batch = graph.common([a.dims[:-2], b.dims[:-2]]) if a.ndim > 2 or b.ndim > 2 else ()
    rows = a.dims[-2:-1]
    columns = b.dims[-1:] if b.ndim > 1 else ()
    return (*batch, *rows, *columns), np.result_type(a.dtype, b.dtype)


def _matmul_gradient(g: Node, y: Node, a: Node, b: Node) -> tuple[Node, Node]:
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1 and b.ndim == 2:  # h @ W: W carries the error back
        return b @ g, a.expand([1]) * g
    if a.ndim == 2 and b.ndim == 1:
        return g.expand([1]) * b, a.T @ g
    if a.ndim == 1:
        columns = g.expand([g.ndim])
        return (b @ columns).reshape((*b.dims[:-2], a.dims[0])).sum_to(a.dims), (
            a.expand([1]) * g.expand([g.ndim - 1])
        ).sum_to(b.dims)
    if b.ndim == 1:
        return (g.expand([g.ndim]) * b), (a * g.expand([g.ndim])).sum_to(b.dims)
    if a.ndim > 2 and b.ndim == 2:  # one weight matrix for all: one large product
        return g @ b.T, _rows(a).T @ _rows(g)
    return (g @ b.T).sum_to(a.dims), (a.T @ g).sum_to(b.dims)


def _rows(x: Node) -> Node:
    """A stack of matrices as one tall matrix."""
    return x.reshape((product(x.dims[:-1]), x.dims[-1]))


def _matmul_canonical(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    a, b = inputs
    if a.op.name == "neg":  # -x @ W is -(x @ W)
        return -graph.apply("matmul", a.inputs[0], b)
    if b.op.name == "neg":
        return -graph.apply("matmul", a, b.inputs[0])
    # a matrix of one entry is a number: np.dot(Y, np.log(A).T) with one output unit
    for single, other in ((a, b), (b, a)):
        one = [graph.resolve(d) for d in single.dims] == [1, 1]
        if one and other.ndim == 2 and not (single is b and a.dims == b.dims):
            return single.reshape(()) * other
    return None


define(
    "matmul", np.matmul, infer=_matmul_infer, gradient=_matmul_gradient,
    canonical=_matmul_canonical,
    says="each side receives the gradient times the other, transposed",
)  # fmt: skip


def _einsum_parts(subscripts: str) -> tuple[list[str], str]:
    left, right = subscripts.split("->")
    return left.split(","), right


def _einsum_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    terms, result = _einsum_parts(params["subscripts"])
    dims = _letter_dims(graph, terms, inputs)
    return tuple(dims[c] for c in result), np.result_type(*(n.dtype for n in inputs))


def _letter_dims(
    graph: Graph, terms: Sequence[str], inputs: Sequence[Node]
) -> dict[str, Dim]:
    """How long each letter's axis is; operands of length 1 are stretched along it."""
    found: dict[str, list[tuple[Dim, ...]]] = {}
    for term, node in zip(terms, inputs, strict=True):
        for letter, dim in zip(term, node.dims, strict=True):
            found.setdefault(letter, []).append((dim,))
    return {letter: graph.common(dims)[0] for letter, dims in found.items()}


def _einsum_gradient(
    g: Node, y: Node, *inputs: Node, subscripts: str
) -> tuple[Node, ...]:
    terms, result = _einsum_parts(subscripts)
    dims = _letter_dims(g.graph, terms, inputs)
    gradients = []
    for i, (term, node) in enumerate(zip(terms, inputs, strict=True)):
        operands = zip(terms, inputs, strict=True)
        others = [operand for j, operand in enumerate(operands) if j != i]
        letters = "".join(dict.fromkeys(term))
        part = _contract([(result, g), *others], letters, dims)
        part = part.sum_to([node.dims[term.index(c)] for c in letters])
        if term != letters:
            part = _onto_diagonal(part, letters, term, node)
        gradients.append(part)
    return tuple(gradients)


def _contract(
    operands: Sequence[tuple[str, Node]], letters: str, dims: dict[str, Dim]
) -> Node:
    """The einsum of operands with these letters, repeated along those that none has."""
    (_, g), *others = operands
    apply = g.graph.apply
    known = set("".join(t for t, _ in operands))
    kept = "".join(c for c in letters if c in known)
    if g.ndim == 0 and len(others) == 1 and others[0][0] == kept:
        part = g * others[0][1]
    elif [t for t, _ in operands] == [kept]:
        part = g
    else:
        formula = ",".join(t for t, _ in operands) + "->" + kept
        part = apply("einsum", *(n for _, n in operands), subscripts=formula)
    part = part.expand([i for i, c in enumerate(letters) if c not in known])
    return part.broadcast([dims[c] for c in letters])


def _onto_diagonal(part: Node, letters: str, term: str, x: Node) -> Node:
    """The gradient of ``x[i, i]``: zeros but for the diagonal that was read."""
    apply = x.graph.apply
    again = [c for c in letters if term.count(c) > 1]
    grid = {}
    for k, letter in enumerate(again):
        count = x.dims[term.index(letter)]
        positions = apply("arange", start=0, stop=count, step=1)
        grid[letter] = positions.expand([j for j in range(len(again)) if j != k])
    arrays = [grid[c] for c in term if c in grid]
    numbers = iter(range(len(arrays)))
    key = tuple(
        ("array", next(numbers)) if c in grid else ("slice", None, None, None)
        for c in term
    )
    # where index arrays stand together their axes stay in place, else they lead
    places = [i for i, c in enumerate(term) if c in grid]
    rest = [c for c in letters if c not in grid]
    together = places[-1] - places[0] == len(places) - 1
    front = [c for c in rest if term.index(c) < places[0]] if together else []
    order = front + again + [c for c in rest if c not in front]
    part = part.transpose([letters.index(c) for c in order])
    zeros = x.graph.zeros(x.dims, x.dtype)
    return apply("setitem", zeros, part, *arrays, key=key)


def _einsum(*arrays: Any, subscripts: str) -> Any:
    # a few small operands need no path; three and more profit from one
    return np.einsum(subscripts, *arrays, optimize=len(arrays) > 2)


define(
    "einsum", _einsum, infer=_einsum_infer, gradient=_einsum_gradient,
    says="each operand receives the einsum of the gradient with the others",
)  # fmt: skip


def _square(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    graph.tie(inputs[0].dims[-1], inputs[0].dims[-2], checked=True)
    return inputs[0].dims, inputs[0].dtype


define(
    "inv", np.linalg.inv, infer=_square, gradient=lambda g, y, x: -(y.T @ g @ y.T),
    says="d(A**-1) = -A**-1 dA A**-1",
)  # fmt: skip


def _scalar_of_matrix(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return _square(graph, inputs, params)[0][:-2], inputs[0].dtype


def _each(g: Node) -> Node:
    return g.expand([g.ndim, g.ndim + 1])


define(
    "det", np.linalg.det, infer=_scalar_of_matrix,
    gradient=lambda g, y, x: _each(g * y) * x.graph.apply("inv", x).T,
    says="the slope of det A is det(A) times the transposed inverse",
)  # fmt: skip
define(
    "logabsdet", lambda x: np.linalg.slogdet(x)[1], infer=_scalar_of_matrix,
    gradient=lambda g, y, x: _each(g) * x.graph.apply("inv", x).T,
    says="the slope of log|det A| is the transposed inverse",
)  # fmt: skip
define(
    "signdet", lambda x: np.linalg.slogdet(x)[0], infer=_scalar_of_matrix,
    gradient=lambda g, y, x: None, says="a sign: no gradient passes",
)  # fmt: skip


def _solve_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    a, b = inputs
    graph.tie(a.dims[-1], a.dims[-2], checked=True)
    graph.tie(a.dims[-1], b.dims[-1 if b.ndim == 1 else -2], checked=True)
    batch = graph.common([a.dims[:-2], b.dims[:-2]])
    return (*batch, *b.dims[-2:]), np.result_type(a.dtype, b.dtype)


def _solve_gradient(g: Node, y: Node, a: Node, b: Node) -> tuple[Node, Node]:
    if b.ndim == 1 and a.ndim > 2:  # a vector is a matrix of one column
        g = g.expand([g.ndim])
        db = g.graph.apply("solve", a.T, g)
        da = -(db * y.expand([y.ndim - 1])).sum_to(a.dims)
        return da, db.reshape(y.dims).sum_to(b.dims)
    db = g.graph.apply("solve", a.T, g)
    if b.ndim == 1:
        return -(db.expand([1]) * y), db
    return -(db @ y.T).sum_to(a.dims), db.sum_to(b.dims)


define(
    "solve", np.linalg.solve, infer=_solve_infer, gradient=_solve_gradient,
    says="the adjoint system is solved with the transposed matrix",
)  # fmt: skip


def _cholesky_gradient(g: Node, y: Node, x: Node) -> Node:
    # Murray (2016), "Differentiation of the Cholesky decomposition", eq. 10. NumPy
    # reads the lower triangle only, and so does the gradient.
    apply = g.graph.apply
    n = x.dims[-1]
    ones = x.graph.full((n, n), 1, x.dtype)
    eye = apply("eye", rows=n, columns=n, k=0, dtype=x.dtype)
    half = apply("tril", ones, k=0) - eye * 0.5
    inverse = apply("inv", y)
    s = inverse.T @ ((y.T @ g) * half) @ inverse
    return (s + s.T) * half


define(
    "cholesky", np.linalg.cholesky, infer=_square, gradient=_cholesky_gradient,
    says="the gradient of a Cholesky factor (Murray 2016)",
)  # fmt: skip
