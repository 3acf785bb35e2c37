"""The smallest edit of a wrong statement that makes it right.

``mends(need)`` takes a statement of somebody's backward pass, what was in scope when it
ran, and what its target should have held. It gives edits of the statement's own
expression that do hold it, at every execution and every replay, each with the mistake
that it mends and a sentence that says why. Nothing is returned that wasn't tried.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence

import numpy as np

from ..need import Edit, Need, Reach
from .search import Search

__all__ = ["mends"]


def mends(
    need: Need,
    seconds: float = 2.0,
    factors: Sequence[float] = (1.0,),
    reach: Reach = "any",
) -> list[Edit]:
    """At most five edits that mend the statement, the best first; none if none fits.

    Where the constant is free, an edit may give any of the ``factors`` times what was
    wanted, the same one everywhere.
    """
    if not need.runs or not need.runs[0]:
        return []
    # The program's own functions are called with values that they were not meant for.
    quiet = contextlib.redirect_stdout(io.StringIO())
    with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return Search(need, seconds, factors).edits(reach)
