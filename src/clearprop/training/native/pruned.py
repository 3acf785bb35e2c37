"""A bound on what the cache holds: what was used longest ago goes first.

What goes in is the folder, after something was put into it; what goes out is a folder
of at most ``MOST`` bytes of shared objects and of steps. Nothing else that may lie
there is touched. A process that was about to load what has gone makes it again; what
was made or used within the last hour stays, so that nobody compiles in vain.

When a file was used last, the file system says: to a day, on most, and where it says
nothing it counts as used when it was made. (To note it in the file's own times would
change what a step's entry takes them for, see ``entries``.)
"""

from __future__ import annotations

import contextlib
import os
import re
import time

MOST = 128 * 2**20
_RECENT = 3600  # seconds

# Shared objects by their key and their sum; steps by the sum and length of their key.
_OURS = re.compile(r"[0-9a-f]{40}-[0-9a-f]{40}\.so|[0-9a-f]{9,}-\d+\.step")


def prune(where: str, most: int | None = None) -> None:
    """Remove what was used longest ago until the rest fits into ``MOST`` bytes."""
    most = MOST if most is None else most
    found = sorted(_files(where))
    held = sum(size for _, size, _ in found)
    recent = time.time() - _RECENT
    for used, size, path in found:
        if held <= most or used > recent:
            return
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass  # another process was faster
        except OSError:
            continue  # it can't be removed: something younger goes
        held -= size


def _files(where: str) -> list[tuple[float, int, str]]:
    """When each was used last, its size and its path."""
    found = []
    with contextlib.suppress(OSError), os.scandir(where) as entries:
        for entry in entries:
            if not _OURS.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):  # gone meanwhile
                stat = entry.stat(follow_symlinks=False)
                used = max(stat.st_atime, stat.st_mtime)
                found.append((used, stat.st_size, entry.path))
    return found


__all__ = ["MOST", "prune"]
