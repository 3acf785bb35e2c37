"""``=`` where ``+=`` is needed: the one mistake that is found by trying the program.

What an execution overwrote is lost to the graph, so that no value of a single statement
can mend it. Candidates are the statements of a loop whose earlier values went nowhere,
and those that give a place its second value: the gradient along a second path.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clearprop.checking.judge import Judgement
from clearprop.checking.mending import Mend, applied
from clearprop.checking.names import stem, step_stem
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.trace.loss import identifier

MOST = 6  # statements that are tried


def overwritten(reading: Reading, judgement: Judgement) -> Iterator[tuple[int, Mend]]:
    """Assignments of a loop with ``+=`` in place of ``=``, with their site."""
    loops = _in_loops(reading.observed.source.tree)
    turns: dict[int, int] = {}
    for marked in reading.observed.marks.marked:
        if marked.node not in judgement.scene.below:
            turns[marked.site] = turns.get(marked.site, 0) + 1
    tried = 0
    places: set[str] = set()  # that have a value already
    for site in reading.observed.sites:
        statement = site.statement
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        looped = turns.get(site.number, 0) > 1 and statement.lineno in loops
        again = ast.unparse(target) in places
        places.add(ast.unparse(target))
        if not looped and not again:
            continue
        if isinstance(statement.value, ast.ListComp | ast.List | ast.Name):
            continue
        if ast.unparse(target) in ast.unparse(statement.value):
            continue
        if not _is_gradient(target) or tried == MOST:
            continue
        if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
            continue
        tried += 1
        along = "the loop" if looped else "two paths"
        text = f"{ast.unparse(target)} += {ast.unparse(statement.value)}"
        place = ast.unparse(target)
        edit = Edit(
            statement=text,
            old="=",
            new="+=",
            mistake="overwritten-accumulator",
            why=f"{place} is added up over {along}: = keeps only the last part of it",
            cost=1.0,
        )
        mend = applied(reading.observed.source, statement, edit)
        if mend is not None:
            yield site.number, mend


def _in_loops(tree: ast.AST) -> set[int]:
    return {
        part.lineno
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For | ast.While)
        for part in ast.walk(loop)
        if isinstance(part, ast.stmt)
    } | {
        part.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for part in ast.walk(function)
        if isinstance(part, ast.stmt)
    }


def _is_gradient(target: ast.expr) -> bool:
    word = identifier(ast.unparse(target))
    while isinstance(target, ast.Subscript):
        target = target.value
    base = identifier(ast.unparse(target))
    return any(stem(w) is not None or step_stem(w) is not None for w in (word, base))
