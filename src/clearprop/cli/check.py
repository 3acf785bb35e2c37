"""``clearprop check``: check each file, then show, patch, mend or keep watching it.

Comes in what the user asked for; goes out a report on stdout and an exit code: 0 where
all are right, 1 where any is wrong, 2 where any is undecided and none is wrong. With
``--format json`` stdout holds the JSON and nothing else: an object for one file, a list
for several. Whatever ``--hint`` withholds never reaches it. Folders, and whatever else
is to be graded, go to ``grading``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from clearprop.cli import grading, output
from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from clearprop.checking.report import Report

RIGHT, WRONG, UNDECIDED = 0, 1, 2
_CODES = {"right": RIGHT, "wrong": WRONG, "undecided": UNDECIDED}
_CLASHES = (
    ("diff", "fix", "--diff shows the mends and --fix makes them: choose one"),
    ("watch", "fix", "--watch looks on while you mend: leave --fix out"),
    ("watch", "output", "--watch shows what it finds here: leave --output out"),
)


def check_command(options: argparse.Namespace) -> int:
    """Check what the user points at, and give the exit code."""
    _agree(options)
    if grading.wanted(options):
        grading.agree(options)
        return grading.grade(options)
    if options.fix:
        made = [_fixed(target, options) for target in options.targets]
        reports = [report for report, _ in made]
        _show(reports, options, [mended for _, mended in made])
    elif options.watch:
        from clearprop.cli.watch import watch

        reports = watch(
            options.targets, lambda: _reports(options), lambda r: _show(r, options)
        )
    else:
        reports = _reports(options)
        _show(reports, options)
    return worst(reports)


def worst(reports: Iterable[Report]) -> int:
    """The exit code: 1 if any is wrong, else 2 if any is undecided."""
    codes = {_CODES[report.verdict] for report in reports}
    return next((code for code in (WRONG, UNDECIDED) if code in codes), RIGHT)


def _agree(options: argparse.Namespace) -> None:
    """Options that contradict each other, and files that aren't there, before work."""
    for one, other, says in _CLASHES:
        if getattr(options, one) and getattr(options, other):
            raise ClearpropError(says)
    for name in ("diff", "fix"):
        if getattr(options, name) and options.hint < 3:
            raise ClearpropError(
                f"--{name} gives the mend away, which --hint {options.hint} withholds: "
                "choose one"
            )
    if options.watch and options.format != "text":
        raise ClearpropError("--watch is for people: leave --format out")
    if options.data:
        from clearprop.checking import data

        data.arrays(data.parse(options.data))
    for target in options.targets:
        if not os.path.exists(target):
            raise ClearpropError(f"{target} is not there: {_instead(target)}")
        if options.output and os.path.realpath(target) == os.path.realpath(
            options.output
        ):
            raise ClearpropError(
                f"{options.output} would be overwritten: choose another name"
            )


def _instead(target: str) -> str:
    """What to do about a target that is no file."""
    file, colon, _ = target.rpartition(":")
    if colon and os.path.exists(file):
        return (
            f'a check takes the file. Try clearprop check {file} --call "train(X, y)"'
        )
    from clearprop.trace.source import instead_of

    return instead_of(target)


def _reports(options: argparse.Namespace) -> list[Report]:
    return [_report(target, options) for target in options.targets]


def _report(target: str, options: argparse.Namespace) -> Report:
    """The check of one file. What can't be checked is undecided, with the reason."""
    from clearprop.checking.checker import check
    from clearprop.checking.data import parse
    from clearprop.checking.report import Report

    try:
        with output.muted():
            return check(
                target,
                loss=options.loss,
                call=options.call,
                data=parse(options.data),
                claims=options.claim,
            )
    except ClearpropError as error:
        if options.debug:
            import traceback

            traceback.print_exc()
        return Report(target, "undecided", reason=str(error))


def _fixed(target: str, options: argparse.Namespace) -> tuple[Report, list[Any]]:
    """One file with its mends made, checked again, and what was mended."""
    from clearprop.checking.patch import mendable, rewrite

    report = _report(target, options)
    mended = mendable(report)
    if not mended:
        output.tell(_left(report))
        return report, []
    _replace(target, rewrite(report, target).content)
    return _report(target, options), _findings(report, mended)


def _findings(report: Report, mended: Sequence[Any]) -> list[Any]:
    from clearprop.checking.rows import place

    return [
        {
            "line": finding.line,
            "variable": finding.variable,
            "mistake": finding.mistake,
            "place": place(report, finding.line),
        }
        for finding in mended
    ]


def _show(
    reports: list[Report],
    options: argparse.Namespace,
    mended: Sequence[list[Any]] = (),
) -> None:
    """Everything that there is to show, on stdout or in the file that was named."""
    if options.format == "json":
        text = output.as_json(_machine(reports, options, mended))
    elif options.diff:
        text = "".join(report.diff() for report in reports)
        for report in reports:
            output.tell(_left(report))
    elif options.format == "html":
        text = "".join(report.to_html(options.hint) for report in reports)
    else:
        text = "\n".join(_texts(reports, options, mended))
    if options.output:
        output.write_file(options.output, text)
    elif text:
        output.show(text)


def _texts(
    reports: list[Report], options: argparse.Namespace, mended: Sequence[list[Any]]
) -> list[str]:
    colour = not options.output and output.coloured(sys.stdout)
    made = [report.to_text(options.hint, colour) for report in reports]
    for i, found in enumerate(mended):
        places = ", ".join(dict.fromkeys(f["place"] for f in found))
        if places:
            made[i] = f"{reports[i].file}  mended: {places}\n{made[i]}"
    return made


def _machine(
    reports: list[Report], options: argparse.Namespace, mended: Sequence[list[Any]]
) -> Any:
    """An object for one file, a list for several."""
    from clearprop.checking.hint import to_json

    made = []
    for i, report in enumerate(reports):
        found = to_json(report, options.hint)
        if options.diff:
            found["diff"] = report.diff()
        if options.fix:
            keys = ("line", "variable", "mistake")
            found["mended"] = [{k: f[k] for k in keys} for f in mended[i]]
        made.append(found)
    return made[0] if len(made) == 1 else made


def _left(report: Report) -> str:
    """What the mends leave to do, and where there are none, why."""
    from clearprop.checking.patch import mendable
    from clearprop.checking.rows import place

    mended = mendable(report)
    if report.verdict != "wrong":
        return f"{report.file} is {report.verdict}: there is nothing to mend"
    if not mended:
        return f"{report.file}: no mend was found: that is up to you"
    left = [place(report, f.line) for f in report.findings if f not in mended]
    if not left:
        return ""
    return f"{report.file}: this mends all but {', '.join(dict.fromkeys(left))}"


def _replace(path: str, content: bytes) -> None:
    """A file that holds the new content or, if anything fails, is as it was before."""
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.chmod(temporary, os.stat(target).st_mode & 0o777)
        os.replace(temporary, target)
    except OSError as error:
        raise ClearpropError(
            f"{path} can't be written: {error.strerror or error}"
        ) from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
