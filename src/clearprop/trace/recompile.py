"""From a function to the same function with hooks.

In comes a code object with the text of its file, out comes the code of the same
function in which calls, reads, stores and assignments go through the hooks of
``clearprop.trace.instrument``. File name, line numbers, closures and scopes stay as
they are: the rewritten statement is compiled in place of the original, and the code
object of the same name and line is taken out of it. The hooks arrive as a constant of
the code, so nothing is written into the user's namespaces.
"""

from __future__ import annotations
import __future__

import ast
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import Any

from clearprop.trace.rewrite import MARK, Rewriter, copied
from clearprop.trace.source import parsed

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag

_trees: dict[str, tuple[Any, ast.Module | None]] = {}
_codes: dict[tuple[int, bool], tuple[CodeType, CodeType | None]] = {}
_made: dict[int, CodeType] = {}  # every rewritten code object, kept alive


def is_rewritten(code: CodeType) -> bool:
    """Whether this code came out of ``rewritten`` (nested functions included)."""
    return id(code) in _made


def rewritten(
    code: CodeType, namespace: dict[str, Any], hooks: object, script: bool = False
) -> CodeType | None:
    """The code of the same function with hooks, or None where it can't be read."""
    key = (id(code), script)
    found = _codes.get(key)
    if found is None:
        _codes[key] = found = (code, _rewrite(code, namespace, hooks, script))
    return found[1]


def rewrite_module(
    tree: ast.Module, file: str, hooks: object, updated: frozenset[str]
) -> CodeType:
    """A whole script with hooks; ``tree`` is changed on the way."""
    made = Rewriter(script=True, updated=updated).visit(tree)
    code = compile(made, file, "exec", dont_inherit=True)
    return _with_hooks(code, hooks)


def rewrite_expression(tree: ast.Expression, hooks: object) -> CodeType:
    """An expression with hooks, to be evaluated in a namespace of the user's."""
    tree.body = Rewriter(script=False).visit(tree.body)
    return _with_hooks(compile(tree, "<loss>", "eval", dont_inherit=True), hooks)


def _rewrite(
    code: CodeType, namespace: dict[str, Any], hooks: object, script: bool
) -> CodeType | None:
    tree = _tree(code.co_filename, namespace)
    if tree is None:
        return None
    line = code.co_firstlineno
    around = [s for s in tree.body if _first_line(s) <= line <= (s.end_lineno or 0)]
    if not around:
        return None
    flags = code.co_flags & _FUTURE
    copy = Rewriter(script).visit(ast.Module(copied(around), type_ignores=[]))
    whole = compile(copy, code.co_filename, "exec", flags=flags, dont_inherit=True)
    candidates = [c for c in nested(whole) if _fits(c, code)]
    if len(candidates) > 1:
        found = box(code)
        candidates = [c for c in candidates if box(c) == found] or candidates
    return _with_hooks(candidates[0], hooks) if candidates else None


def _tree(file: str, namespace: dict[str, Any]) -> ast.Module | None:
    """The syntax tree of a file, parsed once as long as its text stays the same."""
    lines = linecache.getlines(file, namespace)
    found = _trees.get(file)
    if found is None or found[0] is not lines:
        tree: ast.Module | None = None
        if lines:
            try:
                tree = parsed("".join(lines))
            except (SyntaxError, ValueError):
                tree = None
        _trees[file] = found = (lines, tree)
    return found[1]


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def nested(code: CodeType) -> Iterator[CodeType]:
    """The functions and classes that stand in a code, at any depth."""
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from nested(const)


def _fits(made: CodeType, code: CodeType) -> bool:
    count = code.co_argcount + code.co_kwonlyargcount
    return (
        made.co_name == code.co_name
        and made.co_firstlineno == code.co_firstlineno
        and made.co_argcount == code.co_argcount
        and made.co_varnames[:count] == code.co_varnames[:count]
        and set(made.co_freevars) == set(code.co_freevars)
        and (made.co_flags ^ code.co_flags) & 0x2AC == 0  # generator, async, *args
    )


def box(code: CodeType) -> tuple[Any, ...] | None:
    """From where to where the code reaches: two lambdas on one line differ."""
    spots = [
        p
        for p in code.co_positions()
        if None not in p and p[2:] not in ((0, 0), (0, 1))
    ]
    if not spots:
        return None
    starts = min((p[0], p[2]) for p in spots)
    ends = max((p[1], p[3]) for p in spots)
    return starts, ends


def _with_hooks(code: CodeType, hooks: object) -> CodeType:
    consts = tuple(
        _with_hooks(c, hooks)
        if isinstance(c, CodeType)
        else hooks
        if isinstance(c, str) and c == MARK
        else c
        for c in code.co_consts
    )
    made = code.replace(co_consts=consts)
    _made[id(made)] = made
    return made
