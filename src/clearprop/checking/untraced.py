"""Running plainly what can't be followed, and remembering what came of it.

A whole program does more than its forward and backward pass: it draws Poisson counts,
sorts, splits data with another library, counts right answers. In come a function and
its traced arguments, out comes what it gives for their plain values: floats as leaves
of their own, whole numbers as constants. Where such a value comes from a parameter and
reaches the loss or a gradient, nothing can be decided, and the record says so.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.matrices import MAKERS, matrix
from clearprop.graph import Graph, Node
from clearprop.trace.array import Traced
from clearprop.trace.instrument import _CALLING
from clearprop.trace.leaves import Leaves
from clearprop.trace.library import is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.rewrite import place_of
from clearprop.trace.source import Source
from clearprop.trace.standins import Missing, Quiet

if TYPE_CHECKING:
    from clearprop.trace.instrument import Hooks

_IN_PLACE = frozenset(
    (
        operator.setitem, operator.iadd, operator.isub, operator.imul,
        operator.itruediv, operator.ifloordiv, operator.imod, operator.ipow,
    )
)  # fmt: skip
LONG = 10_000  # longer lists are data, which is lifted when it is read


@dataclass(frozen=True, slots=True)
class Apart:
    """One call that was run plainly: what it was given and what came of it."""

    line: int
    code: str
    how: str  # "np.sort()"
    results: tuple[Node, ...]
    sources: tuple[Node, ...]


class Plainly:
    """What a tracer asks when it can't follow a call."""

    def __init__(self, leaves: Leaves, source: Source, tolerant: bool = False) -> None:
        self.leaves = leaves
        self.tracer = leaves.tracer
        self.source = source
        self.tolerant = tolerant  # files that aren't there are missing, no error
        self.seen: list[Apart] = []

    def __call__(self, function: Any, args: Any, kwargs: Any) -> Any:
        """``function(*args, **kwargs)`` on plain values; what it gives is traced."""
        tracer = self.tracer
        if function in MAKERS and len(args) == 1 and type(args[0]) is Traced:
            return matrix(tracer, args[0])
        file, line, code = tracer.where()
        given = list(_traced([*args, *kwargs.values()]))
        before = [(t, t.value.copy()) for t in given if t.is_array]
        sources = tuple(dict.fromkeys(t.node for t in given))
        try:
            result = function(*tracer.plain(list(args)), **tracer.plain(dict(kwargs)))
        except OSError as error:
            if not self.tolerant or line in self._tried or file != self.source.file:
                raise
            return Missing(str(error))
        names = self.targets.get(line, ()) if file == self.source.file else ()
        how = getattr(function, "__name__", type(function).__name__)
        fresh = any(tracer.varies(node) for node in sources)
        maker = _Maker(self.leaves, fresh, {id(t.value): t for t in given})
        force = function in _IN_PLACE
        for t, old in before:
            same = np.array_equal(t.value, old, equal_nan=True)
            if not same or (force and t is given[0]):
                t.write(maker.leaf(t.value.copy(), names[0] if names else how).node)
        if isinstance(result, tuple) and len(names) == len(result):
            made: Any = tuple(maker.made(r, n) for r, n in zip(result, names))
        else:
            made = maker.made(result, names[0] if names else how)
        if fresh:
            how = how if how.endswith(")") else f"{how}()"
            self.seen.append(Apart(line, code, how, tuple(maker.nodes), sources))
        return made

    def foreign(self, hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
        """A call of code that isn't followed: another library's, or Python's own."""
        for value in args:
            if type(value) is Missing and type(function) is not Missing:
                return value
        module = getattr(function, "__module__", None) or ""
        package = module.partition(".")[0]
        if package == "clearprop" and getattr(function, "__name__", "") == "check":
            return Quiet()  # a program that checks itself isn't checked in turn
        pythons = package in sys.stdlib_module_names
        library = is_library_module(module) and package != "clearprop"
        if library and not pythons and self.tracer.touched([*args, kwargs]):
            args = [hooks._callback(a) for a in args]
            kwargs = {k: hooks._callback(a) for k, a in kwargs.items()}
            return self(function, args, kwargs)
        try:
            return hooks.as_it_is(function, args, kwargs)
        except OSError:
            return self(function, args, kwargs)
        except (TypeError, AttributeError):
            if not pythons or package in _CALLING:
                raise
            return self(function, args, kwargs)

    @staticmethod
    def restored(node: Node) -> Node:
        """What an array is after ``x[i] = …``: itself, where the old entry is put back.

        A numerical gradient does so for each entry, and the weights stay the weights.
        """
        if node.op.name != "setitem":  # x[...] = y puts y there as a whole
            return node
        whole, part, *keys = node.inputs
        while whole.op.name == "setitem" and _same_key(whole, node, keys):
            whole = whole.inputs[0]
        read = part.op.name == "getitem" and part.inputs[0] is whole
        if read and list(part.inputs[1:]) == keys and part.params == node.params:
            return whole
        if whole is node.inputs[0]:
            return node
        return node.graph.apply("setitem", whole, part, *keys, **node.params)

    @cached_property
    def targets(self) -> dict[int, tuple[str, ...]]:
        """For every line, the places that its statement assigns."""
        found: dict[int, tuple[str, ...]] = {}
        for first, last, names in _assignments(self.source.tree):
            found.update(dict.fromkeys(range(first, last + 1), names))
        return found

    @cached_property
    def _tried(self) -> frozenset[int]:
        """Lines for whose failure the program itself is prepared."""
        return frozenset(
            line
            for node in ast.walk(self.source.tree)
            if isinstance(node, ast.Try) and node.handlers
            for statement in node.body
            for line in range(statement.lineno, (statement.end_lineno or 0) + 1)
        )


def _assignments(tree: ast.AST) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """First line, last line and the places, of each assignment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            last = node.end_lineno or node.lineno
            yield node.lineno, last, tuple(targets_of(node.targets[0]))


def targets_on(tree: ast.AST, line: int) -> tuple[str, ...]:
    """The places that the statement of a line assigns."""
    for first, last, names in _assignments(tree):
        if first <= line <= last:
            return names
    return ()


def targets_of(target: ast.expr) -> Iterator[str]:
    """The places of an assignment's target, those of nested tuples in a row."""
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from targets_of(item)
    elif isinstance(target, ast.Starred):
        yield from targets_of(target.value)
    else:
        yield place_of(target)


class _Maker:
    """Makes traced values of one plain result."""

    def __init__(self, leaves: Leaves, fresh: bool, given: dict[int, Traced]) -> None:
        self.leaves = leaves
        self.fresh = fresh
        self.given = given  # the arguments, by the identity of their values
        self.nodes: list[Node] = []

    def leaf(self, value: Any, label: str) -> Any:
        """A float as a leaf, anything else as a constant."""
        floats = isinstance(value, float) or value.dtype.kind == "f"
        if self.fresh and floats:
            traced = self.leaves.script(value, label)
            self.nodes.append(traced.node)
            return traced
        return self.leaves.tracer.lift(value)

    def made(self, value: Any, label: str) -> Any:
        """The value with its numbers traced, also inside of containers."""
        if id(value) in self.given:
            return self.given[id(value)]
        kind = type(value)
        if kind in (float, np.ndarray) or isinstance(value, np.generic):
            return self.leaf(value, label)
        if isinstance(value, tuple):
            items = [self.made(v, f"{label}[{i}]") for i, v in enumerate(value)]
            return kind(*items) if hasattr(value, "_fields") else tuple(items)
        if kind is list and len(value) <= LONG:
            return [self.made(v, f"{label}[{i}]") for i, v in enumerate(value)]
        if kind is dict and len(value) <= LONG:
            return {k: self.made(v, f"{label}[{k!r}]") for k, v in value.items()}
        return value


def _same_key(a: Node, b: Node, keys: list[Node]) -> bool:
    """Whether two stores are to the same whole place, which the later one fills."""
    return a.params == b.params and list(a.inputs[2:]) == keys


def _traced(values: Iterable[Any]) -> Iterator[Traced]:
    for value in values:
        kind = type(value)
        if kind is Traced:
            yield value
        elif kind in (list, tuple, NumberList):
            yield from _traced(value)
        elif kind is dict:
            yield from _traced(value.values())


def from_parameters(
    seen: list[Apart], graph: Graph, parameters: set[Node]
) -> list[Apart]:
    """The records whose values come from a parameter, also through other records."""
    origins = {node: record.sources for record in seen for node in record.results}
    learned: list[bool] = []
    for node in graph.nodes:
        inputs = origins.get(node, node.inputs)
        learned.append(node in parameters or any(learned[n.index] for n in inputs))
    return [r for r in seen if any(learned[n.index] for n in r.sources)]
