"""What is read in, and changed in, a program's text before it is observed.

In comes the syntax tree, out come a copy that can be stopped anywhere and the plan:
which names are parameters because the text moves them. A check looks further than
``derive``: ``W1 = parameters["W1"] - rate * dW1`` moves W1 too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Any

from clearprop.checking.begun import begun
from clearprop.checking.bystanders import bystanders
from clearprop.checking.probing import put_aside
from clearprop.checking.settled import settled
from clearprop.trace.loss import Plan, identifier, is_list, plan
from clearprop.trace.rewrite import assignments, copied, place_of
from clearprop.trace.standins import Quiet

# names that a notebook or the interpreter brings; leaving may not close the input
AROUND: dict[str, Any] = {
    "display": Quiet(), "get_ipython": Quiet(), "exit": sys.exit, "quit": sys.exit,
}  # fmt: skip
_PLACES = ast.Name | ast.Attribute | ast.Subscript


def prepared(tree: ast.Module) -> ast.Module:
    """A copy in which ``except:`` doesn't catch what stops the program.

    And in which a weight that starts as the default of an argument, ``w=0.0``, or as an
    argument without a name, ``fit(np.zeros(3))``, starts as one that is given its value
    by ``w = w``.
    """
    made: ast.Module = copied(tree)
    unnamed = _unnamed_arguments(made)
    for node in ast.walk(made):
        if isinstance(node, ast.FunctionDef):
            _start_at_arguments(node, unnamed.get(node.name, frozenset()))
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type
        if caught is None or (
            isinstance(caught, ast.Name) and caught.id == "BaseException"
        ):
            name = ast.Name("Exception", ast.Load())
            place = caught if caught is not None else node
            node.type = ast.copy_location(name, place)
    put_aside(made)
    return made


def _unnamed_arguments(tree: ast.AST) -> dict[str, set[int | str]]:
    """Where functions are given what has no name yet: ``fit(np.zeros(3), X)``."""
    found: dict[str, set[int | str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given: list[tuple[int | str, ast.expr]] = [*enumerate(node.args)]
            given += [(k.arg, k.value) for k in node.keywords if k.arg is not None]
            places = {at for at, value in given if isinstance(value, ast.Call)}
            found.setdefault(node.func.id, set()).update(places)
    return found


def _start_at_arguments(function: ast.FunctionDef, given: Set[int | str]) -> None:
    """Give the arguments that are moved, and have no name yet, a name anew.

    They are numbers by default, or ``given`` by position or by name as they are made.
    """
    a = function.args
    last = [*a.posonlyargs, *a.args][-len(a.defaults) :] if a.defaults else []
    pairs = [*zip(last, a.defaults), *zip(a.kwonlyargs, a.kw_defaults)]
    numbers = [
        argument.arg
        for argument, default in pairs
        if isinstance(default, ast.Constant) and type(default.value) in (int, float)
    ]
    if given:
        positions = [*a.posonlyargs, *a.args]
        numbers += [p.arg for i, p in enumerate(positions) if i in given]
        numbers += [p.arg for p in (*positions, *a.kwonlyargs) if p.arg in given]
    moved = {*_moved(function), *_augmented(function)} if numbers else set()
    begun: list[ast.stmt] = []
    for name in dict.fromkeys(numbers):
        if name in moved:
            value = ast.Name(name, ast.Load())
            begun.append(ast.Assign([ast.Name(name, ast.Store())], value))
    first = int(ast.get_docstring(function) is not None)
    for statement in begun:
        ast.copy_location(statement, function)
        statement.end_lineno = function.lineno
        ast.fix_missing_locations(statement)
    function.body[first:first] = begun


def _augmented(tree: ast.AST) -> Iterator[str]:
    """Names of ``w -= rate * dw``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def planned(tree: ast.Module) -> Plan:
    """What the text tells before the program runs."""
    read = plan(tree)
    moved = read.updated | set(_moved(tree))
    return replace(
        read,
        updated=moved,
        begun=begun(tree, moved),
        bystanders=bystanders(tree),
        settled=settled(tree),
    )


def _moved(tree: ast.AST) -> Iterator[str]:
    """Names that are assigned what stood at a place of the same last name, moved.

    It may be projected too: ``x = shrunk(x - rate * g, rate)``. Or have a name of its
    own first: ``x_new = x - rate * g``, and ``x, g = x_new, g_new``.
    """
    moved: dict[str, set[str]] = {}  # x_new, and the terms that it was made of
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        if len(node.targets) != 1 or not isinstance(node.targets[0], _PLACES):
            continue
        name = identifier(place_of(node.targets[0]))
        steps = node.value.args if isinstance(node.value, ast.Call) else [node.value]
        terms = (t for s in steps if isinstance(s, ast.BinOp) for t in _first_terms(s))
        names = {identifier(place_of(part)) for part in terms}
        moved.setdefault(name, set()).update(names)
        if name in names:
            yield name
    for node in ast.walk(tree):
        for target, value in assignments(node) if isinstance(node, ast.Assign) else ():
            given = moved.get(value.id, ()) if isinstance(value, ast.Name) else ()
            if isinstance(target, ast.Name) and target.id in given:
                yield target.id


def _first_terms(value: ast.expr) -> Iterator[ast.expr]:
    """What a sum adds to: ``a`` of ``a - b``, and both of ``a + b``."""
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        if is_list(value.right):
            return  # context[1:] + [ix]
        if isinstance(value.op, ast.Add) and isinstance(value.right, _PLACES):
            yield value.right
        value = value.left
    if isinstance(value, _PLACES):
        yield value
