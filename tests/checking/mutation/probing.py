"""Running a program with a probe at each step that moves a parameter.

Comes in: a program and its reading. Goes out: how far each update moved its parameter,
at its first few executions, and where the program raised, if it did. The run stops as
soon as enough was seen, so that a training loop costs a few steps. Where nothing is
updated, the gradients that nothing else reads are recorded instead.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import random
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import MagicMock

import numpy as np

from .instrumenting import Instrument
from .limit import TooLong, time_limit
from .reading import Reading

STEPS = 3  # executions of each update that are compared
RECORDS = 300
SECONDS = 4.0
FILE = "<a program under test>"

# Plots and progress bars have no bearing on a gradient.
STAND_IN = MagicMock()
STAND_IN.tqdm = STAND_IN.trange = lambda steps, **_: (
    range(steps) if isinstance(steps, int) else steps
)


@dataclass
class Observed:
    """What one run did. ``moves[place]`` holds one array for each execution."""

    moves: dict[tuple[str, object], list[Any]] = field(default_factory=dict)
    named: dict[str, list[Any]] = field(default_factory=dict)
    raised: int | None = None  # the line, if the program raised
    error: str = ""


class _Enough(BaseException):
    """Raised by a probe; no ``except Exception`` of a program catches it."""


class _Probe:
    """The functions that an instrumented program calls."""

    def __init__(self, expected: int, jitter: int | None) -> None:
        self.seen = Observed()
        self.expected = expected
        self.random = None if jitter is None else np.random.RandomState(jitter)
        self.before: dict[str, tuple[object, object]] = {}
        self.ordinals: dict[str, dict[int, int]] = {}
        self.kept: list[object] = []
        self.count = 0
        self.deadline = time.monotonic() + SECONDS

    def start(self, place: str, source: object, owner: object, named: bool) -> None:
        """``owner`` tells apart what one statement updates in turn."""
        name = owner if named else self._number_of(place, owner)
        self.before[place] = (copy.deepcopy(source), name)

    def end(self, place: str, target: object) -> None:
        source, owner = self.before[place]
        moves = self.seen.moves.setdefault((place, owner), [])
        if len(moves) < STEPS:
            moves.append(_difference(copy.deepcopy(target), source))
        self._tick()
        if len(self.seen.moves) >= self.expected and all(
            len(steps) >= STEPS for steps in self.seen.moves.values()
        ):
            raise _Enough

    def named(self, place: str, value: object) -> None:
        values = self.seen.named.setdefault(place, [])
        if len(values) < 3 * STEPS:
            with contextlib.suppress(Exception):
                values.append(_flat(copy.deepcopy(value)))
        self._tick()

    def shake(self, value: object) -> object:
        """A start value that hides nothing: no zeros, no symmetry."""
        return value if self.random is None else _shaken(value, self.random)

    def _tick(self) -> None:
        self.count += 1
        if self.count > RECORDS or time.monotonic() > self.deadline:
            raise _Enough

    def _number_of(self, place: str, owner: object) -> int:
        """Objects of a place are numbered as they come: addresses differ each run."""
        if isinstance(owner, float | int):
            return 0
        self.kept.append(owner)
        known = self.ordinals.setdefault(place, {})
        return known.setdefault(id(owner), len(known))


def _difference(new: Any, old: Any) -> Any:
    return _flat(new) - _flat(old)


def _flat(value: Any) -> Any:
    """Numbers, arrays and containers of them as one array; an array keeps its shape."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        parts = [np.ravel(_flat(part)) for part in value if part is not None]
        return np.concatenate(parts) if parts else np.zeros(0)
    return np.asarray(value, dtype=float)


def _shaken(value: Any, source: np.random.RandomState) -> Any:
    if isinstance(value, dict):
        return {key: _shaken(part, source) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_shaken(part, source) for part in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        noise = 0.3 * source.standard_normal(value.shape)
        return (value + noise).astype(value.dtype)
    if isinstance(value, float):
        return value + 0.3 * source.standard_normal()
    return value


@dataclass
class Instrumented:
    """A program with its probes, compiled once and run as often as asked."""

    reading: Reading
    driver: str = ""

    def __post_init__(self) -> None:
        program = self.reading.program
        made = Instrument(self.reading).rebuilt(program.tree)
        made.body += ast.parse(self.driver).body
        self.code = compile(made, FILE, "exec")

    def run(self, jitter: int | None = None, shift: int = 0) -> Observed:
        """``jitter`` shakes the start values, ``shift`` gives other random data."""
        probe = _Probe(len(self.reading.updates) or 10**6, jitter)
        space: dict[str, Any] = {"__name__": "__main__", "__probe__": probe}
        try:
            with _quiet(), _seeds(shift), _stand_ins(), time_limit(SECONDS):
                exec(self.code, space)
        except (_Enough, SystemExit, TooLong):
            pass
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [f.lineno for f in frames if f.filename == FILE and f.lineno]
            probe.seen.raised = lines[-1] if lines else 0
            probe.seen.error = f"{type(error).__name__}: {error}"
        return probe.seen


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        words = io.StringIO()
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
            yield


@contextlib.contextmanager
def _seeds(shift: int) -> Iterator[None]:
    """Every seed of the program is moved by ``shift``, and none is left to chance."""
    seed, rng = np.random.seed, np.random.default_rng
    seed(1234 + shift)
    random.seed(1234 + shift)

    def moved(number: Any = 0) -> None:
        seed((number or 0) + shift)

    def made(number: Any = 0) -> np.random.Generator:
        return rng((number or 0) + shift if isinstance(number, int | None) else number)

    np.random.seed, np.random.default_rng = moved, made  # type: ignore[assignment]
    try:
        yield
    finally:
        np.random.seed, np.random.default_rng = seed, rng


@contextlib.contextmanager
def _stand_ins() -> Iterator[None]:
    names = ["matplotlib", "matplotlib.pyplot", "tqdm", "pandas"]
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update(dict.fromkeys(names, STAND_IN))
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
