"""Stopping a program from another thread, and a check that takes long."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking import unfinished
from clearprop.checking.deadline import deadline
from clearprop.trace.watcher import Stop

WRONG = Path(__file__).parent / "wrong"


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


def test_where_it_is_late_the_line_is_told_without_a_mend(monkeypatch):
    monkeypatch.setattr(unfinished, "LONGEST", 0.0)
    report = cp.check(str(WRONG / "class_nn_sigmoid_prime_of_activation.py"))
    assert report.verdict == "wrong"
    assert [(f.line, f.suggestion) for f in report.findings] == [(28, None)]
    assert "search for mends ended" in " ".join(report.notes)
