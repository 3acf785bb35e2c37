"""The program's own functions and classes, as they were before the hooks went in.

The search for a mend calls helpers such as ``sigmoid_prime`` on plain arrays. Rewritten
code would do, but it is slow and hides what a function stores; so the functions are
compiled once more from the same text.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from types import CellType, CodeType, FunctionType, MemberDescriptorType
from typing import Any

from clearprop.checking.observe import Observed
from clearprop.trace.array import Traced
from clearprop.trace.recompile import box, nested


class Plain:
    """Plain doubles of functions and classes, made when first asked for."""

    def __init__(self, observed: Observed) -> None:
        source = observed.source
        whole = compile(source.tree, source.file, "exec", dont_inherit=True)
        self._codes: dict[tuple[str, int], list[CodeType]] = {}
        for code in nested(whole):
            key = code.co_name, code.co_firstlineno
            self._codes.setdefault(key, []).append(code)
        self._observed = observed
        self._double_all({})

    def _double_all(self, others: Mapping[str, Any]) -> None:
        self._made: dict[int, Any] = {}
        self._kept: list[Any] = []
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        for name, value in self._observed.namespace.items():
            self.namespace[name] = (
                value.value if type(value) is Traced else self.double(value)
            )
        self.namespace.update(others)

    def beside(self, values: Mapping[str, Any]) -> Plain:
        """The same where names of the program's, ``X`` or ``w``, have other values."""
        made = copy.copy(self)
        made._double_all(values)
        return made

    def double(self, value: Any) -> Any:
        """A function or class without hooks; anything else as it is."""
        if type(value) is not FunctionType and not isinstance(value, type):
            return value
        known = self._made.get(id(value))
        if known is None:
            self._kept.append(value)
            if isinstance(value, type):
                known = self._class(value)
            else:
                known = self._function(value)
            self._made[id(value)] = known
        return known

    def _function(self, function: FunctionType) -> Any:
        code = function.__code__
        alike = self._codes.get((code.co_name, code.co_firstlineno), [])
        if len(alike) > 1:  # two lambdas on one line
            alike = [c for c in alike if box(c) == box(code)]
        plain = next((c for c in alike if c.co_freevars == code.co_freevars), None)
        if plain is None:
            return function
        made = FunctionType(
            plain, self.namespace, function.__name__, function.__defaults__,
            tuple(map(_own_cell, function.__closure__ or ())) or None,
        )  # fmt: skip
        self._made[id(function)] = made  # it may stand in one of its own cells
        for cell in made.__closure__ or ():
            if _holds_a_function(cell):
                cell.cell_contents = self.double(cell.cell_contents)
        return made

    def _class(self, kind: type) -> Any:
        if kind.__module__ != "__main__" or type(kind) is not type:
            return kind
        parts = {
            name: self._part(part)
            for name, part in kind.__dict__.items()
            if name not in ("__dict__", "__weakref__")
            and type(part) is not MemberDescriptorType  # a slot's, made anew
        }
        try:
            return type(kind.__name__, kind.__bases__, parts)
        except TypeError:
            return kind

    def _part(self, part: Any) -> Any:
        if type(part) is FunctionType:
            return self.double(part)
        if isinstance(part, staticmethod):
            return staticmethod(self.double(part.__func__))
        if isinstance(part, classmethod):
            return classmethod(self.double(part.__func__))
        return part


def read_from_outside(tree: ast.AST) -> frozenset[str]:
    """The names that functions read and don't bind: the ``X`` of ``grad(w)``."""
    found: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            loaded = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
            found |= loaded - bound_in(function)
    return frozenset(found)


def bound_in(function: ast.AST) -> set[str]:
    """The names of a function's own."""
    nodes = list(ast.walk(function))
    stored = {
        n.id
        for n in nodes
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    return stored | {n.arg for n in nodes if isinstance(n, ast.arg)}


def _own_cell(cell: CellType) -> CellType:
    """A cell that may be given a double: values are shared, functions are not."""
    return CellType(cell.cell_contents) if _holds_a_function(cell) else cell


def _holds_a_function(cell: CellType) -> bool:
    try:
        return isinstance(cell.cell_contents, FunctionType | type)
    except ValueError:  # nothing is in it yet
        return False
