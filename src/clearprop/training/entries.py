"""Texts that tell how to call a compiled step, kept beside the shared objects.

What goes in is a key, the text of all that a step depends on, and an entry of plain
values; ``find`` gives the entry of exactly this key back, while every file that it was
made with and refers to is as it was. An entry is one Python literal: nothing in it is
executed. It is written beside its place and moved there, and one that can't be read
counts as not there.
"""

from __future__ import annotations

import ast
import os
import sys
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

import clearprop
from clearprop.training.native import pruned
from clearprop.training.native.machine import place

# What an entry holds, and how: another form has another name.
_FORM = 2


def find(key: str) -> dict[str, Any] | None:
    """The entry of this key, or None."""
    try:
        with open(os.path.join(place(), _name(key)), encoding="utf-8") as file:
            total, text = file.read().split("\n", 1)
        if int(total) != zlib.crc32(text.encode()):
            return None
        found = ast.literal_eval(text)
        if found["key"] != key or found["files"] != _stamps(found["paths"]):
            return None
        whole = all(_sum(path) == total for path, total in found["compiled"])
        return found["entry"] if whole else None
    except (OSError, ValueError, SyntaxError, TypeError, LookupError, RecursionError):
        return None


def keep(
    key: str, entry: dict[str, Any], compiled: Iterable[str], tools: Iterable[str]
) -> None:
    """Keep an entry, if it can be.

    ``compiled``: shared objects that it calls; ``tools``: the files of the compiler.
    """
    paths = "\n".join([*_sources(), *compiled, *tools])
    try:
        if any(map(_is_younger, _sources())):
            return
        found = {
            "key": key,
            "paths": paths,
            "files": _stamps(paths),
            "compiled": [(path, _sum(path)) for path in compiled],
            "entry": entry,
        }
        text = repr(found)
        if ast.literal_eval(text) == found:
            _write(_name(key), f"{zlib.crc32(text.encode())}\n{text}")
    except (OSError, ValueError, SyntaxError):
        return  # it is derived again: slower, and as right


def _write(name: str, text: str) -> None:
    """Whole or not at all, whoever else writes it now."""
    import tempfile

    making, path = tempfile.mkstemp(suffix=".making", dir=place())
    try:
        with open(making, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path, os.path.join(place(), name))
        pruned.prune(place())
    except OSError:
        os.unlink(path)
        raise


def _name(key: str) -> str:
    """A file's name: keys of one name take each other's place, never for each other."""
    return f"{zlib.crc32(key.encode()):08x}{len(key):x}-{_FORM}.step"


def _sources() -> list[str]:
    """The files that deriving was done with: NumPy's, and each module of clearprop."""
    files = [
        str(module.__file__)
        for name, module in sys.modules.copy().items()
        if name == "clearprop" or name.startswith("clearprop.")
    ]
    core = next(m for n, m in sys.modules.items() if n.endswith("._multiarray_umath"))
    return [os.path.abspath(f) for f in (*files, np.__file__, str(core.__file__))]


def _is_younger(path: str) -> bool:
    """Whether a source was changed after it may have been imported."""
    return os.stat(path).st_ctime_ns > clearprop._imported_at


def _stamps(paths: str) -> str:
    """Size and times of each file; a change of what it holds changes one of them."""
    found = map(os.stat, paths.split("\n"))
    return "\n".join(f"{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns}" for s in found)


def _sum(path: str) -> int:
    with open(path, "rb") as file:
        return zlib.crc32(file.read())


__all__ = ["find", "keep"]
