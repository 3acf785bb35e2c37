"""What the runs of one statement may owe, where it runs several times in a step.

Each run gives the gradient of what a forward line gave at its turn (see
``executions``), or adds that to what its target held: then the values are running sums.
Comes in: the marks of the statement and the forward lines. Goes out: one set of values
for each way in which they may belong together.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.checking.executions import OFFSETS, History, Run, matched
from clearprop.checking.marks import Marked
from clearprop.checking.names import likeness, stem
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.roles import places
from clearprop.checking.terms import alike, unmarked
from clearprop.checking.trial import target_text
from clearprop.graph import Node
from clearprop.trace.loss import identifier

NAMED = 0.9  # as alike, a line's own name says whose gradient it is
Values = dict[Node, list[np.ndarray]]  # of each mark, in every replay
Read = Callable[[Values, Node], list[np.ndarray]]  # with some marks' values given


@dataclass(frozen=True, slots=True)
class Owed:
    """The values that the marks of a statement may owe, up to one constant."""

    values: Values
    name: str  # of the forward value
    of: Node  # the first of them
    kind: str  # "gradient", or "sum" of what each run adds


def owed(
    reading: Reading,
    scene: Scene,
    group: Sequence[Marked],
    lines: Sequence[History],
    read: Read,
) -> Iterator[Owed]:
    """Every way in which the runs of a statement belong to those of a forward line."""
    marks = [m.node for m in group]
    statement = reading.observed.sites[group[0].site].statement
    adds = adds_up(statement)
    word = stem(identifier(target_text(statement))) or ""
    seen: set[tuple[Node, ...]] = set()
    for line in [*_in_scope(reading, scene, group), *lines]:
        named = not adds and likeness(word, identifier(line.name)) >= NAMED
        for pairs in matched(marks, line, named):
            key = tuple(run.gradient for _, run in pairs)
            if key in seen or (adds and len(set(key)) < len(key)):
                continue  # what is added up are parts, not the whole again and again
            seen.add(key)
            values = {
                mark: [_fitted(g, mark) for g in scene.values(run.gradient)]
                for mark, run in pairs
            }
            of = pairs[0][1].of
            if adds and all(v[0].shape == m.shape for m, v in values.items()):
                sums = _running(reading, group, values, read)
                yield Owed(sums, line.name, of, "sum")
            yield Owed(values, line.name, of, "gradient")


def _fitted(gradient: np.ndarray, mark: Node) -> np.ndarray:
    """A gradient in the shape of a value that differs in axes of length 1 only."""
    same = alike(gradient.shape, mark.shape)
    return gradient.reshape(mark.shape) if same else gradient


def _in_scope(
    reading: Reading, scene: Scene, group: Sequence[Marked]
) -> Iterator[History]:
    """What each name stood for at every run: the ``X`` of a helper, ``self.x``."""
    scopes = reading.observed.marks.scopes
    held = [dict(places(scopes.get((m.site, m.turn), {}))) for m in group]
    for place in held[0]:
        nodes = [_unmarked(scene, names.get(place)) for names in held]
        known = [n for n in nodes if isinstance(n, Node) and n in scene.gradient]
        made = {_line(reading, n) for n in known}
        lost = len(nodes) - len(known)
        runs = [
            Run(m.node.index - 1, n, _gradient(scene, n))
            for m, n in zip(group, nodes)
            if isinstance(n, Node)
            if n in scene.gradient
            or (0 < lost <= OFFSETS and made == {_line(reading, n)})
        ]
        if len(runs) == len(group) and len(set(nodes)) == len(nodes):
            yield History(place, runs)


def _line(reading: Reading, node: Node) -> int | None:
    """Where a value was computed."""
    return reading.observed.lines.get(unmarked(node))


def _gradient(scene: Scene, node: Node) -> Node:
    """The gradient of a forward value: zero where no loss reads the last one."""
    found = scene.gradient.get(node)
    return found if found is not None else scene.graph.full(node.dims, 0.0, node.dtype)


def _unmarked(scene: Scene, value: object) -> object:
    """The forward value that a line keeps for the way back: ``self.x = x``."""
    while (
        isinstance(value, Node)
        and value.op.name == "mark"
        and value not in scene.gradient
    ):
        value = value.inputs[0]
    return value


def adds_up(statement: ast.stmt) -> bool:
    """Whether a statement adds to what its target held."""
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.op, ast.Add | ast.Sub)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = ast.unparse(statement.targets[0])
        return any(
            isinstance(n, ast.expr) and ast.unparse(n) == target
            for n in ast.walk(statement.value)
        )
    return False


def _running(
    reading: Reading, group: Sequence[Marked], parts: Values, read: Read
) -> Values:
    """What a target holds after each run that adds its part to it."""
    sums: Values = {}
    for marked in group:
        before = _added_to(marked, sums) or _held_before(reading, marked)
        part = parts[marked.node]
        if before is None or before.shape != marked.node.shape:
            sums[marked.node] = part
            continue
        base = sums[before] if before in sums else read(sums, before)
        sums[marked.node] = [b + p for b, p in zip(base, part)]
    return sums


def _added_to(marked: Marked, sums: Values) -> Node | None:
    """The sum of an earlier run that a run adds to: ``db += d`` in a long loop."""
    return next((n for n in marked.source.inputs if n in sums), None)


def _held_before(reading: Reading, marked: Marked) -> Node | None:
    """What the target of a statement held before a run of it."""
    scope = reading.observed.marks.scopes.get((marked.site, marked.turn), {})
    statement = reading.observed.sites[marked.site].statement
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", 0)]
    if not isinstance(targets[0], ast.expr):
        return None
    text = ast.unparse(targets[0])
    for place, value in places(scope):
        if place == text and isinstance(value, Node):
            return value
    return None
