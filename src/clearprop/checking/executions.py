"""Which execution of a backward line belongs to which execution of a forward line.

A loop over the layers, over time or over examples runs a backward line several times in
one step. Each run owes another gradient: of what the forward line computed at the same
turn. Nobody says which, but time does: runs of the forward pass are followed by runs of
the backward pass, which takes them from the last back (layers, time) or in their own
order (classes, filters), and then perhaps come the next example's. What comes in is a
reading and its scene; what goes out are the values that the runs of one statement may
owe, a gradient for each.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.terms import alike
from clearprop.graph import Node
from clearprop.trace.rewrite import appended

OFFSETS = 3  # how many of the last forward runs the backward line may leave to others
VIEWS = frozenset(("broadcast", "reshape", "transpose", "astype", "mark", "getitem"))
_FEEDS = frozenset(
    ("matmul", "add", "sub", "mul", "div", "exp", "getitem", "einsum", "sum")
)


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a forward line: when, what it gave, and a gradient of that."""

    when: int
    of: Node
    gradient: Node


@dataclass(slots=True)
class History:
    """All executions of one forward line, in order, and how its value is called."""

    name: str
    runs: list[Run] = field(default_factory=list)
    part: bool = False  # what one use adds to the gradient, not the whole


def histories(reading: Reading, scene: Scene) -> list[History]:
    """Every forward line of a step with what the backward pass may owe for it."""
    made: dict[object, History] = {}
    kept = _appended(reading, scene)
    _bound(reading, scene, made)
    _unnamed(reading, scene, made, kept)
    _uses(reading, scene, made, kept)
    return list(made.values())


def _bound(reading: Reading, scene: Scene, made: dict[object, History]) -> None:
    """Values by the line that gave them a name, or took them up again."""
    clock = -1
    for binding in reading.log:
        node = binding.node
        clock = max(clock, node.index)
        if binding.serial > scene.step.last:
            break
        if node not in scene.gradient:
            continue
        name = binding.place if binding.place != "return" else f"line {binding.line}"
        key = binding.line, name.split("[")[0]
        run = Run(clock, node, scene.gradient[node])
        made.setdefault(key, History(name)).runs.append(run)


def _appended(reading: Reading, scene: Scene) -> dict[Node, str]:
    """Values that only a list has: ``states`` of ``states.append(np.tanh(z))``."""
    lists: dict[int, str] = {}
    for code in ast.walk(reading.observed.source.tree):
        found = appended(code) if isinstance(code, ast.Expr) else None
        if found is not None:
            lists[found[0].lineno] = ast.unparse(found[0])
    lines = reading.observed.lines
    if not lists:
        return {}
    read = {  # what only its own line goes on with is no whole value
        source
        for user in scene.below
        for source in user.inputs
        if lines.get(user) != lines.get(source)
    }
    return {
        node: lists[lines[node]]
        for node in scene.gradient
        if lines.get(node) in lists
        and node.inputs
        and node in read
        and node not in reading.named
    }


def _unnamed(
    reading: Reading,
    scene: Scene,
    made: dict[object, History],
    kept: Mapping[Node, str],
) -> None:
    """Values within a line: the ``z`` of ``h = sigmoid(W @ x)``."""
    for node in sorted(scene.gradient, key=lambda n: n.index):
        if node in reading.named or not node.inputs:
            continue
        if node.op.name not in _FEEDS and node not in kept:
            continue
        line = reading.observed.lines.get(node, 0)
        key = line, node.op.name, node.ndim
        run = Run(node.index, node, scene.gradient[node])
        name = kept.get(node, f"line {line}")
        made.setdefault(key, History(name)).runs.append(run)
        if node.op.name == "getitem":  # i, f = sigmoid(a[:H]), sigmoid(a[H:])
            part = (*key, _cut(node))
            made.setdefault(part, History(f"line {line}")).runs.append(run)


def _cut(node: Node) -> str:
    """Which part of each axis is taken, whichever entry of the others."""
    key = node.params["key"]
    return str([part if part[0] == "slice" else part[0] for part in key])


def _uses(
    reading: Reading,
    scene: Scene,
    made: dict[object, History],
    kept: Mapping[Node, str],
) -> None:
    """What each use of a value adds to its gradient, by the line that uses it."""
    users: dict[Node, list[Node]] = {}
    for user in sorted(scene.below, key=lambda n: n.index):
        for source in dict.fromkeys(user.inputs):
            users.setdefault(source, []).append(user)
    labels = {n: reading.labels.get(leaf, "") for leaf, n in scene.step.befores.items()}
    whole_values = {*scene.befores, *reading.named, *kept}
    for node in sorted(whole_values, key=lambda n: n.index):
        if node not in scene.gradient or node not in users:
            continue
        parts = list(_parts(scene, users, node))
        learned = node in scene.befores
        if not learned and len(parts) < 2:
            continue
        name = labels.get(node) or kept.get(node) or reading.named[node].place
        for user, part in parts:
            line = reading.observed.lines.get(user, 0)
            spot = name.split("[")[0] if not learned else user.op.name
            key = "part", line, spot, node.ndim
            history = made.setdefault(key, History(name, part=len(parts) > 1))
            history.part |= len(parts) > 1
            history.runs.append(Run(user.index, node, part))
            if learned and len(parts) > 1:
                whole = made.setdefault(("whole", *key), History(name))
                whole.runs.append(Run(user.index, node, scene.gradient[node]))


def _parts(
    scene: Scene, users: dict[Node, list[Node]], node: Node
) -> Iterator[tuple[Node, Node]]:
    """Each use of a value, however it is turned for it, and what that adds."""
    for user in users.get(node, ()):
        if user not in scene.gradient or user.op.gradient is None:
            continue
        if user.op.name in VIEWS and len(users.get(user, ())) > 1:
            inner = list(_parts(scene, users, user))
        else:
            inner = [(user, scene.gradient[user])]
        for last, g in inner:
            parts = user.op.gradient(g, user, *user.inputs, **user.params)
            parts = parts if isinstance(parts, tuple) else (parts,)
            for source, part in zip(user.inputs, parts):
                if source is node and part is not None:
                    yield last, part


def matched(
    marks: Sequence[Node], history: History, named: bool = False
) -> Iterator[list[tuple[Node, Run]]]:
    """The ways in which the marks may belong to the runs of a forward line.

    Where the line is ``named`` for it, the marks may have another shape: ``db`` that
    isn't summed.
    """
    stretches = _stretches(marks, history.runs)
    if stretches is None:
        return
    seen: set[tuple[Node, ...]] = set()
    most = max(len(runs) for runs, _ in stretches)
    for backwards in (True, False):
        for offset in range(min(OFFSETS, most)):
            pairs = _paired(stretches, backwards, offset, named)
            if pairs is None:
                continue
            key = tuple(run.gradient for _, run in pairs)
            if key not in seen:
                seen.add(key)
                yield pairs


Stretch = tuple[list[Run], list[Node]]


def smaller(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether a value lacks a part of the axes, which NumPy repeats in silence."""
    if len(small) > len(large) or math.prod(small) >= math.prod(large):
        return False
    return all(a in (1, b) for a, b in zip(small[::-1], large[::-1]))


def _stretches(marks: Sequence[Node], runs: Sequence[Run]) -> list[Stretch] | None:
    """Forward runs and the backward runs that follow them, again and again."""
    found: list[Stretch] = []
    events = sorted([(r.when, 0, r) for r in runs], key=lambda e: e[0])
    at = 0
    for mark in sorted(marks, key=lambda n: n.index):
        fresh = []
        while at < len(events) and events[at][0] < mark.index:
            fresh.append(events[at][2])
            at += 1
        if fresh:
            found.append((fresh, [mark]))
        elif found:
            found[-1][1].append(mark)
        else:
            return None
    return found


def _paired(
    stretches: Sequence[Stretch], backwards: bool, offset: int, named: bool
) -> list[tuple[Node, Run]] | None:
    pairs = []
    for runs, marks in stretches:
        if len(runs) < len(marks) + offset:
            return None
        order = runs[::-1] if backwards else runs
        for mark, run in zip(marks, order[offset:]):
            alike_enough = alike(run.gradient.shape, mark.shape) or smaller(
                mark.shape, run.gradient.shape
            )
            if not named and not alike_enough:
                return None
            pairs.append((mark, run))
    return pairs
