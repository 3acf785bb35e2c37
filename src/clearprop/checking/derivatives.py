"""Functions that another one says it is the derivative of: ``f`` of ``df``.

Comes in a program's text; goes out the names of such functions. Where a program calls
``df`` alone, and ``f`` to print it if at all, ``f`` is called there as well, so that
there is something to compare with. That is done only with what does nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_OF = (
    re.compile(r"^(?:d_?|grad(?:ient)?_?(?:of_)?|deriv(?:ative)?_?(?:of_)?|nabla_?)(\w+)$"),
    re.compile(r"^(\w+?)_?(?:prime|grad|gradient|deriv|derivative|dot)$"),
    re.compile(r"^d(\w+)_?d\w+$"),
    re.compile(r"^d(\w+)_d\w+$"),
)  # fmt: skip
_ANY = re.compile(r"^(grad|gradient|derivative|deriv|slope)$")
_PLAIN = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return


def primitives(tree: ast.AST) -> frozenset[str]:
    """The functions whose derivative, of the same arguments, is a function too."""
    return frozenset(f.name for f, _ in _pairs(tree))


def derivatives(tree: ast.AST) -> frozenset[str]:
    """The functions that are the derivative of another."""
    return frozenset(derivative.name for _, derivative in _pairs(tree))


def lines_of_pairs(tree: ast.AST) -> frozenset[int]:
    """The lines of functions that are a derivative, or have one."""
    return frozenset(
        line
        for pair in _pairs(tree)
        for function in pair
        for line in range(function.lineno, (function.end_lineno or 0) + 1)
    )


def outside(tree: ast.Module) -> ast.Module:
    """The program without such functions: an ``r`` in ``chi2`` is its own.

    What they are called counts where anything else calls them.
    """
    own = {function for pair in _pairs(tree) for function in pair}
    rest = [s for s in tree.body if s not in own]
    called = {n.id for s in rest for n in ast.walk(s) if isinstance(n, ast.Name)}
    named = [
        ast.FunctionDef(f.name, f.args, [ast.Pass()], [], lineno=f.lineno)
        for f, _ in _pairs(tree)
        if f.name in called
    ]
    return ast.Module([*named, *rest], [])


def called(tree: ast.Module) -> None:
    """Have each derivative call its function first."""
    for function, derivative in list(_pairs(tree)):
        if not _only_computes(function):
            continue
        names = [a.arg for a in derivative.args.args]
        call = ast.Call(
            ast.Name(function.name, ast.Load()),
            [ast.Name(n, ast.Load()) for n in names],
            [],
        )
        first = int(ast.get_docstring(derivative) is not None)
        if first < len(derivative.body):
            statement = ast.copy_location(ast.Expr(call), derivative.body[first])
            derivative.body.insert(first, ast.fix_missing_locations(statement))


def _pairs(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef, ast.FunctionDef]]:
    body = getattr(tree, "body", [])
    functions = {s.name: s for s in body if isinstance(s, ast.FunctionDef)}
    for name, derivative in functions.items():
        for other in _names_of(name, functions):
            function = functions.get(other)
            if function is not None and _alike(function, derivative):
                yield function, derivative
                break


def _names_of(name: str, functions: dict[str, ast.FunctionDef]) -> Iterator[str]:
    """What a function may be the derivative of, by its name."""
    for pattern in _OF:
        found = pattern.match(name)
        if found:
            yield found[1]
    if _ANY.match(name):  # the one other function there is, of the same arguments
        others = [f for f in functions if f != name]
        yield from others if len(others) == 1 else [n for n in others if n == "f"]


def _alike(one: ast.FunctionDef, other: ast.FunctionDef) -> bool:
    a, b = one.args, other.args
    plain = not (a.vararg or a.kwarg or a.kwonlyargs or a.posonlyargs)
    return plain and bool(a.args) and ast.dump(a) == ast.dump(b) and one is not other


def _only_computes(function: ast.FunctionDef) -> bool:
    """Whether a call changes nothing: it makes names of its own, and a value."""
    body = function.body[int(ast.get_docstring(function) is not None) :]
    stores = [
        n
        for s in body
        for n in ast.walk(s)
        if isinstance(n, ast.Attribute | ast.Subscript) and isinstance(n.ctx, ast.Store)
    ]
    calls = [ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)]
    drawn = any(re.search(r"rand|choice|shuffle|print|input|open", c) for c in calls)
    return not stores and not drawn and all(isinstance(s, _PLAIN) for s in body)
