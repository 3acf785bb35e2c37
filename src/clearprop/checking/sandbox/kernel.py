"""Calls into the Linux kernel that Python's ``os`` doesn't offer, through ctypes."""

from __future__ import annotations

import ctypes
import os

from clearprop.checking.sandbox.syscalls import CAPSET, column

_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


def call(number: int, *arguments: object) -> int:
    """One system call; an OSError says what the kernel said."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def no_new_privileges() -> None:
    """No program started from here gains rights by its file; seccomp asks for this."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")


def drop_capabilities() -> None:
    """Keep nothing of root's rights, where clearprop runs as root (in a container)."""
    which = column()
    if which is None:
        raise OSError("the system calls of this processor are not known here")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    call(CAPSET[which], ctypes.byref(header), ctypes.byref(nothing))
