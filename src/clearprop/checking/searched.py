"""Steps that no backward pass makes: differences, evolution strategies, RBMs.

There is nothing to compare such a step with, so that a program that descends this way
is neither right nor wrong. Comes in a step that isn't right; goes out why it can't be
judged: it depends on how good weights were that were only tried, with a small number
or with noise added to them (Spall 1992; Salimans et al. 2017), its loss is made from
what was drawn as weights would have it (Hinton 2002), or it goes to a corner that a
gradient only chooses (Frank and Wolfe 1956).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clearprop.checking.anchors import behind_marks
from clearprop.checking.judgement import Judgement
from clearprop.checking.nudges import is_nudged
from clearprop.checking.reading import Update
from clearprop.checking.replays import Scene
from clearprop.checking.terms import VIEWS, bare
from clearprop.errors import DeriveError
from clearprop.graph import Node, back_to, ordered
from clearprop.ops.elementwise import is_number

_COMPARED = ("lt", "le", "gt", "ge")
_PRODUCTS = ("matmul", "mul")


def unjudged(judgement: Judgement) -> DeriveError | None:
    """Why a step that isn't right isn't wrong either."""
    scene = judgement.scene
    title = scene.reading.observed.source.title
    wrong = [o for o in judgement.outcomes if not o.right]
    if wrong and all(_tries(scene, o.node) for o in wrong):
        return DeriveError(
            f"{title}: line {wrong[0].line} depends on how good other weights were, "
            "with something added to them. No backward pass makes such a step, so "
            "there is nothing to compare it with"
        )
    # what the loss reads, data or dout, is known: dW = X is a mistake
    given = _given(scene) - set(ordered([scene.loss]))
    if wrong and all(o.node.op.name == "input" and o.node in given for o in wrong):
        name = wrong[0].binding.place
        return DeriveError(
            f"{title}: how the numbers of {name} in line {wrong[0].line} were made "
            "can't be followed. If no backward pass makes them, there is nothing to "
            "compare them with"
        )
    if wrong and len(wrong) == len(judgement.outcomes) and _follows_data(scene):
        return DeriveError(
            f"{title}: line {wrong[0].line} draws a weight to its data, as Oja's and "
            "Kohonen's rules do. No loss and no error with a name says what it "
            "descends on, so there is nothing to compare it with"
        )
    summed = next((o for o in wrong if o.update and _sums_squares(o.update)), None)
    if summed is not None:
        return DeriveError(
            f"{title}: line {summed.line} sums up squares, from which the weights are "
            "made anew, as in FTRL. Such sums follow no gradient of their own. Check "
            "the gradient that they are made of as a function: "
            "cp.check(forward, backward, x, w)"
        )
    if wrong and all(o.update and _picks(scene, o.update) for o in wrong):
        return DeriveError(
            f"{title}: line {wrong[0].line} goes where one entry of a gradient points, "
            "as the Frank-Wolfe method does, and not along the gradient. Check the "
            "gradient as a function: cp.check(forward, backward, x, w)"
        )
    chosen = _chosen(scene) if wrong else None
    if chosen is not None:
        line = scene.reading.observed.lines.get(chosen, 0)
        return DeriveError(
            f"{title}: line {line} draws at random, as likely as weights say, and what "
            "is drawn goes through weights again. The loss has no gradient through it, "
            "so there is nothing to compare the steps with"
        )
    return None


def _tries(scene: Scene, top: Node) -> bool:
    """Whether a value reads what a function gave for weights that were only tried."""
    versions = scene.reading.versions
    cone = back_to([top], scene.befores)
    given = _given(scene)
    tried = [
        n
        for n in cone
        if is_nudged(n) or (n not in versions and _is_noisy(scene, n, given))
    ]
    if not tried:
        return False
    given_back = {
        node
        for b in scene.reading.log
        if b.place.startswith("return") and not b.node.shape
        for node in behind_marks(b.node)
    }
    given_back |= {a.node for a in (*scene.reading.losses, *scene.step.losses)}
    after = _above(cone, tried)
    return any(n in given_back and n is not top for n in after)


def _is_noisy(scene: Scene, node: Node, given: set[Node]) -> bool:
    """Whether it is an array of weights with other numbers added to it, and no more.

    What has begun with zeros is a velocity: Nesterov's look ahead.
    """
    if node.op.name not in ("add", "sub") or not node.shape:
        return False
    for weight, noise in (node.inputs, node.inputs[::-1]):
        if bare(weight) in scene.befores and node.shape == weight.shape:
            made = back_to([noise], scene.befores)
            if made.isdisjoint(scene.befores) and not made.isdisjoint(given):
                return True
    return False


def _given(scene: Scene) -> set[Node]:
    """What may have been drawn at random: a name for it makes it data."""
    made = scene.reading.observed.made
    given = {m.node for m in made if m.node.shape and np.any(m.value)}
    return given | {n for n in scene.graph.nodes if n.op.impure}


def _follows_data(scene: Scene) -> bool:
    """Whether all that looks like an error is ``x - y * w``, and has no name."""
    errors = scene.step.errors
    return (
        bool(errors)
        and not (scene.bound or scene.step.losses)
        and all(
            a.binding is None and a.output is not None and _is_scaled(scene, a.output)
            for a in errors
        )
    )


def _is_scaled(scene: Scene, node: Node) -> bool:
    """Whether it is an array of weights, or a number times it."""
    while node not in scene.befores:
        if node.op.name not in ("mul", *VIEWS):
            return False
        sides = [n for n in node.inputs if bare(n).shape or n in scene.befores]
        if len(sides) != 1:
            return False
        node = sides[0]
    return bool(node.shape)


def _sums_squares(update: Update) -> bool:
    """Whether it is the n of ``n += g * g``."""
    after = bare(update.after)
    if after.op.name != "add" or update.before not in map(bare, after.inputs):
        return False
    step = next(n for n in map(bare, after.inputs) if n is not update.before)
    if step.op.name == "mul":
        return step.inputs[0] is step.inputs[1]
    two = step.op.name == "pow" and bare(step.inputs[1])
    return step.op.name == "square" or bool(two and is_number(two, 2.0))


def _picks(scene: Scene, update: Update) -> bool:
    """Whether a step knows of the forward pass only what ``argmin`` says of it."""
    cone = back_to([update.after], scene.befores)
    picks = {n for n in cone if n.op.name in ("argmin", "argmax")}
    known = back_to([update.after], scene.befores | picks) - scene.befores - picks
    made = _above(cone, scene.befores)
    return not picks.isdisjoint(made) and scene.below.isdisjoint(known & made)


def _above(cone: Iterable[Node], sources: Iterable[Node]) -> set[Node]:
    """What of a cone is made from some values."""
    found = set(sources)
    for node in sorted(cone, key=lambda n: n.index):
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def _chosen(scene: Scene) -> Node | None:
    """The ``rng.random(n) < p`` of a loss that reads weights again behind it."""
    nodes = ordered([scene.loss])
    for node in nodes:
        if node.op.name not in _COMPARED or node not in scene.below:
            continue
        sides = [back_to([side], scene.befores) for side in node.inputs]
        for chance, weighed in (sides, sides[::-1]):
            if not any(n.op.impure for n in chance) or chance & scene.befores:
                continue
            if weighed & scene.befores and _goes_on(scene, nodes, node):
                return node
    return None


def _goes_on(scene: Scene, nodes: Iterable[Node], drawn: Node) -> bool:
    """Whether a weight multiplies what was drawn."""
    later = _above(nodes, [drawn])
    return any(
        n.op.name in _PRODUCTS
        and any(_viewed(side) in scene.befores for side in n.inputs)
        for n in later
    )


def _viewed(node: Node) -> Node:
    """A value before it was transposed, or looked up in."""
    while node.op.name in VIEWS and node.op.name != "mark":
        node = node.inputs[0]
    return node
