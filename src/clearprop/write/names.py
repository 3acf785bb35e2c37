"""Names for what is written: the user's own, ``d`` + name, and few others.

No name collides with a name of the user's, a keyword, a builtin or ``np``.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

_TAKEN = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"np"}

# What a value without a name of its own is called, by the operation that made it.
BY_OPERATION = {
    "exp": "e",
    "max": "top",
    "min": "bottom",
    "sum": "total",
    "mean": "mean",
    "sqrt": "root",
    "log": "log_value",
    "gt": "mask",
    "lt": "mask",
    "ge": "mask",
    "le": "mask",
    "eq": "chosen",
    "pow": "squared",
    "matmul": "product",
    "div": "ratio",
    "sub": "difference",
    "argsort": "order",
    "argpartition": "order",
    "logical_and": "inside",
}


def identifier(place: str) -> str | None:
    """A place such as ``self.W1`` or ``grads['b']`` as a plain name: ``W1``, ``b``."""
    if place.isidentifier():
        return place
    match = re.search(r"""(?:\.|\[['"])([A-Za-z_]\w*)(?:['"]\])?\Z""", place)
    if match is not None:
        return match[1]
    stored = re.match(r"([A-Za-z_]\w*)\[(\w+)\]\Z", place)  # hs[t] is hs_t
    return f"{stored[1]}_{stored[2]}" if stored is not None else None


class Namer:
    """Hands out names, each once."""

    def __init__(self, taken: Iterable[str]) -> None:
        """``taken``: names that the written code must leave alone."""
        self._reserved = frozenset(taken) | _TAKEN
        self._taken = set(self._reserved)
        self._last: dict[str, int] = {}
        self._used: set[str] = set()  # names of the user's that were handed out

    def take(self, wish: str) -> str:
        """The wish itself if it is free, else the wish with the first free number."""
        name, count = wish, self._last.get(wish, 1)
        while name in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._last[wish] = count
        self._taken.add(name)
        return name

    def gradient(self, of: str) -> str:
        """A name for a gradient: ``dW``, or ``grad_W`` where the user has a ``dW``."""
        return self.take(f"grad_{of}" if f"d{of}" in self._reserved else f"d{of}")

    def users(self, name: str) -> str:
        """A user's name for a value of the user's: itself once, then numbered."""
        if name not in self._used and not keyword.iskeyword(name) and name != "np":
            self._used.add(name)
            return self.own(name)
        return self.take(name)

    def own(self, name: str) -> str:
        """The user's own name for the user's own value, allowed once."""
        self._taken.add(name)
        self._used.add(name)
        return name
