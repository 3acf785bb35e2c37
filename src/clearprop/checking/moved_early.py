"""Lines that read a weight which this step has already moved.

``P[u] -= rate * gu`` above the lines of two items' gradients spoils both, and where
both move one matrix, neither comes right before the other is mended. And what is a
factor of gradients only, as ``dy_dh = w5 * slope`` is, owes none by itself. Comes in a
run with marks; go out the lines that read such a weight, each with the edit that reads
its old value. The checker tries each in the program, and all of them together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import BEFORE, Edit
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.report import Change
from clearprop.checking.scopes import scope_at

MOST = 5  # such lines


def moved_early(reading: Reading, scene: Scene) -> list[tuple[int, Mend]]:
    """The lines, by the number of their site, and what each should read."""
    book = reading.observed.marks
    first = min((n.index for n in scene.step.befores.values()), default=0)
    last = max((u.after.index for u in scene.step.updates), default=0)
    found: dict[int, Mend] = {}
    for marked in book.marked:
        if marked.site in found or not first <= marked.node.index <= last:
            continue
        if (marked.site, marked.turn) not in book.scopes:
            continue
        scope = scope_at(reading, scene, marked)
        statement = reading.observed.sites[marked.site].statement
        for edit in _edits(statement, [k for k in scope if k.endswith(BEFORE)]):
            mend = applied(reading.observed.source, statement, edit)
            if mend is not None:
                found[marked.site] = mend
    return list(found.items())[:MOST]


def _edits(statement: ast.stmt, olds: Sequence[str]) -> Iterator[Edit]:
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return):
        return
    value, written = statement.value or ast.Constant(None), ""
    if isinstance(statement, ast.Assign):
        written = spell(statement.targets[0])
    if isinstance(statement, ast.AugAssign):
        written = spell(statement.target)
    for old in olds:
        place = old.removesuffix(BEFORE)
        reads = [
            n
            for n in ast.walk(value)
            if isinstance(n, ast.Name | ast.Attribute | ast.Subscript)
            and spell(n) == place
        ]
        if not reads or written.startswith(place):
            continue
        new = ast.Name(old, ast.Load())
        whole = substituted(statement, {id(n): new for n in reads})
        yield Edit(
            statement=spell(whole),
            old=place,
            new=old,
            mistake="updated-weight",
            why=f"{place} is read after this step has moved it: the gradient belongs "
            f"to the weights of the forward pass, {old}",
            cost=1.0,
        )


def together(mends: Sequence[Mend]) -> list[Change]:
    """The changes of several mends, a copy that they share taken once."""
    return list(dict.fromkeys(c for m in mends for c in m.changes))
