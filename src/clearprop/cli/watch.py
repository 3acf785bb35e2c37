"""``--watch``: check again whenever one of the files is saved, until Ctrl-C."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.checking.report import Report

PAUSE = 0.3  # seconds between looks: less than it takes to look up from the editor
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watch(
    files: Sequence[str],
    check: Callable[[], list[Report]],
    show: Callable[[list[Report]], None],
) -> list[Report]:
    """Check now and after every save; the reports of the last check."""
    last: list[Report] = []
    try:
        while True:
            seen = _stamps(files)
            last = check()
            if sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
            show(last)
            while _stamps(files) in (seen, None):
                time.sleep(PAUSE)
    except KeyboardInterrupt:
        if not last:
            raise
        return last


def _stamps(files: Sequence[str]) -> list[tuple[int, int]] | None:
    """When each file was saved, and its size; None while an editor replaces one."""
    try:
        found = [os.stat(file) for file in files]
    except OSError:
        return None
    return [(stat.st_mtime_ns, stat.st_size) for stat in found]
