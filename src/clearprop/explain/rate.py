"""The learning rate, where the user's own program has one."""

from __future__ import annotations

import ast

from clearprop.explain.run import Values
from clearprop.trace.result import Trace

NAMES = ("learnrate", "learning_rate", "lr", "eta", "alpha")


def rate_of(
    trace: Trace, values: Values, given: float | None = None
) -> tuple[str, float] | None:
    """Its name and its value: as given, as an argument, or as a line of the program."""
    if given is not None:
        return "learning_rate", float(given)
    for wanted in NAMES:
        for leaf in trace.leaves:
            if leaf.name == wanted and not leaf.node.ndim:
                return wanted, float(values[leaf.node])
        value = trace.statics.get(wanted)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return wanted, float(value)
        assigned = _assigned(trace, wanted)
        if assigned is not None:
            return wanted, assigned
    return None


def _assigned(trace: Trace, name: str) -> float | None:
    """The number in the line ``learnrate = 0.5``, if exactly one such line is there."""
    found = []
    for line in trace.source_lines.values():
        if name not in line or "=" not in line:
            continue
        try:
            body = ast.parse(line.strip()).body
        except SyntaxError:
            continue
        for node in body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                target = node.targets[0]
                value = node.value.value
                if isinstance(target, ast.Name) and target.id == name:
                    found.append(value)
    numbers = [v for v in found if isinstance(v, (int, float)) and v == v]
    return float(numbers[0]) if len(numbers) == 1 and len(found) == 1 else None
