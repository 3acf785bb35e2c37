"""Whose code is it? The user's is followed, libraries are called as they are."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from typing import Any

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_home: set[str] = set()  # packages that a traced function itself comes from


def at_home(module: str | None) -> None:
    """Count the package of a function that was handed over as the user's own."""
    package = (module or "").partition(".")[0]
    if package in ("", "clearprop", "numpy") or os.sep + package in _home:
        return
    if package not in sys.stdlib_module_names:
        _home.add(os.sep + package)
        is_library_module.cache_clear()
        is_library_file.cache_clear()


@cache
def is_library_file(file: str) -> bool:
    """Whether code of this file is a library's: not to be rewritten."""
    if file.startswith(_HERE):
        return True
    if any(f"{home}{os.sep}" in file or f"{home}.py" in file for home in _home):
        return False
    if file.startswith("<frozen") or "site-packages" in file or "dist-packages" in file:
        return True
    return os.path.abspath(file).startswith(_STANDARD)


@cache
def is_library_module(name: str | None) -> bool:
    """Whether classes of this module are a library's; ``exec``'s "builtins" are not."""
    package = (name or "").partition(".")[0]
    if package in ("__main__", "builtins", ""):
        return False
    if os.sep + package in _home:
        return False
    if package in sys.stdlib_module_names or package in ("numpy", "clearprop"):
        return True
    file = getattr(sys.modules.get(name or ""), "__file__", None)
    return file is not None and is_library_file(file)


def where_in_use(module: str) -> Any:
    """A module that was imported; where another thread is at it, once that is done."""
    return import_module(module) if module in sys.modules else None
