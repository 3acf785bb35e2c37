"""A program as text and as a tree, and the edits that keep its other lines in place.

Comes in: the source of a right program. Goes out: the same source with a few
expressions exchanged. Mutants must look like a person's slip, so everything that an
edit doesn't touch stays as it was typed, comments and line numbers included.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Program:
    """A source file, its tree, and the parent of every node of it."""

    name: str
    text: str
    tree: ast.Module = field(init=False)
    parents: dict[ast.AST, ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.parents = {
            child: node
            for node in ast.walk(self.tree)
            for child in ast.iter_child_nodes(node)
        }
        self._starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Where a place of the tree, whose columns count bytes, is in the text."""
        start = self._starts[line - 1]
        width = column
        if not self.text.isascii():
            row = self.text[start : self._starts[line]]
            width = len(row.encode()[:column].decode())
        return start + width

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def source(self, node: ast.expr | ast.stmt) -> str:
        first, last = self.span(node)
        return self.text[first:last]

    def above(self, node: ast.AST) -> list[ast.AST]:
        """The nodes that hold this one, the nearest first."""
        found = []
        while node in self.parents:
            node = self.parents[node]
            found.append(node)
        return found

    def statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which this one stands."""
        parent = self.parents[statement]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]

    def with_text(self, first: int, last: int, new: str) -> str:
        return self.text[:first] + new + self.text[last:]

    def with_expression(self, node: ast.expr, new: ast.expr | str) -> str:
        """The text with one expression exchanged, in parentheses where needed."""
        spelled = new if isinstance(new, str) else ast.unparse(new)
        first, last = self.span(node)
        start, end = self.span(self.statement(node))
        before, after = self.text[start:first], self.text[last:end]
        fenced = f"({spelled})"
        if same_program(before + spelled + after, before + fenced + after):
            return self.with_text(first, last, spelled)
        return self.with_text(first, last, fenced)

    def with_parts(self, root: ast.expr, parts: Mapping[ast.expr, ast.expr]) -> str:
        """The text with some parts of one expression exchanged."""
        return self.with_expression(root, exchanged(root, parts))

    def without(self, statement: ast.stmt) -> str:
        """The text without a statement and its line."""
        alone = len(self.block(statement)) == 1
        first, last = self.span(statement)
        if alone:
            return self.with_text(first, last, "pass")
        assert statement.end_lineno is not None
        start = self._starts[statement.lineno - 1]
        return self.with_text(start, self._starts[statement.end_lineno], "")

    def moved(self, statements: list[ast.stmt], before: ast.stmt) -> str:
        """The text with whole statements moved up, in their order, before another."""
        taken = ""
        text = self.text
        for statement in reversed(statements):
            assert statement.end_lineno is not None
            first = self._starts[statement.lineno - 1]
            last = self._starts[statement.end_lineno]
            lines = text[first:last]
            taken = (lines if lines.endswith("\n") else lines + "\n") + taken
            text = text[:first] + text[last:]
        start = self._starts[before.lineno - 1]
        return text[:start] + taken + text[start:]


def same_program(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


class _Exchange(ast.NodeTransformer):
    def __init__(self, parts: Mapping[int, ast.expr]) -> None:
        self.parts = parts

    def visit(self, node: ast.AST) -> ast.AST:
        if id(node) in self.parts:
            return self.parts[id(node)]
        made: ast.AST = self.generic_visit(node)
        return made


def exchanged(root: ast.expr, parts: Mapping[ast.expr, ast.expr]) -> ast.expr:
    """A copy of an expression with some of its nodes replaced."""
    memo: dict[int, object] = {}
    copied = copy.deepcopy(root, memo)
    by_copy = {id(memo[id(old)]): new for old, new in parts.items()}
    made = _Exchange(by_copy).visit(copied)
    assert isinstance(made, ast.expr)
    return made


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)
