"""What the numbers show: sentences that are computed, never recited.

Each function looks for one thing and says what it found, with the numbers that made it
say so. Other numbers, other sentences; most often none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clearprop.explain.context import Context
from clearprop.explain.remark import Remark
from clearprop.explain.remarks_flow import first_zero, not_finite, shrinking
from clearprop.explain.remarks_units import dead_units, one_hot, saturated, twins

MOST = 3  # remarks of one kind

_LOOKS: list[Callable[[Context], Iterator[Remark]]] = [
    not_finite, saturated, one_hot, dead_units, first_zero, shrinking, twins,
]  # fmt: skip


def remarks_of(context: Context, found_before: list[Remark]) -> list[Remark]:
    """Everything worth saying about these numbers, the forward pass first."""
    found = list(found_before)
    for look in _LOOKS:
        found += look(context)
    found = list({(r.kind, r.text): r for r in found}.values())
    kept: list[Remark] = []
    for remark in found:
        alike = [r for r in found if r.kind == remark.kind]
        place = alike.index(remark)
        if place < MOST - 1 or len(alike) <= MOST:
            kept.append(remark)
        elif place == MOST - 1:
            places = ", ".join(r.where for r in alike[place:][:4])
            more = ", …" if len(alike) - place > 4 else ""
            text = (
                f"The same holds in {len(alike) - place} other places: {places}{more}."
            )
            kept.append(Remark(remark.kind, text, remark.where))
    return kept
