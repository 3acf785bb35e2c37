"""How much each suspect rights, and which of them come before the others.

Every statement of the backward pass is tried: were its value the gradient of this or
that forward value, how many outcomes would come right? What the answer needs is only
the values of the marks (see ``marks``); no statement is edited yet. Go out those that
right the most and spoil nothing, the likeliest first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

import numpy as np

from clearprop.checking.constants import named_factor, rated_twice, step_lines
from clearprop.checking.earlier import taken_up
from clearprop.checking.factors import convention_of
from clearprop.checking.judgement import Judgement, Outcome, Read
from clearprop.checking.mend.chains import factors, terms
from clearprop.checking.names import likeness, passed_back, stem
from clearprop.checking.need import Item
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.rules import NORM_CLIPPED, squares
from clearprop.checking.slopes import is_some_gradient
from clearprop.checking.suspects import suspects_of
from clearprop.checking.trial import (
    Blame,
    Other,
    Trial,
    cone_of,
    later,
    target_text,
)
from clearprop.graph import Node
from clearprop.trace.loss import identifier

Key = tuple[float, ...]
TRIED = 6  # candidates of equal worth that are looked at more closely
LAST = 2.0  # seconds for the candidates of a line, however late it is
SEEN = 12  # values that are looked at for the constants that are usual
_SLOPE = re.compile(r"deriv|prime|slope", re.IGNORECASE)


def hands_on(reading: Reading, blame: Blame) -> bool:
    """Whether a line only takes what other lines return: ``g = layer.backward(g)``."""
    marks = {m.node: m.site for m in reading.observed.marks.marked}
    sites = {marks.get(n.inputs[0]) for n in blame.wanted if n.inputs}
    return len(sites) > 1 and all(
        site is not None
        and isinstance(reading.observed.sites[site].statement, ast.Return)
        for site in sites
    )


def takes_on(
    reading: Reading, trial: Trial, blame: Blame, equals: Sequence[Blame]
) -> bool:
    """Whether a line takes what others return, and those are among the equals.

    Where it runs for every layer, it is what it takes first that is amiss.
    """
    marks = {m.node: m.site for m in reading.observed.marks.marked}
    first = _amiss(trial, blame)[0]
    taken = [n.inputs[0] for n in blame.wanted if n.inputs]
    at_first = [n.inputs[0] for n in blame.wanted if n.inputs and n.index == first]
    others = {b.site for b in equals if b.site != blame.site}
    return any(
        bool(nodes)
        and {marks.get(n) for n in nodes} <= others
        and all(_is_returned(reading, marks[n]) for n in nodes)
        for nodes in (taken, at_first)
    )


def _is_returned(reading: Reading, site: int) -> bool:
    return isinstance(reading.observed.sites[site].statement, ast.Return)


def best_of(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    handing_on: bool = True,
    late: Callable[[], bool] = lambda: False,
) -> list[Blame]:
    """The candidates that right the most and break nothing, the best first.

    Once it is ``late``, those that are found in a last short while will do.
    """
    before = [o.right for o in current.outcomes]
    convention = convention_of(reading, current)
    usual = _usual(reading, current)
    held = [_is_held(trial.scene, o, convention) for o in current.outcomes]
    tops = [
        o.update.after if o.update is not None else o.node for o in current.outcomes
    ]
    read = cone_of(tops, trial.scene)
    found: list[tuple[Key, Blame, int]] = []
    patience = Patience(LAST)

    def weigh(blame: Blame) -> None:
        scored = _scored(reading, trial, current, blame, held, read, usual)
        if scored is not None:
            found.append(scored)

    for blame in suspects_of(reading, trial, current):
        if handing_on or not hands_on(reading, blame):
            weigh(blame)
        if found and late() and patience.over:
            break
    most = max((blame.rights for _, blame, _ in found), default=0)
    for _, blame in [f for f in _likeliest(found) if f[1].rights == most]:
        for other in taken_up(reading, trial, blame):
            weigh(other)
    best = sorted(_likeliest(found), key=lambda f: f[0])
    equals = [blame for _, blame in best if blame.rights == most]
    if len(equals) > 1:
        equals.sort(key=lambda b: _is_wasteful(trial, before, b))
    if len({b.site for b in equals[:TRIED]}) > 1 and not late():
        first = equals[:TRIED]
        first.sort(key=lambda b: _spoils(reading, trial, b))
        equals[:TRIED] = first
    passed = _passed_on(reading, trial.scene, equals)
    return [b for b in equals if (b.site, b.item) not in passed] or equals


def _scored(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    blame: Blame,
    held: list[bool],
    read: set[Node],
    usual: set[float],
) -> tuple[Key, Blame, int] | None:
    """How good a candidate is, and at how many turns it has another value."""
    before = [o.right for o in current.outcomes]
    judged = trial.tried(blame.wanted)
    if judged is None:
        return None
    after = [o.right for o in judged.outcomes]
    if any(b and not a for b, a in zip(before, after)):
        return None
    gains = [a and not b for a, b in zip(after, before)]
    if blame.kind not in ("update", "turned"):
        # a gradient that its name claims rightly stays
        gains = [g and not h for g, h in zip(gains, held)]
    blame.rights = sum(gains)
    if blame.rights <= 0:
        return None
    blame.free = blame.free and _is_free(trial, current, blame)
    amiss = _amiss(trial, blame)
    mixed = _mixed(reading, trial.scene, blame, read)
    blame.turned = (
        blame.kind == "update"
        and not mixed
        and _only_turned(reading, trial, current, blame)
    )
    exact = not blame.turned and (
        _is_slope(reading, blame)
        or (
            not _moves_along(current.outcomes, judged.outcomes)
            and _is_exact(reading, trial, blame, usual)
        )
    )
    odd = blame.kind != "update" and (
        not _among(blame.factor, usual) or _is_data(trial.scene, blame.of)
    )
    fit = -2 if blame.kind == "earlier" else -_fit(blame, reading)
    strange = not any(before) and any(map(_has_two_rates, judged.outcomes))
    late = is_forward(trial.scene, blame), exact, strange
    key = (-blame.rights, not blame.turned, mixed, *late, amiss[0], odd, fit)
    return key, blame, len(amiss)


def is_forward(scene: Scene, blame: Blame) -> bool:
    """Whether a line is the loss's own, which any line behind it may be blamed for."""
    return any(node in scene.below for node in blame.wanted)


def _is_free(trial: Trial, current: Judgement, blame: Blame) -> bool:
    """Whether another constant would do as well: not before an L2 term is added."""
    if not squares(trial.scene, {o.of for o in current.outcomes}):
        return True
    judged = trial.tried(blame.times(3.0))
    return judged is not None and judged.right >= current.right + blame.rights


def _has_two_rates(outcome: Outcome) -> bool:
    """Whether a step is ``rate * dt`` times its gradient, where one of them will do."""
    return outcome.kind == "update" and len(outcome.powers or ()) > 1


def _amiss(trial: Trial, blame: Blame) -> list[int]:
    """When a statement gave another value than it owes.

    In a loop back through time the line that carries the gradient on is amiss at its
    first turn, and the line that takes it up at its second.
    """
    nodes = sorted(blame.wanted, key=lambda n: n.index)
    if len(nodes) == 1:
        return [nodes[0].index]
    scene = trial.scene
    read = Other(scene, trial.others).read if trial.others else scene.values
    found = []
    for node in nodes:
        here, wanted = read(node)[0], blame.wanted[node][0]
        near = 1e-9 * float(np.max(np.abs(wanted), initial=0.0))
        if here.shape != wanted.shape or not np.allclose(here, wanted, 1e-6, near):
            found.append(node.index)
    return found or [nodes[0].index]


def _likeliest(found: list[tuple[Key, Blame, int]]) -> list[tuple[Key, Blame]]:
    """Of what one statement may owe, what most of its turns already gave.

    Where the constant is free, a loop back through time may owe the gradient of this
    or of that: then all of its turns have to change, or only those after the mistake.
    """
    least: dict[tuple[int, Item], int] = {}
    for _, blame, many in found:
        if many < len(blame.wanted):
            spot = blame.site, blame.item
            least[spot] = min(many, least.get(spot, many))
    return [
        (key, blame)
        for key, blame, many in found
        if many <= least.get((blame.site, blame.item), many)
    ]


def _is_wasteful(trial: Trial, before: Sequence[bool], blame: Blame) -> bool:
    """Whether a line would be changed in more of its runs than right something."""
    if blame.kind != "gradient" or len(blame.wanted) == 1:
        return False  # of running sums the last one is all that is read
    for node in blame.wanted:
        rest = {n: values for n, values in blame.wanted.items() if n is not node}
        judged = trial.tried(rest)
        after = [o.right for o in judged.outcomes] if judged is not None else []
        if sum(a and not b for a, b in zip(after, before)) >= blame.rights:
            return True
    return False


def _spoils(reading: Reading, trial: Trial, blame: Blame) -> bool:
    """Whether a later line is the gradient that its name says only as things are.

    ``delta = error * slope`` is right, and the update takes ``error``: were that
    another value, ``delta`` would be wrong.
    """
    if blame.kind == "update":
        return False
    scene = trial.scene
    read = trial.reader()
    then = Other(scene, {**trial.others, **blame.wanted}).read
    after = later(scene, frozenset(blame.wanted))
    last = max((u.after.index for u in scene.step.updates), default=10**9)
    for marked in reading.observed.marks.marked:
        node = marked.node
        if node in blame.wanted or node not in after or node.index > last:
            continue
        statement = reading.observed.sites[marked.site].statement
        if not passed_back(identifier(target_text(statement))):
            continue
        if is_some_gradient(scene, read, marked) and not is_some_gradient(
            scene, then, marked
        ):
            return True
    return False


def _passed_on(
    reading: Reading, scene: Scene, equals: list[Blame]
) -> set[tuple[int, Item]]:
    """Lines that the next one only renames: ``error_term = error``, ``dz = dh``.

    Who gives an error another name wanted another value, unless only a sign is amiss;
    so did who calls a gradient what no line before does: ``delta = sp``.
    """
    errors = {e.node for e in scene.step.errors}
    marks = {m.node: m for m in reading.observed.marks.marked}
    found: set[tuple[int, Item]] = set()
    for blame in equals:
        statement = reading.observed.sites[blame.site].statement
        if not isinstance(getattr(statement, "value", None), ast.Name):
            continue
        renamed: dict[tuple[int, Item], list[bool]] = {}
        for node, wanted in blame.wanted.items():
            before = marks.get(node.inputs[0]) if node.op.name == "mark" else None
            if before is None:
                continue
            if match(scene.values(before.node), wanted, tolerance([node])) is not None:
                continue
            meant = (
                before.source in errors
                or is_some_gradient(scene, scene.values, before)
                or is_called(reading, blame.site) > is_called(reading, before.site)
            )
            renamed.setdefault((before.site, before.item), []).append(meant)
        found |= {spot for spot, every in renamed.items() if all(every)}
    return found


def is_called(reading: Reading, site: int) -> bool:
    """Whether a statement's own name says that it gives a gradient.

    Of what a function hands back, the function's says it.
    """
    own = reading.observed.sites[site]
    if isinstance(own.statement, ast.Return) and own.function == "backward":
        return True
    return passed_back(identifier(target_text(own.statement)))


def _only_turned(
    reading: Reading, trial: Trial, current: Judgement, blame: Blame
) -> bool:
    """A weight that moves uphill, where no line calls a gradient what is minus one.

    Or one whose own line has its rate twice.
    """
    outcome = blame.outcome
    if outcome is None:
        return False
    if outcome.match is not None and rated_twice(current.scene, outcome):
        return True
    if not outcome.uphill or not outcome.agrees:
        return False
    if like_its_siblings(reading, current, blame):
        return False
    factor = named_factor(trial.scene, outcome)
    return factor is None or factor * convention_of(reading, current) > 0


def like_its_siblings(reading: Reading, current: Judgement, blame: Blame) -> bool:
    """Whether weights that move downhill do so with the same sign.

    ``W1 = W1 + v1`` is no mistake beside ``W2 = W2 + v2``, but a line before it is; nor
    is a line that moves all weights of a list, and only one of them uphill.
    """
    own = reading.observed.sites[blame.site].statement
    lines = {
        line
        for o in current.outcomes
        if o.right and not o.zero and o.update is not None
        for line in step_lines(current.scene, o.update)
    }
    signs = _signs(own)
    return any(
        _signs(site.statement) == signs
        for site in reading.observed.sites
        if site.statement.lineno in lines
    )


def _signs(statement: ast.stmt) -> list[object]:
    """The signs that a step is written with: not those within its factors."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return []
    signs: list[object] = [type(getattr(statement, "op", None))]
    for term in terms(value):
        minus = [isinstance(part.node, ast.UnaryOp) for part in factors(term.node)]
        signs.append((term.inverted, sum(minus) % 2))
    return signs


def _moves_along(before: list[Outcome], after: list[Outcome]) -> bool:
    """Whether what was right has another constant now."""
    return any(
        abs(a.match.factor - b.match.factor) > 1e-6 * abs(b.match.factor)
        for b, a in zip(before, after)
        if b.right and b.match is not None and a.match is not None
        if NORM_CLIPPED not in (a.rule, b.rule)  # the norm is everyone's
    )


def _is_slope(reading: Reading, blame: Blame) -> bool:
    """Whether a statement's own name says that it is no gradient."""
    statement = reading.observed.sites[blame.site].statement
    return _SLOPE.search(identifier(target_text(statement))) is not None


def _is_exact(reading: Reading, trial: Trial, blame: Blame, usual: set[float]) -> bool:
    """A value that already is the gradient, with the constant of the right ones.

    What makes of it something of another size comes after it.
    """
    if blame.kind not in ("gradient", "sum", "turned"):
        return False
    if blame.of is None or not blame.factor:
        return False
    read = trial.reader()
    for node, wanted in blame.wanted.items():
        how = match(read(node), wanted, tolerance([node]), trial.scene.floor)
        if how is None:
            return False
        # of target - output, what is minus its gradient is the output's
        signs = (1, -1) if _subtracts_output(trial.scene, blame.of) else (1,)
        if not any(_among(s * how.factor * blame.factor, usual) for s in signs):
            return False
    return len(blame.wanted) > 1 or _is_plain(trial.scene, read, blame)


def _subtracts_output(scene: Scene, node: Node) -> bool:
    return node.op.name == "sub" and bool(node.inputs[1].inputs)


def _is_plain(scene: Scene, read: Read, blame: Blame) -> bool:
    """Whether a value is a gradient at all rates: 2 * lr is 1 at one of them only."""
    (node,) = blame.wanted
    gradient = scene.gradient.get(blame.of) if blame.of is not None else None
    if gradient is None:
        return True
    how = match(read(node), scene.values(gradient), tolerance([node]), scene.floor)
    if how is None or how.varied is None:
        return False
    return abs(how.varied - how.factor) <= 1e-6 * abs(how.factor)


def _is_data(scene: Scene, node: Node | None) -> bool:
    return node is not None and not node.inputs and node not in scene.befores


def _among(factor: float, usual: set[float]) -> bool:
    return any(abs(factor - f) <= 1e-6 * abs(f) for f in usual)


def _usual(reading: Reading, current: Judgement) -> set[float]:
    """The constants that gradients have in this program, where they are right."""
    scene = current.scene
    right = [o for o in current.outcomes if o.right and not o.zero]
    named = {f for o in right if (f := named_factor(scene, o)) is not None and f == f}
    if named:
        return named
    found = _between(reading, scene, right)
    if found or scene.bound:
        return found or {1.0}
    return {convention_of(reading, current)}


def _between(reading: Reading, scene: Scene, right: list[Outcome]) -> set[float]:
    """Those of the lines that right outcomes come from."""
    tops = [o.update.after if o.update is not None else o.node for o in right]
    cone = cone_of(tops, scene)
    found: set[float] = set()
    marks = [m.node for m in reading.observed.marks.marked if m.node in cone]
    for node in marks[:SEEN]:
        for source, gradient in scene.gradient.items():
            if source.shape != node.shape or source.op.name in ("input", "sub", "neg"):
                continue  # out - want and want - out are one value, but for a sign
            near = tolerance([node, gradient])
            how = match(scene.values(node), scene.values(gradient), near, scene.floor)
            if how is not None and how.varied is not None:
                found.add(how.factor)
                break
    return found


def _is_held(scene: Scene, outcome: Outcome, convention: float) -> bool:
    """A weight that moves uphill along a gradient that is called so, and is one."""
    if outcome.update is None or not outcome.uphill or not outcome.agrees:
        return False
    factor = named_factor(scene, outcome)
    return factor is not None and factor * convention > 0


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
    word = stem(identifier(target_text(site.statement)))
    return likeness(word, identifier(blame.name)) if word else 0.0
