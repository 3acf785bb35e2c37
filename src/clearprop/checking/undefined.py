"""Names that nothing defines, in lines that weren't reached: they raise once they are.

A run is stopped when every update was seen, and a branch may not be taken at all; a
name that isn't there raises on the day it is. Comes in a program; go out the first line
of each such name, as what Python would raise there. Where names may come from elsewhere
(``from pylab import *``, ``exec``, ``globals()``) nothing is said.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator, Set
from dataclasses import dataclass

from clearprop.trace.source import Source

_ELSEWHERE = frozenset(("exec", "eval", "globals", "vars", "version_info", "PY2"))
_GIVEN = frozenset(
    "__file__ __name__ __doc__ __builtins__ __class__ __annotations__ __path__ "
    "__package__ __spec__ __loader__ display get_ipython In Out _ __ ___".split()
)
_KNOWN = _GIVEN.union(dir(builtins))
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Undefined:
    """A name, the function that reads it, and the names that it could have meant."""

    name: str
    line: int
    function: str
    scope: frozenset[str]

    @property
    def error(self) -> NameError:
        """What Python raises there."""
        return NameError(f"name {self.name!r} is not defined", name=self.name)


def undefined(source: Source, given: Set[str] = frozenset()) -> list[Undefined]:
    """The names that no line gives a value, but in functions that nobody calls.

    ``given`` are names that the checker defines before the program starts.
    """
    if _names_come_from_elsewhere(source.tree):
        return []
    try:
        top = symtable.symtable(source.text, source.file, "exec")
    except SyntaxError:
        return []
    shared = {*_assigned(top), *given}
    dead = _dead(source.tree)
    guarded = set(_guarded(source.tree))
    found: dict[str, Undefined] = {}
    places = [
        (f.name, n) for f, n in _functions(source.tree, top) if f.name not in dead
    ]
    for function, names in [("", _outside(source.tree)), *places]:
        for name, line, local in names:
            if name not in shared | _KNOWN and (name, line) not in guarded:
                scope = frozenset(local | shared | {*dir(builtins)})
                found.setdefault(name, Undefined(name, line, function, scope))
    return sorted(found.values(), key=lambda u: u.line)


def _names_come_from_elsewhere(tree: ast.Module) -> bool:
    return any(
        (isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names))
        or (isinstance(n, ast.Name) and n.id in _ELSEWHERE)
        or (isinstance(n, ast.Attribute) and n.attr in _ELSEWHERE)
        for n in ast.walk(tree)
    )


def _assigned(table: symtable.SymbolTable) -> Iterator[str]:
    """The names of the module, those that a function gives it by ``global`` too."""
    for symbol in table.get_symbols():
        shared = table.get_type() == "module" or symbol.is_declared_global()
        if shared and (
            symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        ):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _assigned(child)


def _functions(
    tree: ast.Module, top: symtable.SymbolTable
) -> Iterator[tuple[Function, list[tuple[str, int, set[str]]]]]:
    """Each function with the names that it looks up in the module, and its own."""
    tables: dict[tuple[str, int], symtable.SymbolTable] = {}
    waiting = [top]
    while waiting:
        table = waiting.pop()
        tables[table.get_name(), table.get_lineno()] = table
        waiting += table.get_children()
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        lines = [function.lineno, *(d.lineno for d in function.decorator_list)]
        own = next(
            tables[function.name, n] for n in lines if (function.name, n) in tables
        )
        asked = _looked_up(own)
        local = {s.get_name() for s in own.get_symbols() if s.is_local()}
        names: dict[str, int] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in asked:
                names[node.id] = min(node.lineno, names.get(node.id, node.lineno))
        yield function, [(name, line, local) for name, line in names.items()]


def _outside(tree: ast.Module) -> list[tuple[str, int, set[str]]]:
    """The names that stand outside of functions and classes."""
    loaded: dict[str, int] = {}
    stored: set[str] = set()  # the i of a comprehension too
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loaded[node.id] = min(node.lineno, loaded.get(node.id, node.lineno))
        elif isinstance(node, ast.Name):
            stored.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return [(n, line, stored) for n, line in loaded.items() if n not in stored]


def _looked_up(table: symtable.SymbolTable) -> set[str]:
    """Names that a function, or a comprehension in it, looks up in the module."""
    found = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_global()
        and s.is_referenced()
        and not s.is_local()
        and not s.is_parameter()  # Python takes a function called top for the module
    }
    for child in table.get_children():
        found |= _looked_up(child)
    return found


def _dead(tree: ast.Module) -> set[str]:
    """Functions that a program which calls others never mentions."""
    runs = [n for n in tree.body if isinstance(n, ast.For | ast.While | ast.Expr)]
    if not any(isinstance(n, ast.Call) for r in runs for n in ast.walk(r)):
        return set()
    mentioned = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    mentioned |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    defined = {n.name for n in ast.walk(tree) if isinstance(n, Function)}
    return {name for name in defined - mentioned if not name.startswith("__")}


def _guarded(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names in a ``try``, which may be there to see whether they are."""
    for block in ast.walk(tree):
        if isinstance(block, ast.Try):
            for statement in block.body:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name):
                        yield node.id, node.lineno
