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
    steps = list(dis.get_instructions(code))
    return any(i.opname in _WRITES for i in steps) or _stores_into_shared(steps)


def _stores_into_shared(steps: list[dis.Instruction]) -> bool:
    """Whether an item is put into what it didn't make: ``self.ai[i] = x``.

    The stack is followed roughly: of each value on it only whether others see it too.
    """
    stack: list[bool] = [False] * 8
    shared: set[object] = set()  # local names
    for step in steps:
        name = step.opname
        jump = (
            False if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs else None
        )
        effect = dis.stack_effect(step.opcode, step.arg, jump=jump)
        depth = {"STORE_SUBSCR": -2, "STORE_SLICE": -3}.get(name)
        if depth is not None and stack[depth]:
            return True
        if name == "STORE_FAST":
            (shared.add if stack[-1] else shared.discard)(step.argval)
        seen = False
        if name.startswith(("LOAD_ATTR", "LOAD_METHOD", "LOAD_GLOBAL", "LOAD_DEREF")):
            seen = True
        elif name == "LOAD_FAST":
            seen = step.argval in shared
        elif name == "COPY":
            seen = stack[-(step.arg or 1)]
        elif name in ("BINARY_SUBSCR", "BINARY_SLICE") or step.argrepr == "[]":
            seen = stack[-3 if name == "BINARY_SLICE" else -2]
        elif name == "SWAP":
            other = -(step.arg or 1)
            stack[-1], stack[other] = stack[other], stack[-1]
            continue
        stack = stack[:effect] if effect < 0 else stack + [False] * effect
        stack = [False] * max(0, 8 - len(stack)) + stack
        if not name.startswith(("STORE", "POP", "END", "JUMP", "FOR", "RETURN")):
            stack[-1] = seen
    return False


def is_own(function: Any) -> bool:
    """Whether it is written in Python: it may then write into its arguments."""
    return isinstance(function, types.FunctionType | types.MethodType)
