"""The constants of outcomes: what they are made of, and whether they agree.

A gradient is right up to one constant that all have. In come judged outcomes, each with
the factor that it was found to have; out they go right or wrong, by the sign, the named
rates and the number that the others have.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np

from clearprop.checking.judgement import Outcome, Read
from clearprop.checking.metric import METRIC
from clearprop.checking.names import gradient_of, likeness, stem, step_stem
from clearprop.checking.rates import (
    Form,
    form_of,
    own_rates,
    scaled_alone,
    twice_scaled,
    written_rate,
)
from clearprop.checking.reading import Update
from clearprop.checking.replays import OWN, Match, Scene, match, tolerance
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier


def factored(scene: Scene, outcome: Outcome) -> None:
    """The factor as a product of the program's named constants and a number."""
    assert outcome.match is not None
    found = powers(scene, outcome.match)
    outcome.powers = found
    outcome.scale = outcome.match.factor
    for node, power in found or ():
        value = float(np.asarray(scene.replays[0].computed.get(node, 1.0)))
        if value:
            outcome.scale /= value**power


def powers(scene: Scene, found: Match) -> tuple[tuple[Node, int], ...] | None:
    """Which constants a factor is made of: it changed as their product did."""
    if found.varied is None:
        return None
    change = found.varied / found.factor
    if change <= 0:
        return None
    if scene.products is None:
        scene.products = _products(scene)
    for option, product in scene.products:
        if abs(product - change) <= 1e-6 * abs(change):
            return option
    return None


Powers = tuple[tuple[Node, int], ...]
MOST = 60  # numbers with a name: where there are more, they are data of a long loop


def _products(scene: Scene) -> list[tuple[Powers, float]]:
    """Products of one or two constants, and what each is multiplied by elsewhere."""
    names = scene.constants[:MOST]
    ratios = {n: _ratio(scene, n) for n in names if _ratio(scene, n) not in (0, 1)}
    options: list[Powers] = [()]
    for count in (1, 2):
        for chosen in combinations_with_replacement(ratios, count):
            if count == 1:
                options += [((chosen[0], p),) for p in (1, -1, 2)]
            elif chosen[0] is not chosen[1]:
                options += [
                    ((chosen[0], p), (chosen[1], q)) for p in (1, -1) for q in (1, -1)
                ]
    return [(o, math.prod(ratios[n] ** p for n, p in o)) for o in options]


def _ratio(scene: Scene, node: Node) -> float:
    here = float(np.asarray(scene.replays[0].given.get(node, 1.0)))
    there = float(np.asarray(scene.replays[OWN].given.get(node, 1.0)))
    return there / here if here else 0.0


def agree(outcomes: Sequence[Outcome], scene: Scene, read: Read | None = None) -> None:
    """One constant for all: the sign and the scale that most outcomes share.

    ``read`` gives the values that the program has, where some are exchanged.
    """
    matched = [o for o in outcomes if o.match is not None]
    for outcome in outcomes:
        outcome.right = outcome.zero
        outcome.agrees = True
    if not matched:
        return
    steps = [o for o in matched if o.kind == "update"]
    for outcome in steps:
        assert outcome.match is not None
        outcome.uphill = outcome.match.factor > 0
        outcome.right = not outcome.uphill
    grads = [o for o in matched if o.kind == "gradient"]
    if grads:
        down = sum(o.scale < 0 for o in grads)
        # a stated loss and no step: nothing but the names says what they are
        plain = scene.upstream or bool(scene.output) or (scene.bound and not steps)
        steps_too = down * 2 == len(grads) and all(map(_called_step, grads))
        downhill = down * 2 > len(grads) or steps_too
        sign = -1 if downhill and not plain else 1
        for outcome in grads:
            outcome.right = outcome.scale * sign > 0
            if scene.output:  # what isn't descended on has no constant to choose
                assert outcome.match is not None
                outcome.right = _near(outcome.match.factor, 1.0)
            if scene.bound and not steps and _counts_twice(scene, outcome):
                outcome.right = False
            outcome.agrees = outcome.right
        if scene.upstream and len(grads) == 1:  # nothing else may set the constant
            (only,) = grads
            assert only.match is not None
            only.right = abs(only.match.factor - 1) <= 1e-5
    _as_stated([o for o in matched if o.kind == "stated"], scene)
    for group in (steps, grads):
        _same_scale([o for o in group if o.inner is None], scene, read)
        _same_scale([o for o in group if o.inner is not None], scene, read)
    _decay_everywhere(matched)


def _counts_twice(scene: Scene, outcome: Outcome) -> bool:
    """Whether one function gives a mean, and n times its gradient, or 1 / n times.

    ``return loss, dx``, where no step says what the gradient is for.
    """
    assert outcome.match is not None
    factor = abs(outcome.match.factor)
    counts = {n for m in scene.reading.observed.made for n in m.node.shape[:1]}
    if not any(_near(factor, n) or _near(factor, 1 / n) for n in counts if n > 2):
        return False
    made: dict[str, tuple[set[str], set[str]]] = {}  # in a function: the loss, and this
    for binding in scene.reading.log:
        for which, node in enumerate((scene.loss, outcome.node)):
            if binding.node is node:
                here = made.setdefault(binding.function, (set(), set()))
                here[which].add(binding.place)
    returned = (
        (f.name, {ast.unparse(part) for part in n.value.elts})
        for f in ast.walk(scene.reading.observed.source.tree)
        if isinstance(f, ast.FunctionDef) and f.name in made
        for n in ast.walk(f)
        if isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple)
    )
    return any(all(part & parts for part in made[name]) for name, parts in returned)


def _called_step(outcome: Outcome) -> bool:
    """``delta_w`` is how far to go, and that is downhill."""
    name = identifier(outcome.binding.place)
    return step_stem(name) is not None and stem(name) is None


def _as_stated(group: Sequence[Outcome], scene: Scene) -> None:
    """What is stated holds as it was written, its sign included.

    Where nothing says what L is, and nothing holds literally, L may have one positive
    constant that the found loss hasn't: that of most claims.
    """
    constants = [_constant(o) for o in group]
    literal = scene.reading.observed.asked or any(_near(c, 1.0) for c in constants)
    chosen = 1.0
    if not literal:
        chosen = max(
            (c for c in constants if c > 0),
            key=lambda c: sum(_near(c, other) for other in constants),
            default=1.0,
        )
    for outcome, constant in zip(group, constants):
        outcome.right = _near(constant, chosen)


def _constant(outcome: Outcome) -> float:
    """How often what is claimed a value is, 0 where a rate or the like is amiss."""
    found = outcome.match
    if found is None or found.varied is None or not _near(found.varied, found.factor):
        return 0.0
    return found.factor


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-5 * max(abs(a), abs(b))


def _same_scale(group: Sequence[Outcome], scene: Scene, read: Read | None) -> None:
    if len(group) < 2 or any(o.rule == METRIC for o in group):
        return  # that of another weight may be a plain number
    scales = [_scale_of(o) for o in group]
    if all(_equal(scales[0], s) for s in scales):
        if group[0].inner is not None:
            _rated_alike(scene, group)
        return
    sizes = [abs(o.match.factor) for o in group if o.match is not None]
    if max(sizes) - min(sizes) <= 1e-5 * max(sizes):
        return  # seen at other rates only: a rate of 1 is there twice
    twice = [rated_twice(scene, o) for o in group]
    named = [named_factor(scene, o) for o in group]
    exact = [_is_exact(f) for f in _at_one_rate(scene, group, named)]
    literal = scene.bound and _needs_no_convention(scene, group, exact)
    allowed = _own_rates(scene, group, exact if literal else ())
    free = [own and not again for own, again in zip(allowed, twice)]
    rest = [o for o, own in zip(group, free) if own]
    if rest and _each_its_own(scene, rest, len(rest) == len(group), read):
        kept = [_scale_of(o) for o in rest]
        for outcome, scale, own in zip(group, scales, free):
            if not own and not any(_equal(scale, other) for other in kept):
                outcome.right = outcome.agrees = False
        return
    guessed = not (scene.bound or scene.upstream)
    best = max(
        range(len(group)),
        key=lambda i: (
            free[i],
            literal and exact[i],
            scene.upstream and _is_given(group[i]),
            sum(_equal(scales[i], s) for s in scales),
            exact[i],
            _natural(scene, named[i]),
            guessed and any(_is_sum_of(other, scales[i]) for other in scales),
            -9 if group[i].powers is None else -len(group[i].powers),  # type: ignore[arg-type]
            -abs(scales[i][1]),
            _equal((1.0, scales[i][1]), scales[i]),
            group[i].of.ndim,
            _last_use(scene, group[i].of),
        ),
    )
    for outcome, scale in zip(group, scales):
        if not _equal(scale, scales[best]):
            outcome.right = outcome.agrees = False


def _at_one_rate(
    scene: Scene, group: Sequence[Outcome], named: Sequence[float | None]
) -> Sequence[float | None]:
    """The constants of the gradients, of ``W -= rate * x.T @ d`` too, which names none.

    The rate is that of the steps that do name one, where it is one.
    """
    scales = [abs(o.scale) for o in group]
    rates = [scale / abs(f) for scale, f in zip(scales, named) if f]
    if not scene.bound or not all(_near(rates[0], r) for r in rates):
        return named
    if rates:
        return [s / rates[0] if f is None else f for s, f in zip(scales, named)]
    found = [nets(scene, o) for o in group]
    return [net[0] if len(net) == 1 else None for net in found]


def _needs_no_convention(
    scene: Scene, group: Sequence[Outcome], exact: Sequence[bool]
) -> bool:
    """Whether what is the gradient of a stated loss exactly is what the others lack.

    A single one may be a mean among sums. But no convention leaves out a constant of
    the forward pass.
    """
    others = [o for o, one in zip(group, exact) if not one]
    if len(others) < 3 or len(group) - len(others) > 1:
        return True
    own = {n for o, one in zip(group, exact) if one for n, _ in o.powers or ()}
    lacking = [{n for n, _ in o.powers or ()} - own for o in others]
    return any(exact) and all(n and n <= scene.below for n in lacking)


def _is_given(outcome: Outcome) -> bool:
    """Whether it is the gradient exactly, which an upstream one leaves no other."""
    return outcome.match is not None and _near(outcome.match.factor, 1.0)


def _each_its_own(
    scene: Scene, group: Sequence[Outcome], every: bool, read: Read | None
) -> bool:
    """Whether the steps differ by nothing but rates that the weights have.

    Where not ``every`` step may have one, only plain numbers tell: ``W -= 0.5 * dW``
    and ``s -= 0.05 * ds``, of one constant's gradients.
    """
    named = [
        named_factor(scene, o) if read is None else _finds_named(scene, o, read)
        for o in group
    ]
    own = [abs(f) for f in named if f is not None]
    rated = _one_rate_each(scene, group)
    if rated and len(own) == len(group) and max(own) - min(own) <= 1e-5 * max(own):
        return True  # equal gradients by their names
    if not rated or (not every and any(_scale_of(o)[1] for o in group)):
        return False
    found = [[abs(f)] if f else nets(scene, o) for o, f in zip(group, named)]
    return any(all(any(_near(n, m) for m in net) for net in found) for n in found[0])


def nets(scene: Scene, outcome: Outcome) -> list[float]:
    """What the constant of a gradient may be, the one rate of its step apart.

    Of ``gain -= 0.01 * np.sum(d * h)`` it is what 0.01 leaves; of ``W -= lr * X.T @ d``
    what ``lr`` does; and a 3 after ``lr`` belongs to either.
    """
    scale, power = _scale_of(outcome)
    tree = scene.reading.observed.source.tree
    rate = written_rate(tree, outcome.line)
    found = [scale] if power == 1 else []
    return [*found, scale / rate] if rate and power in (0, 1) else found


def own_number(scene: Scene, outcome: Outcome) -> float | None:
    """The rate of a step that has a number for one, and no constant with a name."""
    form = form_of_step(scene, outcome)
    if form is None or form.numbers != 1 or not outcome.update:
        return None
    constants = set(scene.constants)
    named = {b.place for b in scene.reading.log if b.node in constants}
    if not named.isdisjoint(form.names):
        return None
    return written_rate(scene.reading.observed.source.tree, outcome.line)


def _one_rate_each(scene: Scene, group: Sequence[Outcome]) -> bool:
    """Whether no step has a rate twice, and a number stands for one that has no name.

    ``knots -= lr * dknots`` beside ``gain -= 0.01 * dgain``.
    """
    powers = [_scale_of(o)[1] for o in group]
    if len(set(powers)) == 1:
        return True
    forms = [form_of_step(scene, o) for o in group]
    numbered = (form is not None and form.numbers == 1 for form in forms)
    return all(p == 1 or (p == 0 and one) for p, one in zip(powers, numbered))


def _natural(scene: Scene, factor: float | None) -> bool:
    """Whether a squared error of the usual sizes has such a gradient: 2 / n times."""
    if scene.bound or factor is None:
        return False
    counts = {n for m in scene.reading.observed.made for n in m.node.shape[:1]} | {1}
    usual = (k / n for n in counts if n for k in (1, 2))
    return any(_near(abs(factor), u) for u in usual)


def _is_sum_of(scale: tuple[float, int], mean: tuple[float, int]) -> bool:
    """Whether one constant is the other times a count, which is soon forgotten."""
    count = round(scale[0] / mean[0]) if mean[0] else 0
    return count > 2 and _equal(scale, (count * mean[0], mean[1]))


def _is_exact(factor: float | None) -> bool:
    return factor is not None and abs(abs(factor) - 1) < 1e-6


def rated_twice(scene: Scene, outcome: Outcome) -> bool:
    """Whether a step is scaled by the same rate twice, as its text shows."""
    update = outcome.update
    if update is None:
        return False
    tree = scene.reading.observed.source.tree
    place = update.binding.place
    return any(twice_scaled(tree, line, place) for line in step_lines(scene, update))


def _own_rates(
    scene: Scene, group: Sequence[Outcome], exact: Sequence[bool] = ()
) -> list[bool]:
    """Whether what scales each step may be a rate of its own, as its text shows.

    Biases may learn twice as fast: then more than one line says so. And of the gradient
    as it is nobody misses a count that others are divided by.
    """
    forms = [form_of_step(scene, outcome) for outcome in group]
    counted = any(form is not None and form.counted for form in forms)
    if counted and any(exact):
        forms = [
            replace(form, counted=True) if form and one else form
            for form, one in zip(forms, exact)
        ]
    biases = {
        outcome.line
        for outcome, form in zip(group, forms)
        if form is not None and form.doubled and not _last_use(scene, outcome.of)
    }
    if len(biases) > 1:
        forms = [
            replace(form, doubled=False) if form and outcome.line in biases else form
            for outcome, form in zip(group, forms)
        ]
    return own_rates(forms)


def form_of_step(scene: Scene, outcome: Outcome) -> Form | None:
    """How a step is scaled, as its text shows."""
    if outcome.update is None:
        return None
    tree = scene.reading.observed.source.tree
    place = outcome.update.binding.place
    lines = sorted(step_lines(scene, outcome.update))
    made = [f for n in lines if (f := form_of(tree, n, place)) is not None]
    return made[-1] if made else None


def _rated_alike(scene: Scene, group: Sequence[Outcome]) -> None:
    """Steps of an adaptive rule, which hides what its gradient is scaled by."""
    forms = [form_of_step(scene, outcome) for outcome in group]
    for outcome, alone in zip(group, scaled_alone(forms)):
        if alone:
            outcome.right = outcome.agrees = False


def step_lines(scene: Scene, update: Update) -> set[int]:
    """Where a weight's new value is made of its old one, in a function or at its place.

    ``new_b = b - rate * db``, before ``b = new_b``.
    """
    sums = [
        n
        for n in ordered([update.after])
        if n.op.name in ("add", "sub") and update.before in n.inputs
    ]
    lines = scene.reading.observed.lines
    return {*update.lines, *(lines.get(n, 0) for n in sums)}


def named_factor(scene: Scene, outcome: Outcome) -> float | None:
    """The constant of the gradient that is called one, on the way to an update."""
    key = outcome.of, outcome.binding.serial
    if key not in scene.named:
        scene.named[key] = _finds_named(scene, outcome, scene.values)
    return scene.named[key]


def _finds_named(scene: Scene, outcome: Outcome, read: Read) -> float | None:
    if outcome.update is None:
        return None
    gradient = scene.gradient.get(outcome.of)
    if gradient is None:
        return None
    reading = scene.reading
    label = identifier(reading.labels.get(outcome.update.leaf, ""))
    way = set(ordered([outcome.update.after])) - scene.below
    found = None
    for binding in reading.log[scene.step.first : scene.step.last + 1]:
        word = gradient_of(binding.place)
        if word is None or binding.node not in way:
            continue
        if binding.node.shape != outcome.of.shape or likeness(word, label) < 0.6:
            continue
        near = tolerance([binding.node, gradient])
        how = match(read(binding.node), scene.values(gradient), near)
        found = how.factor if how is not None else found
    return found


def _last_use(scene: Scene, node: Node) -> int:
    """Weights of later layers come later: their gradients have passed through less.

    What is only added, a bias, has no say in it.
    """
    users = (n for n in scene.below if n.op.name in ("matmul", "mul", "einsum"))
    return max((n.index for n in users if node in n.inputs), default=0)


def _scale_of(outcome: Outcome) -> tuple[float, int]:
    if outcome.powers is None:
        return abs(outcome.match.factor) if outcome.match else 0.0, 99
    return abs(outcome.scale), sum(p for _, p in outcome.powers)


def _equal(a: tuple[float, int], b: tuple[float, int]) -> bool:
    return a[1] == b[1] and abs(a[0] - b[0]) <= 1e-5 * max(a[0], b[0])


def _decay_everywhere(matched: Sequence[Outcome]) -> None:
    """Weight decay is a convention where every matrix has it, with one constant.

    Where most have it, the others are amiss.
    """
    decayed = [o for o in matched if o.decay]
    if not decayed:
        return
    weights = [o for o in matched if max(o.of.shape, default=1) != _count(o.of)]

    def alike(one: Outcome) -> list[Outcome]:
        near = 1e-4 * abs(one.decay)
        return [o for o in decayed if abs(o.decay - one.decay) <= near]

    most = max(map(alike, decayed), key=len)
    shared = 2 * len(most) > len(decayed) and all(o.decay for o in weights)
    for outcome in decayed:
        if not (shared and any(o is outcome for o in most)):
            outcome.right = False


def _count(node: Node) -> int:
    return math.prod(node.shape)
