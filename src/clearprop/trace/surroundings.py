"""A program's surroundings while it runs, and its own failures in clear words.

A script runs as ``__main__`` in its own folder, with its arguments, without output,
with plots kept off the screen and stand-ins where packages that only show things are
missing. Everything is as before when it is over.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from clearprop.errors import ClearpropError, SourceError
from clearprop.trace.muting import muted
from clearprop.trace.replay import current_state, random_state
from clearprop.trace.source import Source
from clearprop.trace.standins import PACKAGES, Quiet, StandIns, standing_in

_OTHERS = frozenset(("torch", "tensorflow", "keras", "jax", "mxnet", "theano", "cupy"))


@contextmanager
def running(
    source: Source, stand_ins: StandIns | None = None
) -> Iterator[dict[str, Any]]:
    """A program's surroundings: its folder, its name, no output; all put back."""
    folder = os.path.dirname(source.file)
    module = ModuleType("__main__")
    module.__file__ = source.file
    before = (os.getcwd(), sys.path[:], sys.argv[:], sys.modules.get("__main__"))
    backend = os.environ.get("MPLBACKEND")
    loaded = set(sys.modules)
    os.environ["MPLBACKEND"] = "Agg"
    sys.path.insert(0, folder)
    sys.argv[:] = [source.file]
    sys.modules["__main__"] = module
    try:
        os.chdir(folder)
        with standing_in(stand_ins), muted(), random_state(current_state()):
            if source.cells:
                module.__dict__.update(display=Quiet(), get_ipython=Quiet())
            yield module.__dict__
    finally:
        os.chdir(before[0])
        sys.path[:], sys.argv[:] = before[1], before[2]
        if before[3] is not None:
            sys.modules["__main__"] = before[3]
        if backend is None:
            os.environ.pop("MPLBACKEND", None)
        else:
            os.environ["MPLBACKEND"] = backend
        for name in (
            set(sys.modules) - loaded
        ):  # its own modules are read anew next time
            file = getattr(sys.modules[name], "__file__", None) or ""
            if os.path.dirname(os.path.abspath(file)) == folder and file:
                del sys.modules[name]


def script_error(error: Exception, line: int, code: str) -> ClearpropError | None:
    """What a program's own failure means, where it says something special."""
    place = f"line {line}, {code}: " if code else ""
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "").partition(".")[0]
        if name in _OTHERS:
            return SourceError(
                f"{place}clearprop follows NumPy, not {name}: write the forward pass "
                "in NumPy"
            )
        return SourceError(
            f"{place}{name} is not installed. Install it: pip install "
            f"{PACKAGES.get(name, name)}"
        )
    if isinstance(error, FileNotFoundError):
        said = re.match(r"(.+) not found\.?$", str(error))  # NumPy's own words
        name = error.filename or (said[1] if said else "it reads")
        return SourceError(
            f"{place}the file {name} is not there. Put it beside the program"
        )
    if isinstance(error, IndexError) and "argv" in code:
        return SourceError(
            f"{place}the program is run without arguments here: write the value into "
            "it, or a default"
        )
    return None


def line_in(error: BaseException, file: str) -> int:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
