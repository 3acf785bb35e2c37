"""A gradient that is to be summed up, of which only the last part moves the weight.

``del_w = np.zeros(n)``, a loop with ``del_w = error_term * x``, and the step below:
that is the gradient of the last example, and right as such. What was computed for all
others goes nowhere, which nobody means. Comes in a run that was judged right, go out
the lines whose value nothing in their loop reads, each with ``+=``; the checker tries
them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clearprop.checking.enclosing import function_around
from clearprop.checking.judgement import Judgement
from clearprop.checking.names import stem, step_stem
from clearprop.checking.reading import Reading
from clearprop.checking.report import Finding
from clearprop.checking.roots import Assignment, target_of
from clearprop.checking.zeros import started_at_zero
from clearprop.graph import ordered
from clearprop.trace.loss import identifier
from clearprop.trace.source import Source

if TYPE_CHECKING:  # a right program needs no search for mends
    from clearprop.checking.mending import Mend

_LOOPS = ast.For | ast.While


def unsummed(
    reading: Reading, judged: Sequence[Judgement]
) -> Iterator[tuple[ast.Assign, Mend]]:
    """Statements of a loop that keep the last part, and the sums they should be."""
    source = reading.observed.source
    for statement in _left_behind(source.tree):
        if not _is_told(reading, judged, statement):
            continue
        from clearprop.checking.accumulate import added
        from clearprop.checking.mending import applied

        edit = added(statement, statement.targets[0], "the loop", True)
        mend = applied(source, statement, edit) if edit is not None else None
        if mend is not None:
            yield statement, mend


def _left_behind(tree: ast.AST) -> Iterator[ast.Assign]:
    """What a loop gives a gradient that began as zeros, and doesn't read."""
    for loop in ast.walk(tree):
        if not isinstance(loop, _LOOPS):
            continue
        for statement in loop.body:
            if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                continue
            target = statement.targets[0]
            if (
                isinstance(target, ast.Name | ast.Attribute)
                and is_gradient(target)
                and _goes_nowhere(tree, loop, statement, target)
                and ast.unparse(target) in started_at_zero(tree)
            ):
                yield statement


def found(source: Source, statement: Assignment, mend: Mend) -> Finding:
    """The finding on such a line."""
    edit = mend.edit
    around = function_around(source.tree, statement)
    return Finding(
        statement.lineno,
        ast.unparse(target_of(statement)),
        edit.mistake,
        edit.why,
        suggestion=edit.new if "\n" in edit.statement else edit.statement,  # below
        wrote=ast.unparse(statement),
        changes=mend.changes,
        function=around.name if around is not None else "",
    )


def _goes_nowhere(
    tree: ast.AST,
    loop: ast.For | ast.While,
    statement: ast.stmt,
    target: ast.Name | ast.Attribute,
) -> bool:
    """Whether a place begins above the loop, and is read only below it."""
    place = ast.unparse(target)
    last = loop.end_lineno or loop.lineno
    begun = written = False
    read = []
    for node in ast.walk(function_around(tree, statement) or tree):
        if not isinstance(node, type(target)) or ast.unparse(node) != place:
            continue
        if isinstance(node.ctx, ast.Load):
            read.append(node.lineno)
        begun |= node.lineno < loop.lineno
        written |= loop.lineno <= node.lineno <= last and node.lineno not in _lines(
            statement
        )
    return begun and not written and bool(read) and min(read) > last


def _lines(statement: ast.stmt) -> range:
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _is_told(
    reading: Reading, judged: Sequence[Judgement], statement: ast.Assign
) -> bool:
    """Whether the last of several values of a statement is what is judged."""
    place = ast.unparse(statement.targets[0])
    here = [
        b.node for b in reading.log if b.line == statement.lineno and b.place == place
    ]
    tops = [
        o.update.after if o.update is not None else o.node
        for judgement in judged
        for o in judgement.outcomes
    ]
    read = set(ordered(tops))
    return any(n in read for n in here) and not all(n in read for n in here)


def is_gradient(target: ast.expr) -> bool:
    word = identifier(ast.unparse(target))
    while isinstance(target, ast.Subscript):
        target = target.value
    base = identifier(ast.unparse(target))
    return any(stem(w) is not None or step_stem(w) is not None for w in (word, base))
