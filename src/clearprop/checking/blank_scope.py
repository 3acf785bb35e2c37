"""What stands around a line of a program: its function and the comments about it.

Comes in a program's syntax tree or text; go out the statements of each function, and
what the comments on a statement's line and directly above it say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from clearprop.trace.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef

_CLAIM = re.compile(r"#\s*clearprop:\s*(?P<place>.+?)\s*=(?!=)\s*(?P<claim>.+?)\s*$")


def overridden(tree: ast.Module, function: Function) -> bool:
    """Whether another function of this name does the work: a base class's says so.

    So does a class that nothing speaks of, beside others that have such a method.
    """
    others = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and node.name == function.name
        and node is not function
    ]
    owner = _owner(tree, function)
    if owner is not None and _only_promises(owner, function):
        return True
    if owner is None or not others:
        return bool(others)
    if not any(isinstance(n, ast.Name) and n.id == owner.name for n in ast.walk(tree)):
        return True
    heirs = _heirs(tree, owner)
    return any(_owner(tree, other) in heirs for other in others)


def _only_promises(owner: ast.ClassDef, function: Function) -> bool:
    """Whether a method is there to be written elsewhere: in a protocol, abstract."""
    words = {
        ast.unparse(n).partition("[")[0].rpartition(".")[2]
        for n in (*owner.bases, *function.decorator_list)
    }
    return not words.isdisjoint(("Protocol", "abstractmethod"))


def hands_on(tree: ast.Module, function: Function) -> bool:
    """Whether a class only hands on what it is given: ``Input`` before all layers.

    Where something does read what its ``backward`` gives, the run raises.
    """
    owner = _owner(tree, function)
    if owner is None:
        return False
    methods = [m for m in owner.body if isinstance(m, Function)]
    works = (ast.BinOp, ast.Compare, ast.Subscript, ast.For, ast.While)
    computes = any(
        isinstance(node, works)
        or (isinstance(node, ast.Call) and not ast.unparse(node).startswith("super("))
        for method in methods
        for node in ast.walk(method)
    )
    return not computes and any(map(_gives_its_argument, methods))


def _gives_its_argument(method: Function) -> bool:
    """``def forward(self, x): return x``, or what it keeps of it."""
    given = {a.arg for a in method.args.args[1:]}
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in given:
            given |= {ast.unparse(target) for target in node.targets}
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and ast.unparse(node.value) in given
        for node in ast.walk(method)
    )


def _owner(tree: ast.Module, function: Function) -> ast.ClassDef | None:
    """The class that a method belongs to."""
    return next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and function in node.body
        ),
        None,
    )


def _heirs(tree: ast.Module, owner: ast.ClassDef) -> list[ast.ClassDef]:
    """The classes that are made from one, and from these."""
    kinds = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = [owner]
    for one in found:
        found += [
            kind
            for kind in kinds
            if kind not in found and one.name in map(ast.unparse, kind.bases)
        ]
    return found[1:]


def bodies(
    tree: ast.Module,
) -> Iterator[tuple[list[ast.stmt], Function | None]]:
    """The statements of the program and of each function, those in loops too."""
    yield list(_own(tree)), None
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield list(_own(node)), node


def _own(around: ast.AST) -> Iterator[ast.stmt]:
    """Statements that don't belong to a function further in."""
    for node in ast.iter_child_nodes(around):
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, Function | ast.ClassDef | ast.expr):
            yield from _own(node)


def comments(source: Source, statement: ast.stmt) -> str:
    """The comment on a statement's line and those directly above it."""
    lines = source.lines
    found = [lines.get(statement.end_lineno or statement.lineno, "").partition("#")[2]]
    above = statement.lineno - 1
    while lines.get(above, "").lstrip().startswith("#"):
        found.append(lines[above].strip())
        above -= 1
    return "\n".join(found)


def claim(source: Source, statement: ast.stmt, variable: str) -> str:
    """What a ``# clearprop:`` comment says that a variable is."""
    text = "\n".join(
        f"# {line.lstrip('# ')}" for line in comments(source, statement).split("\n")
    )
    for line in text.split("\n"):
        match = _CLAIM.match(line)
        if match and match["place"] == variable:
            return match["claim"]
    for text in source.claims:
        place, _, said = text.partition("=")
        if place.strip() == variable:
            return said.strip()
    return ""
