"""Stopping a program that doesn't stop by itself and that the hooks don't see.

``while True: pass`` calls nothing that could look at a clock. A second thread does, and
has ``Stop`` raised in the program's own thread when the time is up.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clearprop.trace.watcher import Stop

TURNS = 1000  # of a loop: an exception from another thread is raised at its next turn


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within: ``Stop`` is raised after this many seconds."""
    thread = ctypes.c_ulong(threading.get_ident())
    lock = threading.Lock()
    over = fired = False

    def stop() -> None:
        nonlocal fired
        with lock:
            if not over:
                fired = True
                raise_in(thread, ctypes.py_object(Stop))

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        while True:
            try:
                timer.cancel()
                with lock:
                    over = True
                if fired:
                    # What is still to be raised is raised here, within a few turns.
                    # Taking it back instead would leave CPython 3.11 looking for it for
                    # ever: a function that is traced then never gets past its first
                    # instruction.
                    for _ in range(TURNS):
                        pass
                break
            except Stop:
                continue
