"""A filter in the kernel for the calls of ``syscalls``: they fail with EPERM.

Comes in: the table. Goes out: a program in the kernel's packet-filter language (BPF),
in force for this process and all its threads, and for good. A denied call fails as it
does for someone without the right to make it, so that a program which asks in passing
(``platform.processor()``) goes on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from clearprop.checking.sandbox import kernel
from clearprop.checking.sandbox.syscalls import (
    CLONE,
    CLONE3,
    DENIED,
    NEWEST,
    ON_ONESELF,
    SECCOMP,
    column,
)

# linux/bpf_common.h: what an instruction does with the loaded word.
_LOAD = 0x20
_EQUAL = 0x15
_GREATER = 0x25
_ANY_BIT = 0x45
_RETURN = 0x06

# linux/seccomp.h: where things stand in the call's description, and verdicts.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_FAIL_WITH = 0x00050000

_AUDIT_ARCH = (0xC000003E, 0xC00000B7)  # x86_64, aarch64
_CLONE_THREAD = 0x00010000
_SET_MODE_FILTER = 1
_ALL_THREADS = 1

Instruction = tuple[int, int, int, int]  # operation, jump if true, if false, operand


def program(which: int, pid: int) -> list[Instruction]:
    """The filter for one architecture and one process."""
    denied, unknown = _FAIL_WITH | errno.EPERM, _FAIL_WITH | errno.ENOSYS
    made: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCH[which]),
        (_RETURN, 0, 0, _KILL),  # a 32-bit call would have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, NEWEST),  # also x32, whose numbers have a high bit set
        (_RETURN, 0, 0, unknown),
    ]
    for numbers in DENIED.values():
        if numbers[which]:
            made += _for_call(numbers[which], [(_RETURN, 0, 0, denied)])
    # clone3 keeps its flags in memory, where a filter can't look; libc then uses clone.
    made += _for_call(CLONE3[which], [(_RETURN, 0, 0, unknown)])
    made += _for_call(CLONE[which], _if_argument(_ANY_BIT, _CLONE_THREAD, denied))
    for name, numbers in ON_ONESELF.items():
        block = _if_argument(_EQUAL, pid, denied)
        if name == "prlimit64":  # where 0 means oneself; to kill, it means the group
            block = [block[0], (_EQUAL, 1, 0, 0), *block[1:]]
        made += _for_call(numbers[which], block)
    return [*made, (_RETURN, 0, 0, _ALLOW)]


def _for_call(number: int, block: list[Instruction]) -> list[Instruction]:
    """A block that ends in a verdict, for one call; others jump over it."""
    return [(_EQUAL, 0, len(block), number), *block]


def _if_argument(test: int, value: int, otherwise: int) -> list[Instruction]:
    """Allow the call if its first argument passes the test."""
    return [
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (test, 0, 1, value),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, otherwise),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def restrict() -> None:
    """Put the filter in force; there is no way back."""
    which = column()
    if which is None:
        raise OSError("the system calls of this processor are not known here")
    made = program(which, os.getpid())
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in made)
    buffer = ctypes.create_string_buffer(packed)
    described = _Program(len(made), ctypes.addressof(buffer))
    kernel.call(SECCOMP[which], _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(described))
