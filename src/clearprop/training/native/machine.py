"""The machine that code is compiled for, and where on it compiled code is kept.

All that finding what is there already needs: nothing here is slow to import.
"""

from __future__ import annotations

import functools
import os
import platform

WIDE = platform.machine().lower() in ("x86_64", "amd64")

_CPU = ("model name", "flags", "Features", "CPU part", "CPU implementer")


@functools.cache
def processor() -> str:
    """What ``-march=native`` and the C library depend on."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            kept = []
            for line in lines:
                if not line.strip():  # the other cores are alike
                    break
                if line.startswith(_CPU):
                    kept.append(line)
        known = "".join(kept)
    except OSError:
        known = platform.processor()
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):  # not on a Mac
        library = ""
    return "\n".join([platform.system(), platform.machine(), library, known])


def place() -> str:
    """The folder of the cache: ``$CLEARPROP_CACHE``, or one among the user's caches."""
    named = os.environ.get("CLEARPROP_CACHE")
    if named:
        return named
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "clearprop")


__all__ = ["WIDE", "place", "processor"]
