"""How far the grading is: a bar on a terminal, plain lines without rich, else nothing.

It goes to stderr, so that the grades on stdout can be piped, and it leaves nothing
behind when it is done.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from clearprop.checking.grading.words import plain
from clearprop.checking.report import Report

Seen = Callable[[str, Report], None]


@contextmanager
def following(total: int, wanted: bool) -> Iterator[Seen]:
    """A function to be told of each file that is done: the student and the report."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield lambda student, report: None
        return
    try:
        from rich.progress import Progress
    except ImportError:
        yield _lines(total)
        return
    with _bar(Progress) as bar:
        task = bar.add_task("", total=total, verdicts="")
        counted: Counter[str] = Counter()

        def seen(student: str, report: Report) -> None:
            counted[report.verdict] += 1
            bar.update(task, advance=1, verdicts=_verdicts(counted))

        yield seen


def _bar(progress: Any) -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return progress(
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[verdicts]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _lines(total: int) -> Seen:
    done = 0

    def seen(student: str, report: Report) -> None:
        nonlocal done
        done += 1
        said = f"{done} of {total}  {plain(student)}  {report.verdict}"
        print(said, file=sys.stderr, flush=True)

    return seen


def _verdicts(counted: Counter[str]) -> str:
    shown = ("right", "wrong", "undecided")
    return ", ".join(f"{counted[v]} {v}" for v in shown if counted[v])
