"""Traced copies in place of what functions capture, for as long as they are traced.

Closures and globals hold the user's arrays and objects. While a trace runs, the cells
and namespaces that its functions read hold traced copies instead, so that nothing of
the user's is changed and code that can't be rewritten finds traced arrays too.
Afterwards everything is put back, assignments to globals included.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import BuiltinFunctionType, CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from clearprop.trace.leaves import Leaves
from clearprop.trace.library import is_library_file

_WITHOUT_ARRAYS = frozenset((FunctionType, BuiltinFunctionType, np.ufunc, CodeType))


class Captured:
    """What was put in place of captured values, and how to put it back."""

    def __init__(self, leaves: Leaves | None, script: Any) -> None:
        self.leaves = leaves
        self.script = script
        self.names: set[str] = set()  # every identifier of the functions seen
        self._namespaces: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._cells: list[tuple[CellType, Any]] = []
        self._seen: set[int] = set()
        self._kept: list[Any] = []

    def visit(self, function: Any) -> None:
        """Put traced copies of captured arrays where this function will find them."""
        if id(function.__code__) in self._seen and not function.__closure__:
            return
        self._seen.add(id(function.__code__))
        leaves = self.leaves
        assert leaves is not None
        self._kept.append(function)
        names = set(_names_in(function.__code__))
        self.names |= names | set(function.__code__.co_varnames)
        own = self.script is not None and function.__globals__ is self.script.namespace
        if not own:
            self._visit_globals(function.__globals__, names)
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            if any(c is cell for c, _ in self._cells):
                continue
            try:
                value = cell.cell_contents
            except ValueError:  # not bound yet
                continue
            self._cells.append((cell, value))
            if type(value) not in _WITHOUT_ARRAYS:
                made = leaves.captured(value, (name,))
                if made is not value:
                    cell.cell_contents = made

    def _visit_globals(self, namespace: dict[str, Any], names: set[str]) -> None:
        leaves = self.leaves
        assert leaves is not None
        if id(namespace) not in self._namespaces:
            self._namespaces[id(namespace)] = (namespace, dict(namespace))
        before = self._namespaces[id(namespace)][1]
        for name in names:
            value = before.get(name)
            if value is None or namespace.get(name) is not value:
                continue
            if type(value) in _WITHOUT_ARRAYS:
                continue
            made = leaves.captured(value, (name,))
            if made is not value:
                namespace[name] = made

    def visit_unread(self, function: Any) -> None:
        """Without its source nobody sees the helpers it calls: visit them now."""
        for name in function.__code__.co_names:
            helper = function.__globals__.get(name)
            if type(helper) is not FunctionType or id(helper.__code__) in self._seen:
                continue
            if not is_library_file(helper.__code__.co_filename):
                self.visit(helper)
                self.visit_unread(helper)

    def put_back(self) -> None:
        for cell, value in self._cells:
            cell.cell_contents = value
        for namespace, before in self._namespaces.values():
            for name in [n for n in namespace if n not in before]:
                del namespace[name]
            for name, value in before.items():
                if namespace.get(name, self) is not value:
                    namespace[name] = value


def _names_in(code: CodeType) -> Iterator[str]:
    """Every name that a function and the functions inside it use."""
    yield from code.co_names
    yield from code.co_cellvars
    yield from code.co_freevars
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from const.co_varnames
            yield from _names_in(const)
