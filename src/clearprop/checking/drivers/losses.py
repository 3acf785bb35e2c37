"""The loss that a driver states: the program's own, or the outputs times ``dout``.

In comes a forward pass that has run, out come the lines that bind ``loss`` and what
stands for the gradients that the backward pass takes in.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from clearprop.checking.drivers import results
from clearprop.checking.drivers.calls import Callee
from clearprop.checking.drivers.scene import Pairing, Scene, is_output, upstream
from clearprop.checking.drivers.trial import Program


def stated(
    program: Program, pairing: Pairing, scene: Scene
) -> tuple[list[str], dict[str, str]]:
    """The lines that state the loss, and what stands for each upstream gradient."""
    incoming = upstream(pairing)
    first = next(iter(scene.outs))
    loss = program.free("loss")
    if scene.outs[first] == loss or is_number(scene.values[first]):
        lines = [] if scene.outs[first] == loss else [f"{loss} = {scene.outs[first]}"]
        return lines, {n: _unity(pairing, scene, n) for n in incoming}
    if incoming:
        return _random(pairing, scene, incoming, loss)
    if pairing.cost is None:
        return [], {}
    given = _filled(pairing.cost, scene, first)
    return [f"{loss} = {pairing.cost.call(given)}"], {}


def is_number(value: Any) -> bool:
    return results.is_float(value) and np.ndim(value) == 0


def _unity(pairing: Pairing, scene: Scene, name: str) -> str:
    """Upstream of the loss itself is 1, or what such layers take in its place."""
    if name == "dvalues":  # "neural networks from scratch" hands the outputs on
        if "out" in scene.outs and scene.outs["out"].startswith(pairing.variable + "."):
            return scene.outs["out"]
        return f"{pairing.variable}.output"
    return "1.0"


def _random(
    pairing: Pairing, scene: Scene, names: list[str], loss: str
) -> tuple[list[str], dict[str, str]]:
    """``loss = np.sum(out * dout)`` for a random ``dout``."""
    outputs = [n for n, v in scene.values.items() if is_output(v)]
    first = scene.outs[outputs[0]]
    if _takes_one(pairing.backward.function):
        lines = [f"{names[0]} = np.zeros({first}.shape)"]
        lines += [
            f"{names[0]}[1] = -1 / {first}[1]",
            f"{loss} = -np.log({first}[1])",
        ]
        return lines, {names[0]: names[0]}
    lines, terms, incoming = [], [], {}
    taken: set[str] = set()
    for name in names:
        by_name = [n for n in outputs if name.endswith(n) and n not in taken]
        rest = [n for n in outputs if n not in taken]
        if not rest:
            break
        chosen = (by_name or rest)[0]
        taken.add(chosen)
        out = scene.outs[chosen]
        variable = name if name not in scene.given.values() else f"{name}_"
        incoming[name] = variable
        if isinstance(scene.values[chosen], list):
            lines.append(f"{variable} = [np.random.randn(*o.shape) for o in {out}]")
            terms.append(f"sum(np.sum(o * d) for o, d in zip({out}, {variable}))")
        else:
            lines.append(f"{variable} = np.random.randn(*{out}.shape)")
            terms.append(f"np.sum({out} * {variable})")
    return [*lines, f"{loss} = {' + '.join(terms)}"], incoming


def _takes_one(function: ast.FunctionDef | None) -> bool:
    """A backward pass that skips zeros counts on a single entry that isn't."""
    return any(
        isinstance(n, ast.If)
        and ast.unparse(n.test).endswith("== 0")
        and isinstance(n.body[0], ast.Continue)
        for n in (ast.walk(function) if function is not None else ())
    )


def _filled(target: Callee, scene: Scene, output: str) -> dict[str, str]:
    """A cost function's arguments: by name, and the output for what is left."""
    found: dict[str, str] = {}
    for name in target.names:
        if name in scene.outs:
            found[name] = scene.outs[name]
        elif name in scene.given:
            found[name] = scene.given[name]
    for name in target.needs():
        if name not in found:
            found[name] = scene.outs[output]
    return found
