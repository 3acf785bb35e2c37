"""A program's text in pieces: statements with the comments above them.

What comes in is a list of statements and the text they stand in; what goes out are the
pieces that are needed for some names, in the user's own spelling. Where a piece gives a
name its number, the number can be filled in afresh.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clearprop.errors import SourceError
from clearprop.write.frame import MODULES

_SETUP = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement: ``code`` under its comments, or a number to be filled in.

    ``slot`` is the name whose number the statement holds. ``part`` says where it
    belongs: "setup", "numbers" or "forward".
    """

    lead: str  # blank lines and comments above it
    code: str
    part: str
    slot: str = ""
    tail: str = ""  # a comment behind a number


def pieces_of(text: str, body: Sequence[ast.stmt], slots: Iterable[str]) -> list[Piece]:
    """Each statement of a body as a piece, with what stands above it."""
    lines = text.splitlines()
    wanted, made, ended = set(slots), [], 0
    for statement in body:
        first, last = _start(statement) - 1, statement.end_lineno or statement.lineno
        if first < ended:
            raise SourceError(
                f"line {statement.lineno} holds two statements: give each a line of "
                "its own"
            )
        above = first
        while above > ended and _between(lines[above - 1]):
            above -= 1
        lead = "".join(f"{line.strip()}\n" for line in lines[above:first])
        slot = _single_name(statement)
        slot = slot if slot in wanted else ""
        code = "\n".join(lines[first:last])
        if slot:
            ending = lines[last - 1].encode()[statement.end_col_offset or 0 :].decode()
            made.append(Piece(lead, "", "numbers", slot, ending.strip()))
        else:
            made.append(Piece(lead, code, _part(statement)))
        ended = last
    return made


def filled(pieces: Sequence[Piece], texts: Mapping[str, str]) -> str:
    """The pieces as a program, with a text for each number."""
    return "".join(text_of(piece, texts) for piece in pieces)


def text_of(piece: Piece, texts: Mapping[str, str]) -> str:
    """One piece, with its number filled in."""
    code = piece.code
    if piece.slot:
        tail = f"  {piece.tail}" if piece.tail else ""
        code = f"{piece.slot} = {texts[piece.slot]}{tail}"
    return f"{piece.lead}{code}\n"


def code_of(pieces: Sequence[Piece]) -> str:
    """The statements alone, without numbers and comments."""
    return "\n".join(piece.code for piece in pieces)


def importing(pieces: Sequence[Piece], read: Iterable[str]) -> list[Piece]:
    """With the modules of which these names are read.

    A program may do with ``math``, or ``from scipy.special import erf``, where an
    exercise can't.
    """
    there = {name for s in ast.parse(code_of(pieces)).body for name in bound(s)}
    missing = MODULES.keys() & (set(read) - there)
    lines = [Piece("", code, "setup") for n, code in MODULES.items() if n in missing]
    return [*lines, *pieces]


def needed(
    body: Sequence[ast.stmt], names: Iterable[str], slots: Iterable[str]
) -> list[ast.stmt]:
    """The statements that the names depend on, and what is printed in between."""
    wanted, given = set(names), set(slots)
    last = {_single_name(s): s for s in body if _single_name(s) in given}
    kept: set[ast.stmt] = set()
    before = -1
    while before != len(kept):
        before = len(kept)
        for statement in reversed(body):
            if statement in kept:
                continue
            slot = _single_name(statement) in given
            if slot and last[_single_name(statement)] is not statement:
                continue
            if bound(statement) & wanted:
                kept.add(statement)
                wanted |= set() if slot else loaded(statement)
    there = set().union(*(bound(s) for s in kept)) | set(dir(builtins))
    started = False
    for statement in body:
        started = started or (statement in kept and _part(statement) == "forward")
        if started and _prints(statement) and loaded(statement) <= there:
            kept.add(statement)
    return [s for s in body if s in kept]


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value, or whose value it changes."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in statement.names}
    if isinstance(statement, ast.Expr):
        return _changed_by(statement.value)
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(
            node.ctx, ast.Store
        ):
            found |= _root(node)
    return found


def loaded(statement: ast.AST) -> set[str]:
    """The names that a statement reads, what it changes in place among them."""
    found, own = set(), set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Name | ast.arg):
            own.add(node.id if isinstance(node, ast.Name) else node.arg)
    if isinstance(statement, ast.AugAssign):
        found |= _root(statement.target)
    return found - own if isinstance(statement, ast.FunctionDef) else found


def _changed_by(call: ast.expr) -> set[str]:
    """``h.sort()`` changes h, as does ``np.add.at(h, rows, 1)``; printing doesn't."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return set()
    first = _root(call.args[0]) if call.args else set()
    return (_root(call.func) - {"np", "numpy"}) | first


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _between(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _prints(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    called = statement.value.func
    return isinstance(called, ast.Name) and called.id == "print"


def _part(statement: ast.stmt) -> str:
    if isinstance(statement, _SETUP):
        return "setup"
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
        return "numbers"
    return "forward"


def _single_name(statement: ast.stmt) -> str:
    """``W`` of ``W = ...``, and of ``W: np.ndarray = ...``."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def _start(statement: ast.stmt) -> int:
    """The first line, with decorators."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return min(n.lineno for n in (statement, *statement.decorator_list))
    return statement.lineno
