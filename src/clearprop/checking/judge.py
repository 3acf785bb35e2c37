"""Judging one training step: is what the program does with each parameter its gradient?

An outcome is a value that the program stands or falls with: the step of a parameter, or
a gradient that it returns. Every outcome is compared with the derived gradient at fresh
inputs, up to one constant; the constants of all outcomes must agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from clearprop.checking.coordinates import coordinate
from clearprop.checking.names import gradient_of, likeness, stem, step_stem
from clearprop.checking.rates import twice_scaled, written_rate
from clearprop.checking.reading import Update
from clearprop.checking.replays import (
    OWN,
    Match,
    Scene,
    match,
    ratio,
    tolerance,
)
from clearprop.checking.squared import VIEWS, bare, squared
from clearprop.checking.stated import Statement
from clearprop.checking.terms import moved_from
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier
from clearprop.trace.result import Binding

Values = Sequence[np.ndarray]


@dataclass(slots=True)
class Outcome:
    """What one line makes of one parameter, and what the gradient says to it.

    ``kind``: "update" (the parameter is moved), "gradient" (a name or a return says
    that it is one), "stated" (a comment says what it is). ``node`` carries the value
    that is compared: for an update with a linear rule the new value, for Adam and its
    like the gradient inside.
    """

    kind: str
    binding: Binding
    of: Node  # the forward value
    node: Node
    update: Update | None = None
    inner: Node | None = None  # the gradient inside an adaptive or clipped update
    lead: Node | None = None  # of a stated claim: what stands before the gradient
    statement: Statement | None = None
    uphill: bool = False
    rule: str = ""
    gates: list[tuple[Node, int]] | None = None  # with the rule's direction
    match: Match | None = None
    powers: tuple[tuple[Node, int], ...] | None = None  # of the named constants
    scale: float = 0.0  # what is left of the factor without them, with its sign
    ratios: tuple[float, ...] = ()  # by replay, where they aren't one constant
    decay: float = 0.0  # weight decay that the loss doesn't have
    right: bool = False
    agrees: bool = True  # the factor is the others' too
    replaces: bool = False  # an update that leaves nothing of the weight
    zero: bool = False  # it is zero, as the gradient is
    shape: bool = False  # it has another shape than the parameter

    @property
    def line(self) -> int:
        return self.binding.line


@dataclass(slots=True)
class Judgement:
    """All outcomes of one step under one loss."""

    scene: Scene
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(o.right for o in self.outcomes)

    @property
    def whole(self) -> bool:
        return all(o.right for o in self.outcomes)


Read = Callable[[Node], list[np.ndarray]]  # a node's value in every replay


def judge(
    scene: Scene,
    outcomes: Iterable[Outcome],
    read: Read | None = None,
    others: Container[Node] = (),
) -> Judgement:
    """Compare every outcome with its gradient, then the outcomes with each other.

    ``read`` gives the values that the program has, those of ``others`` exchanged.
    """
    judged = [
        _judged(scene, replace(o), read or scene.values, others) for o in outcomes
    ]
    _norm_clipping(judged)
    agree(judged, scene)
    return Judgement(scene, judged)


def _judged(
    scene: Scene, outcome: Outcome, read: Read, others: Container[Node]
) -> Outcome:
    outcome.match, outcome.zero, outcome.shape = None, False, False
    outcome.decay, outcome.ratios = 0.0, ()
    gradient = scene.gradient.get(outcome.of)
    if gradient is None:
        return outcome
    wanted = scene.values(gradient)
    if outcome.replaces and outcome.node not in others:
        return outcome
    if outcome.lead is not None:
        wanted = [a * g for a, g in zip(scene.values(outcome.lead), wanted)]
    near = tolerance([outcome.node, gradient, outcome.of])
    if outcome.update is not None:
        found = moves(scene, outcome.update, read)
        if found is None:
            outcome.shape = True
            return outcome
        own = coordinate(scene.reading, outcome.update)
        if own is not None and not any(np.any(f[~own]) for f in found):
            wanted = [np.where(own, w, 0.0) for w in wanted]
    else:
        found = read(outcome.node)
        if outcome.kind == "gradient" and not fits_on(found[0].shape, wanted[0].shape):
            outcome.shape = True
            return outcome
    outcome.match = match(found, wanted, near, scene.floor)
    nothing = all(np.max(np.abs(w), initial=0.0) <= scene.floor for w in wanted)
    if outcome.match is None and not nothing:
        _decayed(scene, outcome, found, wanted, near)
    if outcome.match is None and outcome.update is not None:
        _inside(scene, outcome, wanted, near, read, others)
    if outcome.match is None and outcome.update is not None:
        _clipped(scene, outcome, found, wanted, near)
    if outcome.match is not None and math.isnan(outcome.match.factor):
        outcome.zero = True  # no gradient reaches it, and it isn't moved
        outcome.match = None
    if outcome.match is not None:
        _powers(scene, outcome)
    return outcome


def fits_on(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a step along a gradient of this shape leaves the parameter its own.

    ``b - db`` of (n, 1) and (n,) has n * n entries.
    """
    try:
        shape = np.broadcast_shapes(found, wanted)
    except ValueError:
        return False
    return math.prod(shape) == math.prod(wanted)


def moves(
    scene: Scene, update: Update, read: Read | None = None
) -> list[np.ndarray] | None:
    """How far a parameter was moved, in every replay; None where shapes differ."""
    after = (read or scene.values)(update.after)
    before = scene.values(update.before)
    made = []
    for a, b in zip(after, before):
        if a.shape != b.shape:
            return None
        made.append(a - b)
    return made


# -- adaptive rules --------------------------------------------------------------------


def _inside(
    scene: Scene,
    outcome: Outcome,
    wanted: Values,
    near: float,
    read: Read,
    others: Container[Node],
) -> None:
    """Adam, RMSProp, clipping: the gradient is inside, and the rule goes downhill."""
    update = outcome.update
    assert update is not None
    if update.after not in scene.gates:
        scene.gates[update.after] = _working(scene, update)
    outcome.gates = scene.gates[update.after]
    turned = bool(others) and _is_turned(scene, update, read)
    for node, direction in outcome.gates:
        if _gradient_decays(scene, update, node):
            continue
        found = match(read(node), wanted, near, scene.floor)
        decay = 0.0
        if found is None:
            continue
        cut_off = bool(others) and not _is_read(update, node, others)
        if cut_off and not turned:
            continue
        turn = -1 if cut_off else 1
        downhill = found.factor * direction * turn < 0
        outcome.inner = node
        outcome.match = Match(
            abs(found.factor) * (-1 if downhill else 1),
            None if found.varied is None
            else abs(found.varied) * (-1 if downhill else 1),
        )  # fmt: skip
        outcome.rule = rule_of(update.after, node)
        outcome.decay = decay
        return


def _working(scene: Scene, update: Update) -> list[tuple[Node, int]]:
    """The gates that turn a weight one way, as a gradient's entries do."""
    turns = [(n, _direction(scene, update, n)) for n in gates(scene, update)]
    working = [(n, turn) for n, turn in turns if turn]
    named = {
        b.node
        for b in scene.reading.log[scene.step.first : scene.step.last + 1]
        if stem(identifier(b.place)) is not None
    }
    # a gradient that has a name is what the rule is meant to work on; else what
    # goes into it last, with every constant that it was given
    working.reverse()
    return sorted(working, key=lambda gate: bare(gate[0]) not in named)


def _is_read(update: Update, gate: Node, others: Container[Node]) -> bool:
    """Whether a gate still has a say where some values are others."""
    return gate in _reached(update.after, gate, update.before, others)


def _is_turned(scene: Scene, update: Update, read: Read) -> bool:
    """Whether a trial has the step go the other way, whatever the rule."""
    ours, theirs = moves(scene, update), moves(scene, update, read)
    if ours is None or theirs is None:
        return False
    return all(
        np.any(a) and np.allclose(a, -b, rtol=1e-6) for a, b in zip(ours[:OWN], theirs)
    )


def _gradient_decays(scene: Scene, update: Update, gate: Node | None) -> bool:
    """Whether what is called the gradient has a decay that a stated loss hasn't."""
    if not scene.bound:
        return False
    key = update.after, gate
    if key not in scene.with_decay:
        scene.with_decay[key] = _finds_decays(scene, update, gate)
    return scene.with_decay[key]


def _finds_decays(scene: Scene, update: Update, gate: Node | None) -> bool:
    way = set(ordered([update.after]))
    for binding in scene.reading.log[scene.step.first : scene.step.last + 1]:
        node = binding.node
        if stem(identifier(binding.place)) is None or node not in way or node is gate:
            continue
        if node.shape == update.before.shape and _adds(scene, node, update, gate):
            return True
    return False


def _adds(scene: Scene, top: Node, update: Update, gate: Node | None) -> bool:
    """Whether a weight is a term of a value, not a factor of the gradient in it."""
    stack = [top]
    while stack:
        node = stack.pop()
        if node is update.before:
            return True
        if node is gate or node in scene.below:
            continue
        if node.op.name in ("add", "sub", "mul", "div", "neg", *VIEWS):
            stack.extend(n for n in node.inputs if n.shape == top.shape)
    return False


def gates(scene: Scene, update: Update) -> list[Node]:
    """Values that the whole gradient of an update goes through, the deepest first."""
    cone = [
        n
        for n in ordered([update.after])
        if n not in scene.below and n.is_float and n.shape == update.before.shape
    ]
    cone = [n for n in cone if n.inputs and n is not update.after]
    found = []
    for node in cone[-40:]:
        if moved_from(node, lambda n: n is update.before) is not None:
            continue  # the new weight under another name
        if _closes(scene, update, node):
            found.append(node)
    return found


def _closes(scene: Scene, update: Update, gate: Node) -> bool:
    """Whether the update sees the forward pass through one value only."""
    seen: set[Node] = set()
    ends = {gate, update.before, *scene.states()}
    stack = [update.after]
    while stack:
        node = stack.pop()
        if node in seen or node in ends:
            continue
        seen.add(node)
        read = node in scene.below and node.op.name not in ("const", "size")
        # a plain number may be data too, where all data are plain numbers
        known = not (node.shape or node.inputs or node.is_float)
        if read and not known and _varies(scene, node):
            return False
        if node not in scene.below:
            stack.extend(node.inputs)
    return gate in _reached(update.after, gate, update.before)


def _varies(scene: Scene, node: Node) -> bool:
    return bool(scene.reading.inputs_of(node) - set(scene.constants))


def _reached(
    top: Node, gate: Node, end: Node, others: Container[Node] = ()
) -> set[Node]:
    """What a value is made of, down to a gate; ``others`` hide what is behind them."""
    seen: set[Node] = set()
    stack = [top]
    while stack:
        node = stack.pop()
        if node in seen or node is end or node.index < gate.index:
            continue
        seen.add(node)
        if node not in others:
            stack.extend(node.inputs)
    return seen


def _direction(scene: Scene, update: Update, gate: Node) -> int:
    """-1 where a larger gradient moves the parameter down, 1 up, 0 neither.

    Tried with random numbers g and -g in place of the gradient, and with their entries
    in another order: the rule must work on each entry alike.
    """
    rng = np.random.default_rng(7)
    scene.compute([update.after, gate])
    own = np.asarray(scene.replays[0].computed[gate], dtype=float)
    with np.errstate(over="ignore"):
        size = float(np.sqrt(np.mean(np.square(own)))) if own.size else 1.0
    # a gradient that is wrong may vanish or be huge: no weight would be seen to move
    g = rng.standard_normal(own.shape) * (size if 1e-9 < size < np.inf else 1.0)
    order = rng.permutation(own.size)
    shuffled = np.asarray(g).ravel()[order].reshape(own.shape)

    def moved(value: Any) -> np.ndarray:
        up = scene.changed([update.after], {gate: [value]}, 1)[0][0]
        down = scene.changed([update.after], {gate: [-value]}, 1)[0][0]
        return np.asarray(up - down, dtype=float)

    try:
        plain, again = moved(g), moved(shuffled)
    except Exception:
        return 0
    if plain.shape != own.shape or not np.isfinite(plain).all():
        return 0
    same = plain.ravel()[order].reshape(own.shape)
    if not np.allclose(same, again, rtol=1e-6, atol=1e-9 * np.max(np.abs(plain))):
        return 0
    signs = np.sign(plain) * np.sign(g)
    if (signs == -1).all():
        return -1
    return 1 if (signs == 1).all() else 0


def rule_of(after: Node, gate: Node) -> str:
    """What a rule is called, by the operations between a gradient and the update."""
    names = {n.op.name for n in _reached(after, gate, after.inputs[0]) if n is not gate}
    if names & {"sqrt", "pow", "rsqrt"}:
        return "an adaptive rate"
    if names & {"clip", "minimum", "maximum", "norm"}:
        return "clipping"
    return "its own rule"


NORM_CLIPPED = "the norm clipped"


def _clipped(
    scene: Scene, outcome: Outcome, found: Values, wanted: Values, near: float
) -> None:
    """Another factor in every replay: a gradient that was scaled by the norm of all."""
    assert outcome.update is not None
    if not _has_root(scene, outcome.update):
        return
    factors = [ratio(f, w, near, scene.floor) for f, w in zip(found, wanted)]
    if any(c is None or c != c for c in factors):
        return
    outcome.ratios = tuple(c for c in factors if c is not None)


def _has_root(scene: Scene, update: Update) -> bool:
    """Whether a norm may be among what a step does; asked again at every trial."""
    if update.after not in scene.rooted:
        scene.rooted[update.after] = any(
            _is_root(n)
            for n in ordered([update.after])
            if n not in scene.below and n.index > update.before.index
        )
    return scene.rooted[update.after]


def _is_root(node: Node) -> bool:
    """A norm has a root in it; the power of 1 - a**2 is none."""
    if node.op.name == "pow":
        power = node.inputs[1]
        return power.op.name == "const" and power.params["value"] == 0.5
    return node.op.name in ("sqrt", "norm")


def _norm_clipping(outcomes: Sequence[Outcome]) -> None:
    """One factor for all parameters in each replay is the norm's: a clipped step.

    A step that is a constant times that of the others has this constant, and is told
    from them by it: uphill, or the rate twice.
    """
    group = [o for o in outcomes if o.ratios]
    if not group or any(o.match is None and not o.ratios for o in outcomes):
        return
    first = np.array(group[0].ratios[:OWN])
    times = [np.array(o.ratios[:OWN]) / first for o in group]
    alike = all(np.allclose(t, t[0], rtol=1e-5) for t in times)
    if not alike or (len(group) == 1 and group[0].of.ndim == 0):
        return
    for outcome in group:
        outcome.match = Match(float(outcome.ratios[0]), None)
        outcome.powers = None
        outcome.scale = float(outcome.ratios[0])
        outcome.rule = NORM_CLIPPED


def _decayed(
    scene: Scene, outcome: Outcome, found: Values, wanted: Values, near: float
) -> None:
    """``found = c * (gradient + decay * W)``: weight decay that the loss leaves out."""
    if has_decay(scene) or outcome.update is None:
        return
    if _gradient_decays(scene, outcome.update, None):
        return
    weights = scene.values(outcome.of)
    rows = []
    for f, g, w in zip(found, wanted, weights):
        if f.shape != g.shape or not np.any(w):
            return
        if not all(np.isfinite(a).all() for a in (f, g, w)):
            return
        w = np.where(f != 0, w, 0.0)  # rows that weren't used don't decay
        if not np.any(w):
            return
        rows.append(np.stack([g.ravel(), w.ravel(), f.ravel()], axis=1))
    # together: where one entry moves, each replay is one equation for two constants
    own, varied = (_solved(part, near) for part in (rows[:OWN], rows[OWN:]))
    if own is None or own[0] * own[1] <= 0:
        return
    outcome.decay = own[1] / own[0]
    outcome.match = Match(own[0], varied[0] if varied is not None else None)


def _solved(rows: Sequence[np.ndarray], near: float) -> tuple[float, float] | None:
    """The c and d of ``f = c * g + d * w``, the same in all replays."""
    whole = np.concatenate(rows)
    basis, f = whole[:, :2], whole[:, 2]
    sizes = np.max(np.abs(basis), axis=0)
    if not np.all(sizes > 0) or np.count_nonzero(f) < len(rows):
        return None
    solved, _, rank, _ = np.linalg.lstsq(basis / sizes, f, rcond=None)
    rest = np.max(np.abs(basis / sizes @ solved - f))
    if rank < 2 or rest > 100 * near * np.max(np.abs(f)):
        return None
    c, d = solved / sizes
    return float(c), float(d)


def has_decay(scene: Scene) -> bool:
    """Whether the loss itself holds the square of a weight."""
    return squares(scene, scene.befores)


def squares(scene: Scene, weights: set[Node]) -> bool:
    """Whether the loss holds the square of one of these."""
    if scene.squared is None:
        scene.squared = squared(scene.below)
    return not scene.squared.isdisjoint(weights)


# -- the constant ----------------------------------------------------------------------


def _powers(scene: Scene, outcome: Outcome) -> None:
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


def _products(scene: Scene) -> list[tuple[Powers, float]]:
    """Products of one or two constants, and what each is multiplied by elsewhere."""
    ratios = {
        n: _ratio(scene, n) for n in scene.constants if _ratio(scene, n) not in (0, 1)
    }
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


def agree(outcomes: Sequence[Outcome], scene: Scene) -> None:
    """One constant for all: the sign and the scale that most outcomes share."""
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
            outcome.agrees = outcome.right
        if scene.upstream and len(grads) == 1:  # nothing else may set the constant
            (only,) = grads
            assert only.match is not None
            only.right = abs(only.match.factor - 1) <= 1e-5
    _as_stated([o for o in matched if o.kind == "stated"], scene)
    for group in (steps, grads):
        _same_scale([o for o in group if o.inner is None], scene)
        _same_scale([o for o in group if o.inner is not None], scene)
    _decay_everywhere(matched)


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


def _same_scale(group: Sequence[Outcome], scene: Scene) -> None:
    if len(group) < 2:
        return
    scales = [_scale_of(o) for o in group]
    if all(_equal(scales[0], s) for s in scales):
        return
    sizes = [abs(o.match.factor) for o in group if o.match is not None]
    if max(sizes) - min(sizes) <= 1e-5 * max(sizes):
        return  # seen at other rates only: a rate of 1 is there twice
    named = [named_factor(scene, o) for o in group]
    own = [abs(f) for f in named if f is not None]
    even = len({s[1] for s in scales}) == 1  # no rate is there twice
    twice = [rated_twice(scene, o) for o in group]
    exact = [_is_exact(f) for f in named]
    # of a stated loss what is called a gradient and is one needs no convention
    literal = scene.bound and (sum(exact) > 1 or len(group) - sum(exact) < 3)
    even = even and not any(twice)
    if even and len(own) == len(group) and max(own) - min(own) <= 1e-5 * max(own):
        return  # equal gradients by their names; each weight has a rate of its own
    tree = scene.reading.observed.source.tree
    rates = [(written_rate(tree, o.line), o.match) for o in group]
    if all(r and m and _near(abs(r), abs(m.factor)) for r, m in rates):
        return  # so it is written: W -= 0.5 * dW, and s -= 0.05 * ds
    best = max(
        range(len(group)),
        key=lambda i: (
            not twice[i],
            literal and exact[i],
            sum(_equal(scales[i], s) for s in scales),
            exact[i],
            _natural(scene, named[i]),
            -9 if group[i].powers is None else -len(group[i].powers),  # type: ignore[arg-type]
            -abs(scales[i][1]),
            _equal((1.0, scales[i][1]), scales[i]),
            group[i].of.ndim,
            _last_use(group[i].of),
        ),
    )
    for outcome, scale in zip(group, scales):
        if not _equal(scale, scales[best]):
            outcome.right = outcome.agrees = False


def _natural(scene: Scene, factor: float | None) -> bool:
    """Whether a squared error of the usual sizes has such a gradient: 2 / n times."""
    if scene.bound or factor is None:
        return False
    counts = {n for m in scene.reading.observed.made for n in m.node.shape[:1]} | {1}
    usual = (k / n for n in counts if n for k in (1, 2))
    return any(_near(abs(factor), u) for u in usual)


def _is_exact(factor: float | None) -> bool:
    return factor is not None and abs(abs(factor) - 1) < 1e-6


def rated_twice(scene: Scene, outcome: Outcome) -> bool:
    """Whether a step is scaled by the same rate twice, as its text shows."""
    update = outcome.update
    if update is None:
        return False
    tree = scene.reading.observed.tree
    return any(twice_scaled(tree, line) for line in step_lines(scene, update))


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
        scene.named[key] = _finds_named(scene, outcome)
    return scene.named[key]


def _finds_named(scene: Scene, outcome: Outcome) -> float | None:
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
        how = match(scene.values(binding.node), scene.values(gradient), near)
        found = how.factor if how is not None else found
    return found


def _last_use(node: Node) -> int:
    """Weights of later layers come later: their gradients have passed through less."""
    return max((n.index for n in node.graph.nodes if node in n.inputs), default=0)


def _scale_of(outcome: Outcome) -> tuple[float, int]:
    if outcome.powers is None:
        return abs(outcome.match.factor) if outcome.match else 0.0, 99
    return abs(outcome.scale), sum(p for _, p in outcome.powers)


def _equal(a: tuple[float, int], b: tuple[float, int]) -> bool:
    return a[1] == b[1] and abs(a[0] - b[0]) <= 1e-5 * max(a[0], b[0])


def _decay_everywhere(matched: Sequence[Outcome]) -> None:
    """Weight decay is a convention where every matrix has it, with one constant."""
    decayed = [o for o in matched if o.decay]
    if not decayed:
        return
    weights = [o for o in matched if max(o.of.shape, default=1) != _count(o.of)]
    first = decayed[0].decay
    alike = all(abs(o.decay - first) <= 1e-4 * abs(first) for o in decayed)
    if not alike or any(not o.decay for o in weights):
        for outcome in decayed:
            outcome.right = False


def _count(node: Node) -> int:
    return math.prod(node.shape)
