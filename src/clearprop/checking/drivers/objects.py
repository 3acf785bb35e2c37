"""Sizes that a program has built in: ``self.W1 = np.random.randn(784, 30)``.

In comes a constructor, or none where weights are global, out come the sizes to try for
the data: what the weights say, then the usual ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.checking.drivers import results
from clearprop.checking.drivers.calls import Callee, settled, slots
from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.sizes import USUAL, Sizes
from clearprop.checking.drivers.trial import Program

_NO_SIZES = frozenset(
    ("flag", "seed", "generator", "batch", "epochs", "rate", "strength", "keep", "eps")
)
AS_WIDE = replace(USUAL, H=USUAL.D)  # x + f(x): a layer that is as wide as its input
_LARGE = 1000  # inputs: more would make trials slow


def possible(program: Program, made: Callee | None) -> list[Sizes]:
    """The sizes to try, those of the object's own weights last."""
    if made is None:
        return [*_of(_matrices(program.shared())), AS_WIDE]
    if any(role(n, True) not in _NO_SIZES for n in made.needs()):
        return [USUAL]
    wanted = slots(program, [(made, made.needs())])
    first = {(s.name, s.key): s.options[0] for s in wanted}
    lines, given = settled(program, first)
    outcome = program.run("\n".join([*lines, f"made_object = {made.call(given)}"]))
    return _of(_matrices(outcome.names.get("made_object")))


def _of(weights: list[Any]) -> list[Sizes]:
    if not weights:
        return [USUAL]
    (a, b), (c, d) = weights[0].shape, weights[-1].shape
    examples = next(n for n in (USUAL.N, 7, 8, 9, 10) if n not in (a, b, c, d))
    rows = Sizes(N=examples, D=a, H=b, C=d)
    columns = Sizes(N=examples, D=b, H=a, C=c)
    return [s for s in (rows, columns) if _LARGE >= s.D] + [USUAL]


def _matrices(thing: Any) -> list[Any]:
    found = [v for v in results.arrays(thing).values() if np.ndim(v) == 2]
    return [m for m in found if 1 not in m.shape] or found
