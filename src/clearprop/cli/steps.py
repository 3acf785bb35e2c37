"""Weight steps that a script computes and doesn't take: ``delta_w_h_o``, ``grad1``.

Nothing in the program's text says which parameter such a variable belongs to. Its name
says that it is a gradient or a step; its shape, and then its direction, say of what.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.cli.claims import Claim, rate_in

_STEP = re.compile(
    r"^(d|g)[A-Z_]|^(del|delta|grad|nabla|step|change|update)|grad|delta|step"
)
_NOT = re.compile(
    r"term|err|loss|size|learn|rate|count|num|prime|deriv|input$|output$|out$"
)


def steps_in(
    tree: ast.Module,
    scope: Mapping[str, Any],
    gradients: Mapping[str, Any],
    numbers: set[str],
) -> list[Claim]:
    """A claim for each gradient that a variable of the program seems to hold."""
    chosen: dict[str, tuple[str, float]] = {}
    for label, gradient in gradients.items():
        best = None
        for name in _candidates(tree, scope, np.shape(gradient)):
            if name in [other for other, _ in chosen.values()]:
                continue
            along = _cosine(scope[name], gradient)
            if best is None or abs(along) > abs(best[1]):
                best = name, along
        if best is not None:
            chosen[label] = best
    # target - output or output - target: both are right, and one holds for all
    sign = "-" if sum(along for _, along in chosen.values()) < 0 else ""
    found = []
    for label, (name, _) in chosen.items():
        rate = rate_in(tree, name, numbers)
        code = f"{name} / {rate}" if rate else name
        found.append(Claim(label, sign + code, name))
    return found


def _candidates(
    tree: ast.Module, scope: Mapping[str, Any], shape: tuple[int, ...]
) -> list[str]:
    names = [
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    return [
        name
        for name in dict.fromkeys(names)
        if _STEP.search(name)
        and not _NOT.search(name)
        and _is_array(scope.get(name), shape)
    ]


def _is_array(value: Any, shape: tuple[int, ...]) -> bool:
    if not isinstance(value, (np.ndarray, np.number, int, float)):
        return False
    return np.shape(value) == shape and np.asarray(value).dtype.kind == "f"


def _cosine(a: Any, b: Any) -> float:
    """The cosine of the angle between two arrays; 0 where one has no direction."""
    x, y = np.ravel(a).astype(float), np.ravel(b).astype(float)
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if 0 < size < np.inf else 0.0
