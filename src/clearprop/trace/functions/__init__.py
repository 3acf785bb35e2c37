"""NumPy's functions, by subject: what each is made of in the graph.

A handler is registered under the name that NumPy gives its function (so nothing of
NumPy is imported to build the table): ``@handles("sum")``, ``@handles("linalg.norm")``.
It takes the tracer and the user's own arguments, and returns a node, a ``View`` or a
traced value; the tracer computes NumPy's value beside it and checks the two. A
``direct`` handler does all of that itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

Run = TypeVar("Run", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do for one function."""

    run: Callable[..., Any]
    direct: bool = False
    named: bool = False  # direct, and it takes the function itself first


_TABLE: dict[str, Handler] = {}
_FOUND: dict[Any, Handler | None] = {}
_OWN_NAMES = (
    "linalg",
    "fft",
    "random",
    "testing",
    "ma",
    "polynomial",
    "char",
    "strings",
)
# imported when a function that isn't known yet is met: the common subjects first
_SUBJECTS = tuple(
    "creation reduce products shaping joining indexing calculus free higher".split()
)
_HOMES = {
    "linalg": ("linalg", *_SUBJECTS), "math": ("numbers",), "builtins": ("numbers",),
    "dtype()": ("numbers",), "random": ("random",), "random()": ("random",),
    "scipy": ("special", "signal"), "vectorize()": ("higher",),
}  # fmt: skip


def handles(
    *names: str, direct: bool = False, named: bool = False
) -> Callable[[Run], Run]:
    """Register a handler for NumPy functions (or ``math.``, ``builtins.`` ones)."""

    def register(run: Run) -> Run:
        for name in names:
            _TABLE[name] = Handler(run, direct or named, named)
        return run

    return register


def name_of(function: Any) -> str | None:
    """The name of a function in the table, or None for what isn't NumPy's."""
    if isinstance(function, type) and issubclass(function, np.generic):
        return "dtype()"
    if type(function).__name__ == "vectorize":
        return "vectorize()"
    owner = getattr(function, "__self__", None)
    home = type(owner).__module__ if owner is not None else ""
    name = getattr(function, "__name__", "")
    if home.startswith("numpy.random") and not isinstance(owner, type):
        return f"random.{name}" if _find(f"random.{name}") else "random()"
    module = getattr(function, "__module__", None) or ""
    if module in ("math", "builtins"):
        return f"{module}.{name}"
    if module.startswith(("scipy.special", "scipy.signal")):
        return f"{module[:5]}.{name}"
    if not module.startswith("numpy"):
        return None
    inner = module.split(".")[1] if "." in module else ""
    return f"{inner}.{name}" if inner in _OWN_NAMES else name


def _find(name: str) -> Handler | None:
    """The handler of this name; modules are imported until one registers it."""
    for subject in _HOMES.get(name.partition(".")[0], _SUBJECTS):
        if name in _TABLE:
            break
        import_module(f"{__name__}.{subject}")
    return _TABLE.get(name)


def handler_for(function: Any) -> Handler | None:
    """The handler of a function, if there is one."""
    try:
        return _FOUND[function]
    except KeyError:
        pass
    except TypeError:  # not hashable, so not a function
        return None
    name = name_of(function)
    found = _find(name) if name is not None else None
    if isinstance(getattr(function, "__self__", None), ModuleType | None):
        _FOUND[function] = found  # a bound method would be kept alive
    return found


def is_numpy(function: Any) -> bool:
    """Whether this is a callable of NumPy's own."""
    if isinstance(function, np.ufunc):
        return True
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc | np.ndarray | np.generic):
        return True
    if type(owner).__module__.startswith("numpy"):
        return True
    module = getattr(function, "__module__", None)
    return isinstance(module, str) and module.split(".")[0] == "numpy"
