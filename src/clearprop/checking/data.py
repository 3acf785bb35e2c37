"""``--data NAME=SHAPE``: random numbers instead of data that isn't there.

In come the texts and the program, out come the arrays and the program with the
statement that first assigns NAME taking them. ``X=100,784`` are normal numbers,
``y=100:10`` whole numbers from 0 to 9, ``Y=100,10:onehot`` rows with a single 1.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.checking.untraced import targets_of
from clearprop.errors import SourceError

GIVEN = "__clearprop_data__"
_SHAPE = re.compile(r"\s*\(?\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*\)?\s*(?::\s*(\w+)\s*)?")
_LARGEST = 10**8  # entries


def parse(texts: Sequence[str]) -> dict[str, str]:
    """``["X=100,784"]`` as ``{"X": "100,784"}``."""
    found = {}
    for text in texts:
        name, equals, shape = text.partition("=")
        if not equals or not name.strip():
            raise _wrong(text)
        found[name.strip()] = shape
    return found


def arrays(data: Mapping[str, Any]) -> dict[str, Any]:
    """The array of each name; what is an array already stays as it is."""
    return {
        name: _array(name, given, seed) if isinstance(given, str) else np.asarray(given)
        for seed, (name, given) in enumerate(data.items())
    }


def _array(name: str, text: str, seed: int) -> Any:
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise _wrong(f"{name}={text}")
    shape = tuple(int(n) for n in found[1].split(","))
    if np.prod(shape, dtype=float) > _LARGEST:
        raise SourceError(f"--data {name}={text}: that is too large to try out")
    rng = np.random.default_rng([seed, *shape])
    kind = found[2]
    if kind is None:
        return rng.normal(size=shape)
    if kind.isdigit() and int(kind) > 0:
        return rng.integers(0, int(kind), shape)
    if kind == "onehot":
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    raise _wrong(f"{name}={text}")


def _wrong(text: str) -> SourceError:
    return SourceError(
        f"--data {text}: write a name and a shape, as in X=100,784; y=100:10 for whole "
        "numbers from 0 to 9; Y=100,10:onehot for rows with a single 1"
    )


def stood_in(tree: ast.Module, names: Sequence[str]) -> ast.Module:
    """The program, changed where it is: the first assignments take the given data."""
    assigned = [
        (node, [list(targets_of(t)) for t in node.targets])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    ]
    assigned.sort(key=lambda pair: (pair[0].lineno, pair[0].col_offset))
    for name in names:
        first = next((n for n, t in assigned if any(name in each for each in t)), None)
        if first is None:
            raise SourceError(
                f"--data {name}: no line of the program assigns {name}. Give the name "
                "that the data is assigned to"
            )
        for target in first.targets:
            missing = [n for n in targets_of(target) if n not in names]
            if missing:
                raise SourceError(
                    f"--data {name}: line {first.lineno} assigns "
                    f"{' and '.join(missing)} too: give --data {missing[0]}=SHAPE"
                )
        first.value = _taken(first.targets[0])
    ast.fix_missing_locations(tree)
    return tree


def _taken(target: ast.expr) -> ast.expr:
    """The given arrays in the form of a target: ``(X, y), (Xt, yt)``."""
    made: ast.expr
    if isinstance(target, ast.Tuple | ast.List):
        made = ast.Tuple([_taken(item) for item in target.elts], ast.Load())
    else:
        name = ast.Constant(next(iter(targets_of(target))))
        made = ast.Subscript(ast.Name(GIVEN, ast.Load()), name, ast.Load())
    for part in ast.walk(made):
        if isinstance(part, ast.expr):
            ast.copy_location(part, target)
    return made


def asked_for(targets: Sequence[str]) -> str:
    """The remedy for data that isn't there, with the names of its line."""
    names = [t for t in targets if t.isidentifier() and t != "_"] or ["NAME"]
    return " ".join(f"--data {name}=SHAPE" for name in names)
