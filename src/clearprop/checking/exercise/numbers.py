"""Fresh numbers of the same kind: what a textbook would print, for every student anew.

What comes in are the numbers of the forward pass and which of them are learned; what
goes out are others with the same shapes and the same evident structure: labels and
one-hot rows are only shuffled, whole numbers stay whole, shares sum to one, positive
stays positive, the rest has two decimals and keeps clear of zero. ``deal`` draws until
the forward pass is fit for an exercise at them: finite, away from kinks, no gradient
gone, and each ReLU with units that are on and units that are off.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.backward import Backward
from clearprop.errors import NumericError
from clearprop.graph import evaluate

Values = dict[str, Any]
Draw = Callable[[np.ndarray, random.Random, list[int]], Any]

_ATTEMPTS = 400
_WISHES = 150  # attempts in which ReLUs must be partly on and partly off
_STEP = 1e-3  # a kink that is nearer than this is seen
_SLACK = 1e-3
_THERE, _SEEN = 1e-5, 0.02  # what a gradient should reach, and one of them at least
_CLEAR = 0.05  # numbers nearer to zero than this look like mistakes in print


@dataclass(frozen=True, slots=True)
class Number:
    """A number or an array of the forward pass."""

    name: str
    value: Any
    learned: bool
    whole: bool = False  # written without decimal points
    as_list: bool = False  # written as a plain list


def deal(numbers: Iterable[Number], backward: Backward, seed: str) -> Values:
    """Numbers for one student; the same seed gives the same numbers anywhere."""
    numbers = list(numbers)
    dice = random.Random(seed)  # its numbers are the same in every version of Python
    for attempt in range(_ATTEMPTS):
        values = _draw(numbers, dice)
        if _fit(backward, values, dice, lively=attempt < _WISHES):
            return values
    raise NumericError(
        "no fresh numbers were found at which the loss and its gradients are finite, "
        "smooth and not zero: is the forward pass defined for two-decimal numbers of "
        "the size of your own?"
    )


# -- drawing ---------------------------------------------------------------------------


def _draw(numbers: list[Number], dice: random.Random) -> Values:
    """Rows of labels and of zeros and ones move together: y stays the class of x."""
    orders: dict[int, list[int]] = {}
    drawn = {}
    for number in numbers:
        value = np.asarray(number.value)
        if value.ndim and value.shape[0] not in orders:
            rows = list(range(value.shape[0]))
            dice.shuffle(rows)
            orders[value.shape[0]] = rows
        drawn[number.name] = _fresh(number, value, dice, orders)
    return drawn


def _fresh(
    number: Number, value: np.ndarray, dice: random.Random, orders: dict[int, list[int]]
) -> Any:
    draw: Draw
    if number.learned:
        draw = _positive if value.size and (value > 0).all() else _signed
    else:
        draw = next((draw for applies, draw in _KINDS if applies(value)), _signed)
    order = orders[value.shape[0]] if value.ndim else []
    made = np.asarray(draw(value, dice, order))
    if number.whole and not number.learned and np.array_equal(made, np.round(made)):
        made = made.astype(int)
    elif made.dtype != value.dtype:
        made = made.astype(value.dtype if value.dtype.kind == "f" else float)
    return made if made.ndim else made.item()


def _shuffled(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    return value[order] if value.ndim else value


def _coin(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    return float(dice.random() < 0.5)


def _as_it_is(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    return value


def _whole(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    low, high = int(value.min()), int(value.max())
    low, high = (1 if low > 0 else low), high + (high > 0)
    return _each(value, lambda v: float(dice.randint(low, high)))


def _shares(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    """Hundredths that sum to one along the last axis."""
    rows = []
    for _ in range(value.size // value.shape[-1]):
        cuts = sorted(dice.sample(range(1, 100), value.shape[-1] - 1))
        rows.append(np.diff([0, *cuts, 100]) / 100)
    return np.reshape(rows, value.shape)


def _fraction(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    return _each(value, lambda v: round(dice.uniform(0.1, 0.9), 2))


def _positive(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    low, high = 0.5 * value.min(), max(1.4 * value.max(), 0.5)
    return _each(value, lambda v: max(round(dice.uniform(low, high), 2), 0.01))


def _signed(value: np.ndarray, dice: random.Random, order: list[int]) -> Any:
    size = float(np.sqrt(np.mean(np.square(value, dtype=float)))) if value.size else 0.0
    reach = 1.6 * min(max(size, 0.4), 3.0)  # a bias at zero and weights of 0.01 too

    def draw(v: float) -> float:
        made = 0.0
        while abs(made) < _CLEAR:
            made = round(dice.uniform(-reach, reach), 2)
        return made

    return _each(value, draw)


def _each(value: np.ndarray, draw: Callable[[float], float]) -> Any:
    return np.reshape([draw(v) for v in value.flat], value.shape)


def _is_binary(value: np.ndarray) -> bool:
    return bool(np.isin(value, (0, 1)).all())


def _is_whole(value: np.ndarray) -> bool:
    return bool(np.array_equal(value, np.round(value)))


def _is_share(value: np.ndarray) -> bool:
    if value.ndim == 0 or value.shape[-1] < 2 or (value < 0).any():
        return False
    return bool(np.allclose(value.sum(axis=-1), 1))


# What data looks like, and how it is drawn: the first that applies.
_KINDS: list[tuple[Callable[[np.ndarray], bool], Draw]] = [
    (lambda v: not v.size, _as_it_is),
    (lambda v: v.dtype.kind != "f" and not v.ndim, _as_it_is),  # a count or an index
    (lambda v: v.dtype.kind != "f", _shuffled),  # labels
    (lambda v: not v.ndim and _is_binary(v), _coin),
    (_is_binary, _shuffled),
    (_is_share, _shares),
    (_is_whole, _whole),
    (
        lambda v: not v.ndim and bool(0 < abs(v) < _CLEAR),
        _as_it_is,
    ),  # an epsilon, a strength
    (lambda v: bool(((v > 0) & (v < 1)).all()), _fraction),
    (lambda v: bool((v > 0).all()), _positive),
]


# -- fitness ---------------------------------------------------------------------------


def _fit(
    backward: Backward, values: Values, dice: random.Random, *, lively: bool
) -> bool:
    point = _complete(backward, values)
    with np.errstate(all="ignore"):
        try:
            loss, gradients = backward.loss_and_gradients(**point)
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError):
            return False
        if not all(np.isfinite(found).all() for found in (loss, *gradients.values())):
            return False
        sizes = [float(np.max(np.abs(g), initial=0)) for g in gradients.values()]
        if max(sizes) < _THERE:
            return False
        visible = min(sizes) >= _THERE and max(sizes) >= _SEEN
        if lively and not (visible and _lively(backward, point)):
            return False
        return all(_smooth(backward, point, gradients, dice) for _ in range(12))


def _complete(backward: Backward, values: Values) -> Values:
    """Every leaf of the derived program by name, in double precision."""
    point = {}
    for leaf in backward.trace.leaves:
        value = values.get(leaf.label, leaf.value)
        array = np.asarray(value, float if leaf.node.is_float else None)
        point[leaf.name] = array if array.ndim else array.item()
    return point


def _lively(backward: Backward, point: Mapping[str, Any]) -> bool:
    """Whether every ReLU lets something pass and stops something."""
    graph = backward.trace.graph
    gates = [n for n in graph.nodes if n.op.name in ("relu", "maximum") and n.ndim]
    own = {leaf.node: point[leaf.name] for leaf in backward.trace.leaves}
    try:
        found = evaluate(gates, own)
    except (ValueError, KeyError, ArithmeticError):
        return True
    return all((a == 0).any() and (a != 0).any() for a in map(np.asarray, found))


def _smooth(
    backward: Backward,
    point: Values,
    gradients: Mapping[str, Any],
    dice: random.Random,
) -> bool:
    """Whether the loss goes on as its gradient says, a step to both sides."""
    names = {leaf.label: leaf.name for leaf in backward.wanted}
    slope, size, there, back = 0.0, 0.0, dict(point), dict(point)
    for label, gradient in gradients.items():
        name = names[label]
        signs = _each(np.asarray(gradient), lambda g: dice.choice((-1.0, 1.0)))
        slope += float(np.sum(signs * gradient))
        size += float(np.sum(np.abs(gradient)))
        there[name] = (point[name] + _STEP * signs)[()]
        back[name] = (point[name] - _STEP * signs)[()]
    try:
        up = float(backward.loss_and_gradients(**there)[0])
        down = float(backward.loss_and_gradients(**back)[0])
    except (ValueError, ArithmeticError, IndexError):
        return False
    return abs((up - down) / (2 * _STEP) - slope) <= _SLACK * size
