"""A student's file as it is graded: the given lines as they were handed out.

Comes in what a student handed in and the spec of the exercise; goes out the same
program, line for line, in which given lines that were changed are put back, and a
sentence for each. So the mark is for the blanks alone: a forward pass that was made
easier makes nothing easier. What each blank must be is taken from the spec, not from
the student's comments.
"""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clearprop.checking.exercise.spec import given_to, hashed
from clearprop.checking.stated import without_comments
from clearprop.errors import SourceError
from clearprop.trace.source import Source

_CALLS = re.compile(r"(print\()?(cp|clearprop)\.check\(")  # how a notebook ends


@dataclass(slots=True)
class Handed:
    """The program to be graded, and what was changed in it: a sentence for each."""

    source: Source  # with the claims of the spec
    changed: list[str] = field(default_factory=list)


def as_given(source: Source, spec: Mapping[str, Any], file: str) -> Handed:
    """A submission with the given lines put back.

    Raises
    ------
    SourceError
        Where they can't be put back: a person must look then.
    """
    expected, said = _expected(source, spec, os.path.basename(file))
    edit = _Edit(source, expected, spec)
    edit.make()
    text = "\n".join(edit.lines) + "\n"
    try:
        made = replace(source, text=text, tree=ast.parse(text))
    except SyntaxError:
        raise SourceError(
            f"{edit.said[0]}; it can't be put back: a person must look at it"
        ) from None
    made = without_comments(made)
    claims = tuple(
        blank["claim"]
        for blank in spec["blanks"]
        if blank["claim"] and _binders(made.tree, {blank["variable"]})
    )
    return Handed(replace(made, claims=claims), [*said, *edit.said])


def _expected(
    source: Source, spec: Mapping[str, Any], file: str
) -> tuple[list[str], list[str]]:
    """The given lines of whoever this is, and a word if the numbers are another's."""
    there = {hashed(ast.unparse(s)) for s in source.tree.body}
    students = spec["students"]

    def share(student: Mapping[str, Any]) -> float:
        numbers = student["numbers"].values()
        return sum(n["sha256"] in there for n in numbers) / max(len(numbers), 1)

    fits = max(students, key=share)
    named = [s for s in students if os.path.splitext(s["file"])[0] in file]
    own = max(named, key=lambda s: len(s["file"])) if named else fits
    said = []
    if own is not fits and share(fits) == 1.0 and share(own) < 1.0:
        whose = fits["name"] or fits["file"]
        said.append(f"its numbers are those that were handed out to {whose}")
    return given_to(spec, own), said


class _Edit:
    """The lines of a program while given ones are put back."""

    def __init__(
        self, source: Source, expected: Sequence[str], spec: Mapping[str, Any]
    ) -> None:
        self.source = source
        self.lines = source.text.splitlines()
        self.body = source.tree.body
        self.expected = expected
        self.spec = spec
        self.said: list[str] = []

    def make(self) -> None:
        """Put back what was changed or removed, take out what was added to it."""
        ours = [hashed(code) for code in self.expected]
        theirs = [hashed(ast.unparse(s)) for s in self.body]
        blocks = difflib.SequenceMatcher(
            None, ours, theirs, False
        ).get_matching_blocks()
        found = {b.a + k: b.b + k for b in blocks for k in range(b.size)}
        used = set(found.values())
        for i, code in enumerate(self.expected):
            if i in found:
                continue
            low = max((found[k] for k in found if k < i), default=-1)
            high = min((found[k] for k in found if k > i), default=len(self.body))
            names = _bound(ast.parse(code))
            at = next(
                (
                    k
                    for k in range(low + 1, high)
                    if k not in used and _bound(self.body[k]) & names
                ),
                None,
            )
            if at is None:
                self._insert(code, low, high)
                continue
            found[i] = at
            used.add(at)
            self._put(code, self.body[at])
        self._take_out(used)

    def _put(self, code: str, statement: ast.stmt) -> None:
        where = self.source.named(statement.lineno)
        self.said.append(f"{where} was changed: {_first(code)} was given")
        self._write(statement, code)

    def _write(self, statement: ast.stmt, code: str) -> None:
        """Another statement in the place of one, on no more lines."""
        first, last = _first_line(statement), statement.end_lineno or statement.lineno
        shared = [
            s for s in self.body if s is not statement and first <= s.lineno <= last
        ]
        rows = _rows(code, last - first + 1)
        if shared or rows is None:
            raise SourceError(
                f"{self.said[-1]}; it can't be put back: a person must look at it"
            )
        blank = [""] * (last - first + 1 - len(rows))
        self.lines[first - 1 : last] = [*rows, *blank]

    def _insert(self, code: str, low: int, high: int) -> None:
        """A given line that is gone comes back on an empty line, or behind another."""
        self.said.append(f"{_first(code)} was given, and is gone")
        rows = _rows(code, 1)
        start = (self.body[low].end_lineno or 0) if low >= 0 else 0
        stop = self.body[high].lineno - 1 if high < len(self.body) else len(self.lines)
        held = {n for s in self.body for n in range(s.lineno, (s.end_lineno or 0) + 1)}
        free = [n for n in range(start + 1, stop + 1) if n not in held]
        if rows is None or not free:
            raise SourceError(
                f"{self.said[-1]}; it can't be put back: a person must look at it"
            )
        # the latest that is free is above what needs it and below what it needs
        self.lines[free[0] - 1] = rows[0]

    def _take_out(self, used: set[int]) -> None:
        """What gives a given name another value, before the last blank is filled."""
        blanks = {b["variable"] for b in self.spec["blanks"]}
        ours = {hashed(code) for code in self.expected}
        given = {n for code in self.expected for n in _bound(ast.parse(code))} - blanks
        last = max(
            (k for k, s in enumerate(self.body) if _bound(s) & blanks), default=-1
        )
        for k, statement in enumerate(self.body):
            if k in used or hashed(ast.unparse(statement)) in ours:
                continue
            if _is_check(statement):
                self._write(statement, "pass")
                continue
            hits = sorted(_bound(statement) & given)
            if hits and (k < last or self.spec["loss_variable"] in hits):
                code = _first(ast.unparse(statement))
                self.said.append(
                    f"{self.source.named(statement.lineno)}, {code}: {hits[0]} was "
                    "given, and gets another value"
                )
                self._write(statement, "pass")


def _is_check(statement: ast.stmt) -> bool:
    """What a handed-out notebook ends with."""
    code = ast.unparse(statement)
    return code == "import clearprop as cp" or _CALLS.match(code) is not None


def _first(code: str) -> str:
    return ast.unparse(ast.parse(code)).partition("\n")[0]


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    lines: list[int] = [statement.lineno, *(d.lineno for d in decorators)]
    return min(lines)


def _rows(code: str, most: int) -> list[str] | None:
    """Some code on at most so many lines."""
    text = ast.unparse(ast.parse(code))
    rows = text.splitlines()
    if len(rows) <= most:
        return rows
    statement = ast.parse(code).body[0]
    if not isinstance(statement, ast.FunctionDef) or statement.decorator_list:
        return None
    body = [s for s in statement.body if not isinstance(s, ast.Expr)]
    parts = [ast.unparse(s) for s in body]
    if any("\n" in part for part in parts):
        return None
    return [f"{rows[0]} {'; '.join(parts)}"]


def _binders(tree: ast.Module, names: set[str]) -> list[ast.stmt]:
    return [s for s in tree.body if _bound(s) & names]


def _bound(tree: ast.AST) -> set[str]:
    """The names that some code gives a value, or changes a part of."""
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return {tree.name}
    return set(_stored(tree))


def _stored(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Subscript | ast.Attribute):
            owner: ast.expr = node
            while isinstance(owner, ast.Subscript | ast.Attribute):
                owner = owner.value
            if not isinstance(node.ctx, ast.Load) and isinstance(owner, ast.Name):
                yield owner.id
