"""One training step at fresh random inputs, again and again.

Agreement at one point can be chance; agreement at many is agreement. What the forward
pass reads is made random and keeps its evident structure; accumulators keep what they
start from. Numbers that only scale (rates, counts) keep their own value in the first
replays and take another one, the same each time, in the last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.checking.anew import (
    begun,
    divisors,
    identities,
    lags,
    nothing,
    start_of,
    traces,
)
from clearprop.checking.decided import by_if
from clearprop.checking.limits import finite
from clearprop.checking.nudges import STORES
from clearprop.checking.reading import Reading, Step
from clearprop.checking.terms import VIEWS, bare
from clearprop.gradient.reverse import gradients
from clearprop.graph import Node, ValueGuard, back_to, evaluate, ordered
from clearprop.prove import as_float64, fresh
from clearprop.sizes import Size

Values = dict[Node, Any]

_KEYED = {"getitem": 1, "setitem": 2, "index_add": 2}  # where their keys begin
_WHOLE = ("trunc", "floor", "round", "rint", "ceil")
SATURATED = 1e-8  # 1 - p below this has 8 of 16 digits left
OWN = 3  # replays at the program's own rates and counts
VARIED = 2  # replays at others
# float64 keeps 16 digits; sums, exps and quotients of a few layers cost at most 8 of
# them, and a mistake in a formula shows in the first three.
RELATIVE = 1e-7
SINGLE = 2e-3  # where the program computes in float32: 7 digits, the same loss


@dataclass(slots=True)
class Replay:
    """The values of every node that was asked for, at one set of random inputs."""

    given: Values
    computed: Values = field(default_factory=dict)


class Scene:
    """One step and one loss: its gradients, and the replays that compare with them."""

    def __init__(
        self,
        reading: Reading,
        step: Step,
        loss: Node,
        seed: int = 0,
        held: frozenset[Node] = frozenset(),
        bound: bool = True,
        output: str = "",
        upstream: bool = False,
        rests: bool = False,
    ) -> None:
        """``held`` are values that count as given, though weights made them.

        ``bound``: the program states the loss itself. ``output``: it has none, and this
        is the name of what it computes. ``upstream``: it is an output times a given
        gradient, which leaves no sign and no constant open. ``rests``: a weight moves
        only where an output is wrong, as a perceptron's does.
        """
        self.bound = bound
        self.output = output
        self.upstream = upstream
        self.rests = rests
        self.reading = reading
        self.graph = reading.graph
        self.step = step
        self.loss = loss
        self.befores = set(step.befores.values())
        targets = [*self.befores, *(n for n in reading.leaves if n.is_float)]
        # a sum of losses has read weights that were moved since: they count as given
        moved = frozenset(n for n in reading.versions if n not in self.befores)
        self.ends = frozenset(self.befores) | moved | held  # of the walk back
        self.given = back_to(held, ())  # an old policy, and what it was made of
        self._own: Values | None = None
        self._branches: list[ValueGuard] | None = None
        self.lags = lags(self)
        self.ends |= self._displacements()
        self.gradient = gradients(self.graph, loss, targets, self.ends)
        self.below = self._below(loss)
        self.constants = self._constants()
        self._floor: float | None = None
        self.named: dict[tuple[Node, int], float | None] = {}
        self.squared: set[Node] | None = None  # what the loss holds the square of
        self.with_decay: dict[tuple[Node, Node | None], bool] = {}  # of ``judge``
        self.products: list[tuple[tuple[tuple[Node, int], ...], float]] | None = None
        self.gates: dict[Node, list[tuple[Node, int]]] = {}  # of ``judge``
        self.rooted: dict[Node, bool] = {}  # of ``judge``
        self.metrics: dict[Node, list[np.ndarray]] = {}  # of ``judge``
        self.memory: dict[frozenset[Node], set[Node]] = {}  # of ``blame``
        self.turned: bool | None = None  # whether errors are target - output
        self.holds = True  # whether the loss is a number at random inputs too
        self.replays = self._replays(seed)

    def _displacements(self) -> set[Node]:
        """How far a weight has come: ``W - W_old`` is a velocity, and counts as given.

        Polyak (1964) and Nesterov (1983) write their momentum so.
        """
        ways = {frozenset((old, bare(now))) for old, now in self.lags.items()}
        return {
            n
            for n in self.graph.nodes
            if n.op.name == "sub" and frozenset(map(bare, n.inputs)) in ways
        }

    def _below(self, loss: Node) -> frozenset[Node]:
        """The forward pass: what the loss is made of, from this step's weights on.

        A loss that is summed up over steps isn't followed into the moves between them.
        """
        return frozenset(back_to([loss], self.befores | self.reading.versions.keys()))

    def _constants(self) -> list[Node]:
        """Numbers with a name that scale: what no forward value is read from."""
        reading = self.reading
        leaves = [m for m in reading.observed.made if m.node.is_float]
        read = [m for m in leaves if m.node in self.below]
        arrays = any(m.node.shape for m in read)
        learned = set(reading.parameters)
        learned |= by_if(reading)
        # a target is data, though it may be a single number
        learned |= {bare(a.target) for a in self.step.errors if a.target is not None}
        return [
            m.node
            for m in leaves
            if not m.node.shape
            and m.node not in learned
            and (arrays or m.node not in self.below)
        ]

    # -- random inputs -----------------------------------------------------------------

    def own(self) -> Values:
        """Every node's value at the program's own numbers."""
        if self._own is None:
            made = self.reading.observed.made
            given = {m.node: as_float64(m.value) for m in made} | self._drawn
            self._own = {}
            with np.errstate(all="ignore"):
                evaluate([self.loss, *self.befores], given, self._own, rounds=False)
        return self._own

    def _replays(self, seed: int) -> list[Replay]:
        rng = np.random.default_rng(seed)
        varied = {n: float(np.exp(rng.uniform(0.2, 0.9))) for n in self.constants}
        made: list[Replay] = []
        for k in range(OWN + VARIED):
            factors = varied if k >= OWN else {}
            first: tuple[Replay, float] | None = None
            for scale in (1.0, 1.0, 0.5, 0.5, 0.2, 0.2, 0.05, 0.05, 0.01, 0.0):
                replay = Replay(self._given(rng, scale, factors))
                if not self._holds(replay):
                    continue
                if first is None:
                    first = replay, scale
                if not self._saturates(replay):
                    break
            else:
                self.holds = self.holds and first is not None
                replay, scale = first or (replay, scale)
                if first is not None:
                    replay, scale = self._shrunk(rng, factors) or first
            made.append(replay)
            self.holds = self.holds and scale > 0
        return made

    def _shrunk(
        self, rng: np.random.Generator, factors: dict[Node, float]
    ) -> tuple[Replay, float] | None:
        """Where data are so large that everything saturates: with smaller weights."""
        for shrink in (0.3, 0.1, 0.03, 0.01):
            replay = Replay(self._given(rng, 1.0, factors, shrink))
            if self._holds(replay) and not self._saturates(replay):
                return replay, 1.0
        return None

    def _holds(self, replay: Replay) -> bool:
        """Whether the loss is a number and every branch is taken as the run took it."""
        with np.errstate(all="ignore"):
            try:
                evaluate([self.loss], replay.given, replay.computed, rounds=False)
            except (IndexError, ValueError):
                return False  # w[mask == 1], where a mask of other numbers chose none
            if not np.isfinite(np.asarray(replay.computed[self.loss])).all():
                return False
            guards = self._guards()
            found = evaluate(
                [g.node for g in guards], replay.given, replay.computed, rounds=False
            )
        return all(bool(np.all(f == g.value)) for f, g in zip(found, guards))

    def _saturates(self, replay: Replay) -> bool:
        """Whether a probability is so near to 1 that ``1 - p`` has few digits left."""
        with np.errstate(all="ignore"):
            rests = evaluate(self._rests, replay.given, replay.computed)
        return any(
            bool(np.any((abs(r) < SATURATED) & ((r != 0) | (n not in self.below))))
            for n, r in zip(self._rests, map(np.asarray, rests))
            if r.dtype.kind == "f"
        )

    @cached_property
    def _rests(self) -> list[Node]:
        """Each ``1 - p`` of the forward pass, and of slopes that are single numbers."""

        def is_one(node: Node) -> bool:
            one = node.op.name == "const" and np.size(node.params["value"]) == 1
            return one and bool(node.params["value"] == 1)

        def is_slope(node: Node) -> bool:
            given = node.inputs[1].inputs
            return not node.shape and (
                node.inputs[1] in self.below
                or all(n in self.below or n.op.name == "const" for n in given)
            )

        return [
            n
            for n in self.graph.nodes
            if n.op.name == "sub"
            and n.is_float
            and is_one(bare(n.inputs[0]))
            and (n in self.below or (self._in_step(n) and is_slope(n)))
        ]

    def _guards(self) -> list[ValueGuard]:
        """The branches of this step."""
        if self._branches is None:
            guards = self.graph.value_guards
            self._branches = [g for g in guards if self._in_step(g.node)]
        return self._branches

    def _in_step(self, node: Node) -> bool:
        first, last = self._span
        return node.index > first and (last is None or node.index <= last)

    @cached_property
    def _span(self) -> tuple[int, int | None]:
        """After which node the step begins, and which is its last."""
        edge = max(n.index for n in self.befores) if self.step.number else -1
        return edge, max((u.after.index for u in self.step.updates), default=None)

    def _given(
        self,
        rng: np.random.Generator,
        scale: float,
        factors: dict[Node, float],
        shrink: float = 1.0,
    ) -> Values:
        reading = self.reading
        constants = set(self.constants)
        learned = set(reading.parameters)
        given: Values = {}
        for m in reading.observed.made:
            value = as_float64(m.value)
            node = m.node
            if node in constants:
                value = _varied(value, factors.get(node, 1.0))
            elif node in reading.velocities:
                value = np.zeros(node.shape) if node.shape else 0.0
            elif node in self._filled or node in self._sums or node in self._places:
                pass
            elif node.is_float and node in self.below:
                wide = node in learned
                even = node in self._forms and np.array_equal(value, value.T)
                value = _moved(value, rng, scale, wide)
                value = (value + value.T) / 2 if even else value
                value = value * shrink if wide and shrink != 1 else value
            given[node] = value
        for leaf, node in self.step.befores.items():
            if node is not leaf:
                own = self.own()[leaf if self._diverges(leaf, node) else node]
                given[node] = _moved(own, rng, scale, True) * shrink
        for node in self.states():
            if node in self.lags or bare(node) in self.lags:
                continue
            first = start_of(self, node)
            given[node] = nothing(node) if first is None else given[first]
            if first is None and node in self._identities:
                given[node] = np.eye(node.shape[0])
        given.update({old: given[weight] for old, weight in self.lags.items()})
        given.update(self._divisors)
        given.update(self._drawn)
        return given

    def _diverges(self, leaf: Node, node: Node) -> bool:
        """Whether a weight has moved to where the loss is no number any more.

        A rate may be too large and each gradient right: then it is what it began with
        that says how large such a weight is.
        """
        ours = self.own()
        lost = not np.isfinite(np.asarray(ours[self.loss])).all()
        return lost and leaf in ours and leaf.shape == node.shape

    @cached_property
    def _identities(self) -> set[Node]:
        return identities(self.reading)

    @cached_property
    def _divisors(self) -> Values:
        return divisors(self)

    @cached_property
    def _filled(self) -> set[Node]:
        """Arrays of one number that entries are written into: smoothed one-hot rows."""
        stored = {n.inputs[0] for n in self.below if n.op.name in STORES}
        return {
            m.node
            for m in self.reading.observed.made
            if m.node in stored
            and m.node not in self.reading.parameters
            and np.unique(as_float64(m.value)).size == 1
        }

    @cached_property
    def _places(self) -> set[Node]:
        """Data that entries are looked up by: the ``u`` of ``bias[int(u)]``."""
        keyed = (n for n in self.graph.nodes if n.op.name in _KEYED)
        stack = [k for n in keyed for k in n.inputs[_KEYED[n.op.name] :]]
        found: set[Node] = set()
        while stack:
            node = stack.pop()
            if node.op.name == "input" and node not in self.reading.parameters:
                found.add(node)
            elif node.op.name in VIEWS or node.op.name in _WHOLE:
                stack.append(node.inputs[0])
        return found

    @cached_property
    def _sums(self) -> set[Node]:
        """Where running sums begin: the 0 of ``total = 0`` and ``total += w * x``."""
        begun = {
            b.before
            for b in self.reading.log
            if b.before is not None
            and not b.before.shape
            and b.node.op.name == "add"
            and b.before in b.node.inputs
        }
        used = {i for n in self.graph.nodes if n.op.name != "add" for i in n.inputs}
        return {
            m.node
            for m in self.reading.observed.made
            if m.node in begun - used
            and m.node not in self.reading.parameters
            and not m.value
        }

    @cached_property
    def _drawn(self) -> Values:
        """The sizes and the branches that chance alone decided: they stay so."""
        nodes = self.graph.nodes
        sizes = (d for n in nodes for d in n.dims if isinstance(d, Size))
        atoms = (a for size in sizes for a in size.atoms() if a.kind == "int")
        found = {a.args[0]: a.value for a in atoms}
        found |= {g.node: g.value for g in self._guards()}
        return {n: v for n, v in found.items() if not self.reading.inputs_of(n)}

    @cached_property
    def begun(self) -> Values:
        """What each value of a state stands in the place of, at first."""
        return begun(self)

    @cached_property
    def _forms(self) -> set[Node]:
        """The matrices of quadratic forms, ``x @ Q @ x``: symmetric ones stay so."""
        squares: dict[Node, tuple[Node, Node]] = {}
        found: set[Node] = set()
        for node in sorted(self.below, key=lambda n: n.index):
            if node.op.name not in ("matmul", "mul"):
                continue
            a, b = (_unturned(n) for n in node.inputs)
            for one, other in ((a, b), (b, a)):
                if one in squares and squares[one][1] is other:
                    found.add(squares[one][0])
                square = one.op.name == "input" and one.ndim == 2
                if node.op.name == "matmul" and square and one.shape == one.shape[::-1]:
                    squares[node] = one, other
        return found

    def label(self, weight: Node) -> str:
        """What a weight is called, as it is at the beginning of the step."""
        befores = self.step.befores.items()
        leaf = next((leaf for leaf, node in befores if node is weight), weight)
        return self.reading.labels.get(leaf, "")

    def states(self) -> Iterable[Node]:
        """What earlier steps left behind: velocities start again."""
        if self.step.number == 0 or not hasattr(self, "_found"):
            self._found: list[Node] = []
            if self.step.number:
                self._found = self._left_behind()
        return self._found

    def _left_behind(self) -> list[Node]:
        """What each update takes up of older weights, from before its own was moved.

        Not from before the last was: ``W_out`` may move many times while a gradient for
        ``W_in`` is summed up.
        """
        found: dict[Node, None] = {}
        versions = self.reading.versions
        passed = traces(self)
        for update in self.step.updates:
            edge = self.step.befores[update.leaf].index
            cone: set[Node] = set()
            stack = [update.after]
            while stack:
                node = stack.pop()
                if node in cone or node in self.befores:
                    continue
                cone.add(node)
                old = node.index <= edge and node.inputs
                part = node.op.name in VIEWS and node.inputs[0] not in versions
                # squares[i]: what the whole starts from is known
                older = node in passed or self.reading.reached(node) - self.befores
                if old and not part and older:
                    if node not in self.given:
                        found.setdefault(node)
                    continue
                stack.extend(node.inputs)
        return [n for n in found if n.is_float]

    # -- values ------------------------------------------------------------------------

    def compute(self, nodes: Iterable[Node]) -> None:
        """Have these nodes' values in every replay."""
        wanted = list(nodes)
        for replay in self.replays:
            missing = [n for n in wanted if n not in replay.computed]
            if missing:
                with np.errstate(all="ignore"):
                    evaluate(missing, replay.given, replay.computed, rounds=False)
                    roots = [n for n in missing if n in self._gradients]
                    finite(roots, self.below, replay.computed)

    @cached_property
    def _gradients(self) -> frozenset[Node]:
        return frozenset(self.gradient.values())

    def values(self, node: Node) -> list[np.ndarray]:
        """A node's value in every replay, as float64."""
        self.compute([node])
        return [np.asarray(r.computed[node], dtype=float) for r in self.replays]

    @property
    def floor(self) -> float:
        """Where rounding begins: far below the largest gradient of the step."""
        if self._floor is None:
            nodes = [g for n, g in self.gradient.items() if n in self.befores]
            nodes = nodes or list(self.gradient.values())
            self.compute(nodes)
            largest = max(
                (
                    float(np.max(np.abs(self.replays[0].computed[g]), initial=0.0))
                    for g in nodes
                ),
                default=1.0,
            )
            # the slope of a root at 0 is no number
            self._floor = 1e-13 * largest if math.isfinite(largest) else 0.0
        return self._floor

    def changed(
        self, outputs: Sequence[Node], others: dict[Node, list[Any]], replays: int
    ) -> list[list[Any]]:
        """The outputs' values in the first replays with some nodes given instead.

        What the forward pass computed stays as it is, so that only the backward pass
        sees the others.
        """
        self.compute(outputs)
        later = _downstream(outputs, others)
        found = []
        for k in range(replays):
            replay = self.replays[k]
            values = {
                n: v
                for n, v in replay.computed.items()
                if n not in later or n in self.below
            }
            values.update({n: v[k] for n, v in others.items()})
            with np.errstate(all="ignore"):
                found.append(evaluate(outputs, values, rounds=False))
        return found


def _unturned(node: Node) -> Node:
    """A value before it was transposed or reshaped."""
    while node.op.name in ("transpose", "reshape", "broadcast", "mark"):
        node = node.inputs[0]
    return node


def _downstream(outputs: Sequence[Node], sources: Iterable[Node]) -> set[Node]:
    reached = set(sources)
    for node in ordered(outputs):
        if any(n in reached for n in node.inputs):
            reached.add(node)
    return reached


def _varied(value: Any, factor: float) -> Any:
    """Another number; a decay or a share that is nearly one stays below one."""
    if (np.asarray(value) > 0.5).all() and (np.asarray(value) < 1).all():
        return 1 - (1 - value) / factor
    return value * factor


def _moved(value: Any, rng: np.random.Generator, scale: float, wide: bool) -> Any:
    """Fresh numbers; parameters far enough from zero for every term to show."""
    array = np.asarray(value, dtype=float)
    if not wide or not array.size:
        other = fresh(value, rng, scale)
        # the gradient of x @ Q @ x is 2 * Q @ x for such a Q only
        return (other + other.T) / 2 if _is_symmetric(array) else other
    spread = max(float(np.std(array)), 1 / np.sqrt(max(array.shape, default=1)))
    if (array > 0).all() and float(np.std(array)) > 0:
        return fresh(value, rng, scale)
    moved = array + scale * spread * rng.standard_normal(array.shape)
    return float(moved) if not array.shape else moved


def _is_symmetric(array: np.ndarray) -> bool:
    square = array.ndim == 2 and 1 < array.shape[0] == array.shape[1]
    return square and bool(array.any()) and bool((array == array.T).all())


# -- comparing -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Match:
    """``found`` is a constant times the gradient: the constant, here and elsewhere."""

    factor: float  # at the program's own numbers
    varied: float | None  # at others; None where it isn't one constant there


def tolerance(nodes: Iterable[Node]) -> float:
    """By the narrowest dtype that takes part."""
    single = any(n.dtype.itemsize < 8 and n.is_float for n in nodes)
    return SINGLE if single else RELATIVE


def match(
    found: Sequence[np.ndarray],
    wanted: Sequence[np.ndarray],
    near: float = RELATIVE,
    floor: float = 0.0,
    rounding: Sequence[float] | None = None,
) -> Match | None:
    """Whether every replay's ``found`` is the same constant times ``wanted``.

    What stays below ``floor`` is rounding: zero. ``rounding`` is what each ``found``
    may be off by, as the difference of two large values.
    """
    factors: list[float | None] = []
    own: list[float] = []
    lost: list[int] = []
    for k, (f, w) in enumerate(zip(found, wanted, strict=True)):
        c = ratio(f, w, near, floor)
        if c is None and rounding is not None and f.shape == w.shape:
            lost.append(k)
            c = np.nan
        if c is None and len(factors) < OWN:
            return None
        factors.append(c)
        own = [c for c in factors[:OWN] if c is not None and c == c]
        if own and not _same(own, near):
            return None
    if not own:
        return Match(np.nan, None) if not lost else None
    others = [c for c in factors[OWN:] if c is None or c == c]
    whole = bool(others) and None not in others and _same(others, near)  # type: ignore[arg-type]
    for k in lost:  # so small a step that it may be lost in the weight's last digits
        assert rounding is not None
        c = own[0] if k < OWN else others[0] if whole else None
        if c is None or not _within(found[k] - c * wanted[k], rounding[k]):
            if k < OWN:
                return None
            whole = False
    return Match(own[0], others[0] if whole else None)


def _within(rest: np.ndarray, rounding: float) -> bool:
    return bool(np.max(np.abs(rest), initial=0.0) <= rounding)


def ratio(
    found: np.ndarray, wanted: np.ndarray, near: float, floor: float = 0.0
) -> float | None:
    """The c of ``found = c * wanted``, nan where both are zero, or None."""
    if found.size == wanted.size == 1 and found.dtype.kind == wanted.dtype.kind == "f":
        return _ratio_of_numbers(found.item(), wanted.item(), floor)
    if found.shape != wanted.shape:
        if found.size != wanted.size or _bare(found) != _bare(wanted):
            return None
        found = found.reshape(wanted.shape)
    size = float(np.max(np.abs(wanted), initial=0.0))
    if not np.isfinite(size) or not np.isfinite(found).all():
        return None
    if size <= floor:  # dead units, a bias before a normalization: any constant will do
        return None if np.max(np.abs(found), initial=0.0) > 1e3 * floor else np.nan
    w = wanted / size
    c = float(np.vdot(w, found) / np.vdot(w, w))
    if c == 0.0 or np.max(np.abs(found - c * w)) > 10 * near * abs(c):
        return None
    return c / size


def _ratio_of_numbers(found: float, wanted: float, floor: float) -> float | None:
    if not (math.isfinite(found) and math.isfinite(wanted)):
        return None
    if abs(wanted) <= floor:
        return None if abs(found) > 1e3 * floor else math.nan
    return found / wanted if found else None


def _bare(array: np.ndarray) -> tuple[int, ...]:
    return tuple(n for n in array.shape if n != 1)


def _same(factors: Sequence[float], near: float) -> bool:
    first = factors[0]
    return all(abs(c - first) <= 20 * near * abs(first) for c in factors)
