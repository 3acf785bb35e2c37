"""Files and the network, fenced off by the process itself: Linux's Landlock.

Comes in: what may be read and the one folder that may be written. Goes out: nothing;
every other file is closed to this process for good, and TCP too where the kernel knows
how (version 4). No privilege is needed. Only the contents of files are guarded: that a
file exists, how large it is and when it was changed can still be asked.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from clearprop.checking.sandbox import kernel
from clearprop.checking.sandbox.syscalls import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
)

# linux/landlock.h, by bit. Each version of Landlock handles the first so many.
_RIGHTS = (
    "execute write_file read_file read_dir remove_dir remove_file make_char make_dir "
    "make_reg make_sock make_fifo make_block make_sym refer truncate ioctl_dev"
).split()
_HANDLED = {1: 13, 2: 14, 3: 15, 4: 15}

_READ = ("read_file", "read_dir")
_WRITE = (
    *_READ,
    *("write_file", "truncate", "make_reg", "make_dir", "remove_file", "remove_dir"),
)
_OF_FILES = ("execute", "write_file", "read_file", "truncate", "ioctl_dev")

_ASK_VERSION = 1
_PATH_BENEATH = 1
_TCP = 0b11  # bind and connect, from version 4
_SIGNALS_AND_SOCKETS = 0b11  # no signals out of here, from version 6


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Landlock's version in this kernel; an OSError where it is not there or off."""
    try:
        return kernel.call(LANDLOCK_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError as error:
        raise OSError("this kernel has no Landlock, or has it switched off") from error


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Close all files but these; what doesn't exist is passed over."""
    known = version()
    handled = (1 << _HANDLED.get(known, len(_RIGHTS))) - 1
    described = _Ruleset(
        handled,
        _TCP if known >= 4 else 0,
        _SIGNALS_AND_SOCKETS if known >= 6 else 0,
    )
    rules = kernel.call(
        LANDLOCK_CREATE_RULESET,
        ctypes.byref(described),
        ctypes.sizeof(described),
        0,
    )
    for paths, rights in ((readable, _READ), (writable, _WRITE)):
        for path in paths:
            _allow(rules, path, rights, handled)
    _restrict_this_thread(rules)
    os.close(rules)


def _allow(rules: int, path: str, rights: Iterable[str], handled: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(folder).st_mode):
        rights = [right for right in rights if right in _OF_FILES]
    allowed = handled & _bits(rights)
    rule = _Beneath(allowed, folder)
    kernel.call(LANDLOCK_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(folder)


def _bits(rights: Iterable[str]) -> int:
    return sum(1 << _RIGHTS.index(right) for right in rights)


def _restrict_this_thread(rules: int) -> None:
    # Landlock binds the calling thread and those it starts later: a thread that is
    # already there (of an OpenBLAS that ignored its one-thread setting) would go free.
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise OSError(f"{threads} threads are running already; Landlock binds only one")
    kernel.call(LANDLOCK_RESTRICT_SELF, rules, 0)
