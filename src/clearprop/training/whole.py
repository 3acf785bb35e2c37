"""Which argument takes all parameters at once, where the others come without names.

``loss(params, x, t)`` or ``loss(x, t, params)``: nothing but the forward pass itself
knows. It is tried with each argument in turn; where more than one way works, the user
is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.trace.function import name_of
from clearprop.trace.muting import muted
from clearprop.trace.replay import current_state, random_state
from clearprop.training.binding import Bound
from clearprop.training.returned import losses_of


def argument_for_all(
    network: Callable[..., Any],
    names: Sequence[str],
    values: Sequence[Any],
    bind: Callable[[dict[str, Any]], Bound],
) -> str:
    """The one of ``names`` that takes the parameters, the others taking ``values``.

    ``bind`` binds data by name. Where no way works it is the first, so that its error
    is told.
    """
    ways = {n: dict(zip([o for o in names if o != n], values)) for n in names}
    works = [name for name, data in ways.items() if _works(bind, data)]
    if len(works) > 1:
        raise ClearpropError(
            f"{name_of(network)} takes its parameters whole, and {' and '.join(works)} "
            "could each be the argument for them: give the others by name, as in "
            f"{', '.join(f'{n}=…' for n in ways[works[-1]])}"
        )
    return works[0] if works else names[0]


def _works(bind: Callable[[dict[str, Any]], Bound], data: dict[str, Any]) -> bool:
    try:
        bound = bind(data)
        with random_state(current_state()), muted():
            losses = np.asarray(losses_of(bound.call(bound.data)))
        return losses.dtype.kind in "fiu" and bool(np.isfinite(losses).all())
    except Exception:
        return False


__all__ = ["argument_for_all"]
