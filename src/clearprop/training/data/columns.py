"""Which columns are examples and which are the target, by name or by number.

In come the names of the columns (or only how many there are) and what the user asked
for; out go positions, from 0. Numbers that users give count from 1, and from the end
with a minus: -1 is the last column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from clearprop.errors import DataError

Wanted = Sequence[str | int]
_NUMBER = re.compile(r"-?\d+\Z")
_SHOWN = 8  # names that an error lists


class Trained(NamedTuple):
    """What a network was trained on, to find the same in new data."""

    names: Sequence[str] = ()  # of the features, where they have any
    target: Sequence[str] = ()
    width: int = 0  # of an example

    def among(self, width: int) -> list[str | int] | None:
        """The features of rows that have no names and hold the target as well."""
        numbers = [int(name) for name in self.target if name.isdigit()]
        beside = width == self.width + len(numbers)
        if self.names or not numbers or not beside:
            return None
        return [n for n in range(1, width + 1) if n not in numbers]


UNTRAINED = Trained()


def divided(
    source: str,
    names: Sequence[str],
    width: int,
    features: Wanted | None,
    target: Wanted,
) -> tuple[list[int], list[int]]:
    """The positions of the features and of the targets.

    Without ``features``: all columns but the targets. ``names`` is empty where there
    are none.
    """
    doubled = sorted({name for name in names if names.count(name) > 1})
    targets = [position(source, names, width, one) for one in target]
    if features is None:
        chosen = [i for i in range(width) if i not in targets]
        if not chosen:
            raise DataError(f"{source} has no column beside {listed(target)}")
    else:
        chosen = [position(source, names, width, one) for one in features]
    used = [*chosen, *targets]
    if doubled and any(names[i] in doubled for i in used):
        called = f"called {doubled[0]}: rename one" if doubled[0] else "without a name"
        raise DataError(f"{source} has two columns {called}")
    for one in used:
        if used.count(one) > 1:
            called = names[one] if names else str(one + 1)
            raise DataError(f"{source}: column {called} is asked for twice")
    return chosen, targets


def position(source: str, names: Sequence[str], width: int, wanted: str | int) -> int:
    """Where a column stands."""
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    if isinstance(wanted, int) or _NUMBER.match(wanted):
        number = int(wanted)
        if 1 <= abs(number) <= width:
            return number - 1 if number > 0 else width + number
        raise DataError(
            f"{source} has no column {wanted}: its columns are 1 to {width}, and -1 is "
            "the last"
        )
    if not names:
        raise DataError(
            f"{source} has no column {wanted!r}, for its columns have no names: give "
            f"the column's number, from 1 to {width}, or -1 for the last"
        )
    near = get_close_matches(wanted, names, 1)
    if near:
        raise DataError(f"{source} has no column {wanted!r}: did you mean {near[0]!r}?")
    raise DataError(f"{source} has no column {wanted!r}: it has {listed(names)}")


def listed(names: Sequence[str | int]) -> str:
    """``a, b, c``; only the first few of many."""
    more = len(names) - _SHOWN
    shown = ", ".join(map(str, names[:_SHOWN]))
    return f"{shown} and {more} more" if more > 0 else shown


__all__ = ["UNTRAINED", "Trained", "Wanted", "divided", "listed", "position"]
