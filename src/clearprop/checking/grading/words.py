"""The words of a grade: what a terminal shows a teacher, what a student is told.

Grades come in, text goes out. Names, messages and paths are partly written by the
students: what could move the cursor or turn the direction of reading is taken out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clearprop.checking.grading.credit import Item
from clearprop.checking.mistakes import MISTAKES, RANK
from clearprop.checking.report import Finding, Report
from clearprop.checking.rows import place, placed, reason
from clearprop.terminal import painted, seen_width

if TYPE_CHECKING:
    from clearprop.checking.grading.grade import Grade

_STYLES = {"right": "green", "wrong": "red", "undecided": "yellow"}
_LEANING = "<<>><"  # points and seconds stand below each other at their ends
PUT_BACK = "Given lines were changed; the mark is for the blanks, with them put back"
TAUGHT_NEXT = 5  # so many of the commonest mistakes are listed


def plain(text: str) -> str:
    """Text on one line, in which nothing but letters and signs is left."""
    spaced = (" " if char.isspace() else char for char in text)
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in spaced
    )


def number(value: float) -> str:
    """Points as one writes them: 10, 7.5, 6.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def table(grades: Sequence[Grade], times: bool = False, colour: bool = False) -> str:
    """One row a file, then what there is to say about them all."""
    rows = [_row(label, one, times) for label, one in zip(_labels(grades), grades)]
    widths = [max(map(seen_width, column)) for column in zip(*rows)]
    lines = []
    for one, row in zip(grades, rows):
        label, verdict, score, time, said = map(_padded, row, widths, _LEANING)
        shown = painted(verdict, _STYLES[one.report.verdict], colour)
        cells = [label, shown, score, *([time] if times else []), said]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, "", *summary(grades)]) + "\n"


def summary(grades: Sequence[Grade]) -> list[str]:
    """The class as a whole: how it went, and what to teach next."""
    lines = [_counts(grades), *_commonest(grades)]
    undecided = [one for one in grades if one.report.verdict == "undecided"]
    if undecided:
        lines += ["", "A person must look at these; they have no points so far:"]
        lines += [f"  {plain(o.path)}: {plain(reason(o.report))}" for o in undecided]
    changed = [one for one in grades if one.report.changed]
    if changed:
        lines += ["", f"{PUT_BACK}:"]
        lines += [
            f"  {plain(o.path)}: {plain(s)}" for o in changed for s in o.report.changed
        ]
    parts = sorted({part for one in grades for part in one.parts})
    if parts:
        lines += ["", "Parts of a submission that imports them, not graded alone:"]
        lines += [f"  {plain(part)}" for part in parts]
    if layers := sorted({o.report.layer for o in grades if o.report.layer}):
        lines += ["", f"sandbox: {', '.join(layers)}"]
    return lines


def name(item: Item, report: Report) -> str:
    """An item as the name of a test: ``line 22 dz1: dL/d z1``."""
    where = f"{place(report, item.line)} " if item.line else ""
    where = f"TODO {item.todo}, {where}" if item.todo else where
    said = f": {item.claim}" if item.claim else ""
    return f"{where}{item.variable}{said}"


def about(item: Item, report: Report) -> str:
    """What a student is told about one item, of a report that says what it may."""
    if item.finding is not None:
        return _mistake(item.finding, report)
    if item.status == "follows":
        line = f"line {item.because}" if item.because else "an earlier line"
        return placed(report, f"follows from {line}; right once that is mended")
    if report.verdict == "undecided":
        return f"a person will look at this: {reason(report)}"
    if item.status == "unchecked":
        return "not reached; mend the lines before it first"
    return str(item.status)


def _mistake(finding: Finding, report: Report) -> str:
    if not finding.mistake:  # a hint of 1 or 2 leaves out what isn't to be told
        return "this line is to be mended"
    why = placed(report, finding.message) or MISTAKES.get(finding.mistake, "")
    mend = f"\nmend: {finding.suggestion}" if finding.suggestion else ""
    return f"{finding.mistake}: {why}{mend}"


def _padded(text: str, width: int, leaning: str) -> str:
    space = " " * (width - seen_width(text))
    return space + text if leaning == ">" else text + space


def _labels(grades: Sequence[Grade]) -> list[str]:
    """The student's name, or the path where one student has several files."""
    counted = Counter(one.student for one in grades)
    return [
        plain(one.student if counted[one.student] == 1 else one.path) for one in grades
    ]


def _row(label: str, one: Grade, times: bool) -> tuple[str, str, str, str, str]:
    report = one.report
    verdict = "WRONG" if report.verdict == "wrong" else report.verdict
    score = "-" if report.verdict == "undecided" else number(one.score)
    said = ""
    if report.verdict == "wrong" and report.findings:
        first = report.findings[0]
        said = plain(f"{place(report, first.line)}  {first.mistake}")
        if len(report.findings) > 1:
            said += f"  and {len(report.findings) - 1} more"
    return label, verdict, score, f"{one.seconds:.1f} s" if times else "", said


def _counts(grades: Sequence[Grade]) -> str:
    counted = Counter(one.report.verdict for one in grades)
    decided = [one for one in grades if one.report.verdict != "undecided"]
    files = "1 file" if len(grades) == 1 else f"{len(grades)} files"
    line = f"{files}: {counted['right']} right, {counted['wrong']} wrong, "
    line += f"{counted['undecided']} undecided."
    if decided:
        mean = sum(one.score for one in decided) / len(decided)
        line += f" Mean {number(mean)} of {number(decided[0].points)} points."
    return line


def _commonest(grades: Sequence[Grade]) -> list[str]:
    """The mistakes that most files make; one file counts once for each."""
    codes = Counter(
        code
        for one in grades
        if one.report.verdict == "wrong"
        for code in {f.mistake for f in one.report.findings} - {""}
    )
    if not codes:
        return []
    order = sorted(codes, key=lambda code: (-codes[code], RANK.get(code, len(RANK))))
    shown = order[:TAUGHT_NEXT]
    width = max(map(len, shown))
    wide = len(str(codes[shown[0]]))
    return ["", "The commonest mistakes, by files:"] + [
        f"  {codes[c]:{wide}}  {c:{width}}  {MISTAKES.get(c, '')}" for c in shown
    ]
