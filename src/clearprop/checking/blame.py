"""Which line is to be mended: the one that rights the most, the earliest of equals.

Every statement of the backward pass is tried: were its value the gradient of this or
that forward value, how many outcomes would come right? What the answer needs is only
the values of the marks (see ``marks``); no statement is edited yet.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.executions import History, histories
from clearprop.checking.judge import (
    Judgement,
    Outcome,
    judge,
    moves,
    named_factor,
    squares,
)
from clearprop.checking.marks import Marked
from clearprop.checking.names import likeness, passed_back, stem
from clearprop.checking.need import ONE, Edit
from clearprop.checking.owed import owed
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, Scene, match, ratio, tolerance
from clearprop.checking.roles import FEEDS
from clearprop.checking.terms import alike
from clearprop.graph import Node, recompute
from clearprop.trace.loss import identifier

Arrays = list[np.ndarray]  # one for each replay


@dataclass(slots=True)
class Blame:
    """A statement whose value should have been another one.

    ``wanted`` holds the right value of every execution's mark, in every replay.
    ``name`` is the forward value whose gradient it should be, "" for a slope.
    """

    site: int
    item: int | str | None
    wanted: dict[Node, Arrays]
    name: str
    factor: float = 1.0
    of: Node | None = None
    rights: int = 0
    kind: str = "gradient"  # "update", "sum", "slope"
    outcome: Outcome | None = None
    free: bool = False  # nothing says with which constant
    edits: list[Edit] = field(default_factory=list)


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
        return judge(self.scene, self.outcomes, Other(self.scene, others).read)


class Other:
    """Values of nodes when some marks hold others."""

    def __init__(
        self, scene: Scene, others: dict[Node, Arrays], replays: int | None = None
    ) -> None:
        self.scene = scene
        self.others = others
        self.replays = scene.replays[:replays]
        self.later: set[Node] | None = None
        self.computed: list[dict[Node, Any]] = []

    def read(self, node: Node) -> Arrays:
        """A node's value in every replay."""
        scene = self.scene
        if self.later is None:
            self.later = _later(scene, frozenset(self.others))
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
                    recompute(missing, both)
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


def _later(scene: Scene, marks: frozenset[Node]) -> set[Node]:
    """What depends on the marks; the forward pass stays as it was."""
    known: dict[frozenset[Node], set[Node]] = scene.memory
    if marks not in known:
        later = set(marks)
        first = min(n.index for n in later)
        below = scene.below
        for n in scene.graph.nodes[first:]:
            if n in below or n in later:
                continue
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


Find = Callable[[Blame, dict[Node, Arrays], bool], list[Edit]]
TRIED = 6  # candidates of equal worth whose edits are searched
SAID = 0.6  # as likely, a name says what its value is the gradient of
EACH = 2  # of them, of one statement


def blamed(
    reading: Reading,
    judgement: Judgement,
    find: Find,
    most: int = 5,
    known: Sequence[Blame] = (),
    alone: Callable[[Blame], bool] | None = None,
) -> list[Blame]:
    """The statements to be mended, in the order they were found.

    Of those that right the most outcomes it is the earliest that a small edit mends;
    where none does, the earliest. ``alone`` says whether the edits of one are enough
    for the program: a line that was seen at one layer is mended for all of them.
    """
    scene = judgement.scene
    trial = Trial(scene, judgement.outcomes)
    found: list[Blame] = []
    for blame in known:
        trial.others.update(blame.wanted)
    for blame in known:
        blame.edits = find(blame, trial.others, False)
    current = trial.judged() if known else judgement
    for _ in range(most + 3):
        if current.whole or len(found) == most:
            break
        equals = _best(reading, trial, current)
        if not equals:
            break
        best = _mendable(reading, equals, trial, find) or _called(reading, equals)
        best = _slope(reading, trial, current, best, find) or best
        if not best.edits or best.edits[0].cost >= ONE:
            for blame in _apart(equals)[:3]:
                carried = _carried(reading, trial, current, blame, find)
                if carried is not None:
                    best = carried
                    break
        same = [b for b in found if (b.site, b.item) == (best.site, best.item)]
        if best.kind == "slope" and same:  # one helper, called for several layers
            same[0].wanted.update(best.wanted)
            same[0].rights += best.rights
            trial.others.update(best.wanted)
            current = trial.judged()
            continue
        found.append(best)
        trial.others.update(best.wanted)
        current = trial.judged()
        if alone is not None and not known and not current.whole and alone(best):
            return [best]
    return [*known, *found]


def _slope(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """The line that computes a slope, where it is the one to mend."""
    sites = reading.observed.sites
    here = sites[best.site].function
    before = [o.right for o in current.outcomes]
    for blame in slopes(reading, trial, best):
        helper = sites[blame.site].function != here
        if helper and best.edits and not best.edits[0].inside:
            continue
        if best.edits and best.edits[0].mistake not in _OF_SLOPES:
            continue
        try:
            after = [o.right for o in trial.judged(blame.wanted).outcomes]
        except (ValueError, TypeError, IndexError):
            continue
        if any(b and not a for b, a in zip(before, after)):
            continue
        blame.rights = sum(after) - sum(before)
        if blame.rights < best.rights:
            continue
        blame.edits = find(blame, trial.others, False)
        if blame.edits and blame.edits[0].cost < ONE:
            return blame
    return None


def _carried(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """An earlier line, whose value the blamed one only carries on."""
    from clearprop.checking.earlier import earlier

    before = [o.right for o in current.outcomes]
    for blame in earlier(reading, trial, best):
        try:
            after = [o.right for o in trial.judged(blame.wanted).outcomes]
        except (ValueError, TypeError, IndexError):
            continue
        if any(b and not a for b, a in zip(before, after)):
            continue
        blame.rights = sum(after) - sum(before)
        if blame.rights < best.rights:
            continue
        blame.edits = find(blame, trial.others, False)
        if blame.edits and blame.edits[0].cost < ONE:
            return blame
    return None


_OF_SLOPES = ("wrong-derivative", "derivative-at-wrong-point", "missing-derivative",
              "unknown", "wrong-operand")  # fmt: skip


def _mendable(
    reading: Reading, equals: list[Blame], trial: Trial, find: Find
) -> Blame | None:
    """The first of equals that a small edit mends."""
    tried = _apart(_spread(reading, trial.scene, equals))
    for every in (False, True):
        for blame in tried if not every else tried[:1]:
            found = find(blame, trial.others, every)
            if found and (not blame.edits or found[0].cost < blame.edits[0].cost):
                blame.edits = found
            if found and found[0].cost < ONE:
                return blame
    return None


def _called(reading: Reading, equals: list[Blame]) -> Blame:
    """The first of equals whose line says that it gives a gradient."""
    for blame in equals:
        statement = reading.observed.sites[blame.site].statement
        if passed_back(identifier(_target(statement))):
            return blame
    return equals[0]


def _speaks(reading: Reading, blame: Blame) -> bool:
    """Whether a line speaks of gradients: ``sp = sigmoid_prime(z)`` doesn't."""
    site = reading.observed.sites[blame.site]
    return passed_back(site.function) or any(
        isinstance(n, ast.Name | ast.Attribute)
        and passed_back(identifier(ast.unparse(n)))
        for n in ast.walk(site.statement)
    )


def _is_another(reading: Reading, scene: Scene, blame: Blame) -> bool:
    """Whether a line would have to be another gradient than its name says.

    ``draw = dh`` lacks a slope, and so does ``dh``, were it to be ``draw``.
    """
    if len(blame.wanted) < 2 or blame.name.startswith("return"):
        return False  # one run, or what a helper gives: its names fit all callers
    word = stem(identifier(_target(reading.observed.sites[blame.site].statement)))
    if word is None:
        return False
    shape = next(iter(blame.wanted)).shape
    names = [n for node, n in forward(reading, scene).items() if node.shape == shape]
    best = max((likeness(word, identifier(n)) for n in names), default=0.0)
    return best >= SAID > likeness(word, identifier(blame.name))


def _spread(reading: Reading, scene: Scene, equals: list[Blame]) -> list[Blame]:
    """The first of equals, a few of each statement, slopes last."""
    equals = sorted(
        equals, key=lambda b: (not _speaks(reading, b), _is_another(reading, scene, b))
    )
    counts: dict[tuple[int, int | str | None], int] = {}
    found = []
    for blame in equals:
        key = blame.site, blame.item
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= EACH:
            found.append(blame)
    return found[:TRIED]


def _apart(blames: list[Blame]) -> list[Blame]:
    """Without those that want what another one does: a value has several names."""
    kept: list[Blame] = []
    for blame in blames:
        if not any(_same(blame, other) for other in kept):
            kept.append(blame)
    return kept


def _same(one: Blame, other: Blame) -> bool:
    if (one.site, one.item) != (other.site, other.item):
        return False
    if one.wanted.keys() != other.wanted.keys():
        return False
    return all(np.allclose(a[0], other.wanted[n][0]) for n, a in one.wanted.items())


def _best(reading: Reading, trial: Trial, current: Judgement) -> list[Blame]:
    """The candidates that right the most and break nothing, the best first."""
    before = [o.right for o in current.outcomes]
    held = [_is_held(reading, trial.scene, o) for o in current.outcomes]
    tops = [
        o.update.after if o.update is not None else o.node for o in current.outcomes
    ]
    read = cone_of(tops, trial.scene)
    found: list[tuple[tuple[float, ...], Blame]] = []
    for blame in _candidates(reading, trial, current):
        try:
            judged = trial.judged(blame.wanted)
        except (ValueError, TypeError, IndexError):
            continue
        after = [o.right for o in judged.outcomes]
        if any(b and not a for b, a in zip(before, after)):
            continue
        gains = [a and not b for a, b in zip(after, before)]
        if blame.kind != "update":  # a gradient that its name claims rightly stays
            gains = [g and not h for g, h in zip(gains, held)]
        blame.rights = sum(gains)
        if blame.rights > 0:
            first = min(n.index for n in blame.wanted)
            mixed = _mixed(reading, trial.scene, blame, read)
            turned = (
                blame.kind == "update"
                and not mixed
                and _only_turned(reading, trial, current, blame)
            )
            exact = not turned and (
                _is_slope(reading, blame)
                or (
                    not _moves_along(current.outcomes, judged.outcomes)
                    and _is_exact(reading, trial, current, blame)
                )
            )
            fit = -_fit(blame, reading)
            key = (-blame.rights, not turned, mixed, exact, first, fit)
            found.append((key, blame))
    if not found:
        return []
    found.sort(key=lambda f: f[0])
    most = found[0][1].rights
    return [blame for _, blame in found if blame.rights == most]


def _only_turned(
    reading: Reading, trial: Trial, current: Judgement, blame: Blame
) -> bool:
    """A weight that moves uphill, where no line calls a gradient what is minus one."""
    outcome = blame.outcome
    if outcome is None or not outcome.uphill or not outcome.agrees:
        return False
    factor = named_factor(trial.scene, outcome)
    return factor is None or factor * _convention(reading, current) > 0


def _moves_along(before: list[Outcome], after: list[Outcome]) -> bool:
    """Whether what was right has another constant now."""
    return any(
        abs(a.match.factor - b.match.factor) > 1e-6 * abs(b.match.factor)
        for b, a in zip(before, after)
        if b.right and b.match is not None and a.match is not None
    )


_SLOPE = re.compile(r"deriv|prime|slope", re.IGNORECASE)


def _is_slope(reading: Reading, blame: Blame) -> bool:
    """Whether a statement's own name says that it is no gradient."""
    statement = reading.observed.sites[blame.site].statement
    return _SLOPE.search(identifier(_target(statement))) is not None


def _is_exact(reading: Reading, trial: Trial, current: Judgement, blame: Blame) -> bool:
    """A value that already is the gradient, with the constant of the right ones.

    What makes of it something of another size comes after it.
    """
    scene = trial.scene
    if blame.kind != "gradient" or blame.of is None or len(blame.wanted) != 1:
        return False
    (node,) = blame.wanted
    usual = {
        factor
        for o in current.outcomes
        if o.right and (factor := named_factor(scene, o)) is not None
    }
    if not usual:
        usual = {1.0} if scene.bound else {1.0, -1.0}
    read = Other(scene, trial.others).read if trial.others else scene.values
    gradient = scene.gradient[blame.of]
    near = tolerance([node, gradient])
    how = match(read(node), scene.values(gradient), near, scene.floor)
    return how is not None and any(abs(how.factor - f) <= 1e-6 * abs(f) for f in usual)


def _is_held(reading: Reading, scene: Scene, outcome: Outcome) -> bool:
    """A weight that moves uphill along a gradient that is called so, and is one."""
    if outcome.update is None or not outcome.uphill or not outcome.agrees:
        return False
    factor = named_factor(scene, outcome)
    return factor is not None and factor > 0


def _mixed(reading: Reading, scene: Scene, blame: Blame, read: set[Node]) -> bool:
    """Whether other executions of the statement in this step are left as they are.

    Only those count that something is read from: the gradient of the data is not.
    """
    first = min((n.index for n in scene.befores), default=0)
    last = max((u.after.index for u in scene.step.updates), default=None)
    for marked in reading.observed.marks.marked:
        if marked.site != blame.site or marked.node in blame.wanted:
            continue
        if marked.node not in read:
            continue
        here = marked.node.index > first and (last is None or marked.node.index <= last)
        if here and marked.item == blame.item and marked.node not in scene.below:
            return blame.kind != "part"
    return False


def _fit(blame: Blame, reading: Reading) -> float:
    """Between roles of one statement: the one that its name says."""
    site = reading.observed.sites[blame.site]
    word = stem(identifier(_target(site.statement)))
    return likeness(word, identifier(blame.name)) if word else 0.0


def _target(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return ast.unparse(statement.target)
    return "return"


def slopes(reading: Reading, trial: Trial, blame: Blame) -> Iterator[Blame]:
    """Statements that give a slope, which a blamed statement is a product with.

    ``delta = up * slope``: were the slope ``slope * wanted / delta``, delta were right.
    """
    scene = trial.scene
    if blame.kind == "update":
        return
    marks = [m for m in reading.observed.marks.marked if m.node not in scene.below]
    read = Other(scene, {**trial.others, **blame.wanted}).read
    found: dict[tuple[int, int | str | None], dict[Node, Arrays]] = {}
    for target in blame.wanted:
        source = target.inputs[0]
        cone = cone_of([source], scene)
        for marked in marks:
            if marked.node not in cone or marked.site == blame.site:
                continue
            if _is_gradient(reading, scene, marked):
                continue
            values, now = read(marked.node), read(source)
            wanted = blame.wanted[target]
            if values[0].shape != now[0].shape or not values[0].shape:
                continue
            with np.errstate(all="ignore"):
                new = [v * w / n for v, w, n in zip(values, wanted, now)]
            if all(np.isfinite(a).all() for a in new):
                key = marked.site, marked.item
                found.setdefault(key, {})[marked.node] = new
    for (site, item), others in found.items():
        yield Blame(site, item, others, "", kind="slope")


def _is_gradient(reading: Reading, scene: Scene, marked: Marked) -> bool:
    """Whether a value is a gradient, by its name or by its numbers."""
    statement = reading.observed.sites[marked.site].statement
    if stem(identifier(_target(statement))) is not None:
        return True
    found = scene.values(marked.node)
    for source, gradient in scene.gradient.items():
        if source.shape == marked.node.shape:
            how = match(found, scene.values(gradient), tolerance([marked.node]))
            if how is not None and how.varied is not None:
                return True
    return False


# -- candidates ------------------------------------------------------------------------


def _candidates(reading: Reading, trial: Trial, current: Judgement) -> Iterator[Blame]:
    scene = trial.scene
    wrong = [o for o in current.outcomes if not o.right]
    cone = cone_of(_tops(wrong), scene)
    stated = {o.node for o in current.outcomes if o.right and o.statement is not None}
    groups = {
        key: group
        for key, group in _groups(reading, scene, cone).items()
        if not any(m.node in stated for m in group)
    }
    yield from _updates(reading, trial, current, wrong)
    sources = _executions(reading, scene)
    many = any(len(group) > 1 for group in groups.values())
    lines = histories(reading, scene) if many else []
    for (site, item), group in groups.items():
        if all(m.node in trial.others for m in group):
            continue
        whole = False
        if len(group) > 1:
            for blame in _several(reading, trial, current, site, item, group, lines):
                whole = True
                yield blame
        if not whole:
            yield from _gradients(reading, trial, current, site, item, group, sources)
        yield from _sums(reading, trial, current, site, item, group)
    sites = dict.fromkeys(site for site, _ in groups)
    for site in sites:
        every = [m for (s, _), g in groups.items() if s == site for m in g]
        yield from _parts(reading, trial, current, site, every)


def _tops(outcomes: Iterable[Outcome]) -> list[Node]:
    """The values that outcomes are judged by."""
    return [o.update.after if o.update is not None else o.node for o in outcomes]


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


def _groups(
    reading: Reading, scene: Scene, cone: set[Node]
) -> dict[tuple[int, int | str | None], list[Marked]]:
    """The marks that wrong outcomes come from, by statement, in order of execution."""
    found: dict[tuple[int, int | str | None], list[Marked]] = {}
    for marked in reading.observed.marks.marked:
        if marked.node in cone:
            found.setdefault((marked.site, marked.item), []).append(marked)
    return found


def _executions(reading: Reading, scene: Scene) -> dict[str, list[Node]]:
    """The forward values by name, in the order in which they were bound."""
    found: dict[str, list[Node]] = {}
    for node, name in forward(reading, scene).items():
        found.setdefault(name, []).append(node)
    for nodes in found.values():
        nodes.sort(key=lambda n: n.index)
    unnamed = [
        n
        for n in scene.gradient
        if n not in reading.named and n.inputs and n.op.name in FEEDS
    ]
    for node in unnamed:
        found.setdefault(f"line {reading.observed.lines.get(node, 0)}", []).append(node)
    return found


def _gradients(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: int | str | None,
    group: list[Marked],
    sources: dict[str, list[Node]],
) -> Iterator[Blame]:
    """The statement gives the gradient of a forward value."""
    scene = trial.scene
    held = _held(reading, trial, current, site, group)
    if held is not None and held[1]:
        return
    word = stem(identifier(_target(reading.observed.sites[site].statement))) or ""
    for name, nodes in sources.items():
        if held is not None and name != held[0]:
            continue
        own = likeness(word, identifier(name)) >= 0.9
        orders: list[list[Node]] = []
        if len(nodes) > 1 and len(nodes) != len(group):
            shape = group[0].node.shape
            nodes = [n for n in nodes if alike(n.shape, shape)]
        if len(nodes) == 1 and len(group) > 1:
            # one of several executions gives it: the others give other gradients
            for marked in group[:6]:
                if alike(nodes[0].shape, marked.node.shape):
                    yield from _one(trial, current, site, item, marked, nodes[0], name)
            continue
        if len(nodes) == 1:
            orders.append(nodes)
        elif len(nodes) == len(group):
            orders += [nodes, nodes[::-1]]
        elif len(group) == 1:
            orders += [[n] for n in nodes]
        for order in orders:
            fits = all(alike(n.shape, m.node.shape) for n, m in zip(order, group))
            if not fits and not own and not _smaller(order, group):
                continue
            values = {
                m.node: [
                    g.reshape(m.node.shape) if fits else g
                    for g in scene.values(scene.gradient[n])
                ]
                for n, m in zip(order, group)
            }
            for times in _times(scene, current):
                scaled = {n: [times * a for a in v] for n, v in values.items()}
                factors = list(_factors(trial, current, scaled))
                for factor in factors:
                    yield Blame(
                        site, item,
                        {n: [factor_of(factor, k) * a for k, a in enumerate(v)]
                         for n, v in scaled.items()},
                        name, factor[0] * times, order[0],
                        free=not any(o.right and o.match for o in current.outcomes),
                    )  # fmt: skip
                if factors:
                    break


def _times(scene: Scene, current: Judgement) -> list[float]:
    """Constants that a gradient in between may have, where a term is added to it later.

    ``dW = dz.T @ x / m + reg * W`` comes right with m times the gradient in ``dz``, and
    with no other multiple of it.
    """
    found = {1.0: None}
    if squares(scene, {o.of for o in current.outcomes}):
        learned = set(scene.reading.parameters)
        for made in scene.reading.observed.made:
            if made.node in scene.below and made.node not in learned:
                found |= dict.fromkeys(map(float, made.node.shape[:2]))
        found |= {-n: None for n in found}
    return [n for n in found if n][:MANY]


MANY = 8  # such constants


def _smaller(nodes: Sequence[Node], group: Sequence[Marked]) -> bool:
    """Whether the statement gives less than the gradient: a number for each row."""
    for node, marked in zip(nodes, group):
        small, large = marked.node.shape, node.shape
        if len(small) > len(large) or math.prod(small) >= math.prod(large):
            return False
        if any(a not in (1, b) for a, b in zip(small[::-1], large[::-1])):
            return False
    return True


def _several(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: int | str | None,
    group: list[Marked],
    lines: Sequence[History],
) -> Iterator[Blame]:
    """Each execution gives the gradient of what a forward line gave at its turn."""
    held = _held(reading, trial, current, site, group)
    if held is not None and held[1]:
        return
    scene = trial.scene

    def read(more: dict[Node, Arrays], node: Node) -> Arrays:
        others = {**trial.others, **more}
        return Other(scene, others).read(node) if others else scene.values(node)

    free = not any(o.right and o.match for o in current.outcomes)
    for one in owed(reading, scene, group, lines, read):
        for factor in _factors(trial, current, one.values):
            wanted = {
                n: [factor_of(factor, k) * a for k, a in enumerate(v)]
                for n, v in one.values.items()
            }
            yield Blame(
                site, item, wanted, one.name, factor[0], one.of, kind=one.kind,
                free=free,
            )  # fmt: skip


def _one(
    trial: Trial,
    current: Judgement,
    site: int,
    item: int | str | None,
    marked: Marked,
    node: Node,
    name: str,
) -> Iterator[Blame]:
    """One execution of a statement gives the gradient of one forward value."""
    grads = trial.scene.values(trial.scene.gradient[node])
    shape = marked.node.shape
    values = {marked.node: [g.reshape(shape) for g in grads]}
    for factor in _factors(trial, current, values):
        wanted = [factor_of(factor, k) * a for k, a in enumerate(values[marked.node])]
        yield Blame(site, item, {marked.node: wanted}, name, factor[0], node)


def factor_of(factor: tuple[float, float], replay: int) -> float:
    return factor[0] if replay < OWN else factor[1]


def _factors(
    trial: Trial, current: Judgement, values: dict[Node, Arrays]
) -> Iterator[tuple[float, float]]:
    """Which constant times the gradient lets the outcomes agree with the others."""
    try:
        if not _promising(trial, current, values):
            return
        judged = trial.judged(values)
    except (ValueError, TypeError, IndexError):  # another shape, which doesn't fit on
        return
    before = current.outcomes
    gained = [
        (old, new)
        for old, new in zip(before, judged.outcomes)
        if new.match is not None and not old.right
    ]
    if not gained:
        return
    seen = set()
    for old, new in gained:
        assert new.match is not None
        # what is right may follow from the statement too, and change with it
        for outcomes in (judged.outcomes, before):
            here, there = _as_others(old, new, before, outcomes)
            key = (round(here, 9), round(there, 9))
            if key not in seen:
                seen.add(key)
                yield here, there


def _as_others(
    old: Outcome, new: Outcome, before: list[Outcome], outcomes: list[Outcome]
) -> tuple[float, float]:
    """The constant that gives an outcome the factor which the right ones have."""
    assert new.match is not None
    for was, model in zip(before, outcomes):
        if not was.right or was.match is None or model.match is None:
            continue
        if model.kind != old.kind or (model.inner is None) != (new.inner is None):
            continue
        here = there = model.match.factor / new.match.factor
        if model.match.varied is not None and new.match.varied is not None:
            there = model.match.varied / new.match.varied
        return here, there
    uphill = old.kind == "update" and new.match.factor > 0
    if old.statement is not None:  # which states the constant, too
        varied = new.match.varied or new.match.factor
        return 1 / new.match.factor, 1 / varied
    return (-1.0, -1.0) if uphill else (1.0, 1.0)


def _promising(trial: Trial, current: Judgement, values: dict[Node, Arrays]) -> bool:
    """A first look, at one replay: does any wrong outcome become a gradient?"""
    scene = trial.scene
    read = Other(scene, {**trial.others, **values}, 1).read
    for outcome in current.outcomes:
        if outcome.right or outcome.of not in scene.gradient:
            continue
        wanted = scene.values(scene.gradient[outcome.of])[:1]
        near = tolerance([outcome.node, outcome.of])
        nodes = [n for n, _ in outcome.gates or ()]
        found = [read(n)[0] for n in nodes]
        if outcome.update is not None:
            after = read(outcome.update.after)[0]
            before = scene.values(outcome.update.before)[0]
            if after.shape == before.shape:
                found.append(after - before)
        else:
            found.append(read(outcome.node)[0])
        if any(ratio(f, wanted[0], near, scene.floor) is not None for f in found):
            return True
    return False


def _held(
    reading: Reading, trial: Trial, current: Judgement, site: int, group: list[Marked]
) -> tuple[str, bool] | None:
    """The forward value whose gradient the statement's own name claims, if it is.

    And whether it is that gradient exactly, but for its sign.
    """
    scene = trial.scene
    statement = reading.observed.sites[site].statement
    word = stem(identifier(_target(statement)))
    if word is None:
        return None
    last = group[-1].node
    read = Other(scene, trial.others).read if trial.others else scene.values
    for node, name in forward(reading, scene).items():
        learned = node in scene.befores or node in reading.labels
        if likeness(word, identifier(name)) < (0.6 if learned else 0.95):
            continue
        if not alike(node.shape, last.shape):
            continue
        gradient = scene.gradient[node]
        near = tolerance([last, gradient])
        how = match(read(last), scene.values(gradient), near, scene.floor)
        if how is None or how.varied is None:
            continue
        if how.factor * _convention(reading, current) > 0:
            # db = -dL/db isn't what it says, unless all of them are
            return name, abs(abs(how.factor) - 1) < 1e-6
    return None


def _convention(reading: Reading, current: Judgement) -> float:
    """1 where what is called a gradient is one, -1 where it is minus that."""
    signs = []
    for outcome in current.outcomes:
        if outcome.right:
            factor = named_factor(current.scene, outcome)
            signs += [factor] if factor is not None else []
    return -1.0 if signs and all(f < 0 for f in signs) else 1.0


def _updates(
    reading: Reading, trial: Trial, current: Judgement, wrong: Iterable[Outcome]
) -> Iterator[Blame]:
    """The statement moves a parameter: by the others' factor times its gradient."""
    scene = trial.scene
    marks = {m.node: m for m in reading.observed.marks.marked}
    sources = {m.source: m for m in reading.observed.marks.marked}
    found: dict[tuple[int, int], Blame] = {}
    wrong = list(wrong)
    yield from _turned(trial, wrong, marks)
    for outcome in wrong:
        update = outcome.update
        if update is None:
            continue
        kept = reading.observed.kept.get(update.after, update.after)
        marked = _mark_of(update.after, marks) or sources.get(kept)
        gradient = scene.gradient.get(outcome.of)
        if marked is None or gradient is None:
            continue
        before = scene.values(update.before)
        grads = scene.values(gradient)
        if len(update.lines) > 1:
            yield from _pieces(reading, trial, current, outcome, marks)
        whole = moves(scene, update) if outcome.decay else None
        for turn, factor in enumerate(_rates(scene, current, outcome)):
            wanted = [
                b + factor_of(factor, k) * g
                for k, (b, g) in enumerate(zip(before, grads))
            ]
            if whole is not None and outcome.match is not None:
                own = outcome.match.factor, outcome.match.varied or 1.0
                wanted = [  # the decay stays, of the size that it has
                    b + factor_of(factor, k) / factor_of(own, k) * m
                    for k, (b, m) in enumerate(zip(before, whole))
                ]
            values = {marked.node: wanted, update.after: wanted}
            known = found.get((marked.site, turn))
            if known is not None and outcome.match is not None:
                known.wanted.update(values)
                continue
            name = reading.labels.get(update.leaf, "")
            blame = Blame(
                marked.site, marked.item, values, name, factor[0],
                outcome.of, kind="update", outcome=outcome,
            )  # fmt: skip
            if outcome.match is None:  # another line's mistake, if not this one's
                yield blame
            else:  # one line moves all the weights of a list
                found[marked.site, turn] = blame
    yield from found.values()


def _turned(
    trial: Trial, wrong: Sequence[Outcome], marks: dict[Node, Marked]
) -> Iterator[Blame]:
    """A line that moves parameters by a rule of its own, and all uphill."""
    groups: dict[tuple[int, int | str | None], list[tuple[Node, Outcome]]] = {}
    for outcome in wrong:
        update = outcome.update
        marked = _mark_of(update.after, marks) if update is not None else None
        if marked is not None and outcome.uphill:
            key = marked.site, marked.item
            groups.setdefault(key, []).append((marked.node, outcome))
    for (site, item), group in groups.items():
        if group[0][1].inner is None:
            continue
        wanted = {}
        for node, outcome in group:
            assert outcome.update is not None
            steps = moves(trial.scene, outcome.update) or []
            before = trial.scene.values(outcome.update.before)
            wanted[node] = [b - m for b, m in zip(before, steps)]
        first = group[0][1]
        name = trial.scene.reading.labels.get(first.of, "")
        yield Blame(site, item, wanted, name, -1.0, first.of, kind="update",
                    outcome=first)  # fmt: skip


def _pieces(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    outcome: Outcome,
    marks: dict[Node, Marked],
) -> Iterator[Blame]:
    """One of several lines that each move a part of a parameter: ``w[1:] += …``."""
    scene, update = trial.scene, outcome.update
    assert update is not None
    way = cone_of([update.after], scene)
    pieces = [n for n in marks if n in way and n.shape == update.after.shape]
    grads = scene.values(scene.gradient[outcome.of])
    for node in sorted(pieces, key=lambda n: n.index):
        source = node.inputs[0] if node.op.name == "mark" else node
        if source.op.name not in ("setitem", "index_add"):
            continue
        held, made = scene.values(source.inputs[0]), scene.values(source)
        if held[0].shape != made[0].shape:
            continue
        moved = held[0] != made[0]
        for factor in _rates(scene, current, outcome):
            wanted = [
                np.where(moved, h + factor_of(factor, k) * g, m)
                for k, (h, m, g) in enumerate(zip(held, made, grads))
            ]
            marked = marks[node]
            yield Blame(
                marked.site, marked.item, {node: wanted},
                reading.labels.get(update.leaf, ""), factor[0], outcome.of,
                kind="update", outcome=outcome,
            )  # fmt: skip


def _mark_of(node: Node, marks: dict[Node, Marked]) -> Marked | None:
    for _ in range(4):
        if node in marks:
            return marks[node]
        if node.op.name != "mark":
            return None
        node = node.inputs[0]
    return None


def _rates(
    scene: Scene, current: Judgement, outcome: Outcome
) -> Iterator[tuple[float, float]]:
    """The factors that an update may be meant to have."""
    for other in current.outcomes:
        if other.kind != "update" or not other.right or other.match is None:
            continue
        if other.inner is None and other.match.varied is not None:
            yield other.match.factor, other.match.varied
            return
    if outcome.match is not None and outcome.match.varied is not None:
        yield -abs(outcome.match.factor), -abs(outcome.match.varied)
        return
    for node in scene.constants:
        here = float(np.asarray(scene.replays[0].given[node]))
        there = float(np.asarray(scene.replays[OWN].given[node]))
        if here > 0 and node not in scene.below:
            yield -here, -there


def _sums(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: int | str | None,
    group: list[Marked],
) -> Iterator[Blame]:
    """The statement adds up a parameter's gradient, one use of it at a time."""
    if len(group) < 2:
        return
    scene = trial.scene
    shape = group[0].node.shape
    for outcome in current.outcomes:
        if outcome.right or outcome.of.shape != shape:
            continue
        parts = contributions(scene, outcome.of)
        if len(parts) != len(group):
            continue
        values = [scene.values(p) for p in parts]
        for order in (values, values[::-1]):
            sums: dict[Node, Arrays] = {}
            total: Arrays = [np.zeros(shape) for _ in scene.replays]
            for marked, part in zip(group, order):
                total = [t + p for t, p in zip(total, part)]
                sums[marked.node] = total
            for factor in _factors(trial, current, sums):
                yield Blame(
                    site, item,
                    {n: [factor_of(factor, k) * a for k, a in enumerate(v)]
                     for n, v in sums.items()},
                    reading.labels.get(outcome.of, ""), factor[0], outcome.of,
                    kind="sum", outcome=outcome,
                )  # fmt: skip


def _parts(
    reading: Reading, trial: Trial, current: Judgement, site: int, every: list[Marked]
) -> Iterator[Blame]:
    """Each execution gives what one use of one parameter adds to its gradient."""
    if len(every) < 2:
        return
    scene = trial.scene
    every = sorted(every, key=lambda m: m.node.index)
    values: dict[Node, Arrays] = {}
    for outcome in current.outcomes:
        top = outcome.update.after if outcome.update is not None else outcome.node
        cone = cone_of([top], scene)
        own = [m for m in every if m.node in cone and m.node not in values]
        own = [m for m in own if alike(m.node.shape, outcome.of.shape)]
        parts = contributions(scene, outcome.of)
        if not own or len(parts) != len(own) or len(parts) < 2:
            continue
        for marked, part in zip(own, parts):
            if not alike(part.shape, marked.node.shape):
                return
            values[marked.node] = scene.values(part)
    if not values:
        return
    for factor in _factors(trial, current, values):
        yield Blame(
            site, every[0].item,
            {n: [factor_of(factor, k) * a for k, a in enumerate(v)]
             for n, v in values.items()},
            _target(reading.observed.sites[site].statement), factor[0], None,
            kind="part",
        )  # fmt: skip


def contributions(scene: Scene, node: Node) -> list[Node]:
    """What each use of a value adds to its gradient, in the order of the uses."""
    found = []
    for user in sorted(scene.below, key=lambda n: n.index):
        if node not in user.inputs or user not in scene.gradient:
            continue
        g = scene.gradient[user]
        if user.op.gradient is None:
            continue
        parts = user.op.gradient(g, user, *user.inputs, **user.params)
        parts = parts if isinstance(parts, tuple) else (parts,)
        for source, part in zip(user.inputs, parts):
            if source is node and part is not None:
                found.append(part)
    return found
