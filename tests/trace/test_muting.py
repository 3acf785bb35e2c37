"""What runs unheard is unheard in its own thread, and nothing is lost afterwards."""

import sys
import threading
import warnings
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest

import clearprop as cp
from clearprop.trace.muting import muted


def test_no_output_and_no_warnings_within(capsys, recwarn):
    with muted():
        print("within")
        print("within", file=sys.stderr)
        warnings.warn("within", UserWarning, stacklevel=1)
        with muted():
            print("deeper")
    print("after")
    warnings.warn("after", UserWarning, stacklevel=1)
    assert capsys.readouterr() == ("after\n", "")
    assert [str(w.message) for w in recwarn] == ["after"]


def test_what_a_program_puts_in_the_place_of_a_stream_is_muted_too():
    caught = StringIO()
    with muted(), redirect_stdout(caught):
        print("heard")
        with muted():
            print("not heard")
    assert caught.getvalue() == "heard\n"


def test_threads_that_overlap_leave_the_streams_as_they_were(capsys):
    entered, may_leave = threading.Event(), threading.Event()
    before = sys.stdout, sys.stderr, list(warnings.filters)

    def first():
        with muted():
            entered.set()
            may_leave.wait(10)
            print("from the thread")

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait(10)
    print("heard beside it")
    with muted():
        may_leave.set()
        thread.join(10)
        print("not heard")
    assert (sys.stdout, sys.stderr, list(warnings.filters)) == before
    assert capsys.readouterr().out == "heard beside it\n"


def test_an_error_within_leaves_all_as_it_was():
    before = sys.stdout, list(warnings.filters)
    with pytest.raises(ZeroDivisionError), muted(), muted():
        _ = 1 / 0
    assert (sys.stdout, list(warnings.filters)) == before


def test_without_streams_there_is_nothing_to_mute(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with muted():
        print("nowhere")
    assert sys.stdout is None


def test_threads_that_derive_side_by_side_are_heard_afterwards(capsys):
    def loss(x, w):
        return np.sum(np.tanh(x * w))

    def derive():
        for _ in range(5):
            found.append(cp.derive(loss, np.ones(3), np.ones(3), wrt="w").source)

    found, before = [], sys.stdout
    threads = [threading.Thread(target=derive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sys.stdout is before and len(found) == 20 and len(set(found)) == 1
