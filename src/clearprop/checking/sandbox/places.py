"""Which folders a program in the sandbox may read: the interpreter's and no others.

Python itself, the installed packages, NumPy, clearprop and the system's libraries. Not
the home folder (unless Python lives there, and then only where it lives), and not the
folder of the submission: the files of a run are named one by one.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"),
    *("/nix/store", "/gnu/store"),
)
# Python may be installed right into the home folder, or its .local: not all of a
# prefix is Python's.
_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def import_roots() -> list[str]:
    """Where a child that ignores PYTHONPATH finds the packages that are in use here."""
    roots = [os.path.dirname(package) for package in _packages()]
    installed = [path for path in sys.path if path.endswith("-packages")]
    return list(dict.fromkeys([*roots, *installed]))


def readable() -> list[str]:
    """The folders and files that exist, of those a run may read; absolute paths."""
    wanted = [
        *_SYSTEM,
        *(os.path.join(prefix, part) for prefix in _prefixes() for part in _PARTS),
        sys.executable,
        *(root for root in import_roots() if root.endswith("-packages")),
        *_packages(),
        *(f"{package}.libs" for package in _packages()),  # a wheel's own libraries
        *_libraries(),
    ]
    return sorted({os.path.abspath(path) for path in wanted if os.path.exists(path)})


def _prefixes() -> tuple[str, ...]:
    return sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix


def _packages() -> list[str]:
    found = (find_spec(name) for name in ("clearprop", "numpy"))
    return [os.path.dirname(spec.origin) for spec in found if spec and spec.origin]


def _libraries() -> list[str]:
    """What a cluster's module system adds for the interpreter's own libraries."""
    home = os.path.expanduser("~")
    listed = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return [path for path in listed if os.path.isabs(path) and path != home]
