"""Whether a number that nobody calls a loss is what a wrong program descends on.

Nothing promises that it is meant, so that one can only be held to it where there is no
other reading: every step is its gradient up to a constant, and what is amiss with the
few that aren't right is a slip that nobody means.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import repeat

import numpy as np

from clearprop.checking.constants import form_of_step, step_lines
from clearprop.checking.enclosing import statements_around
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.rates import scaled_alone
from clearprop.checking.replays import Scene
from clearprop.trace.loss import is_error


def is_promising(judgement: Judgement) -> bool:
    """Whether every weight is moved along its gradient, or not at all."""
    return all(o.match is not None or o.zero for o in judgement.outcomes)


def is_evident(judgements: Sequence[Judgement], branch: bool) -> bool:
    """Whether what is wrong is a slip: a rate that is there twice, or a few signs.

    What goes up always may be another player's, unless it is a ``branch`` that decides
    where a step goes; there a line that is right in some steps is held to it in all,
    and so is every step that is made of what is called an error.
    """
    outcomes = [o for j in judgements for o in _moving(j)]
    wrong = [o for o in outcomes if not o.right]
    slips = set()
    for one in judgements:
        alone = scaled_alone([form_of_step(one.scene, o) for o in one.outcomes])
        slips |= {o.line for o, odd in zip(one.outcomes, alone) if odd}
    up = {o.line for o in wrong if o.uphill}
    down = {o.line for o in outcomes if o.right}
    turned = up | down if branch else up & down
    sure = branch and all(map(_is_by_an_error, wrong, repeat(judgements[0].scene)))
    few = turned if sure or 2 * len(wrong) < len(outcomes) else set()
    return bool(wrong) and all(o.line in slips | few for o in wrong)


def _is_by_an_error(outcome: Outcome, scene: Scene) -> bool:
    """Whether a step is made of a difference that is called an error.

    Without one, what moves away from where its branch is decided may be Hebb's rule.
    """
    if outcome.update is None:
        return False
    tree = scene.reading.observed.source.tree
    read = {
        n.id
        for line in step_lines(scene, outcome.update)
        for statement in statements_around(tree, line)[-1:]
        for n in ast.walk(statement)
        if isinstance(n, ast.Name)
    }
    return any(
        isinstance(n, ast.Assign)
        and isinstance(n.value, ast.BinOp)
        and isinstance(n.value.op, ast.Sub)
        and isinstance(n.targets[0], ast.Name)
        and n.targets[0].id in read
        and is_error(n.targets[0].id)
        for n in ast.walk(tree)
    )


def _moving(judgement: Judgement) -> list[Outcome]:
    """What is to tell; where most rest, what moves is amiss, and not they."""
    found = [o for o in judgement.outcomes if not o.zero]
    moved = [o for o in found if not o.idle]
    return moved if 2 * len(moved) < len(found) else found


def only_decays(judgement: Judgement) -> bool:
    """Whether a step leaves a weight of 0 where it was: there is nothing but decay."""
    scene = judgement.scene
    updates = [o.update for o in judgement.outcomes if o.update is not None]
    nothing = {u.before: [np.zeros(u.before.shape)] for u in updates}
    try:
        left = scene.changed([u.after for u in updates], nothing, 1)[0]
    except (ArithmeticError, TypeError, ValueError):
        return False
    return bool(updates) and not any(np.any(value) for value in left)
