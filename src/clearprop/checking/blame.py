"""Which line is to be mended: the one that rights the most, the earliest of equals.

Every statement of the backward pass is tried: were its value the gradient of this or
that forward value, how many outcomes would come right? What the answer needs is only
the values of the marks (see ``marks``); no statement is edited yet.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.constants import named_factor, rated_twice, step_lines
from clearprop.checking.earlier import earlier, taken_up
from clearprop.checking.factors import convention_of
from clearprop.checking.helper_slopes import helper_slopes
from clearprop.checking.judgement import Judgement, Outcome, Read
from clearprop.checking.marks import Marked
from clearprop.checking.masks import masks
from clearprop.checking.mend.chains import factors, terms
from clearprop.checking.names import likeness, passed_back, stem
from clearprop.checking.need import ONE, Edit, Reach
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, Scene, match, tolerance
from clearprop.checking.roles import places
from clearprop.checking.rules import NORM_CLIPPED, squares
from clearprop.checking.suspects import suspects_of
from clearprop.checking.trial import (
    UNFIT,
    Arrays,
    Blame,
    Other,
    Trial,
    cone_of,
    later,
    target_text,
)
from clearprop.checking.twins import form, twins
from clearprop.graph import Node
from clearprop.trace.loss import identifier, is_error

Key = tuple[float, ...]
Find = Callable[[Blame, dict[Node, Arrays], bool, Reach], list[Edit]]
TRIED = 6  # candidates of equal worth whose edits are searched
FAR = 3  # of them, for more than one small edit
SEEN = 12  # values that are looked at for the constants that are usual
SAID = 0.6  # as likely, a name says what its value is the gradient of
EACH = 2  # of them, of one statement
ALIKE = 2  # searches for edits that make a line like its twin
_OF_SLOPES = ("wrong-derivative", "derivative-at-wrong-point", "missing-derivative",
              "unknown", "wrong-operand")  # fmt: skip
_HELPER = re.compile(
    r"deriv|prime|slope|(sigmoid|tanh|relu|elu|act\w*|logistic)_?grad|_d$",
    re.IGNORECASE,
)
_SLOPE = re.compile(r"deriv|prime|slope", re.IGNORECASE)


def blamed(
    reading: Reading,
    judgement: Judgement,
    find: Find,
    most: int = 5,
    known: Sequence[Blame] = (),
    alone: Callable[[Blame], bool] | None = None,
    late: Callable[[], bool] = lambda: False,
) -> list[Blame]:
    """The statements to be mended, in the order they were found.

    Of those that right the most outcomes it is the earliest that a small edit mends;
    where none does, the earliest. ``alone`` says whether the edits of one are enough
    for the program: a line that was seen at one layer is mended for all of them. Once
    it is ``late``, the first line will do.
    """
    scene = judgement.scene
    trial = Trial(scene, judgement.outcomes)
    found: list[Blame] = []
    find = _turning_last(reading, judgement, find)
    for blame in known:
        trial.others.update(blame.wanted)
    for blame in known:
        blame.edits = find(blame, trial.others, False, _reach(blame))
    current = trial.judged() if known else judgement
    for _ in range(most + 3):
        if current.whole or len(found) == most or (found and late()):
            break
        equals = _best(reading, trial, current)
        if not equals:
            break
        mendable = _helper(reading, trial, current, equals[0].rights, find)
        once = _once(find)
        wrong = {n for o in judgement.outcomes if not o.right for n in _lines(scene, o)}
        wrong |= {reading.observed.sites[b.site].statement.lineno for b in found}
        mendable = mendable or _made_alike(reading, equals, trial, once, wrong)
        mendable = mendable or _mendable(reading, equals, trial, once)
        if mendable is None and all(_hands_on(reading, b) for b in equals):
            equals = _best(reading, trial, current, hands_on=False) or equals
            mendable = _mendable(reading, equals, trial, find)
        best = mendable or _called(reading, equals)
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
        # a helper's mend may do for the lines that were found before it
        early = not current.whole or (best.kind == "slope" and len(found) > 1)
        if alone is not None and not known and early and alone(best):
            return [best]
    for blame in (*known, *found)[:-1]:  # what it reads may be another's mistake
        if found and (blame in known or not blame.edits):
            with suppress(*UNFIT):
                again = find(blame, trial.others, False, _reach(blame))
                blame.edits = again or blame.edits
    return [*known, *found]


def _reach(blame: Blame) -> Reach:
    """Nothing of a blank's stand-in is worth an edit: it is written as a whole."""
    return "whole" if blame.blank else "any"


def _turning_last(reading: Reading, judgement: Judgement, find: Find) -> Find:
    """The search, less fond of turning an update that is written as the right ones."""

    def found(
        blame: Blame, others: dict[Node, Arrays], every: bool, reach: Reach
    ) -> list[Edit]:
        edits = find(blame, others, every, reach)
        turns = len(edits) > 1 and blame.kind == "update"
        if turns and _like_its_siblings(reading, judgement, blame):
            edits.sort(key=lambda e: (e.cost >= ONE, e.mistake == "update-sign"))
        return edits

    return found


def _helper(
    reading: Reading, trial: Trial, current: Judgement, least: int, find: Find
) -> Blame | None:
    """A helper that rights more than any other line, were it a slope that is known."""
    before = [o.right for o in current.outcomes]
    best: Blame | None = None
    for blame in helper_slopes(reading, trial):
        judged = trial.tried(blame.wanted)
        after = [o.right for o in judged.outcomes] if judged is not None else []
        if any(b and not a for b, a in zip(before, after)):
            continue
        blame.rights = sum(after) - sum(before)
        if blame.rights > (least if best is None else best.rights):
            best = blame
    if best is not None:
        best.edits = find(best, trial.others, False, "near")
    return best if best is not None and best.edits else None


def _slope(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """The line that computes a slope, where it is the one to mend."""
    sites = reading.observed.sites
    here = sites[best.site].function
    said = best.edits[0].mistake if best.edits else None

    def may_be_meant(blame: Blame) -> bool:
        helper = sites[blame.site].function
        turned = said == "sign" and _is_true_slope(reading, trial.scene, blame)
        if helper != here and best.edits:
            inside = best.edits[0].inside or _is_half_a_slope(helper, best.edits[0])
            if not inside and not turned:
                return False
        return said is None or said in _OF_SLOPES or turned

    others = (b for b in slopes(reading, trial, best) if may_be_meant(b))
    return _instead(others, trial, current, best, find)


def _is_half_a_slope(helper: str, edit: Edit) -> bool:
    """Whether what a mend adds is missing in the helper that the line calls anyway."""
    if edit.mistake != "missing-derivative" or f"{helper}(" not in edit.statement:
        return False
    asked = re.search(rf"\b{helper}\([^()]*,", edit.statement)  # nonlin(x, True)
    return asked is not None or _HELPER.search(helper) is not None


def _masked(
    reading: Reading, trial: Trial, equals: list[Blame], find: Find
) -> Blame | None:
    """The line of a mask that one of equals uses, where a small edit mends it."""
    for blame in equals:
        for other in masks(reading, blame):
            other.edits = find(other, trial.others, False, "near")
            if other.edits:
                return other
    return None


def _carried(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """An earlier line, whose value the blamed one only carries on."""
    return _instead(earlier(reading, trial, best), trial, current, best, find)


def _instead(
    others: Iterable[Blame], trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """The first of other lines that rights no less and that a small edit mends."""
    before = [o.right for o in current.outcomes]
    for blame in others:
        judged = trial.tried(blame.wanted)
        after = [o.right for o in judged.outcomes] if judged is not None else []
        if not after or any(b and not a for b, a in zip(before, after)):
            continue
        blame.rights = sum(after) - sum(before)
        if blame.rights < best.rights:
            continue
        blame.edits = find(blame, trial.others, False, "near")
        if blame.edits and blame.edits[0].cost < ONE:
            return blame
    return None


def _once(find: Find) -> Find:
    """The same search, which no candidate goes through a second time."""
    known: dict[tuple[int, bool, Reach], list[Edit]] = {}

    def found(
        blame: Blame, others: dict[Node, Arrays], every: bool, reach: Reach
    ) -> list[Edit]:
        key = id(blame), every, reach
        if key not in known:
            known[key] = find(blame, others, every, reach)
        return known[key]

    return found


def _lines(scene: Scene, outcome: Outcome) -> set[int]:
    """Where an outcome comes about."""
    if outcome.update is None:
        return {outcome.line}
    return {outcome.line, *step_lines(scene, outcome.update)}


def _made_alike(
    reading: Reading,
    equals: list[Blame],
    trial: Trial,
    find: Find,
    wrong: set[int],
) -> Blame | None:
    """A line that a small edit makes like its twin, where it isn't the first of equals.

    ``dW1 = d1.T @ x`` beside ``dW2 = d2.T @ h / m``, though ``d1`` may have the m too.
    """
    if len({blame.site for blame in equals}) < 2:
        return None
    tree = reading.observed.source.tree
    searched = 0
    for blame in _apart(_spread(reading, trial.scene, equals)):
        alike = twins(tree, reading.observed.sites[blame.site].statement, wrong)
        if not alike or searched == ALIKE:
            continue
        searched += 1
        blame.edits = find(blame, trial.others, False, "near")
        if blame.edits and blame.edits[0].cost < ONE:
            (made,) = ast.parse(blame.edits[0].statement).body
            if form(made) in alike:
                return blame
    return None


def _mendable(
    reading: Reading, equals: list[Blame], trial: Trial, find: Find
) -> Blame | None:
    """The first of equals that a small edit mends."""
    tried = _apart(_spread(reading, trial.scene, equals))
    near = [(blame, False) for blame in tried] + [(b, True) for b in tried[:1]]
    negated: Blame | None = None  # found first, but a minus more would be odd there
    for blame, every in near:
        if blame is negated:
            continue
        blame.edits = find(blame, trial.others, every, "near")
        if not blame.edits or blame.edits[0].cost >= ONE:
            continue
        more = _minuses(reading, blame)
        if negated is None and more <= 0:
            return blame
        if negated is None:
            negated = blame
        elif more < 0 or blame.edits[0].mistake == "wrong-derivative":
            return blame
    if negated is not None:
        return negated
    masked = _masked(reading, trial, tried[:FAR], find)
    if masked is not None:
        return masked
    for blame in tried[:FAR]:  # the smallest edits of all come before any larger one
        blame.edits = find(blame, trial.others, False, "far")
    return None


def _minuses(reading: Reading, blame: Blame) -> int:
    """How many minuses more the mended statement has: ``dh = -(dz @ W.T)`` has one.

    Where as well one of ``-X.T @ dz`` may go, or ``a - 1`` be turned, that is the slip.
    """

    def counted(tree: ast.AST) -> int:
        return sum(isinstance(n, ast.USub) for n in ast.walk(tree))

    edit = blame.edits[0]
    if edit.mistake not in ("sign", "wrong-derivative"):
        return 0
    was = reading.observed.sites[blame.site].statement
    return counted(ast.parse(edit.statement)) - counted(was)


def _called(reading: Reading, equals: list[Blame]) -> Blame:
    """The first of equals whose line says that it gives a gradient."""
    for blame in equals:
        if _is_called(reading, blame.site):
            return blame
    return equals[0]


def _speaks(reading: Reading, blame: Blame) -> bool:
    """Whether a line speaks of gradients: ``sp = sigmoid_prime(z)`` doesn't.

    ``residual = rate - counts`` does: with it the way back begins.
    """
    site = reading.observed.sites[blame.site]
    if is_error(identifier(target_text(site.statement))):
        return True
    return passed_back(site.function) or any(
        isinstance(n, ast.Name | ast.Attribute)
        and passed_back(identifier(ast.unparse(n)))
        for n in ast.walk(site.statement)
    )


def _says_nothing(reading: Reading, blame: Blame) -> bool:
    """``db = db``: something was to be done there."""
    statement = reading.observed.sites[blame.site].statement
    return isinstance(statement, ast.Assign) and (
        ast.unparse(statement.value) == target_text(statement)
    )


def _is_multiple(scene: Scene, blame: Blame) -> bool:
    """Whether a line gives what it owes, but for a constant; a rate is no gradient."""
    return blame.kind != "update" and all(
        match(found, wanted, tolerance([node])) is not None
        and np.ptp(found[:OWN], 0).any()
        for node, wanted in blame.wanted.items()
        for found in [scene.values(node)]
    )


def _is_another(reading: Reading, scene: Scene, blame: Blame) -> bool:
    """Whether a line would have to be another gradient than its name says.

    ``draw = dh`` lacks a slope, and so does ``dh``, were it to be ``draw``.
    """
    if len(blame.wanted) < 2 or blame.name.startswith("return"):
        return False  # one run, or what a helper gives: its names fit all callers
    word = stem(identifier(target_text(reading.observed.sites[blame.site].statement)))
    if word is None:
        return False
    shape = next(iter(blame.wanted)).shape
    names = [n for node, n in forward(reading, scene).items() if node.shape == shape]
    names += _read_there(reading, scene, blame, shape)
    best = max((likeness(word, identifier(n)) for n in names), default=0.0)
    own = [blame.name, *_made_of(reading, scene, blame.of)]
    return best >= SAID > max(likeness(word, identifier(n)) for n in own)


def _made_of(reading: Reading, scene: Scene, value: Node | None) -> list[str]:
    """What is made of a value that has no name: the h of z in ``h = tanh(z)``."""
    if value is None or value in reading.named:
        return []
    line = reading.observed.lines.get(value, 0)
    names = forward(reading, scene)
    return [n for v, n in names.items() if reading.observed.lines.get(v, 0) == line]


def _read_there(
    reading: Reading, scene: Scene, blame: Blame, shape: tuple[int, ...]
) -> list[str]:
    """What forward values are called where a line runs: ``A_prev`` in a helper."""
    book = reading.observed.marks
    turn = next((m.turn for m in book.marked if m.node in blame.wanted), 0)
    scope = book.scopes.get((blame.site, turn), {})
    return [
        place
        for place, value in places(scope)
        if isinstance(value, Node) and value in scene.gradient and value.shape == shape
    ]


def _spread(reading: Reading, scene: Scene, equals: list[Blame]) -> list[Blame]:
    """The first of equals, a few of each statement, slopes last."""
    equals = sorted(
        equals,
        key=lambda b: (
            not b.turned,
            not _says_nothing(reading, b),
            not (_speaks(reading, b) or _is_multiple(scene, b)),
            _is_another(reading, scene, b),
        ),
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
    pairs = [(a[0], other.wanted[n][0]) for n, a in one.wanted.items()]
    return all(np.shape(a) == np.shape(b) and np.allclose(a, b) for a, b in pairs)


def _hands_on(reading: Reading, blame: Blame) -> bool:
    """Whether a line only takes what other lines return: ``g = layer.backward(g)``."""
    marks = {m.node: m.site for m in reading.observed.marks.marked}
    sites = {marks.get(n.inputs[0]) for n in blame.wanted if n.inputs}
    return len(sites) > 1 and all(
        site is not None
        and isinstance(reading.observed.sites[site].statement, ast.Return)
        for site in sites
    )


def _best(
    reading: Reading, trial: Trial, current: Judgement, hands_on: bool = True
) -> list[Blame]:
    """The candidates that right the most and break nothing, the best first."""
    before = [o.right for o in current.outcomes]
    convention = convention_of(reading, current)
    usual = _usual(reading, current)
    held = [_is_held(trial.scene, o, convention) for o in current.outcomes]
    tops = [
        o.update.after if o.update is not None else o.node for o in current.outcomes
    ]
    read = cone_of(tops, trial.scene)
    found: list[tuple[Key, Blame, int]] = []

    def weigh(blame: Blame) -> None:
        scored = _scored(reading, trial, current, blame, held, read, usual)
        if scored is not None:
            found.append(scored)

    for blame in suspects_of(reading, trial, current):
        if hands_on or not _hands_on(reading, blame):
            weigh(blame)
    most = max((blame.rights for _, blame, _ in found), default=0)
    for _, blame in [f for f in _likeliest(found) if f[1].rights == most]:
        for other in taken_up(reading, trial, blame):
            weigh(other)
    best = sorted(_likeliest(found), key=lambda f: f[0])
    equals = [blame for _, blame in best if blame.rights == most]
    if len(equals) > 1:
        equals.sort(key=lambda b: _is_wasteful(trial, before, b))
    if len({b.site for b in equals[:TRIED]}) > 1:
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
    key = (-blame.rights, not blame.turned, mixed, exact, strange, amiss[0], odd, fit)
    return key, blame, len(amiss)


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
    least: dict[tuple[int, int | str | None], int] = {}
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
        if _is_some_gradient(scene, read, marked) and not _is_some_gradient(
            scene, then, marked
        ):
            return True
    return False


def _passed_on(
    reading: Reading, scene: Scene, equals: list[Blame]
) -> set[tuple[int, int | str | None]]:
    """Lines that the next one only renames: ``error_term = error``, ``dz = dh``.

    Who gives an error another name wanted another value, unless only a sign is amiss;
    so did who calls a gradient what no line before does: ``delta = sp``.
    """
    errors = {e.node for e in scene.step.errors}
    marks = {m.node: m for m in reading.observed.marks.marked}
    found = set()
    for blame in equals:
        statement = reading.observed.sites[blame.site].statement
        if not isinstance(getattr(statement, "value", None), ast.Name):
            continue
        for node, wanted in blame.wanted.items():
            before = marks.get(node.inputs[0]) if node.op.name == "mark" else None
            if before is None:
                continue
            if (
                before.source not in errors
                and not _is_some_gradient(scene, scene.values, before)
                and not (
                    _is_called(reading, blame.site) > _is_called(reading, before.site)
                )
            ):
                continue
            if match(scene.values(before.node), wanted, tolerance([node])) is None:
                found.add((before.site, before.item))
    return found


def _is_called(reading: Reading, site: int) -> bool:
    """Whether a statement's own name says that it gives a gradient."""
    statement = reading.observed.sites[site].statement
    return passed_back(identifier(target_text(statement)))


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
    if _like_its_siblings(reading, current, blame):
        return False
    factor = named_factor(trial.scene, outcome)
    return factor is None or factor * convention_of(reading, current) > 0


def _like_its_siblings(reading: Reading, current: Judgement, blame: Blame) -> bool:
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


def slopes(reading: Reading, trial: Trial, blame: Blame) -> Iterator[Blame]:
    """Statements that give a slope, which a blamed statement is a product with.

    ``delta = up * slope``: were the slope ``slope * wanted / delta``, delta were right.
    """
    scene = trial.scene
    if blame.kind == "update":
        return
    marks = [m for m in reading.observed.marks.marked if m.node not in scene.below]
    read = Other(scene, {**trial.others, **blame.wanted}).read
    as_it_is = trial.reader()
    passed: dict[tuple[int, int | str | None], bool] = {}
    found: dict[tuple[int, int | str | None], dict[Node, Arrays]] = {}
    for target in blame.wanted:
        source = target.inputs[0]
        cone = cone_of([source], scene)
        for marked in marks:
            if marked.node not in cone or marked.site == blame.site:
                continue
            place = marked.site, marked.item
            if place not in passed:  # one run of a line tells of all
                passed[place] = _is_gradient(reading, scene, as_it_is, marked)
            if passed[place]:
                continue
            values, now = read(marked.node), read(source)
            wanted = blame.wanted[target]
            shapes = {a[0].shape for a in (values, now, wanted)}
            if len(shapes) > 1 or not values[0].shape:
                continue
            with np.errstate(all="ignore"):
                new = [v * w / n for v, w, n in zip(values, wanted, now)]
            if all(np.isfinite(a).all() for a in new):
                key = marked.site, marked.item
                found.setdefault(key, {})[marked.node] = new
    for (site, item), others in found.items():
        yield Blame(site, item, others, "", kind="slope")


def _is_true_slope(reading: Reading, scene: Scene, blame: Blame) -> bool:
    """Whether what a line owes is the slope of a forward value in another one."""
    mark, wanted = next(iter(blame.wanted.items()))
    same = [n for n in forward(reading, scene) if n.shape == mark.shape]
    for inner, outer in itertools.permutations(same, 2):
        above, below = (scene.values(scene.gradient[n]) for n in (outer, inner))
        with np.errstate(all="ignore"):
            slopes = [b / a for a, b in zip(above, below)]
        if all(np.allclose(s, w, rtol=1e-6) for s, w in zip(slopes, wanted)):
            return True
    return False


def _is_gradient(reading: Reading, scene: Scene, read: Read, marked: Marked) -> bool:
    """Whether a value is a gradient, by its name or by its numbers."""
    statement = reading.observed.sites[marked.site].statement
    named = stem(identifier(target_text(statement))) is not None
    return named or _is_some_gradient(scene, read, marked)


def _is_some_gradient(scene: Scene, read: Read, marked: Marked) -> bool:
    found = read(marked.node)
    for source, gradient in scene.gradient.items():
        if source.shape == marked.node.shape:
            how = match(found, scene.values(gradient), tolerance([marked.node]))
            if how is not None and how.varied is not None:
                return True
    return False
