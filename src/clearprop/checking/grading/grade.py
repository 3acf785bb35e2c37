"""From paths to grades: every submission checked, side by side, and none lost.

The check of one file comes from outside. It runs the program in a sandbox of its own
and then judges it, which is work: hence processes, not threads. They may be on other
machines: joblib's backends for Dask and Ray take their place where
``joblib.parallel_config`` names them. So whatever is handed to a worker can be pickled,
and only this process writes the record.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from clearprop.checking.grading.credit import Item, items, share
from clearprop.checking.grading.progress import following
from clearprop.checking.grading.record import Record
from clearprop.checking.grading.submissions import Submission, find
from clearprop.checking.report import Report
from clearprop.errors import ClearpropError

AT_A_TIME = 100
CheckOne = Callable[[str], Report]
Count = Callable[[Report], list[Item]]


@dataclass(frozen=True, slots=True)
class Grade:
    """A submission, its report, and what it is worth out of ``points``."""

    student: str
    path: str
    report: Report
    points: float
    seconds: float = 0.0
    parts: tuple[str, ...] = ()
    count: Count = items  # what counts in the report

    @property
    def score(self) -> float:
        """The points earned; 0 where nothing was decided and a person must look."""
        return round(self.points * share(self.items), 2)

    @property
    def items(self) -> list[Item]:
        """What was counted."""
        return self.count(self.report)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a worker hands back. ``sound``: it is about the file, not an accident."""

    index: int
    report: Report
    seconds: float
    sound: bool = True


def grade(
    paths: Iterable[str | os.PathLike[str]],
    *,
    check_one: CheckOne,
    points: float = 10.0,
    jobs: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    settings: str = "",
    progress: bool = True,
    count: Count = items,
) -> list[Grade]:
    """Grade files and folders of files.

    Parameters
    ----------
    paths : files and folders. In a folder, every ``.py`` and ``.ipynb`` below it.
    check_one : takes a path and returns its Report. It must run the program in a
        process of its own and wait for that no longer than its limit.
    points : what one file is worth.
    jobs : how many files are checked at a time; all processors if None.
    resume : a file where results are kept, and looked up in the next run.
    settings : what else a result depends on; with other settings it isn't looked up.
    count : what counts in a report; each claim if not said.
    progress : show on stderr how far it is, if that is a terminal.

    Returns
    -------
    The grades in the order of the paths, whatever the number of jobs.

    Raises
    ------
    ClearpropError
        If there is nothing to grade, the record can't be written, or ``jobs`` asks
        for joblib where it isn't installed.
    """
    found = find(paths)
    record = Record(resume, settings)
    keys = [record.key(one) if not one.barred else "" for one in found]
    done: dict[int, Checked] = {}
    with following(len(found), progress) as seen:
        for index, known in enumerate(_known(found, keys, record)):
            if known is not None:
                done[index] = Checked(index, *known)
                seen(found[index].student, known[0])
        # A worker may stand in another folder than we do.
        places = [os.path.abspath(one.path) for one in found]
        waiting = [(i, place) for i, place in enumerate(places) if i not in done]
        for checked in _run(check_one, waiting, jobs):
            _as_given(checked.report, places[checked.index], found[checked.index].path)
            if checked.sound:
                record.add(keys[checked.index], checked.report, checked.seconds)
            done[checked.index] = checked
            seen(found[checked.index].student, checked.report)
    return [
        Grade(
            o.student, o.path, done[i].report, points, done[i].seconds, o.parts, count
        )
        for i, o in enumerate(found)
    ]


def _as_given(report: Report, place: str, path: str) -> None:
    """The report speaks of the path that the teacher gave."""
    report.file = path
    report.reason = report.reason.replace(place, path)


def _known(
    found: list[Submission], keys: list[str], record: Record
) -> Iterator[tuple[Report, float] | None]:
    """What needs no check: files that may not be opened, and those in the record."""
    for one, key in zip(found, keys, strict=True):
        if one.barred:
            yield Report(one.path, "undecided", reason=one.barred), 0.0
        else:
            yield record.get(key)


def _run(
    check_one: CheckOne, waiting: list[tuple[int, str]], jobs: int | None
) -> Iterator[Checked]:
    """Check all files, each result as soon as it is there, and none left out.

    If a worker dies, which a sandbox should prevent, or a cluster loses a machine, then
    nobody knows which file it was: the rest is checked one by one.
    """
    missing = dict(waiting)
    try:
        # A single file isn't worth a worker.
        first = 1 if len(waiting) == 1 else jobs
        for checked in _side_by_side(check_one, waiting, first):
            del missing[checked.index]
            yield checked
    except ClearpropError:
        raise
    except Exception:
        for one in missing.items():
            try:
                yield from _side_by_side(check_one, [one], jobs)
            except Exception as error:
                yield _accident(*one, f"its worker was lost: {error}", 0.0)


def _side_by_side(
    check_one: CheckOne, waiting: list[tuple[int, str]], jobs: int | None
) -> Iterator[Checked]:
    try:
        from joblib import Parallel, delayed
    except ImportError:
        if jobs not in (None, 1):
            raise ClearpropError(
                f"--jobs {jobs} needs joblib: pip install 'clearprop[grade]'"
            ) from None
        yield from (_check(check_one, *one) for one in waiting)
        return
    tasks = (delayed(_check)(check_one, *one) for one in waiting)
    wanted = {"n_jobs": -1 if jobs is None else jobs, "batch_size": 1}
    try:
        parallel = Parallel(**wanted, return_as="generator_unordered")
    except ValueError:  # Ray's backend gives lists only: short ones, soon on record
        while some := list(islice(tasks, AT_A_TIME)):
            yield from Parallel(**wanted)(some)
    else:
        yield from parallel(tasks)


def _check(check_one: CheckOne, index: int, path: str) -> Checked:
    """What runs in a worker. Nothing that a check does wrong stops the others."""
    begun = perf_counter()
    try:
        report = check_one(path)
        if not isinstance(report, Report):
            raise TypeError(f"the check gave a {type(report).__name__}, no report")
    except ClearpropError as error:
        return _accident(index, path, str(error), perf_counter() - begun)
    except (Exception, SystemExit) as error:
        said = f"clearprop itself failed: {type(error).__name__}: {error}"
        return _accident(index, path, said, perf_counter() - begun)
    return Checked(index, report, perf_counter() - begun)


def _accident(index: int, path: str, reason: str, seconds: float) -> Checked:
    """Not the file's fault: undecided, not recorded, so that a resumed run tries it."""
    return Checked(index, Report(path, "undecided", reason=reason), seconds, False)
