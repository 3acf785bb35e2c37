"""Checkpoints: a training on disk, whole at every moment, to go on from bit for bit.

A checkpoint holds all that the next step depends on: the engine's state, the place in
the epoch and the generator that shuffled it, the history, and what early stopping
remembers. It also says what training it is of (``fingerprint``), so that another
network, other data or other options are refused instead of mixed.
"""

from __future__ import annotations

import glob
import json
import math
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError, DataError
from clearprop.graph import ordered
from clearprop.trace.replay import State, current_state, set_state
from clearprop.training.archive import check_place, read_archive, write_archive
from clearprop.training.plan import Plan

if TYPE_CHECKING:
    from clearprop.training.loop import Loop

_ABOUT = "clearprop.json"
_FORMAT, _VERSION = "clearprop checkpoint", 1
_PLAIN = ("step", "epoch", "seconds", "stopped", "best_epoch")
_ENGINE, _BEST = "engine.", "best."
Facts = Mapping[str, Any]


@dataclass
class Checkpoints:
    """Where and how often a training is saved.

    ``epochs``: after so many; ``seconds``: once so many have passed, within an epoch
    too. It is saved at the end in any case.
    """

    path: str
    epochs: int | None = None
    seconds: float | None = 30.0
    last_step: int = -1
    last_epoch: int = 0
    last_time: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Refuse what can't be, before any work."""
        if self.epochs is not None and self.epochs < 1:
            raise ClearpropError(
                f"a checkpoint every {self.epochs} epochs can't be: give 1 or more"
            )
        if self.seconds is not None and not 0 <= self.seconds < math.inf:
            raise ClearpropError(
                f"a checkpoint every {self.seconds} seconds can't be: give 0 or more"
            )

    def due(self, epoch: int) -> bool:
        """Whether it is time to save."""
        if self.epochs is not None and epoch - self.last_epoch >= self.epochs:
            return True
        passed = time.monotonic() - self.last_time
        return self.seconds is not None and passed >= self.seconds

    def steps_ahead(self, loop: Loop) -> int | None:
        """How many steps may be made before one looks at the clock again."""
        if self.seconds is None:
            return None
        speed = loop.step / loop.seconds if loop.seconds else 0.0
        return max(1, int(speed * self.seconds))

    def save(self, loop: Loop) -> None:
        """Write the state of a training, over the one before."""
        arrays, state = _saved(loop)
        about = {
            "format": _FORMAT,
            "version": _VERSION,
            "training": loop.fingerprint,
            "state": state,
        }
        write_archive(self.path, arrays, {_ABOUT: json.dumps(about, indent=1) + "\n"})
        self.last_step, self.last_epoch = loop.step, loop.epoch
        self.last_time = time.monotonic()

    def begin(self, loop: Loop, resume: bool) -> None:
        """Go on from what is there, or see that nothing is lost by beginning anew."""
        check_place(self.path)
        self.last_step, self.last_epoch = -1, 0
        self.last_time = time.monotonic()
        there = os.path.exists(self.path)
        if not resume:
            if there:
                raise DataError(
                    f"{self.path} is there already: resume goes on from it; to begin "
                    "anew, remove it first"
                )
            return
        for left in glob.glob(f"{glob.escape(os.path.realpath(self.path))}.*.tmp"):
            # what a killed run was writing
            if re.search(r"\.\d+\.tmp\Z", left):
                with suppress(OSError):
                    os.unlink(left)
        if there:
            arrays, state = self._read(loop.fingerprint)
            try:
                _restore(loop, arrays, state)
            except (KeyError, TypeError, ValueError, IndexError):
                raise _damaged(self.path) from None
            self.last_step, self.last_epoch = loop.step, loop.epoch

    def _read(self, facts: Facts) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays, texts = read_archive(self.path)
        try:
            about = json.loads(texts[_ABOUT])
            if about["format"] != _FORMAT:
                raise DataError(
                    f"{self.path} is no checkpoint: it is a {about['format']}"
                )
            if about["version"] != _VERSION:
                raise DataError(
                    f"{self.path} was saved by a newer clearprop: update clearprop"
                )
            differ = _differences(about["training"], facts)
            if differ:
                raise DataError(f"{self.path} is of another training: {differ}")
            state: dict[str, Any] = about["state"]
        except (KeyError, TypeError, AttributeError, ValueError):
            raise _damaged(self.path) from None
        return arrays, state


def _damaged(path: str) -> DataError:
    return DataError(f"{path} is no checkpoint of clearprop's, or is damaged")


def _differences(was: Facts, now: Facts) -> str:
    """In which facts two trainings differ, as a sentence; nothing where they don't."""
    found = []
    for name in dict.fromkeys([*was, *now]):
        old, new = was.get(name), now.get(name)
        if old == new:
            continue
        if name.startswith("the "):  # a digest says only that they differ
            found.append(f"{name} is not the same")
        else:
            found.append(f"{name} was {_shown(old)} and is {_shown(new)}")
    return "; ".join(found)


def _shown(value: Any) -> str:
    if value is None:
        return "not given"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


# -- what a training consists of -------------------------------------------------------


def _saved(loop: Loop) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The state of a loop: arrays, and what JSON can say."""
    arrays = {_ENGINE + k: v for k, v in loop.engine.state().items()}
    if loop.best_state is not None:
        arrays |= {_BEST + k: v for k, v in loop.best_state.items()}
    arrays["losses"] = _joined(loop.losses)
    arrays["rates"] = _joined(loop.used_rates)
    arrays["epoch_losses"] = np.array(loop.epoch_losses, dtype=float)
    arrays["validation_losses"] = np.array(loop.validation_losses, dtype=float)
    arrays["best"] = np.array(loop.best)
    for i, parts in enumerate(loop.records.values()):
        arrays |= {f"record.{i}.{k}": v for k, v in _packed(parts).items()}
    state = {name: getattr(loop, name) for name in _PLAIN}
    state["records"] = list(loop.records)
    state["within"] = loop.within
    now = None if loop.batches is None else loop.batches.state
    state["generator"] = loop.shuffled_from if loop.within else now
    seen = loop.observer
    state["observed"] = [seen.steps, seen.weights, seen.gradients]
    if _draws(loop.plan):
        state["random"] = _packed_random("random", current_state(), arrays)
        if loop.validation is not None:
            drawn = loop.validation.seed_state
            state["validation_random"] = _packed_random("validation", drawn, arrays)
    return arrays, state


def _restore(
    loop: Loop, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]
) -> None:
    """Put a loop where the saved one was."""
    loop.engine.restore(_under(_ENGINE, arrays))
    loop.best_state = _under(_BEST, arrays) or None
    loop.losses, loop.used_rates = [arrays["losses"]], [arrays["rates"]]
    loop.epoch_losses = arrays["epoch_losses"].tolist()
    loop.validation_losses = arrays["validation_losses"].tolist()
    loop.best = float(arrays["best"])
    loop.records = {
        name: _unpacked(_under(f"record.{i}.", arrays))
        for i, name in enumerate(state["records"])
    }
    for name in _PLAIN:
        setattr(loop, name, state[name])
    loop.within = state["within"]
    if loop.batches is not None:
        loop.batches.state = state["generator"]
    seen = loop.observer
    seen.steps, seen.weights, seen.gradients = state["observed"]
    if state.get("random") is not None:
        set_state(_unpacked_random("random", state["random"], arrays))
    if state.get("validation_random") is not None and loop.validation is not None:
        drawn = _unpacked_random("validation", state["validation_random"], arrays)
        loop.validation = replace(loop.validation, seed_state=drawn)


def _draws(plan: Plan) -> bool:
    """Whether the forward pass draws random numbers, as for dropout."""
    return any(node.op.impure for node in ordered([plan.loss]))


def _packed_random(
    name: str, random: State, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """NumPy's and Python's global random numbers: there are no others in a graph."""
    numpy_state, python_state = random
    found: dict[str, Any] = {"python": python_state}
    if numpy_state is not None:
        kind, arrays[name], *rest = numpy_state
        found["numpy"] = [kind, *rest]
    return found


def _unpacked_random(
    name: str, found: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> State:
    numpy_state, python_state = None, None
    if "numpy" in found:
        kind, *rest = found["numpy"]
        numpy_state = (kind, arrays[name], *rest)
    if found["python"] is not None:
        version, words, gauss = found["python"]
        python_state = (version, tuple(words), gauss)
    return numpy_state, python_state


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    size = len(prefix)
    return {k[size:]: v for k, v in arrays.items() if k.startswith(prefix)}


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)


def _packed(parts: list[Any]) -> dict[str, np.ndarray]:
    """A record's values, one after the other, and their shapes where these differ."""
    if len({p.shape[1:] for p in parts if isinstance(p, np.ndarray)}) == 1 and all(
        isinstance(p, np.ndarray) for p in parts
    ):
        return {"values": np.concatenate(parts)}
    values = [np.asarray(value) for part in parts for value in part]
    return {
        "flat": np.concatenate([value.ravel() for value in values]),
        "shapes": np.array([value.shape for value in values]),
    }


def _unpacked(held: Mapping[str, np.ndarray]) -> list[Any]:
    if "values" in held:
        return [held["values"]]
    ends = np.cumsum(held["shapes"].prod(axis=1))[:-1]
    pieces = np.split(held["flat"], ends)
    shapes = held["shapes"].tolist()
    return [[piece.reshape(s) for piece, s in zip(pieces, shapes, strict=True)]]


__all__ = ["Checkpoints"]
