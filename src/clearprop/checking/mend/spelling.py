"""Syntax trees in and out of text.

An edit is a new tree for an old one. Here a template becomes a tree, a tree takes the
place of another, and a tree becomes text again. Parts that didn't change stay the very
same objects, so that their values, once computed, are never computed again.
"""

from __future__ import annotations

import ast
import copy
import difflib
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

Tree = TypeVar("Tree", bound=ast.AST)

# `a1 ** 2` is spelt `a1**2`, as formatters do, where both sides are simple.
_POWER = re.compile(r"(?<=[\w\])]) \*\* (?=[\w.]+(?![\w.(\[]))")


def spell(tree: ast.AST) -> str:
    """The tree as text on one line."""
    return _POWER.sub("**", ast.unparse(tree)).replace("\n", " ")


def line_of(statement: ast.stmt) -> str:
    """A statement on one line: ``a, b = c, d`` without brackets, as people write it."""
    text, value = spell(statement), getattr(statement, "value", None)
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        text = text.removesuffix(spell(value)) + spell(value)[1:-1]
    return text


def name(text: str) -> ast.Name:
    return ast.Name(id=text, ctx=ast.Load())


@cache
def _parsed(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


def fill(template: str, parts: Mapping[str, ast.expr]) -> ast.expr:
    """``fill("A * (1 - A)", {"A": tree})``: the template with its names filled in."""

    def part(node: ast.AST) -> ast.AST | None:
        return parts.get(node.id) if isinstance(node, ast.Name) else None

    return rebuilt(_parsed(template), part)


def substituted(tree: Tree, swaps: Mapping[int, ast.AST]) -> Tree:
    """The tree with each node whose id is a key replaced."""
    return rebuilt(tree, lambda node: swaps.get(id(node)))


def rebuilt(tree: Tree, replace: Callable[[ast.AST], ast.AST | None]) -> Tree:
    """The tree with nodes replaced from the top; untouched parts are shared."""
    new = replace(tree)
    if new is not None:
        return new  # type: ignore[return-value]
    changes: dict[str, object] = {}
    for field, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            fresh: object = rebuilt(value, replace)
            if fresh is not value:
                changes[field] = fresh
        elif isinstance(value, list):
            items = [
                rebuilt(v, replace) if isinstance(v, ast.AST) else v for v in value
            ]
            if any(a is not b for a, b in zip(items, value)):
                changes[field] = items
    if not changes:
        return tree
    made = copy.copy(tree)
    for field, fresh in changes.items():
        setattr(made, field, fresh)
    return made


def smallest_change(old: ast.AST, new: ast.AST) -> tuple[ast.AST, ast.AST]:
    """The smallest expressions that differ: follow the one child that does."""
    while type(old) is type(new):
        pairs = list(zip(_children(old), _children(new)))
        if len(_children(old)) != len(_children(new)) or _own(old) != _own(new):
            break
        differing = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
        if len(differing) != 1 or not isinstance(differing[0][0], _SHOWN):
            break
        old, new = differing[0]
    return old, new


# What can be shown alone: `axis=0` without its call says little, and so does a slice.
_SHOWN = (ast.expr,)


def _children(node: ast.AST) -> list[ast.AST]:
    return [
        child
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, ast.expr_context)
    ]


def _own(node: ast.AST) -> list[object]:
    """What the node says beside its children: a name, a constant, an attribute."""
    return [
        value
        for _, value in ast.iter_fields(node)
        if not isinstance(value, ast.AST | list)
    ]


_TOKEN = re.compile(r"\w+|\*\*|[^\s\w]")


def distance(old: str, new: str) -> int:
    """How many words and signs were added or taken away."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    same = sum(
        block.size
        for block in difflib.SequenceMatcher(None, a, b, False).get_matching_blocks()
    )
    return len(a) + len(b) - 2 * same


def size(tree: ast.AST) -> int:
    return sum(1 for _ in ast.walk(tree))
