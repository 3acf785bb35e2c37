"""The parts of a pair, and a forward pass of it that has run.

In comes a ``Pairing`` and values for its arguments, out comes a ``Scene``: the lines so
far, what stands for each argument and each result, and their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.checking.drivers import results
from clearprop.checking.drivers.calls import Callee, settled
from clearprop.checking.drivers.roles import is_upstream, role
from clearprop.checking.drivers.search import Assigned, Attempt
from clearprop.checking.drivers.trial import Program

SEED = "np.random.seed(0)"
OWN = frozenset(  # roles that are no output of a forward pass
    ("rate", "epochs", "strength", "target", "momentum", "eps", "keep", "flag", "mask")
)


@dataclass(slots=True)
class Pairing:
    """What is to be called: the object first, if there is one."""

    forward: Callee
    backward: Callee
    made: Callee | None = None  # the constructor
    variable: str = ""  # what the object is called
    cost: Callee | None = None
    step: Callee | None = None  # moves the parameters, after the backward pass

    @property
    def title(self) -> str:
        """``affine_forward and affine_backward``."""
        return f"{self.forward.text} and {self.backward.text}"


@dataclass(slots=True)
class Scene:
    """A forward pass that ran."""

    lines: list[str]
    given: dict[str, str]  # arguments: what stands for each
    leaves: dict[str, Any]  # forward values by the program's names for them
    outs: dict[str, str] = field(default_factory=dict)  # results: name -> expression
    values: dict[str, Any] = field(default_factory=dict)  # results: name -> value
    single: bool = True
    whole: list[str] = field(default_factory=list)  # arguments that are whole numbers


def upstream(pairing: Pairing) -> list[str]:
    """The backward pass's arguments that are gradients which come in."""
    said = {*pairing.forward.names, *results.returned(pairing.forward.function)}
    return [n for n in pairing.backward.names if is_upstream(n) and n not in said]


def forward(
    program: Program, pairing: Pairing, assigned: Assigned
) -> tuple[Scene | None, Attempt]:
    lines, given = settled(program, assigned)
    lines.insert(0, SEED)
    if pairing.made is not None:
        lines.append(f"{pairing.variable} = {pairing.made.call(given)}")
    call = pairing.forward.call(given)
    outcome = program.run("\n".join([*lines, f"forward_result = {call}"]))
    if not outcome.ran:
        return None, Attempt(0, outcome.reached)
    value = outcome.names.get("forward_result")
    scene = Scene(lines, given, _leaves(pairing, given, outcome.names))
    scene.whole = [n for n in given if _is_whole(n, outcome.names.get(given[n]))]
    if value is None and pairing.made is not None:
        lines.append(call)
        _kept(pairing, scene, outcome.names[pairing.variable])
    else:
        _unpacked(program, pairing, scene, call, value)
    floats = [v for v in scene.values.values() if is_output(v)]
    if not floats or not all(map(_finite, floats)):
        return None, Attempt(0, outcome.reached)
    return scene, Attempt(1)


def _leaves(
    pairing: Pairing, given: Mapping[str, str], names: Mapping[str, Any]
) -> dict[str, Any]:
    """The forward pass's arguments by name, items of dictionaries too."""
    found: dict[str, Any] = {}
    for name in [n for n in given if role(n) not in OWN]:
        value = names.get(given[name])
        if isinstance(value, dict):
            found.update({str(k): v for k, v in value.items() if results.is_float(v)})
        elif results.is_float(value):
            found[name] = value
    return found


def _is_whole(name: str, value: Any) -> bool:
    """Whether an argument that may well have a gradient was given whole numbers."""
    whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    return whole and role(name) not in OWN and role(name) != "ids"


def _kept(pairing: Pairing, scene: Scene, thing: Any) -> None:
    """A forward method that returns nothing: the object has the output."""
    parts = vars(thing) if hasattr(thing, "__dict__") else {}
    names = [n for n in parts if re.match(r"out|output|y_?hat|a$|z$|y$", n)]
    for name in names[:1] or list(parts)[-1:]:
        scene.outs["out"] = f"{pairing.variable}.{name}"
        scene.values["out"] = parts[name]


def _unpacked(
    program: Program, pairing: Pairing, scene: Scene, call: str, value: Any
) -> None:
    """``out, cache = affine_forward(x, w, b)``."""
    said = results.returned(pairing.forward.function)
    scene.single = not isinstance(value, tuple)
    items = list(value) if isinstance(value, tuple) else [value]
    if len(said) != len(items):
        said = [""] * len(items)
    for i, item in enumerate(items):
        name = said[i] or ("out" if i == 0 else "cache")
        variable = program.free(name)
        if i == 0 and results.is_loss(said[i], item):
            variable = program.free("loss")
        if variable in scene.given.values() or variable in scene.outs.values():
            variable = program.free("cache" if i else "out")
        while variable in scene.given.values() or variable in scene.outs.values():
            variable = f"{variable}_"
        while name in scene.outs:
            name = f"{name}_{i}"
        scene.outs[name] = variable
        scene.values[name] = item
    scene.lines.append(f"{', '.join(scene.outs.values())} = {call}")


def is_output(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(results.is_float(v) for v in value)
    return results.is_float(value)


def _finite(value: Any) -> bool:
    """Whether there are numbers, and all of them finite: a loop that never ran has
    none.
    """
    return all(np.size(v) and bool(np.all(np.isfinite(v))) for v in _parts(value))


def _parts(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
