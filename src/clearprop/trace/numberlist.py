"""A list of numbers among the arguments: ``[2, 4, 5]``.

NumPy takes it as the array that it stands for, Python takes it as a list of traced
numbers. As long as nobody changes the list, it is one leaf.
"""

from __future__ import annotations

from typing import Any


class NumberList(list[Any]):
    """A list of traced numbers and the array that they are the entries of."""

    __slots__ = ("entries", "whole")

    def __init__(self, whole: Any, entries: list[Any]) -> None:
        super().__init__(entries)
        self.whole = whole
        self.entries = entries

    def array(self) -> Any:
        """The whole array, or a plain list where the user's code changed the list."""
        same = len(self) == len(self.entries) and all(
            (a.array() if type(a) is NumberList else a)
            is (b.whole if type(b) is NumberList else b)
            for a, b in zip(self, self.entries)
        )
        return self.whole if same else list(self)

    def __reduce__(self) -> Any:
        return list, (list(self),)
