"""Wrong programs, written from the field notes by someone who hadn't read the checker.

Each file of ``wrong/`` is a whole program with one, two or three mistakes. Its header
says what a check has to find, in the order of execution, and what would be right:

    # expect: line=34 variable=delta1 mistake=derivative-at-wrong-point
    # right: delta2 @ W2.T * h * (1 - h)

``right`` is the mended expression, or the whole statement where ``=`` became ``+=``.
``# keep: line=20 w2_was = w2`` goes with an updated weight: the copy that ``right``
uses, taken before line 20. Answers that are equally good are written ``line=27|29`` or
``mistake=crash|wrong-axis``. A notebook keeps the same lines, without ``#``, in its
metadata, and counts through its code cells joined with newlines.

All of it is found in every program, in this order, and with the suggestions in place
the program is right.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.mistakes import MISTAKES
from clearprop.checking.patch import fixed
from clearprop.checking.report import Finding

WRONG = Path(__file__).parent / "wrong"
PROGRAMS = sorted(p for p in WRONG.iterdir() if p.suffix in (".py", ".ipynb"))
EXPECT = re.compile(r"(?:# )?expect: line=(\S+) variable=(\S+) mistake=(\S+)")


@dataclass(frozen=True)
class Expected:
    """One mistake: the lines and the codes that are good answers."""

    lines: tuple[int, ...]
    variable: str
    mistakes: tuple[str, ...]

    def is_at(self, finding: Finding) -> bool:
        return finding.line in self.lines

    def is_named(self, finding: Finding) -> bool:
        return self.is_at(finding) and finding.mistake in self.mistakes


def expected(path: Path) -> list[Expected]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        header = json.loads(text)["metadata"]["expect"]
    else:
        header = text.splitlines()
    return [
        Expected(
            tuple(int(line) for line in found[1].split("|")),
            found[2],
            tuple(found[3].split("|")),
        )
        for found in map(EXPECT.fullmatch, header)
        if found
    ]


def program(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", PROGRAMS, ids=program)
def test_the_header_names_known_mistakes(path: Path) -> None:
    wanted = expected(path)
    assert wanted
    assert {code for one in wanted for code in one.mistakes} <= set(MISTAKES)


@pytest.mark.parametrize("path", PROGRAMS, ids=program)
def test_the_mistakes_are_found_and_named_and_mended(path: Path, tmp_path) -> None:
    report, wanted = cp.check(str(path)), expected(path)
    said = [(f.line, f.variable, f.mistake) for f in report.findings]
    assert report.verdict == "wrong", (report.reason, wanted)
    assert len(said) == len(wanted), (said, wanted)
    for finding, one in zip(report.findings, wanted):
        assert one.is_named(finding), (said, wanted)

    if not all(f.changes for f in report.findings):
        return  # a blank is for the student to fill in, another loss to be chosen
    mended = tmp_path / "mended.py"
    mended.write_text(fixed(report))
    again = cp.check(str(mended))
    assert again.verdict == "right", [(f.line, f.message) for f in again.findings]


def test_there_are_enough_programs_and_a_fair_share_hold_several_mistakes() -> None:
    several = [path for path in PROGRAMS if len(expected(path)) > 1]
    assert len(PROGRAMS) >= 60
    assert len(several) >= 18
