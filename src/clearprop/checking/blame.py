"""Which line is to be mended: the one that rights the most, the earliest of equals.

What each line would right is weighed without an edit (``weighing``). Among equals the
choice falls on the one that a small edit mends, or whose slope, mask, helper or earlier
line is what a small edit mends. Go out the statements to be mended, with their edits.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from clearprop.checking.constants import step_lines
from clearprop.checking.earlier import earlier
from clearprop.checking.equals import apart, spread
from clearprop.checking.helper_slopes import helper_slopes, is_slope_itself
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.masks import masks
from clearprop.checking.mending import scales
from clearprop.checking.misshapen import misshapen
from clearprop.checking.names import passed_back, stem
from clearprop.checking.need import ONE, Edit, Reach
from clearprop.checking.owed_updates import whole_lists
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.slopes import slopes, true_slope
from clearprop.checking.telling import has_constants, numbers_of, oddity
from clearprop.checking.trial import (
    UNFIT,
    Arrays,
    Blame,
    Trial,
    statement_of,
    target_text,
)
from clearprop.checking.twins import form, twins
from clearprop.checking.weighing import (
    best_of,
    hands_on,
    is_called,
    is_forward,
    like_its_siblings,
    takes_on,
)
from clearprop.graph import Node
from clearprop.trace.loss import identifier

Find = Callable[[Blame, dict[Node, Arrays], bool, Reach], list[Edit]]
FAR = 3  # of equals, those searched for more than one small edit
ALIKE = 2  # searches for edits that make a line like its twin
_OF_SLOPES = ("wrong-derivative", "derivative-at-wrong-point", "missing-derivative",
              "unknown", "wrong-operand")  # fmt: skip
_HELPER = re.compile(
    r"deriv|prime|slope|(sigmoid|tanh|relu|elu|act\w*|logistic)_?grad|_d$",
    re.IGNORECASE,
)


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
        equals = best_of(reading, trial, current, late=late)
        if not equals:
            break
        mendable = _at_once(reading, trial, current, equals[0].rights, find)
        once = _once(find)
        wrong = {n for o in judgement.outcomes if not o.right for n in _lines(scene, o)}
        wrong |= {reading.observed.sites[b.site].statement.lineno for b in found}
        mendable = mendable or _made_alike(reading, equals, trial, once, wrong)
        mendable = mendable or _mendable(reading, equals, trial, once)
        if mendable is None:  # a helper that rights no more is mended, at least
            least = equals[0].rights - 1
            mendable = _at_once(reading, trial, current, least, find)
        if mendable is None and all(hands_on(reading, b) for b in equals):
            equals = best_of(reading, trial, current, handing_on=False) or equals
            mendable = _mendable(reading, equals, trial, find)
        best = mendable or _called(reading, trial, equals)
        best = _slope(reading, trial, current, best, find) or best
        if not best.edits or best.edits[0].cost >= ONE:
            for blame in apart(equals)[:3]:
                carried = _carried(reading, trial, current, blame, find)
                if carried is not None:
                    best = carried
                    break
            best = _beside_uphill(trial, best, find) or best
        best = _with_a_number(reading, trial, current, best, find) or best
        settled = best.wanted  # what comes after a lost shape can't take the right one
        if not best.edits:
            best = _of_its_name(reading, trial, current, best, find) or best
        same = [b for b in found if (b.site, b.item) == (best.site, best.item)]
        if best.kind == "slope" and same:  # one helper, called for several layers
            same[0].wanted.update(best.wanted)
            same[0].rights += best.rights
            trial.others.update(best.wanted)
            current = trial.judged()
            continue
        found.append(best)
        trial.others.update(settled)
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


def _beside_uphill(trial: Trial, best: Blame, find: Find) -> Blame | None:
    """A line that a small edit mends, where the step it goes into is turned round too.

    ``dh[h > 0] = 0`` and ``W = W + rate * x.T @ dh`` are two mistakes: no edit of the
    first gives minus the gradient.
    """
    if best.kind != "gradient" or (best.edits and best.edits[0].cost < ONE):
        return None
    other = replace(best, wanted=best.times(-1.0), factor=-best.factor)
    judged = trial.tried(other.wanted)
    left = [o for o in judged.outcomes if not o.right] if judged is not None else []
    if not left or not all(o.uphill and o.match is not None for o in left):
        return None
    other.edits = find(other, trial.others, False, "near")
    return other if other.edits and other.edits[0].cost < ONE else None


def _of_its_name(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """A line of another shape than its name says, where a small edit mends it."""
    for blame in misshapen(reading, trial, current):
        blame.edits = find(blame, trial.others, False, "near")
        if blame.edits and blame.edits[0].cost < ONE:
            blame.rights = best.rights
            return blame
    return None


def _reach(blame: Blame) -> Reach:
    """Nothing of a blank's stand-in is worth an edit: it is written as a whole."""
    return "whole" if blame.blank else "any"


def _turning_last(reading: Reading, judgement: Judgement, find: Find) -> Find:
    """The search, less fond of turning an update that is written as the right ones.

    Nor is an adaptive step mended by making it a plain one, without its root.
    """

    def found(
        blame: Blame, others: dict[Node, Arrays], every: bool, reach: Reach
    ) -> list[Edit]:
        edits = find(blame, others, every, reach)
        if blame.kind == "update" and _roots(statement_of(reading, blame)):
            edits = [e for e in edits if any(map(_roots, e.parsed))]
        turns = len(edits) > 1 and blame.kind == "update"
        if turns and like_its_siblings(reading, judgement, blame):
            edits.sort(key=lambda e: (e.cost >= ONE, e.mistake == "update-sign"))
        return edits

    return found


def _roots(statement: ast.stmt) -> bool:
    """Whether a statement takes a root."""
    return "sqrt(" in ast.unparse(statement)


def _at_once(
    reading: Reading, trial: Trial, current: Judgement, least: int, find: Find
) -> Blame | None:
    """What rights more than any other line, and is mended by a small edit.

    A helper, were it a slope that is known; a line that moves all weights of a list.
    """
    several = whole_lists(reading, trial, current)
    best: Blame | None = None
    for blame in chain(helper_slopes(reading, trial), several):
        blame.rights = _rights(trial, current, blame)
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

    def is_true(blame: Blame) -> bool:
        return true_slope(reading, trial.scene, blame) is not None

    def may_be_meant(blame: Blame) -> bool:
        helper = sites[blame.site].function
        turned = said == "sign" and is_true(blame)
        if helper != here and best.edits:
            edit = best.edits[0]
            inside = edit.inside or _is_half_a_slope(helper, edit)
            # nobody writes out what a function of the program's own is for
            without = said == "wrong-derivative" and f"{helper}(" not in edit.statement
            if not inside and not turned and not without:
                return False
        return said is None or said in _OF_SLOPES or turned

    others = [b for b in slopes(reading, trial, best) if may_be_meant(b)]
    mended = _instead(others, trial, current, best, find)
    for scale in scales(reading, trial.scene) if others and best.free else ():
        if mended is not None:
            break  # the slope itself has no constant
        scaled = replace(best, wanted=best.times(scale))
        again = filter(may_be_meant, slopes(reading, trial, scaled))
        mended = _instead(again, trial, current, best, find)
    if mended is not None or best.edits:
        return mended
    # it owes the slope of the program's own activation: that is telling without a mend
    for blame in others:
        blame.rights = _rights(trial, current, blame)
        if blame.rights >= best.rights and is_true(blame):
            return None if is_slope_itself(reading, trial, blame) else blame
    return None


def _rights(trial: Trial, current: Judgement, blame: Blame) -> int:
    """How many more outcomes a candidate rights; -1 where it makes one wrong."""
    before = [o.right for o in current.outcomes]
    judged = trial.tried(blame.wanted)
    after = [o.right for o in judged.outcomes] if judged is not None else []
    if not after or any(b and not a for b, a in zip(before, after)):
        return -1
    return sum(after) - sum(before)


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
    """An earlier line, whose value the blamed one only carries on.

    What only hands a value back, ``return dx``, comes after the line that made it.
    """
    others = list(earlier(reading, trial, best))
    others.sort(key=lambda b: _hands_back(statement_of(reading, b)))
    return _instead(others, trial, current, best, find)


def _with_a_number(
    reading: Reading, trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """An earlier line from which a number may go, where the blamed one would get one.

    ``dv = 2 * y`` before ``dv[at] -= 1``, which isn't to become ``dv[at] -= 2``.
    """

    def lacks(blame: Blame) -> int:
        return oddity(statement_of(reading, blame), blame.edits[0])

    if not best.edits or best.edits[0].cost >= ONE:
        return None
    if not _scales(best) or lacks(best) < 0:
        return None
    others = earlier(reading, trial, best)
    numbered = (b for b in others if has_constants(statement_of(reading, b)))
    other = _instead(numbered, trial, current, best, find)
    return other if other is not None and lacks(other) < 0 else None


def _hands_back(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name)


def _instead(
    others: Iterable[Blame], trial: Trial, current: Judgement, best: Blame, find: Find
) -> Blame | None:
    """The first of other lines that rights no less and that a small edit mends."""
    for blame in others:
        blame.rights = _rights(trial, current, blame)
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
    for blame in apart(spread(reading, trial.scene, equals)):
        alike = twins(tree, reading.observed.sites[blame.site].statement, wrong)
        if not alike or searched == ALIKE:
            continue
        searched += 1
        edits = find(blame, trial.others, False, "near")
        like = [e for e in edits if e.cost < ONE and _has_form(e, alike)]
        blame.edits = like or edits
        if like:
            return blame
    return None


def _has_form(edit: Edit, forms: set[str]) -> bool:
    made, *more = edit.parsed
    return not more and form(made) in forms


def _mendable(
    reading: Reading, equals: list[Blame], trial: Trial, find: Find
) -> Blame | None:
    """The first of equals that a small edit mends."""
    tried = apart(spread(reading, trial.scene, equals))
    near = [(blame, False) for blame in tried] + [(b, True) for b in tried[:1]]
    near.sort(key=lambda one: is_forward(trial.scene, one[0]))
    first: Blame | None = None  # but a minus, or a number, more would be odd there
    for blame, every in near:
        if blame is first:
            continue
        if (
            first is not None
            and _scales(first)
            and not has_constants(statement_of(reading, blame))
        ):
            continue  # then only a constant that is there may be it
        blame.edits = find(blame, trial.others, every, "near")
        if not blame.edits or blame.edits[0].cost >= ONE:
            continue
        more = oddity(statement_of(reading, blame), blame.edits[0])
        if first is None and more <= (-1 if _scales(blame) else 0):
            return _handed_on(reading, tried, trial, blame, find) or blame
        if first is None:
            first = blame
        elif trial.scene.bound and _is_literal(first) and not _is_literal(blame):
            continue  # a stated loss has one gradient, and no constant of its own
        elif (
            (
                (more < 0 or (more == 0 and _is_turned(reading, blame, first)))
                and not _is_either_way(trial.scene, blame)
            )
            or _has_the_number(reading, first, blame)
            or (
                blame.edits[0].mistake == "wrong-derivative"
                and not _scales(first)
                and first.kind != "update"
            )
        ):
            return blame
    if first is not None:
        return first
    masked = _masked(reading, trial, tried[:FAR], find)
    if masked is not None:
        return masked
    for blame in tried[:FAR]:  # the smallest edits of all come before any larger one
        blame.edits = find(blame, trial.others, False, "far")
    return None


def _is_turned(reading: Reading, blame: Blame, first: Blame) -> bool:
    """Whether what is called a gradient lacks its sign, and needs no minus more.

    ``b -= g`` for ``b += g`` is odd where ``dz = y - p`` may be turned as well. But an
    error may be either way.
    """
    own = identifier(target_text(statement_of(reading, blame)))
    signs = {b.edits[0].mistake for b in (blame, first)}
    return blame.kind != "update" and signs == {"sign"} and stem(own) is not None


def _is_either_way(scene: Scene, blame: Blame) -> bool:
    """Whether a line is the loss's own error: ``target - output`` is as good."""
    errors = {e.node for e in scene.step.errors}
    return is_forward(scene, blame) and any(
        not errors.isdisjoint((n, *n.inputs, *(i for k in n.inputs for i in k.inputs)))
        for n in blame.wanted
    )


def _handed_on(
    reading: Reading, tried: list[Blame], trial: Trial, first: Blame, find: Find
) -> Blame | None:
    """Of lines that lack a slope, one that hands its gradient on as it came in.

    ``a.g += out.g`` of a tanh lacks it, not ``a.g += out.g * b.x`` of a product.
    """
    names = ast.Name | ast.Attribute | ast.Subscript

    def is_as_it_came(blame: Blame) -> bool:
        return isinstance(getattr(statement_of(reading, blame), "value", None), names)

    if first.edits[0].mistake != "missing-derivative" or is_as_it_came(first):
        return None
    for blame in tried:
        own = any(n.inputs[0] in first.wanted for n in blame.wanted if n.inputs)
        own = own and isinstance(statement_of(reading, blame), ast.Return)
        if is_as_it_came(blame) and not own:  # return dx, which is the first one's
            blame.edits = find(blame, trial.others, False, "near")
            edit = blame.edits[0] if blame.edits else None
            if edit and edit.cost < ONE and edit.mistake == "missing-derivative":
                return blame
    return None


def _is_literal(blame: Blame) -> bool:
    """Whether a line would be a gradient as it is, without a constant."""
    return blame.kind == "gradient" and abs(blame.factor - 1) <= 1e-6


def _scales(blame: Blame) -> bool:
    """Whether a line is mended by a constant factor, which may be a slope's."""
    multiple = blame.kind == "multiple" and abs(blame.factor + 1) > 1e-6
    return multiple or blame.edits[0].mistake == "scale"


def _has_the_number(reading: Reading, first: Blame, blame: Blame) -> bool:
    """Whether the constant that is missing stands in another term of a line.

    ``dx = g * (0.5 * (1 + t) + x * dt)`` lacks a half sooner than ``dt`` does, which is
    no gradient.
    """
    if first.kind != "multiple" or blame.kind != "gradient" or not _scales(blame):
        return False
    own, other = (
        any(abs(n - first.factor) <= 1e-6 * abs(n) for n in numbers_of(statement))
        for statement in (statement_of(reading, first), statement_of(reading, blame))
    )
    return other and not own


def _called(reading: Reading, trial: Trial, equals: list[Blame]) -> Blame:
    """The first of equals whose line says that it gives a gradient.

    One that only takes what another of them returns isn't looked at.
    """
    equals = [b for b in equals if not takes_on(reading, trial, b, equals)] or equals
    for blame in equals:
        if is_called(reading, blame.site) or _gives_back(reading, blame):
            return blame
    return equals[0]


def _gives_back(reading: Reading, blame: Blame) -> bool:
    """Whether a function whose name speaks of gradients returns what it makes there."""
    site = reading.observed.sites[blame.site]
    statement = site.statement
    if not isinstance(statement, ast.Return) or not passed_back(site.function):
        return False
    value = statement.value
    if isinstance(value, ast.Tuple) and isinstance(blame.item, int):
        value = value.elts[blame.item]
    return not isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
