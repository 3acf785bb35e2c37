"""A forward and a backward pass that belong together, called one after the other.

In comes a ``Pairing``, out comes the text of its driver: arguments, the forward pass, a
loss (the program's own, or the outputs times a random upstream gradient), the backward
pass, and a name for each gradient that it returns or keeps on its object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.checking.drivers import losses, results
from clearprop.checking.drivers.agreement import agrees, averaged
from clearprop.checking.drivers.calls import Callee, slots
from clearprop.checking.drivers.objects import AS_WIDE, possible
from clearprop.checking.drivers.roles import is_cache, is_upstream, role
from clearprop.checking.drivers.scene import OWN, Pairing, Scene, forward, upstream
from clearprop.checking.drivers.search import Assigned, Attempt, best
from clearprop.checking.drivers.trial import Program
from clearprop.checking.drivers.values import array
from clearprop.checking.names import likeness, stem


def drive(program: Program, pairing: Pairing, word: str = "") -> Attempt | None:
    """The best driver of a pair; None where its forward pass can't be made to run."""
    needed = [(pairing.forward, pairing.forward.needs())]
    if pairing.made is not None:
        needed.insert(0, (pairing.made, pairing.made.needs()))
    for other in (pairing.cost, pairing.backward, pairing.step):
        if other is not None:
            needed.append((other, _own(pairing, other)))
    found = None
    for sizes in possible(program, pairing.made):
        if sizes == AS_WIDE and found is not None and found.level:
            break  # its forward pass takes others: a crash is not to be hidden
        wanted = slots(program, needed, sizes, word)
        found = best(
            wanted,
            lambda a: _attempt(program, pairing, a),
            lambda a: agrees(program, a.text),
        )
        if found is not None and found.level > 1:
            lines = averaged(program, found.text)
            found.text = "\n".join([found.text, *lines])
            break
    return found


def _own(pairing: Pairing, other: Callee) -> list[str]:
    """Arguments that neither the forward pass nor its results provide."""
    said = {*pairing.forward.names, *results.returned(pairing.forward.function)}
    return [
        name
        for name in other.needs()
        if name not in said
        and role(name) in OWN
        and not (other is pairing.backward and is_upstream(name))
        and not (role(name) == "target" and upstream(pairing))
    ]


def _attempt(program: Program, pairing: Pairing, assigned: Assigned) -> Attempt:
    scene, failed = forward(program, pairing, assigned)
    if scene is None:
        return failed
    lines = [*scene.lines]
    loss, incoming = losses.stated(program, pairing, scene)
    lines += loss
    given, guessed = _arguments(pairing, scene, incoming)
    call = pairing.backward.call(given)
    outcome = program.run("\n".join([*lines, f"backward_result = {call}"]))
    if not outcome.ran and guessed:
        return Attempt(0, outcome.reached)
    if not outcome.ran:
        names = [n for n in results.returned(pairing.backward.function) if n]
        start = ", ".join(names) + " = " if names else ""
        text = "\n".join([*lines, f"{start}{call}"])
        return Attempt(1, outcome.reached, text, outcome.called)
    stated = outcome.names.get(program.free("loss"), 0.0)
    if np.size(stated) != 1 or not np.all(np.isfinite(stated)):
        return Attempt(0, outcome.reached)
    level, bound, kept = _bound(program, pairing, scene, call, outcome.names)
    if level > 1 and program.multiplies and (shared := _shared_biases(scene)):
        return Attempt(2, outcome.reached, "\n".join(lines + bound), better=shared)
    lines += bound
    lines += _stepped(program, pairing, scene, lines)
    text = "\n".join(lines)
    if guessed and not agrees(program, text):
        return Attempt(0, outcome.reached)
    return Attempt(level, outcome.reached, text, outcome.called, kept=kept)


def _arguments(
    pairing: Pairing, scene: Scene, incoming: Mapping[str, str]
) -> tuple[dict[str, str], bool]:
    """What stands for each argument of the backward pass; whether any is a guess."""
    found: dict[str, str] = dict(incoming)
    for name in pairing.backward.names:
        if name in found:
            continue
        if name in scene.outs:
            found[name] = scene.outs[name]
        elif name in scene.given:
            found[name] = scene.given[name]
    used = set(found.values())
    caches = [v for v in scene.outs.values() if v not in used]
    spare = caches[1:] if len(scene.outs) > 1 else caches
    inputs = [scene.given[n] for n in pairing.forward.names if n in scene.given]
    output = next(iter(scene.outs.values()))
    unknown = [n for n in pairing.backward.needs() if n not in found]
    guessed = len(unknown) > len(spare)
    for name in unknown:
        if spare:
            found[name] = spare.pop(0)
        elif inputs and (role(name) == "input" or (is_cache(name) and scene.single)):
            found[name] = inputs[0]
        else:
            found[name] = output
    if scene.single and losses.is_number(next(iter(scene.values.values()))):
        optional = {p.name for p in pairing.backward.params if p.optional}
        found = {n: v for n, v in found.items() if n not in optional or v != "1.0"}
    return found, guessed


def _bound(
    program: Program,
    pairing: Pairing,
    scene: Scene,
    call: str,
    made: Mapping[str, Any],
) -> tuple[int, list[str], int]:
    """The backward call with names for its results, and how well they fit.

    With them, how many gradients the object keeps that fit their values.
    """
    value = made.get("backward_result")
    said = results.returned(pairing.backward.function)
    leaves = {n: v for n, v in scene.leaves.items() if role(n) != "target"}
    names: list[str] = []
    values = list(value) if isinstance(value, tuple | list) else [value]
    if value is None:
        lines = [call]
    else:
        names = results.named(said, values, leaves)
        targets = [_variable(program, scene, n) for n in names]
        lines = [f"{', '.join(targets)} = {call}"]
        if isinstance(value, tuple | list) and len(values) == 1:
            lines = [f"({targets[0]},) = {call}"]
    shapes = [results.fits(names, values, leaves)] if names else []
    thing = made.get(pairing.variable)
    own: Mapping[str, str] = {}
    if thing is not None:
        own = results.on_object(thing, pairing.variable, leaves)
        lines += [f"{n} = {p}" for n, p in own.items() if n not in names]
        shapes += [1] if own else []
    if 0 in shapes or _of_whole_numbers(scene, names, values):
        return 2, lines, len(own)
    return (4 if 1 in shapes else 3), lines, len(own)


def _of_whole_numbers(scene: Scene, names: list[str], values: list[Any]) -> bool:
    """Whether a gradient belongs to whole numbers: nobody could judge it."""
    return any(
        stem(name) is not None
        and results.is_float(value)
        and any(likeness(stem(name) or "", n) >= results.SURE for n in scene.whole)
        for name, value in zip(names, values)
    )


def _shared_biases(scene: Scene) -> dict[str, str]:
    """What a bias should be where one number is that of all outputs of a matrix.

    It runs, and ``db = dout.sum()`` is even right then; nobody means it.
    """
    biases = [
        n for n, v in scene.leaves.items() if "bias" in role(n) and not np.ndim(v)
    ]
    matrices = [
        n
        for n, v in scene.leaves.items()
        if "weight" in role(n) and np.ndim(v) > 1 and min(np.shape(v)) > 1
    ]
    output = next(iter(scene.values.values()))
    if (
        not matrices
        or not results.is_float(output)
        or np.shape(output)[-1:] in ((), (1,))
    ):
        return {}
    return {name: array(np.shape(output)[-1:]) for name in biases}


def _variable(program: Program, scene: Scene, name: str) -> str:
    """``dx`` for ``x``; ``dx_`` where ``x`` had to be called ``x_``."""
    taken = {*scene.given.values(), *scene.outs.values()}
    free = program.free(name)
    return f"{free}_" if free in taken else free


def _stepped(
    program: Program, pairing: Pairing, scene: Scene, lines: list[str]
) -> list[str]:
    """The line that moves the parameters, if the object has such a method."""
    if pairing.step is None:
        return []
    needs = pairing.step.needs()
    if any(name not in scene.given for name in needs):
        return []
    line = pairing.step.call(scene.given)
    return [line] if program.run("\n".join([*lines, line])).ran else []
