"""Checking a program that somebody else wrote, without ever running it here.

In comes a file, out comes the same report that ``check`` gives. A child in the sandbox
rehearses the whole check and hands over what the program did on the way: its runs, and
the edits that were found. The check proper is done here, by the same code, at random
inputs of its own, with that record in the place of everything that would execute the
program (``apart``). Nothing that the child concludes is taken over: a run is rebuilt
and verified, an edit counts once the mended program's run was judged here, and a
program that crashes, hangs or interferes is never right.
"""

from __future__ import annotations

import ast
import linecache
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from clearprop.checking import checker, marking
from clearprop.checking.apart import acting, is_marked
from clearprop.checking.observe import Observed, observe
from clearprop.checking.report import Report
from clearprop.checking.sandbox import Answer, Layer, Limits, available, run, why_not
from clearprop.checking.untrusted_parts import Player, Recorder, place, sent
from clearprop.checking.untrusted_text import reaches
from clearprop.errors import ClearpropError
from clearprop.trace.source import Source, parsed, read

REHEARSE = f"{__name__}:rehearse"
OBSERVE = f"{__name__}:observe_task"
# Of the time of a run; the rest is for handing over what there is by then.
REHEARSAL = 0.7
_DEFAULT = Limits()
_ASKED = ("loss", "call", "data", "claims")  # options of ``check``
_NOTHING: Mapping[str, Any] = {}


def check_untrusted(
    path: str,
    options: Mapping[str, Any] = _NOTHING,
    *,
    layer: Layer | None = None,
    limits: Limits = _DEFAULT,
) -> Report:
    """Check a file that somebody else wrote.

    Parameters
    ----------
    path : the script or notebook.
    options : ``loss``, ``call``, ``data`` and ``claims`` as of ``check``; ``files``,
        paths that the program may read; ``source``, its text, where that isn't the
        file's; ``trust``, to go on where there is no sandbox.
    layer : the sandbox; the strongest that there is, if None.
    limits : what one run may use.

    Raises
    ------
    ClearpropError
        Where this machine has no sandbox and ``trust`` isn't given.
    """
    chosen = layer or strongest(bool(options.get("trust")))
    try:
        report = _checked(path, options, chosen, limits)
    except ClearpropError as error:
        report = Report(path, "undecided", reason=str(error))
    except Exception as error:  # a graph that can't be: its author is not to stop us
        reason = f"what the program did can't be judged ({type(error).__name__})"
        report = Report(path, "undecided", reason=reason)
    report.layer = str(chosen)
    return report


def strongest(trusted: bool) -> Layer:
    """The strongest layer that this machine has; if there is none, a refusal.

    ``trusted``: then the programs are run with limits only.
    """
    found = available()
    if found is not None:
        return found
    if trusted:
        return Layer.PLAIN
    reasons = "; ".join(
        f"{one}: {why_not(one)}" for one in (Layer.BUBBLEWRAP, Layer.LANDLOCK)
    )
    raise ClearpropError(
        f"this machine has no sandbox for other people's programs ({reasons}). Install "
        "one, or add --trust if you know that they do no harm"
    )


def _checked(
    path: str, options: Mapping[str, Any], layer: Layer, limits: Limits
) -> Report:
    _make_sure()
    source = options.get("source") or read(path)
    source = replace(source, claims=(*source.claims, *(options.get("claims") or ())))
    if said := reaches(source):
        return Report(path, "undecided", reason=said)
    asked = {name: options[name] for name in _ASKED if options.get(name)}

    def child(task: str, request: Mapping[str, Any]) -> Answer:
        files = [os.fspath(file) for file in options.get("files", ())]
        return run(task, request, layer=layer, limits=limits, files=files)

    request = {**sent(source), "asked": asked, "time": [limits.cpu, limits.wall]}
    answer = child(REHEARSE, request)
    if not answer.ok:
        raise ClearpropError(answer.problem)
    player = Player(answer.result, lambda request: child(OBSERVE, request))
    with acting(player):
        return _check(source, path, asked, secrets.randbits(32))


def _make_sure() -> None:
    """That no function runs a program where an agent should."""
    from clearprop.checking import crashes, drivers, mending, slips

    parts = (
        observe, mending.searched, slips.slipped, crashes.crashed, drivers.drivers,
        drivers.of_cost,
    )  # fmt: skip
    if not all(is_marked(function) for function in parts):
        raise AssertionError("a program would be run outside of the sandbox")


def _check(source: Source, path: str, asked: Mapping[str, Any], seed: int) -> Report:
    """The check proper, as far as what it is asked for goes."""
    loss, data = asked.get("loss"), asked.get("data")

    def observed(source: Source, lines: frozenset[int] | None) -> Observed:
        wanted = None if lines is None else marking.wanted(lines)
        return observe(source, loss=loss, wanted=wanted, data=data)

    return checker.checked(path, source, observed, call=asked.get("call"), seed=seed)


# -- in the child ----------------------------------------------------------------------


def rehearse(request: dict[str, Any]) -> dict[str, Any]:
    """Check the program and give what happened, whatever came of it."""
    source = _received(request)
    recorder = Recorder()
    late = True
    with _no_longer_than(*request["time"]), acting(recorder):
        with suppress(Exception):  # the parent will meet it too
            _check(source, source.file, request["asked"], 0)
        late = False
    return {"played": recorder.played, "late": late}


def observe_task(request: dict[str, Any]) -> dict[str, Any]:
    """One run of a program, with marks at the lines that are asked for."""
    source = _received(request)
    recorder = Recorder()
    places = request["places"]
    wanted = None if places is None else _marked_at(places)
    with acting(recorder), suppress(Exception):
        observe(source, loss=request["loss"], wanted=wanted, data=request["data"])
    return {"played": recorder.played, "late": False}


def _marked_at(
    places: Sequence[tuple[int, int, bool]],
) -> Callable[[ast.stmt], bool | str]:
    asked = {(line, at): looked_up for line, at, looked_up in places}
    return lambda s: marking.LOOKED_UP if asked.get(place(s)) else place(s) in asked


class Enough(BaseException):
    """Time is up; no Exception, so that few programs catch it."""


@contextmanager
def _no_longer_than(cpu: float, wall: float) -> Iterator[None]:
    """Stop in time before the limits, by the processor's clock and by the wall's."""

    def stop(number: int, frame: Any) -> None:
        raise Enough

    timers = {signal.ITIMER_PROF: cpu, signal.ITIMER_REAL: wall}
    before = {n: signal.signal(n, stop) for n in (signal.SIGPROF, signal.SIGALRM)}
    for timer, seconds in timers.items():
        signal.setitimer(timer, REHEARSAL * seconds)
    try:
        yield
    except Enough:
        pass
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _received(request: dict[str, Any]) -> Source:
    """The program, as if it stood in the folder that it may write to."""
    file = os.path.join(os.getcwd(), request["name"])
    text = request["text"]
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    cells = [(first, cell) for first, cell in request["cells"]]
    return Source(file, text, parsed(text), cells, tuple(request["claims"]))
