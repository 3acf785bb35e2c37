"""What the backward pass computes and nothing reads: ``W += vel`` beside ``step``.

A line further down was to read it, and reads another value. That may be a gradient too,
of the last example alone or without the slope, so that a small edit before it does as
well; but no one computes a value for nothing. Comes in a reading and its judged step,
go out the lines that may be meant, each with the unread name in the place of another:
the edit is tried in the program.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from clearprop.checking.enclosing import function_around
from clearprop.checking.judgement import Judgement
from clearprop.checking.mend.spelling import substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.outcomes import backward
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.suspects import groups_of
from clearprop.graph import Node

MOST = 10  # edits that are tried


def unused(reading: Reading, judgement: Judgement) -> Iterator[tuple[int, Mend]]:
    """Lines that may be meant to read what nothing reads."""
    source = reading.observed.source
    scene = judgement.scene
    # of two that differ it isn't sure which is right
    lines = groups_of(reading, scene, judgement.outcomes)
    made = {(b.function, b.place) for b in backward(reading, scene.step, scene)}
    made -= {(b.function, b.place) for b in reading.log if _is_forward(b.node, scene)}
    tried = 0
    for number in dict.fromkeys(number for number, _ in lines):
        site = reading.observed.sites[number]
        around = function_around(source.tree, site.statement) or source.tree
        here = getattr(around, "name", "<module>")
        known = {place for function, place in made if function == here}
        for edit in _edits(site.statement, _unread(around, known), known):
            if _is_read_once(around, edit.old):
                continue  # then nothing would read that one
            mend = applied(source, site.statement, edit)
            if mend is not None and tried < MOST:
                tried += 1
                yield number, mend


def _is_forward(node: Node, scene: Scene) -> bool:
    return node in scene.below or node in scene.reading.versions


def _unread(around: ast.AST, known: set[str]) -> dict[str, int]:
    """Names that are given values and only ever go into themselves: the first lines."""
    first: dict[str, int] = {}
    read: set[str] = set()
    for node in ast.walk(around):
        own = None
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            own = targets[0].id if isinstance(targets[0], ast.Name) else None
            if own is not None and len(targets) == 1:
                first[own] = min(node.lineno, first.get(own, node.lineno))
        if isinstance(node, ast.stmt):
            read |= {n.id for part in _parts(node) for n in _loads(part)} - {own}
    return {n: line for n, line in first.items() if n in known and n not in read}


def _is_read_once(around: ast.AST, text: str) -> bool:
    """Whether a name is read in one place: ``dact`` of ``dfmap = dact * (z > 0)``."""
    return [n.id for n in _loads(around)].count(text) == 1


def _parts(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement, without those of the statements in it."""
    return [p for p in ast.iter_child_nodes(statement) if isinstance(p, ast.expr)]


def _loads(node: ast.AST) -> Sequence[ast.Name]:
    return [
        n
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    ]


def _edits(
    statement: ast.stmt, unread: dict[str, int], known: set[str]
) -> Iterator[Edit]:
    """A line below with an unread name in the place of another value."""
    value = getattr(statement, "value", None)
    if not unread or not isinstance(value, ast.expr):
        return
    set_here = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} - {
        n.id for n in _loads(statement)
    }
    for name, line in unread.items():
        if line >= statement.lineno or name in set_here:
            continue
        for old in _operands(value, known):
            text = ast.unparse(old)
            if text != name:
                new = ast.Name(name, ast.Load())
                yield Edit(
                    statement=ast.unparse(substituted(statement, {id(old): new})),
                    old=text,
                    new=name,
                    mistake="wrong-operand",
                    why=f"{name} belongs here, not {text}: it is computed and "
                    "nothing reads it",
                    cost=1.0,
                )


def _operands(value: ast.expr, known: set[str]) -> list[ast.expr]:
    """Values of the backward pass, then what objects hold: ``self.eps``.

    What stands there twice, as in ``np.sqrt(eps) + eps``, is likelier to be too much.
    """
    called = {id(n.func) for n in ast.walk(value) if isinstance(n, ast.Call)}
    made = [n for n in _loads(value) if n.id in known]
    held = [
        n
        for n in ast.walk(value)
        if isinstance(n, ast.Attribute) and id(n) not in called
    ]
    held.sort(key=lambda n: (n.lineno, n.col_offset))
    found: list[ast.expr] = [*made, *held]
    texts = [ast.unparse(n) for n in found]
    return sorted(found, key=lambda n: texts.count(ast.unparse(n)) < 2)
