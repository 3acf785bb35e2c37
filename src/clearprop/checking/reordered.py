"""Values that are taken apart in another order: ``dWh, dWx = backward(x)``.

Both names then hold a gradient, each the other's, and the lines that made them are as
they should be. Comes in a reading and its judged step, go out the statements with two
names in each other's place where more comes right with it: that is asked of the graph
first, and then tried in the program.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from clearprop.checking.judgement import Judgement
from clearprop.checking.marks import Marked
from clearprop.checking.mend.spelling import line_of, spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit, Item
from clearprop.checking.reading import Reading
from clearprop.checking.suspects import groups_of
from clearprop.checking.trial import Arrays, Trial
from clearprop.graph import Node


def reordered(reading: Reading, judgement: Judgement) -> Iterator[tuple[int, Mend]]:
    """Statements of several names, two of which change places."""
    trial = Trial(judgement.scene, judgement.outcomes)
    before = sum(o.right for o in judgement.outcomes)
    groups = groups_of(reading, judgement.scene, judgement.outcomes)
    for number in dict.fromkeys(number for number, _ in groups):
        statement = reading.observed.sites[number].statement
        names = _names(statement)
        for i, j in combinations(range(len(names)), 2):
            wanted = _exchanged(trial, groups, number, i, j)
            judged = trial.tried(wanted) if wanted else None
            if judged is None or sum(o.right for o in judged.outcomes) <= before:
                continue
            assert isinstance(statement, ast.Assign)
            mend = applied(
                reading.observed.source, statement, _edit(statement, names, i, j)
            )
            if mend is not None:
                yield number, mend


def _names(statement: ast.stmt) -> list[ast.expr]:
    """What a statement gives its values to, where it has several."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Tuple | ast.List):
            return target.elts
    return []


def _exchanged(
    trial: Trial,
    groups: dict[tuple[int, Item], list[Marked]],
    number: int,
    i: int,
    j: int,
) -> dict[Node, Arrays]:
    """Each value for the other, each time; {} where their shapes differ."""
    first, second = groups.get((number, i), []), groups.get((number, j), [])
    if len(first) != len(second):
        return {}
    read, wanted = trial.reader(), {}
    for a, b in zip(first, second):
        if a.node.shape != b.node.shape:
            return {}
        wanted[a.node], wanted[b.node] = read(b.node), read(a.node)
    return wanted


def _edit(statement: ast.Assign, names: list[ast.expr], i: int, j: int) -> Edit:
    new = substituted(statement, {id(names[i]): names[j], id(names[j]): names[i]})
    return Edit(
        statement=line_of(new),
        old=spell(names[i]),
        new=spell(names[j]),
        mistake="wrong-operand",
        why=f"{spell(names[i])} and {spell(names[j])} are given each other's value",
        cost=1.0,
    )


__all__ = ["reordered"]
