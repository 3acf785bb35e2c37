"""Steps that aren't a constant times a gradient: Adam and its like, clipping, decay.

What goes in is an outcome whose value is no multiple of the gradient; where a rule
explains it, it gets a match: the gradient inside an adaptive rule, the factor that a
norm left in each replay, or the weight decay that the loss doesn't have (Kingma and Ba
2015; Loshchilov and Hutter 2019).
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np

from clearprop.checking.executions import smaller
from clearprop.checking.judgement import Outcome, Read, Values, moves
from clearprop.checking.names import stem
from clearprop.checking.preconditioned import solved_with
from clearprop.checking.reading import Update
from clearprop.checking.replays import OWN, Match, Scene, match, ratio
from clearprop.checking.squared import VIEWS, bare, squared
from clearprop.checking.terms import moved_from, whole_terms
from clearprop.graph import Node, back_to, ordered
from clearprop.trace.loss import identifier


def inside(
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
        scene.gates[update.after] = [
            *_working(scene, update),
            *solved_with(scene, update),
        ]
    outcome.gates = scene.gates[update.after]
    turned = bool(others) and _is_turned(scene, update, read)
    for node, direction in outcome.gates:
        if _gradient_decays(scene, update, node):
            continue
        values = read(node)
        found = match(values, wanted, near, scene.floor)
        factors: tuple[float, ...] = ()
        if found is None and _has_norm(scene, update, node):
            factors = _ratios(scene, values, wanted, near)
        if found is None and not factors:
            continue
        cut_off = bool(others) and not _is_read(update, node, others)
        if (cut_off and not turned) or _grows(scene, update, node):
            continue
        turn = -1 if cut_off else 1
        if found is None:
            outcome.scaled.append((node, tuple(direction * turn * c for c in factors)))
            continue
        downhill = found.factor * direction * turn < 0
        outcome.inner = node
        outcome.match = Match(
            abs(found.factor) * (-1 if downhill else 1),
            None if found.varied is None
            else abs(found.varied) * (-1 if downhill else 1),
        )  # fmt: skip
        outcome.rule = rule_of(update.after, node)
        outcome.decay = 0.0
        return


def _working(scene: Scene, update: Update) -> list[tuple[Node, int]]:
    """The gates that turn a weight one way, as a gradient's entries do."""

    def turns(of: Iterable[Node]) -> list[tuple[Node, int]]:
        found = [
            (n, _direction(scene, update, n))
            for n in of
            if not _drifts(scene, update, n)
        ]
        return [(n, turn) for n, turn in found if turn]

    working = turns(gates(scene, update))
    named = {
        b.node
        for b in scene.reading.log[scene.step.first : scene.step.last + 1]
        if stem(identifier(b.place)) is not None
    }
    # a gradient that has a name is what the rule is meant to work on; else what
    # goes into it last, with every constant that it was given
    working.reverse()
    working.sort(key=lambda gate: bare(gate[0]) not in named)
    return [*working, *turns(gates(scene, update, lost=True))]


def _is_read(update: Update, gate: Node, others: Container[Node]) -> bool:
    """Whether a gate still has a say where some values are others."""
    return gate in _reached(update.after, gate, update.before, others)


def _is_turned(scene: Scene, update: Update, read: Read) -> bool:
    """Whether a trial has the step go the other way, whatever the rule.

    Weight decay beside the rule, as AdamW has it, stays as it is.
    """
    ours, theirs = moves(scene, update), moves(scene, update, read)
    if ours is None or theirs is None:
        return False
    pairs = list(zip(ours[:OWN], theirs))
    if all(np.any(a) and np.allclose(a, -b, rtol=1e-6) for a, b in pairs):
        return True
    kept = [(a + b) / 2 for a, b in pairs]
    weights = scene.values(update.before)
    shares = [ratio(k, w, 1e-6, scene.floor) for k, w in zip(kept, weights)]
    share = shares[0]
    return share is not None and all(
        s is not None and np.isclose(s, share, rtol=1e-6) for s in shares
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
        if node is update.before or node in scene.reading.versions:
            continue  # dec_w is a weight, and no gradient of ec_w
        if node.shape == update.before.shape and _adds(scene, node, update, gate):
            return True
    return False


def _adds(scene: Scene, top: Node, update: Update, gate: Node | None) -> bool:
    """Whether a weight is a term of a value, not a factor of the gradient in it."""
    stack, seen = [top], set()
    while stack:
        node = stack.pop()
        if node is update.before:
            return True
        if node is gate or node in seen or node in scene.below:
            continue
        seen.add(node)
        if node.op.name in ("add", "sub", "mul", "div", "neg", *VIEWS):
            stack.extend(n for n in node.inputs if n.shape == top.shape)
    return False


def gates(scene: Scene, update: Update, lost: bool = False) -> list[Node]:
    """Values that the whole gradient of an update goes through, the deepest first.

    They have its shape, or have ``lost`` axes: the one number of ``db = dz.sum()``.
    """
    shape = update.before.shape

    def fits(node: Node) -> bool:
        if lost:  # it is none as it stands, and may be meant as one
            return smaller(node.shape, shape) and _varies(scene, node)
        return node.shape == shape

    way = [n for n in ordered([update.after]) if n not in scene.below]
    # y - t is a part of the loss, and a gradient that is clipped as well
    read = {i for n in way for i in n.inputs if i in scene.below} - {update.before}
    cone = [
        n
        for n in [*sorted(read, key=lambda n: n.index), *way]
        if n.is_float and fits(n)
    ]
    cone = [n for n in cone if n.inputs and n is not update.after]
    found = []
    held = whole_terms(update.after)
    for node in cone[-40:]:
        if node in held and moved_from(node, lambda n: n is update.before) is not None:
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
            normed = node.op.name == "div" and _is_power(scene, node.inputs[1])
            stack.extend(node.inputs[:1] if normed else node.inputs)
    return gate in _reached(update.after, gate, update.before)


def _is_power(scene: Scene, node: Node) -> bool:
    """Whether a step is divided by a positive number that only data has made.

    Normalized least mean squares has ``x @ x + eps`` there (Haykin 2014, section 7.1).
    """
    node = bare(node)
    made = scene.reading.inputs_of(node)
    if node.shape or node.op.name == "input" or not made:
        return False
    if made & set(scene.reading.parameters):
        return False
    return all(float(v) > 0 for v in scene.values(node))


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


def _drifts(scene: Scene, update: Update, gate: Node) -> bool:
    """Whether a weight of 0 without a gradient is moved by numbers alone: ``db + 0.3``.

    What data, noise or an earlier step adds is the rule's own.
    """
    ends = [gate, update.before, *scene.states()]
    seen: set[Node] = set()
    stack = [update.after]
    while stack:
        node = stack.pop()
        if node in seen or node in ends:
            continue
        if not node.inputs and not _is_number(scene, node):
            return False
        seen.add(node)
        stack.extend(node.inputs)
    nothing: dict[Node, list[Any]] = {n: [np.zeros(n.shape)] for n in ends}
    try:
        left = scene.changed([update.after], nothing, 1)[0][0]
    except Exception:
        return False
    return bool(np.any(np.isfinite(left) & (np.abs(left) > scene.floor)))


def _grows(scene: Scene, update: Update, gate: Node) -> bool:
    """Whether a weight without a gradient gets larger: a decay that was turned round.

    ``p += rate * decay * p`` before Adam's own step, in the place of ``p -= …``.
    """
    nothing = {n: [np.zeros(n.shape)] for n in (gate, *scene.states())}
    nothing.pop(update.before, None)
    try:
        left = scene.changed([update.after], nothing, 1)[0][0]
    except Exception:
        return False
    before = scene.values(update.before)[0]
    share = ratio(left, before, 1e-9, scene.floor)
    return share is not None and share > 1 + 1e-9


def _is_number(scene: Scene, node: Node) -> bool:
    return node in scene.constants or node.op.name in ("const", "size")


def _direction(scene: Scene, update: Update, gate: Node) -> int:
    """-1 where a larger gradient moves the parameter down, 1 up, 0 neither.

    Tried with random numbers g and -g in place of the gradient, and with their entries
    in another order: the rule must work on each entry alike. One of its own, without
    roots and bounds, goes as far for -g as for g, or twice as far for twice as much:
    ``v + v**2`` is a slip in ``v``.
    """
    rng = np.random.default_rng(7)
    scene.compute([update.after, gate])
    own = np.asarray(scene.replays[0].computed[gate], dtype=float)
    with np.errstate(over="ignore"):
        size = float(np.sqrt(np.mean(np.square(own)))) if own.size else 1.0
    own = np.broadcast_to(own, update.before.shape)
    # a gradient that is wrong may vanish or be huge: no weight would be seen to move
    g = rng.standard_normal(own.shape) * (size if 1e-9 < size < np.inf else 1.0)
    order = rng.permutation(own.size)
    shuffled = np.asarray(g).ravel()[order].reshape(own.shape)

    def ends(value: Any) -> tuple[np.ndarray, np.ndarray]:
        up = scene.changed([update.after], {gate: [value]}, 1)[0][0]
        down = scene.changed([update.after], {gate: [-value]}, 1)[0][0]
        return np.asarray(up, dtype=float), np.asarray(down, dtype=float)

    try:
        every = map(ends, (g, 2 * g, 3 * g, shuffled))
        (up, down), (far, back), (farthest, _), (left, right) = every
    except Exception:
        return 0
    plain, again = up - down, left - right
    if plain.shape != own.shape or not np.isfinite(plain).all():
        return 0
    same = plain.ravel()[order].reshape(own.shape)
    if not np.allclose(same, again, rtol=1e-6, atol=1e-9 * np.max(np.abs(plain))):
        return 0
    if rule_of(update.after, gate) == OF_ITS_OWN:
        rest = 1e-6 * np.max(np.abs(plain))
        odd = np.allclose(up + down, far + back, rtol=1e-9, atol=rest)
        if not odd and not np.allclose(far - up, farthest - far, rtol=1e-6, atol=rest):
            return 0
    signs = np.sign(plain) * np.sign(g)
    if (signs == -1).all():
        return -1
    return 1 if (signs == 1).all() else 0


def rule_of(after: Node, gate: Node) -> str:
    """What a rule is called, by the operations between a gradient and the update."""
    names = {n.op.name for n in _reached(after, gate, after.inputs[0]) if n is not gate}
    if names & {"solve", "inv"}:
        return "a matrix before it"
    if names & {"sqrt", "pow", "rsqrt"}:
        return "an adaptive rate"
    if names & {"clip", "minimum", "maximum", "norm"}:
        return "clipping"
    return OF_ITS_OWN


OF_ITS_OWN = "its own rule"
NORM_CLIPPED = "the norm clipped"


def clipped(
    scene: Scene, outcome: Outcome, found: Values, wanted: Values, near: float
) -> None:
    """Another factor in every replay: a gradient that was scaled by the norm of all."""
    assert outcome.update is not None
    if not has_root(scene, outcome.update):
        return
    factors = _ratios(scene, found, wanted, near)
    outcome.scaled[:0] = [(None, factors)] if factors else []


def _ratios(
    scene: Scene, found: Values, wanted: Values, near: float
) -> tuple[float, ...]:
    """The factor in each replay, or nothing."""
    factors = [ratio(f, w, near, scene.floor) for f, w in zip(found, wanted)]
    known = tuple(c for c in factors if c is not None and c == c)
    return known if len(known) == len(factors) else ()


def _has_norm(scene: Scene, update: Update, gate: Node) -> bool:
    """Whether a gradient inside an adaptive rule may have been scaled by a norm."""
    return any(
        _is_root(n) and math.prod(n.shape) == 1 for n in _made(scene, update, gate)
    )


def _made(scene: Scene, update: Update, node: Node) -> list[Node]:
    """What a step computes on the way to a value, apart from the forward pass."""
    edge = update.before.index
    return [n for n in ordered([node]) if n not in scene.below and n.index > edge]


def has_root(scene: Scene, update: Update) -> bool:
    """Whether a norm may be among what a step does; asked again at every trial."""
    if update.after not in scene.rooted:
        scene.rooted[update.after] = any(
            _is_root(n) or _is_line_search(scene, update, n)
            for n in _made(scene, update, update.after)
        )
    return scene.rooted[update.after]


def _is_line_search(scene: Scene, update: Update, node: Node) -> bool:
    """``r @ r / (r @ A @ r)``: how far to go, from the gradient on both sides."""
    if node.op.name != "div" or node.shape or not update.before.shape:
        return False

    def is_gradient(n: Node) -> bool:
        made = n not in scene.below and n is not update.before
        return made and bool(n.inputs) and n.shape == update.before.shape

    sides = [
        {n for n in back_to([side], scene.below) if is_gradient(n)}
        for side in node.inputs
    ]
    return not sides[0].isdisjoint(sides[1])


def _is_root(node: Node) -> bool:
    """A norm has a root in it; the power of 1 - a**2 is none."""
    if node.op.name == "pow":
        power = node.inputs[1]
        return power.op.name == "const" and power.params["value"] == 0.5
    return node.op.name in ("sqrt", "norm")


def norm_clipping(outcomes: Sequence[Outcome]) -> None:
    """One factor for all parameters in each replay is the norm's: a clipped step.

    A step that is a constant times that of the others has this constant, and is told
    from them by it: uphill, or the rate twice.
    """
    group = [o for o in outcomes if o.scaled]
    if not group or any(o.match is None and not o.scaled for o in outcomes):
        return
    # a single number is a multiple of any other: a larger parameter says which norm
    largest = max(group, key=lambda o: math.prod(o.of.shape))
    if len(group) == 1 and math.prod(largest.of.shape) == 1:
        return
    first = np.array(largest.scaled[0][1][:OWN])
    for outcome in group:
        for node, factors in outcome.scaled:
            times = np.array(factors[:OWN]) / first
            if np.allclose(times, times[0], rtol=1e-5):
                outcome.inner, outcome.ratios = node, factors
                break
    if not all(o.ratios for o in group):
        return
    for outcome in group:
        outcome.match = Match(float(outcome.ratios[0]), None)
        outcome.powers = None
        outcome.scale = float(outcome.ratios[0])
        outcome.rule = NORM_CLIPPED


def decayed(
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
    least = 100 * near * np.max(np.abs(f))
    if rank < 2 or rest > least or np.min(np.abs(solved)) <= least:
        return None  # a decay alone, or none, is no step with one
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
