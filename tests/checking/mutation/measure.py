"""How well a checker does on mutants: verdict, line, code, and whether its mend works.

Comes in: judged mutants and a function like ``clearprop.check``. Goes out: one result
each and the rates. The benchmark prints them, the tests hold them to their bars.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .limit import TooLong, time_limit
from .mutant import Mutant
from .oracle import Judged

Check = Callable[[str], Any]  # gives a report: verdict, findings

BARS = {"verdict": 0.98, "line": 0.95, "code": 0.90, "mend": 0.85}


@dataclass(frozen=True)
class Result:
    """What the checker said of one mutant."""

    mutant: Mutant
    wrong: bool  # whether it really is a wrong program
    verdict: str
    line: int | None = None
    mistake: str = ""
    mended: bool = False
    seconds: float = 0.0
    said: str = ""

    @property
    def verdict_right(self) -> bool:
        return self.verdict == ("wrong" if self.wrong else "right")

    @property
    def line_right(self) -> bool:
        return self.verdict_right and self.line in self.mutant.lines

    @property
    def code_right(self) -> bool:
        return self.verdict_right and self.mistake in self.mutant.codes


def measure(judged: Judged, check: Check, seconds: float = 60) -> Result:
    """The checker's answer for one mutant; a crash of the checker is ``error``."""
    mutant = judged.mutant
    wrong = judged.outcome in ("changed", "crash")
    started = time.monotonic()
    try:
        with time_limit(seconds), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{mutant.program}.py"
            report = checked(path, mutant.text, check)
            first = report.findings[0] if report.findings else None
            mended = False
            if wrong and first is not None and first.changes:
                text = apply(mutant.text, first.changes)
                mended = checked(path, text, check).verdict == "right"
    except TooLong:
        return Result(mutant, wrong, "too long", seconds=seconds)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return Result(mutant, wrong, "error", said=said)
    return Result(
        mutant,
        wrong,
        report.verdict,
        line=None if first is None else first.line,
        mistake="" if first is None else first.mistake,
        mended=mended,
        seconds=time.monotonic() - started,
        said=report.reason
        if first is None
        else f"{first.message} ({first.suggestion})",
    )


def checked(path: Path, text: str, check: Check) -> Any:
    path.write_text(text, encoding="utf-8")
    return check(str(path))


def apply(text: str, changes: Sequence[Any]) -> str:
    """Whole lines exchanged, the last first, so that numbers stay true."""
    lines = text.splitlines(keepends=True)
    for change in sorted(changes, key=lambda change: change.first, reverse=True):
        new = (
            change.text
            if not change.text or change.text[-1] == "\n"
            else (change.text + "\n")
        )
        lines[change.first - 1 : change.last] = [new]
    return "".join(lines)


def rates(results: Iterable[Result]) -> dict[str, float]:
    """The shares that the bars are about, of the mutants that are wrong."""
    wrong = [result for result in results if result.wrong]
    count = max(len(wrong), 1)
    return {
        "verdict": sum(result.verdict_right for result in wrong) / count,
        "line": sum(result.line_right for result in wrong) / count,
        "code": sum(result.code_right for result in wrong) / count,
        "mend": sum(result.mended for result in wrong) / count,
    }
