"""A suspicion and how it is tried: what if this line had the value that it owes?

A ``Blame`` is a statement and the values it should have had; a ``Trial`` judges the
program again with such values in their place, without running it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.checking.judge import judge
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.need import Edit, Item
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.graph import Node, recompute
from clearprop.trace.rewrite import appended

Arrays = list[np.ndarray]  # one for each replay
UNFIT = (ValueError, TypeError, IndexError)  # of a value whose shape doesn't fit on


@dataclass(slots=True, eq=False)  # one is what it is, were two alike
class Blame:
    """A statement whose value should have been another one.

    ``wanted`` holds the right value of every execution's mark, in every replay.
    ``name`` is the forward value whose gradient it should be, "" for a slope.
    """

    site: int
    item: Item
    wanted: dict[Node, Arrays]
    name: str
    factor: float = 1.0
    of: Node | None = None
    rights: int = 0
    kind: str = "gradient"  # "update", "sum", "slope", "turned"
    outcome: Outcome | None = None
    varied: float | None = None  # an update's factor at other rates
    free: bool = False  # nothing says with which constant
    blank: bool = False  # nothing is there that could be kept
    turned: bool = False  # nothing but the update's own sign, or rate, is amiss
    edits: list[Edit] = field(default_factory=list)
    through: int | None = None  # of a mask: the statement that uses it, and is wrong

    def times(self, factor: float) -> dict[Node, Arrays]:
        """What is wanted, with another constant."""
        return {n: [factor * a for a in arrays] for n, arrays in self.wanted.items()}


@dataclass(slots=True)
class Trial:
    """The state of the search: which marks already have other values."""

    scene: Scene
    outcomes: list[Outcome]
    others: dict[Node, Arrays] = field(default_factory=dict)

    def judged(self, more: dict[Node, Arrays] | None = None) -> Judgement:
        """The outcomes with other values at some marks."""
        others = {**self.others, **(more or {})}
        if not others:
            return judge(self.scene, self.outcomes)
        return judge(self.scene, self.outcomes, Other(self.scene, others).read, others)

    def tried(self, more: dict[Node, Arrays]) -> Judgement | None:
        """The same; None where a value doesn't fit on."""
        try:
            return self.judged(more)
        except UNFIT:
            return None

    def reader(self) -> Callable[[Node], Arrays]:
        """What reads a node in every replay, with the values that marks have now."""
        if not self.others:
            return self.scene.values
        return Other(self.scene, dict(self.others)).read


class Other:
    """Values of nodes when some marks hold others."""

    def __init__(
        self,
        scene: Scene,
        others: dict[Node, Arrays],
        replays: int | None = None,
        to_come: frozenset[Node] = frozenset(),
    ) -> None:
        """``to_come`` are marks that will be ``put``, in the order of their index."""
        self.scene = scene
        self.others = others
        self.to_come = to_come
        self.replays = scene.replays[:replays]
        self.later: set[Node] | None = None
        self.computed: list[dict[Node, Any]] = []

    def put(self, node: Node, values: Arrays) -> None:
        """One more mark has another value: nothing that comes after it was read yet."""
        self.others[node] = values
        for known, value in zip(self.computed, values):
            known[node] = value

    def read(self, node: Node) -> Arrays:
        """A node's value in every replay."""
        scene = self.scene
        if self.later is None:
            self.later = later(scene, self.to_come or frozenset(self.others))
            self.computed = [
                {n: v[k] for n, v in self.others.items()}
                for k in range(len(self.replays))
            ]
        if node not in self.later:
            return scene.values(node)[: len(self.replays)]
        scene.compute([node])
        way = _way(node, self.later, self.computed[0])
        found = []
        for replay, known in zip(self.replays, self.computed):
            missing = [n for n in way if n not in known]
            if missing:
                both = _Both(known, replay.computed, self.later)
                with np.errstate(all="ignore"):
                    recompute(missing, both, rounds=False)
            found.append(np.asarray(known[node], dtype=float))
        return found


class _Both(dict[Node, Any]):
    """New values where there are some, else those of the replay."""

    def __init__(
        self, new: dict[Node, Any], old: dict[Node, Any], later: set[Node]
    ) -> None:
        super().__init__()
        self.new, self.old, self.later = new, old, later

    def __contains__(self, node: object) -> bool:
        return node in self.new or (node not in self.later and node in self.old)

    def __getitem__(self, node: Node) -> Any:
        found = self.new.get(node, self)
        return self.old[node] if found is self else found

    def __setitem__(self, node: Node, value: Any) -> None:
        self.new[node] = value


def later(scene: Scene, marks: frozenset[Node]) -> set[Node]:
    """What depends on the marks; the forward pass stays as it was."""
    known: dict[frozenset[Node], set[Node]] = scene.memory
    if marks not in known:
        later = set(marks)
        first = min(n.index for n in later)
        below, given = scene.below, scene.replays[0].given
        for n in scene.graph.nodes[first:]:
            if n in below or n in later or n in given:
                continue  # what an earlier step has left behind is given too
            if any(i in later for i in n.inputs):
                later.add(n)
        if len(known) > 200:
            known.clear()
        known[marks] = later
    return known[marks]


def _way(node: Node, later: set[Node], known: Container[Node]) -> list[Node]:
    """The part of a cone that changes and isn't known yet, inputs first."""
    seen: set[Node] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        if here in later and here not in seen and here not in known:
            seen.add(here)
            stack.extend(here.inputs)
    return sorted(seen, key=lambda n: n.index)


def cone_of(tops: Sequence[Node], scene: Scene) -> set[Node]:
    """What values are made of, up to where the forward pass begins."""
    seen: set[Node] = set()
    stack = list(tops)
    while stack:
        node = stack.pop()
        if node in seen or node in scene.below or node in scene.befores:
            continue
        seen.add(node)
        stack.extend(node.inputs)
    return seen


def statement_of(reading: Reading, blame: Blame) -> ast.stmt:
    """The statement that is to blame."""
    return reading.observed.sites[blame.site].statement


def target_text(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    put = appended(statement)
    return ast.unparse(put[0]) if put is not None else "return"


def signs_of(statement: ast.stmt) -> list[type]:
    """The signs that a statement is written with."""
    return [
        type(n)
        for n in ast.walk(statement)
        if isinstance(n, ast.Add | ast.Sub | ast.USub)
    ]
