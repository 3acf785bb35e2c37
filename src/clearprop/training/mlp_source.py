"""The source of a dense network: rows of the tables in, the text of a module out.

``forward`` and ``predict`` repeat the layers on purpose: each is read from top to
bottom on its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from clearprop.training.formulas import ACTIVATIONS, Activation, Loss

_WIDTH = 88
_IN = "    "
# What the last layer's z and its output are called; elsewhere z3 and y.
_LAST = {"identity": ("y", "y"), "softmax": ("scores", "probs")}
_ANSWER = {"softmax": "Probabilities of the classes", "sigmoid": "Probabilities"}


def written(sizes: Sequence[int], rows: Sequence[Activation], loss: Loss) -> str:
    """NumPy, the activations that have a function of their own, forward, predict."""
    z, y = _LAST.get(rows[-1].name, (f"z{len(rows)}", "y"))
    lines = ["import numpy as np"]
    for row in _with_needed(rows):
        if row.about:
            body = [*row.before, f"return {row.formula}"]
            lines += _function(row.name, ["z"], row.about, body)
    lines += _function(
        "forward",
        ["x", "t", *_weights(rows)],
        f"{loss.about}.\n\n{_shapes(sizes, loss)}",
        [*_layers(rows, z), *_loss(sizes[-1], loss, rows[-1], z, y)],
    )
    body = [*_layers(rows, z), f"return {_applied(rows[-1], z)}"]
    says = f"{_ANSWER.get(rows[-1].name, 'The output')} (N, {sizes[-1]})."
    lines += _function("predict", ["x", *_weights(rows)], says, body)
    return "\n".join(lines) + "\n"


def _with_needed(rows: Iterable[Activation]) -> list[Activation]:
    found: dict[str, Activation] = {}
    for row in rows:
        for name in (*row.needs, row.name):
            found[name] = ACTIVATIONS[name]
    return list(found.values())


def _weights(rows: Sequence[Activation]) -> list[str]:
    return [f"{letter}{k}" for k in range(1, len(rows) + 1) for letter in "Wb"]


def _shapes(sizes: Sequence[int], loss: Loss) -> str:
    """What x and t are, for a docstring."""
    last = sizes[-1]
    if loss.targets == "labels":
        t = f"t (N,): labels from 0 to {last - 1}"
    else:
        t = f"t {'(N,)' if last == 1 else f'(N, {last})'}: {loss.targets}"
    return f"x (N, {sizes[0]}), {t}."


def _layers(rows: Sequence[Activation], z: str) -> list[str]:
    """The lines from ``x`` to the last layer's ``z``."""
    lines, below = [], "x"
    for k, row in enumerate(rows[:-1], 1):
        name = f"h{k}" if row.name == "identity" else f"z{k}"
        lines.append(f"{name} = {below} @ W{k} + b{k}")
        if row.name != "identity":
            lines.append(f"h{k} = {_applied(row, name)}")
        below = f"h{k}"
    return [*lines, f"{z} = {below} @ W{len(rows)} + b{len(rows)}"]


def _applied(row: Activation, z: str) -> str:
    """The activation of what ``z`` names: a call, or the formula itself."""
    return f"{row.name}({z})" if row.about else row.formula.replace("z", z)


def _loss(outputs: int, loss: Loss, row: Activation, z: str, y: str) -> list[str]:
    """The lines from the last layer's ``z`` to the loss."""
    lines = []
    if y != z and any("{y}" in line for line in loss.lines):
        lines.append(f"{y} = {_applied(row, z)}")
    if loss.targets == "labels":
        lines.append(f'assert t.shape == {z}.shape[:1], "t must have the shape (N,)"')
    else:
        if outputs == 1:
            lines.append("t = t.reshape(-1, 1)")
        must = "(N,)" if outputs == 1 else f"(N, {outputs})"
        lines.append(f'assert t.shape == {z}.shape, "t must have the shape {must}"')
    *before, last = (line.format(y=y, z=z) for line in loss.lines)
    return [*lines, *before, f"return {last}"]


def _function(
    name: str, arguments: Sequence[str], about: str, body: Sequence[str]
) -> list[str]:
    """A function's lines; a head that is too long goes on in lines of its own."""
    inner = ", ".join(arguments)
    head = f"def {name}({inner}):"
    if len(head) > _WIDTH:
        wrapped = textwrap.fill(
            inner, _WIDTH, initial_indent=_IN, subsequent_indent=_IN
        )
        head = f"def {name}(\n{wrapped}\n):"
    text = f'"""{about}\n"""' if "\n" in about else f'"""{about}"""'
    return ["", "", head, textwrap.indent("\n".join([text, *body]), _IN)]


__all__ = ["written"]
