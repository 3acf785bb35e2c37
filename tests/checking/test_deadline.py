"""Stopping a program from another thread, and leaving no trace of it."""

from __future__ import annotations

import sys
import time

import pytest

from clearprop.checking.deadline import deadline
from clearprop.trace.watcher import Stop


def _spin() -> None:
    count = 0
    while True:
        count += 1


def _sleep_past_it() -> None:
    time.sleep(0.1)


def test_a_loop_without_end_is_stopped():
    with pytest.raises(Stop), deadline(0.05):
        _spin()


@pytest.mark.parametrize("program", [_spin, _sleep_past_it])
def test_functions_can_be_traced_afterwards(program):
    # an exception that is taken back, not raised, hung CPython 3.11 here
    try:
        with deadline(0.05):
            program()
    except Stop:
        pass
    before = sys.gettrace()
    sys.settrace(lambda *event: None)
    try:
        exec(compile("def f():\n    return 2\nf()", "<traced>", "exec"), {})
    finally:
        sys.settrace(before)
