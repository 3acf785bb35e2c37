"""Does a driver's backward pass agree with central differences of the loss it states?

In comes the text of a driver that has run, out comes how many times the right gradient
each of its gradients is. It is asked only to choose between ways of calling a program:
a pass for single vectors may run on a batch and mean nothing, an argument may have been
guessed, weights' gradients may be averaged over the batch. It never judges.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from clearprop.checking.drivers.results import is_float
from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.trial import Program

_STEP = 1e-5
_TOLERANCE = 1e-4
_MADE = re.compile(r"^(\w+) = np\.random\.(randn|uniform)\((\d+)")
_LEARNED = ("weight", "bias", "gain", "recurrent", "input_weight", "output_weight")


def agrees(program: Program, text: str) -> bool:
    """Whether every gradient of a random argument is the one of the stated loss."""
    return all(_close(ratio, 1.0) for ratio in ratios(program, text).values())


def averaged(program: Program, text: str) -> list[str]:
    """The lines that undo an average over the examples.

    ``dW = np.dot(dZ, A.T) / m`` beside ``dA = np.dot(W.T, dZ)`` is a convention: the
    loss of the whole network is to be a mean, so that weights' gradients are divided.
    """
    found = ratios(program, text)
    learned = [n for n in found if role(n) in _LEARNED]
    others = [n for n in found if n not in learned]
    if len(learned) < 2 or not others or not all(_close(found[n], 1.0) for n in others):
        return []
    for many in {int(n) for n in re.findall(r"\d+", text) if int(n) > 1}:
        if all(_close(found[n] * many, 1.0) for n in learned):
            return [
                f"d{n} = d{n} * {many}  # averaged over the examples" for n in learned
            ]
    return []


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _TOLERANCE


def ratios(program: Program, text: str) -> dict[str, float]:
    """By argument: its gradient over the right one, along one direction."""
    lines = text.splitlines()
    names = program.run(text).names
    found = {}
    for place, line in enumerate(lines):
        made = _MADE.match(line)
        name = made[1] if made is not None else ""
        gradient: Any = names.get(f"d{name}")
        if not name or not is_float(gradient):
            continue
        found[name] = np.nan
        if np.shape(gradient) == np.shape(names[name]):
            expected = _difference(program, lines, place, name)
            towards = np.cos(np.arange(np.size(gradient))).reshape(np.shape(gradient))
            claimed = float(np.sum(gradient * towards))
            small = abs(expected) < 1e-9 and abs(claimed) < 1e-9
            found[name] = 1.0 if small else claimed / (expected or np.nan)
    return found


def _difference(program: Program, lines: list[str], place: int, name: str) -> float:
    """The central difference of the loss, the array made in one line being moved."""
    turn = f"np.cos(np.arange({name}.size)).reshape({name}.shape)"
    found = []
    for step in (_STEP, -_STEP):
        moved = f"{name} = {name} + {step} * {turn}"
        changed = [*lines[: place + 1], moved, *lines[place + 1 :]]
        value = program.run("\n".join(changed)).names.get(program.free("loss"), np.nan)
        found.append(float(np.squeeze(value)))
    return (found[0] - found[1]) / (2 * _STEP)
