"""Grades for other programs: JSON, CSV, Gradescope's results.json and JUnit's XML.

What a student wrote may stand in every text here, so each format is made safe for its
reader: no formula reaches a spreadsheet, no control character breaks an XML parser.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from clearprop import __version__
from clearprop.checking import hint as hints
from clearprop.checking.grading.credit import Item
from clearprop.checking.grading.words import PUT_BACK, about, name, plain, table
from clearprop.checking.rows import headline, reason

if TYPE_CHECKING:
    from clearprop.checking.grading.grade import Grade

CSV_COLUMNS = (
    "student", "file", "verdict", "score", "points",
    "line", "variable", "claim", "status", "credit", "mistake", "message", "suggestion",
)  # fmt: skip
CHANGED = Item(0, "", "", "wrong", points=0.0)  # a given line: it earns nothing
# What XML 1.0 has no place for.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Spreadsheets take the full-width signs for formulas too.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_JUNIT = {"wrong": "failure", "follows": "skipped", "unchecked": "error"}
_JUNIT_COUNTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def told(grades: Sequence[Grade], hint: int) -> list[Grade]:
    """The grades with no more in their reports than the teacher's hint allows."""
    return [replace(one, report=hints.told(one.report, hint)) for one in grades]


def to_json(grades: Sequence[Grade], hint: int = 3) -> str:
    """A list with the report of each file, and what it is worth."""
    return _json(
        [
            {
                "student": one.student,
                **hints.to_json(one.report, hint),
                "score": one.score,
                "points": one.points,
                **_by_blank(one),
                "seconds": round(one.seconds, 3),
                "layer": one.report.layer,
                "parts": list(one.parts),
            }
            for one in grades
        ]
    )


def _by_blank(one: Grade) -> dict[str, Any]:
    """What each blank of an exercise earned."""
    if not any(item.todo for item in one.items):
        return {}
    return {
        "blanks": [
            {
                "todo": item.todo,
                "variable": item.variable,
                "status": item.status,
                "score": round(_worth(one, item) * item.credited, 4),
                "points": round(_worth(one, item), 4),
            }
            for item in one.items
        ]
    }


def to_csv(grades: Sequence[Grade], hint: int = 3) -> str:
    """A row for each file and check; ``credit`` adds up to ``score``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for one in told(grades, hint):
        for item in one.items:
            writer.writerow(map(_cell, _values(one, item)))
        for said in one.report.changed:
            writer.writerow(map(_cell, _values(one, CHANGED, said)))
    return text.getvalue()


def to_gradescope(grades: Sequence[Grade], hint: int = 3) -> str:
    """The results.json of one student: the files graded are what they handed in."""
    several = len(grades) > 1
    shown = told(grades, hint)
    said = [(f"{one.path}: " if several else "") + _overall(one) for one in shown]
    verdicts = {one.path: one.report.verdict for one in grades}
    return _json(
        {
            "score": round(sum(one.score for one in grades), 2),
            "output": "\n".join(said),
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "extra_data": {
                "clearprop": __version__,
                "verdicts": verdicts,
                "needs_a_person": "undecided" in verdicts.values(),
                "sandbox": sorted({one.report.layer for one in grades} - {""}),
            },
            "tests": [test for one in shown for test in _tests(one, several)],
        }
    )


def to_junit(grades: Sequence[Grade], hint: int = 3) -> str:
    """A test suite for each file, a test case for each check."""
    root = ElementTree.Element("testsuites", name="clearprop")
    for one in told(grades, hint):
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(one.path))
        for item in one.items:
            _case(suite, one, item)
        suite.set("tests", str(len(one.items)))
        for status, plural in _JUNIT_COUNTS.items():
            suite.set(plural, str(len(suite.findall(f"testcase/{status}"))))
        suite.set("time", f"{one.seconds:.3f}")
    ElementTree.indent(root)
    made: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{made}\n'


def to_text(grades: Sequence[Grade], hint: int = 3) -> str:
    """The table that a terminal shows."""
    return table(told(grades, hint))


FORMATS: dict[str, Callable[[Sequence[Grade], int], str]] = {
    "text": to_text,
    "json": to_json,
    "csv": to_csv,
    "gradescope": to_gradescope,
    "junit": to_junit,
}


def _json(value: Any) -> str:
    """JSON in ASCII; what isn't Unicode, as in a file's name, becomes ?."""
    whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return json.dumps(json.loads(whole), indent=2) + "\n"


def _overall(one: Grade) -> str:
    """What a student is told about the whole file."""
    said = headline(one.report)
    if one.report.verdict == "undecided":
        return f"{said}: a person will look at this. {reason(one.report)}"
    if one.report.changed:
        return f"{said}. {PUT_BACK}: {'; '.join(one.report.changed)}"
    return said


def _values(one: Grade, item: Item, said: str = "") -> tuple[str | int | float, ...]:
    finding = item.finding
    credit = _worth(one, item) * item.credited
    return (
        one.student,
        one.path,
        one.report.verdict,
        one.score,
        one.points,
        item.line or "",
        item.variable,
        item.claim,
        item.status if not said else "changed",
        round(credit, 4),
        finding.mistake if finding else "",
        said or (finding.message if finding else one.report.reason),
        (finding.suggestion or "") if finding else "",
    )


def _worth(one: Grade, item: Item) -> float:
    """The points of one item."""
    return one.points * item.points / sum(other.points for other in one.items)


def _cell(value: str | int | float) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return str(value)
    text = plain(value)
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def _tests(one: Grade, several: bool) -> list[dict[str, Any]]:
    file = f"{one.path}, " if several else ""
    return [
        {
            "score": round(_worth(one, item) * item.credited, 4),
            "max_score": round(_worth(one, item), 4),
            "status": "passed" if item.credited else "failed",
            "name": file + name(item, one.report),
            "output": about(item, one.report),
            "visibility": "visible",
        }
        for item in one.items
    ]


def _case(suite: ElementTree.Element, one: Grade, item: Item) -> None:
    title = _xml(name(item, one.report))
    where = _xml(one.path)
    case = ElementTree.SubElement(suite, "testcase", classname=where, name=title)
    if item.status in _JUNIT:
        said = _xml(about(item, one.report))
        ElementTree.SubElement(case, _JUNIT[item.status], message=said)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
