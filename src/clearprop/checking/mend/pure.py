"""Which of the program's functions may be called again and again.

The search calls helpers like ``sigmoid_prime`` with values that the program never gave
them. A method that trains, or stores what it is given in ``self``, would change the
very scope that the trials share; such a function is never called.
"""

from __future__ import annotations

import dis
import types
from functools import lru_cache
from typing import Any

_WRITES = frozenset("STORE_ATTR STORE_GLOBAL DELETE_ATTR DELETE_GLOBAL".split())


def is_pure(function: Any, depth: int = 3) -> bool:
    """Whether neither it nor the functions that it calls by name store anything."""
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return True
    if _writes(function.__code__):
        return False
    called = (function.__globals__.get(n) for n in function.__code__.co_names)
    return depth == 0 or all(
        is_pure(f, depth - 1) for f in called if isinstance(f, types.FunctionType)
    )


@lru_cache(maxsize=512)
def _writes(code: types.CodeType) -> bool:
    return any(i.opname in _WRITES for i in dis.get_instructions(code))


def is_own(function: Any) -> bool:
    """Whether it is written in Python: it may then write into its arguments."""
    return isinstance(function, types.FunctionType | types.MethodType)
