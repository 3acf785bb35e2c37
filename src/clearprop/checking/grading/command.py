"""``clearprop check FOLDER``: grade, show the grades, and say what to do if stopped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from clearprop.checking.grading.credit import items
from clearprop.checking.grading.exercise import Spec, blanks
from clearprop.checking.grading.formats import FORMATS, told
from clearprop.checking.grading.grade import CheckOne, Grade, grade
from clearprop.checking.grading.words import table
from clearprop.errors import ClearpropError
from clearprop.terminal import welcome

if TYPE_CHECKING:
    import argparse

INTERRUPTED = 130
# The options that a verdict depends on: with others, a kept result is no answer.
_SETTINGS = ("loss", "data", "call", "claim", "timeout", "trust")


def grade_command(
    paths: Iterable[str],
    options: argparse.Namespace,
    check_one: CheckOne,
    show: Callable[[str], None],
    spec: Spec | None = None,
) -> int:
    """Grade as the options say and hand the text to ``show``.

    Reads of the options, each of which may be missing: ``format`` (a name in
    ``FORMATS``), ``points`` (10), ``jobs``, ``resume`` (a path), ``hint`` (3),
    ``output`` (where ``show`` writes: a file gets no times, so that two runs give the
    same), and those that ``check_one`` was made with, so that kept results are known to
    be of the same check: ``loss``, ``data``, ``call``, ``claim``, ``timeout``,
    ``trust``.

    ``spec`` is that of an exercise: the blanks count then, and it says how much they
    are worth (``points`` shares out another sum) and how much may be told at most.

    Returns the exit code: 0 if every file is right, 1 if one is wrong, else 2 if one
    could not be decided; 130 if stopped by Ctrl-C.
    """
    spelled = getattr(options, "format", None) or "text"
    if spelled not in FORMATS:
        names = ", ".join(FORMATS)
        raise ClearpropError(f"--format {spelled} isn't for grades: choose of {names}")
    points = _positive(getattr(options, "points", None), spec)
    resume = getattr(options, "resume", None)
    try:
        grades = grade(
            paths,
            check_one=check_one,
            points=points,
            jobs=getattr(options, "jobs", None),
            resume=resume,
            settings=_settings(options, spec),
            count=items if spec is None else partial(blanks, spec=spec),
        )
    except KeyboardInterrupt:
        print(_stopped(resume), file=sys.stderr)
        return INTERRUPTED
    hint = getattr(options, "hint", None) or 3
    hint = min(hint, (spec or {}).get("hint", hint))
    if spelled == "text":
        to_file = bool(getattr(options, "output", None))
        times = not to_file and sys.stdout.isatty()
        show(table(told(grades, hint), times, colour=not to_file and welcome()))
    else:
        show(FORMATS[spelled](grades, hint))
    return _exit_code(grades)


def _positive(points: float | None, spec: Spec | None) -> float:
    if points is None:
        return 10.0 if spec is None else float(spec["points"])
    if not 0 < points < float("inf"):
        raise ClearpropError(f"--points {points:g}: a file is worth more than nothing")
    return points


def _settings(options: Any, spec: Spec | None) -> str:
    chosen = {name: getattr(options, name, None) for name in _SETTINGS}
    if spec is not None:
        chosen["spec"] = spec
    return json.dumps(chosen, sort_keys=True, default=str)


def _stopped(resume: str | None) -> str:
    if resume:
        return f"stopped. What was graded is in {resume}: the same command goes on."
    return "stopped. Nothing is kept; with --resume FILE the next run could go on."


def _exit_code(grades: list[Grade]) -> int:
    verdicts = {one.report.verdict for one in grades}
    if "wrong" in verdicts:
        return 1
    return 2 if "undecided" in verdicts else 0
