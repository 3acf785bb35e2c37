"""A program that raises: whose fault it is, at which line, and what to write there.

Comes in the run of a program that ended early; goes out a finding where NumPy or Python
raised in the program's own forward or backward pass, or None where something else ended
it: data or a package that isn't there, a plot, or clearprop itself, which follows less
than Python runs. So nothing is blamed before plain Python raised at the same line too.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.apart import executes
from clearprop.checking.deadline import deadline
from clearprop.checking.enclosing import statement_at
from clearprop.checking.observe import Observed
from clearprop.checking.patience import Patience
from clearprop.checking.prepare import AROUND
from clearprop.checking.reading import Reading
from clearprop.checking.report import Finding
from clearprop.checking.source import with_text
from clearprop.checking.terms import outgrown
from clearprop.checking.undefined import undefined
from clearprop.trace.library import is_library_file
from clearprop.trace.rewrite import appended, pure
from clearprop.trace.source import Source
from clearprop.trace.standins import NeededError, StandIns
from clearprop.trace.surroundings import running
from clearprop.trace.watcher import Stop

# The words and the mends for a crash are imported once there is one.
if TYPE_CHECKING:
    from clearprop.checking.crash_edits import Patch
    from clearprop.checking.crash_line import Crash

Score = Callable[[Source, int], float]  # how much of a mended program is right

PATIENCE = 2.0  # seconds for the plain run, at least
SECONDS = 3.0  # for trying mends
MADE = 4  # lines that may have given a gradient its shape
MANY = 40  # items of a container whose shapes are told
_MISSING = (OSError, ImportError, EOFError, MemoryError, NeededError, SystemExit)
_READS = re.compile(
    r"\bargv\b|\benviron\b|\b(open|input|load|loadtxt|genfromtxt|read_\w+)\s*\("
)
_SHOWS = frozenset(("print", "display"))


@executes
def crashed(
    observed: Observed,
    given: Mapping[str, Any] | None = None,
    score: Score | None = None,
) -> Finding | None:
    """The crash that ended a run without marks, if it is the program's own.

    ``given`` is what ``observe`` was given. ``score`` tries a mended program: 1 where
    everything is right, None leaves the finding without a suggestion.
    """
    if observed.problem is None or isinstance(observed.problem, _MISSING):
        return None
    source = observed.source
    error = plain_error(observed, given or {})
    if error is None or isinstance(error, _MISSING):
        return None
    from clearprop.checking.crash_line import Crash

    frame, line = _innermost(error, source.file)
    if frame is None or line != observed.line or _in_a_library(error, source.file):
        return None
    statement = statement_at(source.tree, line)
    if statement is None or _is_apart(source, statement):
        return None
    shapes = {**shapes_in(frame), **_read_by(statement, frame)}
    crash = Crash(error, code_of(source, statement), shapes)
    finding = _finding(source, statement, line, crash, _function(frame))
    if score is None:
        return finding
    made = _makers(observed, statement, crash)
    return _with_mend(finding, source, statement, crash, frame, score, made)


def unreached(source: Source, given: Set[str]) -> Iterator[Finding]:
    """What will raise in lines that this run didn't come to: names without a value."""
    from clearprop.checking.crash_edits import edits
    from clearprop.checking.crash_line import Crash

    for one in undefined(source, given):
        statement = statement_at(source.tree, one.line)
        if statement is None:
            continue
        shapes = dict.fromkeys(one.scope, ())
        crash = Crash(one.error, code_of(source, statement), shapes)
        finding = _finding(source, statement, one.line, crash, one.function)
        patch = next(edits(source, statement, crash, one.scope), None)
        if patch is not None:
            finding = replace(finding, suggestion=patch.says, changes=patch.changes)
        yield finding


def _finding(
    source: Source, statement: ast.stmt, line: int, crash: Crash, function: str
) -> Finding:
    """A line that raises, and what NumPy or Python says of it."""
    from clearprop.checking.crash import explain_crash

    return Finding(
        line=line if _is_compound(statement) else statement.lineno,
        variable=variable_of(statement),
        mistake="crash",
        message=explain_crash(crash),
        wrote=_wrote(source, statement),
        function=function,
    )


def from_outgrown(observed: Observed) -> bool:
    """Whether a step gave a weight another shape: what raises later comes from that."""
    if observed.problem is None:
        return False
    moved = Reading(observed).updates
    return any(outgrown(u.before.shape, u.after.shape) for u in moved)


def is_own_test(source: Source, finding: Finding) -> bool:
    """Whether the program raised by itself: an assertion, a gradient check.

    Such a crash only says that something is wrong, and counts where nothing else does.
    """
    statement = statement_at(source.tree, finding.line)
    if isinstance(statement, ast.Assert | ast.Raise):
        return True
    return "assert" in source.lines.get(finding.line, "")


# -- the same in plain Python ----------------------------------------------------------


def plain_error(observed: Observed, given: Mapping[str, Any]) -> Exception | None:
    """What the program raises when clearprop doesn't follow it, if anything."""
    code = compile(observed.tree, observed.source.file, "exec", dont_inherit=True)
    own = {k: v for k, v in observed.namespace.items() if k.startswith("__clearprop")}
    seconds = max(PATIENCE, 2 * observed.seconds)
    with running(observed.source, StandIns(whole=True)) as namespace:
        namespace.update({**AROUND, **own, **given})
        try:
            with np.printoptions(), deadline(seconds):
                exec(code, namespace)
        except Exception as error:
            return error
        except (Stop, SystemExit):
            return None
    return None


def _innermost(error: BaseException, file: str) -> tuple[FrameType | None, int]:
    """The last frame of the program's own file, and its line."""
    found: FrameType | None = None
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return found, line


def _in_a_library(error: BaseException, file: str) -> bool:
    """Whether a library other than NumPy raised: pandas, matplotlib, sklearn."""
    trace, last = error.__traceback__, file
    while trace is not None:
        last = trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    numpy = re.search(r"[\\/]numpy[\\/]|^<__array_function__", last)
    return last != file and not numpy and is_library_file(last)


def _is_apart(source: Source, statement: ast.stmt) -> bool:
    """Whether a statement reads data or shows results: no forward or backward pass."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    if _READS.search(code_of(source, statement)):
        return True
    call = getattr(statement, "value", None)
    name = call.func if isinstance(call, ast.Call) else None
    return isinstance(name, ast.Name) and name.id in _SHOWS


def _function(frame: FrameType) -> str:
    name = frame.f_code.co_name
    return "" if name.startswith("<") else name


# -- the line --------------------------------------------------------------------------


def variable_of(statement: ast.stmt) -> str:
    """What a statement sets."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign | ast.For):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Return):
        return "return"
    put = appended(statement)
    if put is not None:
        return ast.unparse(put[0])
    call = getattr(statement, "value", None)
    if isinstance(call, ast.Call) and call.args:
        return ast.unparse(call.args[0])
    return ""


def code_of(source: Source, statement: ast.stmt) -> str:
    """A statement as it was written; of a loop or a condition its head."""
    if _is_compound(statement):
        return source.lines.get(statement.lineno, "").strip()
    return ast.get_source_segment(source.text, statement) or ast.unparse(statement)


def _wrote(source: Source, statement: ast.stmt) -> str:
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.AugAssign) or not isinstance(value, ast.expr):
        return code_of(source, statement)
    return ast.get_source_segment(source.text, value) or ast.unparse(value)


def _is_compound(statement: ast.stmt) -> bool:
    return hasattr(statement, "body")


def shapes_in(frame: FrameType) -> dict[str, tuple[int, ...]]:
    """The arrays and numbers in scope by what they are called: ``self.cache['A1']``."""
    found: dict[str, tuple[int, ...]] = {}
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if not name.startswith("__"):
            _put(found, name, value, 0)
    return found


def _put(found: dict[str, tuple[int, ...]], place: str, value: Any, depth: int) -> None:
    if isinstance(value, np.ndarray | np.generic | int | float):
        found[place] = np.shape(value)
    elif depth > 2:
        return
    elif isinstance(value, dict) and len(value) <= MANY:
        for key, item in value.items():
            _put(found, f"{place}[{key!r}]", item, depth + 1)
    elif isinstance(value, list | tuple) and len(value) <= MANY:
        for index, item in enumerate(value):
            _put(found, f"{place}[{index}]", item, depth + 1)
    elif type(value).__module__ == "__main__" and hasattr(value, "__dict__"):
        for name, item in vars(value).items():
            _put(found, f"{place}.{name}", item, depth + 1)


def _read_by(statement: ast.stmt, frame: FrameType) -> dict[str, tuple[int, ...]]:
    """The entries and attributes that a line reads: ``Ws[k]``, ``layer.W``."""
    found: dict[str, tuple[int, ...]] = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and pure(node):
            text = ast.unparse(node)
            with suppress(Exception):  # of a loop's variable that isn't set yet
                value = eval(text, frame.f_globals, frame.f_locals)
                if isinstance(value, np.ndarray | np.generic | int | float):
                    found[text] = np.shape(value)
    return found


def _makers(observed: Observed, statement: ast.stmt, crash: Crash) -> list[ast.stmt]:
    """What gave a gradient another shape than its weight has, wherever that stands.

    ``params[k] -= rate * grads[k]`` raises, and a line of the backward pass is why.
    """
    place = crash.shapes.get(variable_of(statement))
    by_name = isinstance(statement, ast.Expr) and code_of(
        observed.source, statement
    ).startswith("setattr(")
    moves = isinstance(statement, ast.Assign | ast.AugAssign) and place is not None
    if not moves and not by_name:
        return []
    read = {ast.unparse(n) for n in ast.walk(statement)}
    odd = {s for name, s in crash.shapes.items() if name in read and s and s != place}
    found: dict[ast.stmt, None] = {}
    for node in reversed(observed.graph.nodes):
        line = observed.lines.get(node, 0)
        if line and node.shape in odd and len(found) < MADE:
            maker = statement_at(observed.source.tree, line)
            if maker is not None and maker.lineno != statement.lineno:
                found[maker] = None
    return list(found)


# -- what to write there ---------------------------------------------------------------


def _with_mend(
    finding: Finding,
    source: Source,
    statement: ast.stmt,
    crash: Crash,
    frame: FrameType,
    score: Score,
    made: Sequence[ast.stmt],
) -> Finding:
    """The finding with the edit that makes most of the program right, if one does."""
    from clearprop.checking.crash import explain_crash
    from clearprop.checking.crash_edits import edits

    patience = Patience(SECONDS)
    best: tuple[float, Patch] | None = None
    for patch in edits(source, statement, crash, names_in(frame), made):
        reached = score(patched(source, finding, patch), patch.line)
        if reached > 0 and (best is None or reached > best[0]):
            best = reached, patch
        if reached >= 1 or patience.over:
            break
    if best is None:
        return finding
    patch = best[1]
    if patch.line == statement.lineno:
        return replace(finding, suggestion=patch.says, changes=patch.changes)
    earlier = statement_at(source.tree, patch.line)
    assert earlier is not None
    says = explain_crash(replace(crash, alone=False))
    return replace(
        finding,
        message=f"{says} It comes from line {patch.line}.",
        wrote=code_of(source, earlier),
        suggestion=patch.changes[0].text.strip(),
        changes=patch.changes,
    )


def patched(source: Source, finding: Finding, patch: Patch | None = None) -> Source:
    """The program with a crash mended; its lines keep their numbers."""
    from clearprop.checking.patch import mended

    text = mended(source.text, patch.changes if patch else finding.changes)
    return with_text(source, text)


def names_in(frame: FrameType) -> set[str]:
    """Every name that a line could have meant."""
    scope = {*dir(builtins), *frame.f_globals, *frame.f_locals}
    return {name for name in scope if not name.startswith("__")}
