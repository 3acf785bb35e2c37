"""Running the user's code unheard, in this thread alone.

Output and warnings belong to the whole process. Two threads that each put the streams
aside and back would put back each other's: afterwards nothing would be heard any more.
So the streams stay what they are for other threads, and the last one that leaves puts
everything back.
"""

from __future__ import annotations

import io
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

_LOCK = threading.RLock()
_HERE = threading.local()  # .sink: where this thread's output goes, while it is muted


class _Stream:
    """A stream that threads may be muted on; for all others it is the one behind it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.users = 0

    def __getattr__(self, name: str) -> Any:
        sink = getattr(_HERE, "sink", None)
        return getattr(self._stream if sink is None else sink, name)

    def leave(self, name: str) -> None:
        """One user less; without any the stream behind it is in its place again."""
        self.users -= 1
        if not self.users and getattr(sys, name) is self:
            setattr(sys, name, self._stream)


class _Warnings:
    """Ignored while at least one thread is muted."""

    def __init__(self) -> None:
        self.users = 0
        self.before = ExitStack()

    def enter(self) -> None:
        if not self.users:
            self.before.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        self.users += 1

    def leave(self) -> None:
        self.users -= 1
        if not self.users:
            self.before.close()


_WARNINGS = _Warnings()


@contextmanager
def muted() -> Iterator[None]:
    """No output and no warnings."""
    outer = getattr(_HERE, "sink", None)
    with ExitStack() as stack:
        with _LOCK:
            for name in ("stdout", "stderr"):
                stack.callback(_locked, _entered(name), name)
            if outer is None:
                _WARNINGS.enter()
                stack.callback(_locked, _WARNINGS.leave)
        if outer is not None:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        stack.callback(setattr, _HERE, "sink", outer)
        _HERE.sink = io.StringIO()
        stack.enter_context(np.errstate(all="ignore"))
        yield


def _entered(name: str) -> Any:
    """Put a stream that can be muted in the place of this one; how to leave it."""
    stream = getattr(sys, name)
    if stream is None:  # a program without a console
        return bool
    if not isinstance(stream, _Stream):
        stream = _Stream(stream)
        setattr(sys, name, stream)
    stream.users += 1
    return stream.leave


def _locked(leave: Any, *args: Any) -> None:
    with _LOCK:
        leave(*args)


__all__ = ["muted"]
