"""Small edits of a statement of which nobody knows what it owes.

Where the value that a statement should have had isn't known, an edit can't be compared
with it; but whoever asks can tell whether the whole program comes right with it. What
comes in is a need whose wanted values are those that the statement has by now, and that
judge; what goes out are the small edits that it accepts.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable

import numpy as np

from ..need import Edit, Need, Reach
from .frame import Frame, frame
from .kinds_supply import bare
from .proposal import Proposal
from .search import Search, mended
from .spelling import spell
from .view import View

Rights = Callable[[Frame], bool]  # whether all comes right with a statement's values


def slips(need: Need, seconds: float, rights: Rights, reach: Reach) -> list[Edit]:
    """At most five small edits with which all comes right, the best first."""
    return _found(_Slips(need, seconds, rights), reach)


def supplies(need: Need, seconds: float, rights: Rights) -> list[Edit]:
    """Expressions for a blank with which all comes right, the plainest first."""
    return _found(_Slips(need, seconds, rights), "plain")


def _found(search: Search, reach: Reach) -> list[Edit]:
    need = search.need
    if not need.runs or not need.runs[0]:
        return []
    quiet = contextlib.redirect_stdout(io.StringIO())
    with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return search.edits(reach)


class _Slips(Search):
    """The search, with a judge of edits in the place of wanted values."""

    def __init__(self, need: Need, seconds: float, rights: Rights) -> None:
        super().__init__(need, seconds)
        self.rights = rights
        self.asked: dict[str, float] = {}  # edits of several kinds are one text

    def _fits(self, view: View, proposal: Proposal) -> float:
        if proposal.after is not None or not self._changes(view, proposal):
            return 0.0
        statement = mended(view, proposal)
        text = spell(statement)
        if text not in self.asked:
            made = frame(statement, self.need.target, self.need.item)
            self.asked[text] = float(made is not None and self.rights(made))
        return self.asked[text]

    def _changes(self, view: View, proposal: Proposal) -> bool:
        """Whether an edit gives another value that fits, as far as is known."""
        if proposal.statement is not None:
            return True
        now = self.runs[0].wanted
        try:
            value = np.asarray(view.trial.value(0, proposal.swaps))
        except Exception:
            return False
        if value.dtype.kind not in "fiub" or not _takes(now.shape, value.shape):
            return False
        if not np.isfinite(value).all():
            return False
        if value.shape != now.shape or len(self.need.runs) > 1:
            return True  # at its first turn a running sum may be what it was
        return not np.allclose(value, now, rtol=1e-9, atol=0.0)


def _takes(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a shape may be in another's place: what was too small may grow.

    ``dz.sum()`` has gone through all that comes after it as ``dz.sum(axis=0)`` would.
    """
    if bare(shape) == bare(other):
        return True
    return len(shape) < len(other) and all(
        here in (1, there) for here, there in zip(shape[::-1], other[::-1])
    )
