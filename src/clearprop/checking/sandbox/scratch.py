"""The folder that a program works in: made, watched and deleted by the parent.

It holds links to the files that are handed in, and takes whatever the program writes.
bubblewrap brings its own, in memory and of limited size; here the size is looked at now
and then, and the kernel's limit on each file keeps it from growing fast.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from clearprop.checking.sandbox import bubblewrap
from clearprop.checking.sandbox.answer import Layer, Limits

_FILES = 10_000
_DEPTH = 500  # characters: folders in folders in folders make every look slow


@contextmanager
def work_folder(layer: Layer, files: Mapping[str, str]) -> Iterator[str]:
    """The folder's path, as the program sees it."""
    if layer is Layer.BUBBLEWRAP:
        yield bubblewrap.SCRATCH
        return
    folder = tempfile.mkdtemp(prefix="clearprop-")
    try:
        for name, path in files.items():
            os.symlink(path, os.path.join(folder, name))
        yield folder
    finally:
        _delete(folder)


def too_much(scratch: str, limits: Limits) -> bool:
    """Whether the files in it are too large together, too many or too deep."""
    if scratch == bubblewrap.SCRATCH:
        return False
    size = count = 0
    folders = [scratch]  # os.walk recurses in Python 3.11
    while folders:
        folder = folders.pop()
        if len(folder) > len(scratch) + _DEPTH:
            return True
        with suppress(OSError):  # the program deletes files meanwhile
            for entry in os.scandir(folder):
                count += 1
                size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
        if count > _FILES or size > limits.scratch:
            return True
    return False


def _delete(folder: str) -> None:
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):  # rm goes as deep as it has to
        subprocess.run(["rm", "-rf", "--", folder], check=False, capture_output=True)
