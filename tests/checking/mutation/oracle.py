"""Whether a mutant really changes what a program learns, found by running both.

Comes in: a right program and a mutant of it. Goes out: "changed", "factor" (all steps
by one positive constant, which is a convention), "same", "crash", or "doubtful". It
shares nothing with the checker: no derivation, only two programs side by side, at their
own data and at shaken start values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from .mutant import Mutant
from .probing import Instrumented, Observed
from .reading import NOTHING_KNOWN, Known, Reading, read
from .text import Program

Outcome = Literal["changed", "factor", "same", "crash", "doubtful"]
RUNS = [(None, 0), (7, 0), (11, 100)]  # (how the start values are shaken, seeds)


@dataclass
class Judged:
    """A mutant with what running it showed."""

    mutant: Mutant
    outcome: Outcome
    uphill: bool = False  # every step is turned round
    reshaped: bool = False  # a step has another shape than it should
    why: str = ""


@dataclass
class Oracle:
    """A right program with its own runs, to compare mutants with."""

    reading: Reading
    driver: str = ""
    known: Known = NOTHING_KNOWN
    runs: list[Observed] = field(init=False)

    def __post_init__(self) -> None:
        original = Instrumented(self.reading, self.driver)
        self.runs = [original.run(*run) for run in RUNS]

    @property
    def works(self) -> bool:
        """Whether the program runs and shows steps, or gradients at least."""
        return all(run.raised is None and _steps(run) for run in self.runs)

    def judge(self, mutant: Mutant) -> Judged:
        try:
            reading = read(Program(mutant.program, mutant.text), self.known)
            program = Instrumented(reading, self.driver)
        except SyntaxError:
            return Judged(mutant, "doubtful", why="no program")
        found = []
        scaled = []
        for run, right in zip(RUNS, self.runs):
            if not _is_finite(right):
                continue  # shaken, the root of a memory of squares is none
            wrong = program.run(*run)
            if wrong.raised is not None:
                return _crash(mutant, wrong, own_sizes=not self.driver)
            if _is_idle(right) and _is_idle(wrong):
                continue  # a reward that comes later tells nothing of its factor yet
            found.append(_compare(right, wrong))
            scaled.append(self._scaled(right, wrong))
            if found[-1].ratio is None and scaled[-1] is None:
                break
        judged = self._weigh(mutant, found or [_Compared(1.0)])
        known = bool(scaled) and None not in scaled
        if judged.outcome == "changed" and known and _all_near(scaled):
            return Judged(mutant, "factor", why="of all gradients, before Adam")
        if mutant.mistake == "blank" and judged.outcome != "changed":
            return Judged(mutant, "doubtful", why="the blank wasn't reached")
        return judged

    def _scaled(self, right: Observed, wrong: Observed) -> float | None:
        """The positive constant that every gradient has more, where no step tells.

        Adam and RMSProp take the same first steps with it, but for an epsilon.
        """
        if not right.moves or set(right.moves) != set(wrong.moves):
            return None
        steps = next(_rows(_steps(right), _steps(wrong)), [])
        if any(np.shape(a) != np.shape(b) for a, b in steps) or not all(
            np.allclose(a, b, rtol=1e-2, atol=1e-2 * np.max(np.abs(a), initial=0.0))
            for a, b in steps
        ):
            return None
        pairs = [(_first(right, n), _first(wrong, n)) for n in self.known.gradients]
        if not pairs or any(a is None or b is None for a, b in pairs):
            return None
        if any(np.shape(a) != np.shape(b) for a, b in pairs):
            return None
        ratio = _common_ratio(pairs)
        return ratio if ratio and ratio > 0 and abs(ratio - 1) > 1e-7 else None

    def _weigh(self, mutant: Mutant, found: list[_Compared]) -> Judged:
        if any(one.odd for one in found):
            return Judged(mutant, "doubtful", why="not the same places")
        reshaped = any(one.reshaped for one in found)
        ratios = [one.ratio for one in found]
        if any(ratio is None for ratio in ratios) or not _all_near(ratios):
            return Judged(mutant, "changed", reshaped=reshaped)
        ratio = ratios[0]
        assert ratio is not None
        if ratio == 0:  # nothing moves any more
            return Judged(mutant, "changed")
        if ratio < 0:
            return Judged(mutant, "changed", uphill=True)
        if abs(ratio - 1) > 1e-7:
            if not self.reading.updates:  # an upstream gradient fixes the factor
                return Judged(mutant, "doubtful", why="one factor, but of what?")
            return Judged(mutant, "factor")
        if any(one.names_differ for one in found):
            return Judged(mutant, "doubtful", why="a gradient differs and no step does")
        return Judged(mutant, "same")


@dataclass
class _Compared:
    ratio: float | None  # of all steps, None where they have none in common
    reshaped: bool = False
    names_differ: bool = False
    odd: bool = False


def _steps(run: Observed) -> dict[Any, list[Any]]:
    if run.moves:
        return dict(run.moves)
    sinks = {name: v for name, v in run.named.items() if name.startswith("sink ")}
    return dict(sinks or run.named)


def _is_finite(run: Observed) -> bool:
    """Whether the first steps of a right program can be compared with others."""
    first = next(_rows(_steps(run), _steps(run)), [])
    return all(np.isfinite(step).all() for step, _ in first)


def _is_idle(run: Observed) -> bool:
    """Whether a program takes steps, and all of them are zero."""
    return bool(run.moves) and not any(
        np.any(step) for steps in run.moves.values() for step in steps
    )


def _first(run: Observed, name: str) -> Any:
    """The first value of a gradient, wherever it goes; None where it has none."""
    for place in (name, name.partition("[")[0]):  # grads = {"W1": ...}
        values = run.named.get(place) or run.named.get(f"sink {place}")
        if values:
            return values[0]
    return None


def _compare(right: Observed, wrong: Observed) -> _Compared:
    ours, theirs = _steps(right), _steps(wrong)
    if set(ours) != set(theirs):
        return _Compared(None, odd=True)
    for row in _rows(ours, theirs):
        if any(np.shape(a) != np.shape(b) for a, b in row):
            return _Compared(None, reshaped=True)
        ratio = _common_ratio(row)
        if ratio is None or abs(ratio - 1) > 1e-7:
            return _Compared(ratio)
    pairs = [(values, theirs[name]) for name, values in ours.items()]
    last = [_as_a_step(a[-1], b[-1]) for a, b in pairs if a and b]
    if not right.moves and any(not _near(a, b) for a, b in last):
        return _Compared(None)  # a part of it is never added
    differ = set(right.named) != set(wrong.named) or any(
        not _near(a, b)
        for name, values in right.named.items()
        for a, b in zip(values, wrong.named[name])
    )
    return _Compared(1.0, names_differ=differ)


def _rows(
    ours: dict[Any, list[Any]], theirs: dict[Any, list[Any]]
) -> Iterator[list[tuple[Any, Any]]]:
    """The first execution of every update, then the second, and so on."""
    longest = max((len(steps) for steps in ours.values()), default=0)
    for count in range(longest):
        yield [
            _as_a_step(ours[place][count], theirs[place][count])
            for place in ours
            if count < len(ours[place]) and count < len(theirs[place])
        ]


def _as_a_step(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """A gradient of (n,) moves a parameter of (1, n) as one of its own shape does."""
    shape = np.shape(ours)
    if np.shape(theirs) != shape and np.size(theirs) == np.size(ours):
        try:
            return ours, np.broadcast_to(theirs, shape)
        except ValueError:
            pass
    return ours, theirs


def _common_ratio(row: list[tuple[Any, Any]]) -> float | None:
    """The constant that turns every first array into its second, if there is one."""
    sizes = [float(np.max(np.abs(a), initial=0.0)) for a, _ in row]
    if not sizes or not np.isfinite(max(sizes)) or max(sizes) == 0.0:
        same = all(_near(a, b) for a, b in row)
        return 1.0 if same else None
    a, b = row[int(np.argmax(sizes))]
    at = np.unravel_index(int(np.argmax(np.abs(a))), np.shape(a))
    ratio = float(b[at] / a[at])
    if not np.isfinite(ratio):
        return None
    return ratio if all(_near(ratio * a, b) for a, b in row) else None


def _near(a: Any, b: Any) -> bool:
    if np.shape(a) != np.shape(b):
        return False
    size = float(np.max(np.abs(a), initial=0.0))
    size = size if np.isfinite(size) else 0.0
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-8 * size + 1e-14, equal_nan=True))


def _all_near(ratios: list[float | None]) -> bool:
    known = [ratio for ratio in ratios if ratio is not None]
    return max(known) - min(known) <= 1e-6 * max(map(abs, known))


def _crash(mutant: Mutant, wrong: Observed, own_sizes: bool) -> Judged:
    """A mutant that raises is a crash, whatever was planted.

    NumPy complains where the shapes meet, often a line or two after the slip: both
    lines are good answers. A blank stays a blank: that it raises when used is how
    Python puts it.
    """
    assert wrong.raised is not None
    if mutant.mistake != "blank":
        lines = dict.fromkeys([mutant.line, wrong.raised])
        also = tuple((line, "crash") for line in list(lines)[1:])
        if not own_sizes:  # with a square W it doesn't raise, and is wrong as well
            also = (*also, (mutant.line, mutant.mistake))
        mutant = replace(mutant, mistake="crash", also=also)
    return Judged(mutant, "crash", why=wrong.error)
