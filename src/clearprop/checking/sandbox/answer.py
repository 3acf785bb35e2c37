"""What a run in the sandbox is told and what it gives back.

The layers by strength, the limits, and the answer. Nothing here runs anything, so both
the parent and the child import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MB = 1 << 20


class Layer(StrEnum):
    """What stands between the program and the machine; the strongest first.

    The value is what a report prints. ``PLAIN`` keeps the limits and an empty
    environment and nothing else: it is for files that one trusts.
    """

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "Landlock and seccomp"
    PLAIN = "limits only"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: sizes in bytes, times in seconds."""

    wall: float = 20.0
    cpu: int = 10
    memory: int = 2048 * MB  # address space
    file: int = 16 * MB  # each file written
    scratch: int = 64 * MB  # all files together
    answer: int = 32 * MB
    text: int = 64 * 1024  # printed text that is kept; the rest is read and dropped
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run ended.

    ``result`` is what the task returned, as JSON gives it. Where ``ok`` is False it is
    None, and ``problem`` is one sentence that says why. ``stdout`` is what the program
    printed, to stderr too; it never counts as an answer. ``seconds`` is wall time.
    """

    ok: bool
    result: Any | None
    problem: str
    stdout: str
    seconds: float
    layer: str
