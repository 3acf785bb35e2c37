"""The limits of one run, set by the child on itself before the program begins.

Comes in: ``Limits``. Goes out: nothing; from here on the kernel stops what uses more.
Processes are not counted here: RLIMIT_NPROC counts all that the user runs and does not
hold for root, so ``seccomp`` forbids a second process instead.
"""

from __future__ import annotations

import ctypes
import sys

from clearprop.checking.sandbox.answer import Limits

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def apply(limits: Limits) -> None:
    """Set the limits; a system that lacks one of them goes without it."""
    import resource

    soft_and_hard = {
        "RLIMIT_AS": (limits.memory, limits.memory),
        # The soft limit sends SIGXCPU, which names the reason; the hard one kills a
        # program that ignores it.
        "RLIMIT_CPU": (limits.cpu, limits.cpu + 1),
        "RLIMIT_FSIZE": (limits.file, limits.file),
        "RLIMIT_NOFILE": (limits.open_files, limits.open_files),
        "RLIMIT_CORE": (0, 0),
    }
    for name, (soft, hard) in soft_and_hard.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        _, allowed = resource.getrlimit(which)
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)
        try:
            resource.setrlimit(which, (soft, hard))
        except (ValueError, OSError):
            if sys.platform == "linux":  # macOS knows RLIMIT_AS and refuses it
                raise


def die_with_parent() -> None:
    """Leave no orphan behind when clearprop itself is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
