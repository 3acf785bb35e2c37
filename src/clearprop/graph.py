"""The graph: the one intermediate language of clearprop.

A ``Node`` is an operation, its inputs, its static parameters, its dims and dtype. Nodes
are immutable and shared: building an equal node again gives the same object. A
``Graph`` is the arena they live in, with what the trace learned about sizes. An ``Op``
is one record that holds the whole meaning of an operation; how it is spelled in a
language is that language's table (see ``clearprop.write``).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.sizes import (
    Atom,
    Dim,
    Size,
    combine,
    content,
    largest,
    never_negative,
    product,
    smallest,
)

Params = Mapping[str, Any]
Infer = Callable[["Graph", Sequence["Node"], Params], tuple[tuple[Dim, ...], np.dtype]]


# Records below are plain classes: a dataclass costs as much to make as a whole module.


class Op:
    """One operation: value, shape, derivative, a plain sentence and a test domain.

    value      computes it, from NumPy values and params
    infer      ``infer(graph, inputs, params)`` gives dims and dtype; None says that the
               operation is elementwise: inputs of equal dims, dtype by promotion
    gradient   ``gradient(g, y, *inputs, **params)`` returns a Node, or None for "no
               gradient passes", per input: a tuple, or bare where there is one input
    says       the derivative in one plain sentence
    domain     where each input may be tested; None: on normal random numbers
    canonical  may return an equal, simpler node when the operation is about to be built
    impure     a random draw: never shared
    moves      only moves entries: a Python number stays a Python number
    """

    __slots__ = (
        "canonical", "domain", "elementwise", "gradient", "impure", "infer", "moves",
        "name", "says", "value",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        value: Callable[..., Any],
        infer: Infer | None = None,
        gradient: Callable[..., Any] | None = None,
        says: str = "",
        domain: tuple[float, float] | None = None,
        canonical: Callable[[Graph, Sequence[Node], Params], Node | None] | None = None,
        impure: bool = False,
        moves: bool = False,
    ) -> None:
        """Use ``define``; this only fills the record."""
        self.name = name
        self.value = value
        self.infer = infer
        self.gradient = gradient
        self.says = says
        self.domain = domain
        self.canonical = canonical
        self.impure = impure
        self.moves = moves
        self.elementwise = infer is None

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


OPS: dict[str, Op] = {}


def define(name: str, value: Callable[..., Any], **record: Any) -> Op:
    """Add one operation to the table (a name may be defined only once)."""
    if name in OPS:
        raise ClearpropError(f"operation {name!r} is defined twice")
    OPS[name] = Op(name, value, **record)
    return OPS[name]


class Node:
    """One value in a graph; immutable. Arithmetic on nodes builds nodes."""

    __slots__ = (
        "dims",
        "dtype",
        "graph",
        "index",
        "inputs",
        "kind",
        "number",
        "op",
        "params",
        "shape",
        "symbolic",
        "weak",
    )
    shape: tuple[int, ...]
    kind: int
    number: Any

    def __init__(
        self,
        graph: Graph,
        op: Op,
        inputs: tuple[Node, ...],
        params: Params,
        dims: tuple[Dim, ...],
        dtype: np.dtype,
        weak: bool,
    ) -> None:
        """Use ``Graph.apply``; this only fills the record."""
        self.graph = graph
        self.op = op
        self.inputs = inputs
        self.params = params
        self.dims = dims
        if inputs and dims is inputs[0].dims:
            self.shape = inputs[0].shape
        else:
            self.shape = tuple(map(int, dims))
        self.dtype = dtype
        self.weak = weak  # a Python number: it doesn't decide the dtype of a result
        # what NumPy's promotion looks at (broadcasting happens after it), and the one
        # number that every entry is, if that is known
        if op.name == "broadcast":
            self.kind, self.number = inputs[0].kind, inputs[0].number
        else:
            self.kind = _kind(dtype, weak, dims)
            self.number = None
            if op.name == "reshape":
                self.number = inputs[0].number
            elif op.name == "const" and not dims:
                self.number = params["value"]
        self.symbolic = bool(params) and any(map(_has_size, params.values()))
        self.index = len(graph.nodes)
        graph.nodes.append(self)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.dims)

    @property
    def is_float(self) -> bool:
        """Whether a gradient can flow through this value."""
        return self.dtype.kind == "f"

    def __repr__(self) -> str:
        inputs = ", ".join(f"%{n.index}" for n in self.inputs)
        params = "".join(f", {k}={v!r}" for k, v in self.params.items())
        return f"%{self.index} = {self.op.name}({inputs}{params}) {self.shape}"

    def __add__(self, other: Operand) -> Node:
        return self.graph.apply("add", self, other)

    def __radd__(self, other: Operand) -> Node:
        return self.graph.apply("add", other, self)

    def __sub__(self, other: Operand) -> Node:
        return self.graph.apply("sub", self, other)

    def __rsub__(self, other: Operand) -> Node:
        return self.graph.apply("sub", other, self)

    def __mul__(self, other: Operand) -> Node:
        return self.graph.apply("mul", self, other)

    def __rmul__(self, other: Operand) -> Node:
        return self.graph.apply("mul", other, self)

    def __truediv__(self, other: Operand) -> Node:
        return self.graph.apply("div", self, other)

    def __rtruediv__(self, other: Operand) -> Node:
        return self.graph.apply("div", other, self)

    def __pow__(self, other: Operand) -> Node:
        return self.graph.apply("pow", self, other)

    def __neg__(self) -> Node:
        return self.graph.apply("neg", self)

    def __matmul__(self, other: Node) -> Node:
        return self.graph.apply("matmul", self, other)

    def __gt__(self, other: Operand) -> Node:
        return self.graph.apply("gt", self, other)

    def __ge__(self, other: Operand) -> Node:
        return self.graph.apply("ge", self, other)

    def __lt__(self, other: Operand) -> Node:
        return self.graph.apply("lt", self, other)

    def __le__(self, other: Operand) -> Node:
        return self.graph.apply("le", self, other)

    def equals(self, other: Operand) -> Node:
        """Entry by entry, ``self == other``."""
        return self.graph.apply("eq", self, other)

    @property
    def T(self) -> Node:
        """The last two axes swapped: the transpose of each matrix."""
        order = (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)
        return self.transpose(order)

    def transpose(self, axes: Sequence[int]) -> Node:
        """Axes in another order."""
        return self.graph.apply("transpose", self, axes=tuple(axes))

    def reshape(self, dims: Sequence[Dim]) -> Node:
        """The same entries in another shape."""
        return self.graph.apply("reshape", self, dims=tuple(dims))

    def broadcast(self, dims: Sequence[Dim]) -> Node:
        """Repeated along new and along size-1 axes, by NumPy's rule."""
        return self.graph.apply("broadcast", self, dims=tuple(dims))

    def sum(self, axis: Sequence[int], keepdims: bool = False) -> Node:
        """The sum over axes (non-negative numbers)."""
        return self.graph.apply("sum", self, axis=tuple(axis), keepdims=keepdims)

    def expand(self, axis: Iterable[int]) -> Node:
        """Size-1 axes put in at these positions of the result."""
        positions = set(axis)
        rest = iter(self.dims)
        total = self.ndim + len(positions)
        return self.reshape([1 if i in positions else next(rest) for i in range(total)])

    def cast(self, dtype: Any) -> Node:
        """The same numbers in another dtype."""
        return self.graph.apply("astype", self, dtype=np.dtype(dtype))

    def sum_to(self, dims: Sequence[Dim]) -> Node:
        """The adjoint of ``broadcast``: summed back to these dims."""
        if tuple(dims) == self.dims:
            return self
        extra = self.ndim - len(dims)
        resolve = self.graph.resolve
        stretched = [
            i + extra
            for i, dim in enumerate(dims)
            if resolve(dim) != resolve(self.dims[i + extra]) and int(dim) == 1
        ]
        result = self
        if stretched:
            result = result.sum(stretched, keepdims=True)
        if extra:
            result = result.sum(range(extra))
        return result


Operand = Node | float | int | bool | Size


def _has_size(param: Any) -> bool:
    return isinstance(param, Size) or (
        isinstance(param, tuple) and any(map(_has_size, param))
    )


class SizeGuard:
    """A size relation that the trace relied on and NumPy itself would not check."""

    __slots__ = ("left", "relation", "right")

    def __init__(self, left: Dim, right: Dim, relation: str = "==") -> None:
        """``relation`` is a comparison operator."""
        self.left = left
        self.right = right
        self.relation = relation

    def __repr__(self) -> str:
        return f"SizeGuard({self.left} {self.relation} {self.right})"

    def holds(self, number: Callable[[Dim], int]) -> bool:
        """Whether it does where ``number`` says how large each dim is."""
        return _RELATIONS[self.relation](number(self.left), number(self.right))


_RELATIONS = {
    "==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__,
    ">": int.__gt__, ">=": int.__ge__,
}  # fmt: skip


class ValueGuard:
    """A node whose value decided a branch or a loop count."""

    __slots__ = ("code", "line", "node", "value")

    def __init__(
        self, node: Node, value: Any, line: int | None = None, code: str = ""
    ) -> None:
        """``value`` is what the example gave; line and code are the user's."""
        self.node = node
        self.value = value
        self.line = line
        self.code = code

    def __repr__(self) -> str:
        return f"ValueGuard({self.node!r} == {self.value!r}, line {self.line})"


class Graph:
    """The arena: every node in creation order, and what the trace fixed."""

    __slots__ = (
        "_composite", "_equal", "_equations", "_guarded", "_known", "_resolved",
        "_shared", "_spread", "guards", "nodes", "value_guards",
    )  # fmt: skip

    def __init__(self) -> None:
        """An empty arena."""
        self.nodes: list[Node] = []
        self.guards: list[SizeGuard] = []
        self.value_guards: list[ValueGuard] = []
        self._shared: dict[Any, Node] = {}
        self._guarded: set[tuple[Dim, str, Dim]] = set()
        self._known: dict[Atom, Dim] = {}  # what an atom is in terms of others
        self._composite: list[Atom] = []  # those of them that are made of others
        self._equations: list[tuple[Dim, Dim]] = []  # those that no atom solves
        self._equal: dict[Dim, Dim] = {}  # the same, to look one side up
        # answers that hold until more is known about sizes
        self._resolved: dict[Size, Dim] = {}
        self._spread: dict[tuple[int, ...], list[Node]] = {}

    # -- building ------------------------------------------------------------------

    def apply(self, name: str, *operands: Operand, **params: Any) -> Node:
        """The node for this operation: an existing equal one, or a new one."""
        op = OPS[name]
        inputs: Sequence[Node] = [
            o if isinstance(o, Node) else self.constant(o) for o in operands
        ]
        if op.elementwise:
            if len(inputs) > 1:
                inputs = self.spread(inputs)
        elif op.canonical is not None:
            # before looking for an equal node: it depends on what is known of sizes
            simpler = op.canonical(self, inputs, params)
            if simpler is not None:
                return simpler
        key: Any = None
        if not op.impure:
            key = (name, *[n.index for n in inputs], *params.items())
            if "value" in params:  # 0.0 and -0.0 stay apart
                key += (repr(params["value"]),)
            found = self._shared.get(key)
            if found is not None:
                return found
        node = None
        if op.elementwise:
            if op.canonical is not None:
                node = op.canonical(self, inputs, params)
            if node is None:
                dtype, weak = elementwise_dtype(op, inputs, params)
                dims = inputs[0].dims
                node = Node(self, op, tuple(inputs), params, dims, dtype, weak)
        else:
            dims, dtype, weak = self._infer(op, inputs, params)
            node = Node(self, op, tuple(inputs), params, dims, dtype, weak)
        if key is not None:
            self._shared[key] = node
        return node

    def _infer(
        self, op: Op, inputs: Sequence[Node], params: Params
    ) -> tuple[tuple[Dim, ...], np.dtype, bool]:
        if op.infer is not None:
            dims, dtype = op.infer(self, inputs, params)
            weak = op.moves and all(n.weak for n in inputs)
            return dims, dtype, weak
        dtype, weak = elementwise_dtype(op, inputs, params)
        return inputs[0].dims, dtype, weak

    def input(self, label: str, value: Any, dims: Sequence[Dim] | None = None) -> Node:
        """A leaf that the caller supplies; its sizes are free.

        ``value`` is the example: a NumPy array or a Python number (which is weak).
        """
        weak = type(value) in (bool, int, float)
        array = np.asarray(value)
        node = Node(self, OPS["input"], (), {"label": label}, (), array.dtype, weak)
        node.dims = tuple(
            Size.of("dim", node, axis, value=n) for axis, n in enumerate(array.shape)
        )
        if dims is not None:
            node.dims = tuple(dims)
        node.shape = array.shape
        node.kind = _kind(array.dtype, weak, node.dims)
        return node

    def constant(self, value: Any) -> Node:
        """An array or number that belongs to the program text."""
        if type(value) in _WEAK or isinstance(value, Size):
            return self.number(value)
        array = np.array(value)
        key = ("const", array.dtype.str, array.shape, array.tobytes())
        node = self._shared.get(key)
        if node is None:
            array.flags.writeable = False
            node = Node(
                self,
                OPS["const"],
                (),
                {"value": array},
                array.shape,
                array.dtype,
                False,
            )
            self._shared[key] = node
        return node

    def number(self, value: float | int | bool | Size) -> Node:
        """A Python number, or a size entering arithmetic."""
        if isinstance(value, Size):
            resolved = self.resolve(value)
            if isinstance(resolved, Size):
                return self.apply("size", size=resolved)
            value = resolved
        # 1, 1.0 and True, 0.0 and -0.0 stay apart
        exact = value.hex() if isinstance(value, float) else value
        key = ("number", type(value), exact)
        node = self._shared.get(key)
        if node is None:
            dtype = np.asarray(value).dtype
            node = Node(self, OPS["const"], (), {"value": value}, (), dtype, True)
            self._shared[key] = node
        return node

    def full(self, dims: Sequence[Dim], value: float, dtype: Any) -> Node:
        """An array with one value everywhere."""
        return self.constant(np.dtype(dtype).type(value)).broadcast(dims)

    def zeros(self, dims: Sequence[Dim], dtype: Any) -> Node:
        """An array of zeros."""
        return self.full(dims, 0, dtype)

    # -- sizes ---------------------------------------------------------------------

    def resolve(self, dim: Dim) -> Dim:
        """The dim with everything substituted that is known about its atoms."""
        if isinstance(dim, int) or not (self._known or self._equal):
            return dim
        found = self._resolved.get(dim)
        if found is None:
            found = dim
            while isinstance(found, Size) and any(
                a in self._known for a in found.atoms()
            ):
                found = found.substitute(self._known_or_same)
            if dim.atom in self._known:
                self._known[dim.atom] = found  # the shorter way, next time
            while found in self._equal:
                found = self._equal[found]
            self._resolved[dim] = found
        return found

    def _known_or_same(self, atom: Atom) -> Dim:
        known = self._known.get(atom)
        return Size({(atom,): 1}) if known is None else known

    def tie(self, left: Dim, right: Dim, checked: bool = False) -> None:
        """Record that two dims are the same number.

        ``checked`` says that NumPy raises by itself where they differ, so that the
        written code needs no guard.
        """
        a, b = self.resolve(left), self.resolve(right)
        if a == b:
            return
        if int(a) != int(b):
            raise ClearpropError(f"sizes {int(a)} and {int(b)} don't fit together")
        if not checked:
            self._guard(left, "==", right)
        self._learn(a, b)

    def _learn(self, a: Dim, b: Dim) -> None:
        """Make use of ``a == b``: one atom is from now on known by the others."""
        self._resolved.clear()
        self._spread.clear()
        solved = _solve(a - b)
        if solved is None:
            self._equations.append((a, b))
            self._equal[a if isinstance(a, Size) else b] = (
                b if isinstance(a, Size) else a
            )
            return
        atom, value = solved
        self._known[atom] = value
        # what was known of N // 2 or of N * D must go on to hold now that N is known
        facts = list(self._equations)
        self._equations.clear()
        self._equal.clear()
        for other in self._composite:
            args = tuple(map(self._resolve_argument, other.args))
            if args != other.args:
                facts.append((combine(other.kind, *args), self._known.pop(other)))
        self._composite = [a for a in self._composite if a in self._known]
        if atom.kind not in ("dim", "int"):
            self._composite.append(atom)
        for left, right in facts:
            self.tie(left, right, checked=True)

    def _resolve_argument(self, argument: Any) -> Any:
        return self.resolve(argument) if isinstance(argument, Size) else argument

    def _guard(self, left: Dim, relation: str, right: Dim) -> None:
        key = (left, relation, right)
        if key not in self._guarded:
            self._guarded.add(key)
            self.guards.append(SizeGuard(left, right, relation))

    def fix(self, dim: Dim) -> int:
        """The dim as a plain integer: the written code will insist on it."""
        if isinstance(dim, Size):
            self.tie(dim, dim.value)
            return dim.value
        return int(dim)

    def require(self, left: Dim, relation: str, right: Dim) -> None:
        """Guard a relation between sizes (">=", "<", "!=" …) that the trace relied on.

        What holds for every shape needs no guard.
        """
        difference = self.resolve(left) - self.resolve(right)
        if isinstance(difference, int):
            return
        excess = difference if relation[0] == ">" else difference * -1
        if relation in (">=", "<=") and never_negative(excess):
            return
        if relation in (">", "<") and never_negative(excess - 1):
            return
        self._guard(*_sides(difference, relation))

    def spread(self, inputs: Sequence[Node]) -> Sequence[Node]:
        """Inputs broadcast to their common dims, explicitly."""
        first = inputs[0].dims
        for node in inputs:
            if node.dims is not first and node.dims != first:
                break
        else:
            return inputs
        key = tuple([n.index for n in inputs])
        found = self._spread.get(key)
        if found is None:
            dims = self.common([n.dims for n in inputs])
            found = [n if n.dims == dims else n.broadcast(dims) for n in inputs]
            self._spread[key] = found
        return found

    def common(self, shapes: Sequence[tuple[Dim, ...]]) -> tuple[Dim, ...]:
        """The broadcast dims, by NumPy's rule; ties and stretched axes are recorded."""
        shapes = [s for s in dict.fromkeys(shapes) if s]
        if len(shapes) == 1:
            return shapes[0]
        ndim = max(map(len, shapes), default=0)
        dims: list[Dim] = []
        for axis in range(-ndim, 0):
            here = [s[axis] for s in shapes if len(s) >= -axis]
            wide = [d for d in here if int(d) != 1]
            if wide:
                for dim in here:
                    if int(dim) == 1:
                        self.fix(dim)
                    else:
                        self.tie(wide[0], dim)
            else:  # all 1 in the example: a literal 1 stretches, free sizes are tied
                wide = [d for d in here if isinstance(self.resolve(d), Size)] or here
                for dim in wide[1:]:
                    self.tie(wide[0], dim)
            dims.append(self.resolve(wide[0]))
        return tuple(dims)

    def same(self, a: Sequence[Dim], b: Sequence[Dim]) -> bool:
        """Whether two shapes are known to be equal for every size."""
        return a == b or (len(a) == len(b) and all(map(self._same_dim, a, b)))

    def _same_dim(self, a: Dim, b: Dim) -> bool:
        return a == b or self.resolve(a) == self.resolve(b)

    # -- reading -------------------------------------------------------------------

    def verify(self, outputs: Iterable[Node]) -> None:
        """Check every node below the outputs: a short typecheck after every pass."""
        for node in ordered(outputs):
            op, inputs = node.op, node.inputs
            for source in inputs:
                if source.graph is not self or source.index >= node.index:
                    raise ClearpropError(f"broken graph: {node!r} before {source!r}")
            if op.name in ("input", "const"):
                continue
            if op.elementwise:
                for source in inputs[1:]:
                    if not self.same(source.dims, inputs[0].dims):
                        raise ClearpropError(f"broken graph: {node!r} mixes shapes")
            dims, dtype, _ = self._infer(op, inputs, node.params)
            if dtype != node.dtype or not self.same(dims, node.dims):
                raise ClearpropError(f"broken graph: {node!r} should be {dims} {dtype}")


_MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}


def _sides(difference: Size, relation: str) -> tuple[Dim, str, Dim]:
    """``n - 2 >= 0`` as a person writes it: ``n >= 2``."""
    scale = content(difference)
    left: Dim = 0
    right: Dim = 0
    for monomial, coefficient in difference.terms:
        term = Size({monomial: abs(coefficient) // scale}) if monomial else None
        size: Dim = abs(coefficient) // scale if term is None else term
        if coefficient > 0:
            left = left + size
        else:
            right = right + size
    if isinstance(left, int):
        return right, _MIRRORED[relation], left
    return left, relation, right


def _solve(equation: Dim) -> tuple[Atom, Dim] | None:
    """``(atom, value)`` from ``equation == 0``, for an atom that it determines.

    Quotients and extremes go before plain sizes, later sizes before earlier ones, so
    that what remains is as simple and as early as it can be.
    """
    if isinstance(equation, int):
        return None
    scale = content(equation)
    best: Atom | None = None
    sign = 1
    for monomial, coefficient in equation.terms:
        if len(monomial) != 1 or abs(coefficient) != scale:
            continue
        atom = monomial[0]
        if list(equation.atoms()).count(atom) != 1:
            continue
        if best is None or _rank(atom) > _rank(best):
            best, sign = atom, 1 if coefficient > 0 else -1
    if best is None:
        return None
    rest = equation - Size({(best,): sign * scale})
    if isinstance(rest, int):
        value: Dim = rest // (-sign * scale)
        return (best, value) if rest % scale == 0 else None
    return best, rest // (-sign * scale)


def _rank(atom: Atom) -> tuple[bool, tuple[str, ...]]:
    return atom.kind not in ("dim", "int"), atom.key()


def ordered(outputs: Iterable[Node], known: Container[Node] = ()) -> list[Node]:
    """The outputs and all their ancestors, inputs first.

    Left out is what is ``known``, and what only that is made of. Creation order is a
    topological order, so no recursion is needed at any depth.
    """
    seen: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in seen and node not in known:
            seen.add(node)
            stack.extend(node.inputs)
    return sorted(seen, key=attrgetter("index"))


def back_to(tops: Iterable[Node], ends: Container[Node]) -> set[Node]:
    """The tops and what they are made of: of the ``ends``, nothing below."""
    seen: set[Node] = set()
    stack = list(tops)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node not in ends:
                stack.extend(node.inputs)
    return seen


_WEAK = (bool, int, float)
_SAMPLES: dict[str, Any] = {"b": True, "i": 1, "u": 1, "f": 1.0}
_KINDS: dict[tuple[np.dtype, bool, bool], int] = {}
_PROMOTED: dict[Any, tuple[np.dtype, bool]] = {}


def _kind(dtype: np.dtype, weak: bool, dims: tuple[Dim, ...]) -> int:
    """A number for what decides promotion: dtype, Python number or not, 0-d or not."""
    key = (dtype, weak, not dims)
    found = _KINDS.get(key)
    return _KINDS.setdefault(key, len(_KINDS)) if found is None else found


def elementwise_dtype(
    op: Op, inputs: Sequence[Node], params: Params
) -> tuple[np.dtype, bool]:
    """The result dtype by NumPy's own promotion, asked with arrays of one entry."""
    key = (op, *[n.kind for n in inputs], *params.items())
    found = _PROMOTED.get(key)
    if found is None:
        kinds = list(_KINDS)
        samples = [_sample(*kinds[n.kind]) for n in inputs]
        with np.errstate(all="ignore"):
            result = op.value(*samples, **params)
        found = _PROMOTED[key] = (np.asarray(result).dtype, type(result) in _WEAK)
    return found


def _sample(dtype: np.dtype, weak: bool, scalar: bool) -> Any:
    if weak:
        return _SAMPLES[dtype.kind]
    return dtype.type(1) if scalar else np.ones(1, dtype)


def evaluate(
    outputs: Sequence[Node],
    values: Mapping[Node, Any],
    keep: dict[Node, Any] | None = None,
    rounds: bool = True,
) -> list[Any]:
    """Compute outputs from the values of inputs, with sizes as they are now.

    ``keep``, if given, holds what was computed before, and receives what is computed.
    Unless it ``rounds``, a float that is cast to a narrower one keeps all its digits.
    """
    computed: dict[Node, Any] = keep if keep is not None else {}
    computed.update(values)
    recompute(ordered(outputs, computed), computed, rounds)
    return [computed[n] for n in outputs]


def recompute(
    nodes: Iterable[Node], computed: dict[Node, Any], rounds: bool = True
) -> None:
    """Compute nodes, given inputs first, and put them beside what is known already."""
    for node in nodes:
        if node in computed:
            continue
        if not rounds and node.op.name == "astype":
            (before,) = node.inputs
            if node.is_float and before.is_float:
                computed[node] = computed[before]
                continue
        if len(node.inputs) > 1 and node.op.elementwise:
            computed[node] = _as_written(node, computed)
            continue
        params = node.params
        if node.symbolic:
            params = {k: _concrete(v, computed) for k, v in params.items()}
        computed[node] = node.op.value(*[computed[n] for n in node.inputs], **params)


def _concrete(param: Any, computed: dict[Node, Any]) -> Any:
    """A parameter with sizes as a plain one, by the shapes computed so far."""
    if isinstance(param, Size):
        return param.substitute(lambda atom: _size_of(atom, computed))
    if isinstance(param, tuple):
        return tuple(_concrete(part, computed) for part in param)
    return param


def _size_of(atom: Atom, computed: dict[Node, Any]) -> Dim:
    node = atom.args[0]
    if node not in computed:  # a count that the data decides
        evaluate([node], {}, computed)
    value = computed[node]
    return int(value) if atom.kind == "int" else int(np.shape(value)[atom.args[1]])


class Tape:
    """One output, computed again and again at the same sizes: ``evaluate``, made quick.

    What does not depend on the ``moving`` inputs is computed once. NumPy broadcasts the
    operands of elementwise operations by itself.
    """

    def __init__(
        self, output: Node, values: Mapping[Node, Any], moving: Iterable[Node]
    ) -> None:
        """``values`` holds every input, the moving ones too."""
        computed: dict[Node, Any] = {}
        evaluate([output], values, computed)
        moves = set(moving)
        self._bare: dict[Node, Sequence[Node]] = {}
        for node in ordered([output]):
            if any(n in moves for n in node.inputs):
                moves.add(node)
        steps = self._needed(output, moves, computed)
        self.output = output
        self._computed = {n: v for n, v in computed.items() if n not in moves}
        self._fixed = computed[output] if output not in moves else None
        self._steps = [
            (
                n,
                n.op.value,
                self._bare[n],
                {k: _concrete(v, computed) for k, v in n.params.items()},
            )
            for n in steps
        ]

    def _needed(
        self, output: Node, moves: set[Node], computed: Mapping[Node, Any]
    ) -> list[Node]:
        needed, stack = set(), [output]
        while stack:
            node = stack.pop()
            if node in needed or node not in moves or not node.inputs:
                continue
            needed.add(node)
            self._bare[node] = inputs = self._operands(node, computed)
            stack.extend(inputs)
        return sorted(needed, key=attrgetter("index"))

    @staticmethod
    def _operands(node: Node, computed: Mapping[Node, Any]) -> Sequence[Node]:
        if len(node.inputs) < 2 or not node.op.elementwise:
            return node.inputs
        bare = [n.inputs[0] if n.op.name == "broadcast" else n for n in node.inputs]
        shape = np.broadcast_shapes(*(np.shape(computed[n]) for n in bare))
        return bare if shape == np.shape(computed[node]) else node.inputs

    def run(self, values: Mapping[Node, Any]) -> Any:
        """The output at other values of the moving inputs."""
        if not self._steps:
            return values.get(self.output, self._fixed)
        computed = {**self._computed, **values}
        for node, value, inputs, params in self._steps:
            computed[node] = value(*[computed[n] for n in inputs], **params)
        return computed[self.output]


def _as_written(node: Node, computed: Mapping[Node, Any]) -> Any:
    """Elementwise, with numbers as such: an array of 2.0 would decide the dtype."""
    bare = [
        n.inputs[0] if n.op.name == "broadcast" and not n.inputs[0].dims else n
        for n in node.inputs
    ]
    value = node.op.value(*[computed[n] for n in bare], **node.params)
    if node.dims and not any(n.dims for n in bare):
        return np.broadcast_to(value, np.shape(computed[node.inputs[0]]))
    return value


def _input_value(label: str) -> Any:
    raise ClearpropError(f"no value was given for input {label!r}")


def _no_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    raise AssertionError("leaves carry their own dims")


define("input", _input_value, infer=_no_infer, says="a value the caller supplies")
define("const", lambda value: value, infer=_no_infer, says="a constant of the program")
define(
    "size",
    lambda size: size,
    infer=lambda graph, inputs, params: ((), np.dtype(int)),
    moves=True,
    says="a size, used as a number",
)

__all__ = [
    "OPS", "Graph", "Node", "Op", "Operand", "Params", "SizeGuard", "Tape",
    "ValueGuard", "define", "evaluate", "largest", "ordered", "product", "smallest",
]  # fmt: skip
