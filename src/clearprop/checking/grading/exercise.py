"""Grading by the spec of an exercise: the mark is for the blanks, each with its points.

Comes in ``exercise.json``, as ``clearprop exercise`` wrote it; goes out the check that
it asks for, and what counts in a report: one thing for each blank, in the order of the
exercise, whatever else stands in the program.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clearprop.checking.exercise.handed import as_given
from clearprop.checking.grading.credit import Item, whole
from clearprop.checking.report import Claim, Report
from clearprop.checking.untrusted import check_untrusted
from clearprop.errors import ClearpropError
from clearprop.trace.source import read

NAME = "exercise.json"
_NEEDED = ("blanks", "given", "students", "points", "loss_variable")
_WORSE = {"right": 0, "follows": 1, "unchecked": 2, "wrong": 3}

Spec = Mapping[str, Any]


def beside(targets: Sequence[str]) -> str | None:
    """The spec in the folder of submissions, or in the folder of the files."""
    folders = [
        target if os.path.isdir(target) else os.path.dirname(target) or "."
        for target in targets
    ]
    found = {os.path.join(folder, NAME) for folder in folders}
    there = sorted(path for path in found if os.path.isfile(path))
    if len(there) > 1 or (there and len(found) > 1):
        raise ClearpropError(
            f"{there[0]} belongs to some of these only: grade one exercise at a time, "
            "or name its spec with --spec"
        )
    return there[0] if there else None


def load(path: str) -> Spec:
    """The spec, if it is one."""
    try:
        with open(path, encoding="utf-8") as file:
            spec = json.load(file)
    except OSError as error:
        raise ClearpropError(f"{path} can't be read: {error.strerror}") from None
    except ValueError:
        raise ClearpropError(f"{path} is no spec: it isn't JSON") from None
    if not isinstance(spec, dict) or any(name not in spec for name in _NEEDED):
        raise ClearpropError(
            f"{path} is no spec of an exercise: clearprop exercise writes one"
        )
    if not all("code" in line or "numbers" in line for line in spec["given"]):
        raise ClearpropError(f"{path} is of another version: make the exercise again")
    return spec


def check_handed(
    path: str, options: Mapping[str, Any], spec: Spec, **limits: Any
) -> Report:
    """Check a submission as it was handed out, but for its blanks."""
    handed = as_given(read(path), spec, path)
    asked = {**options, "loss": spec["loss_variable"], "source": handed.source}
    report = check_untrusted(path, asked, **limits)
    report.changed = handed.changed
    return report


def blanks(report: Report, spec: Spec) -> list[Item]:
    """What counts: each blank with its points."""
    if report.verdict == "undecided":
        return [whole("unchecked")]
    made = [_blank(report, blank) for blank in spec["blanks"]]
    taken = {item.finding for item in made}
    for finding in report.findings:  # on the way to a blank: it is the first one's
        if finding in taken:
            continue
        for i, item in enumerate(made):
            if item.status == "follows" and item.because == finding.line:
                made[i] = replace(item, status="wrong", finding=finding)
                break
    return made


def _blank(report: Report, blank: Mapping[str, Any]) -> Item:
    name = blank["variable"]
    finding = next((f for f in report.findings if f.variable == name), None)
    claims = [c for c in report.claims if c.variable == name]
    claims = [c for c in claims if c.stated] or claims
    claim = max(claims, key=lambda c: _WORSE[c.status], default=_silent(report, name))
    return Item(
        finding.line if finding else claim.line,
        name,
        claim.claim or (finding.expected if finding else ""),
        "wrong" if finding else claim.status,
        finding,
        claim.because,
        points=float(blank["points"]),
        todo=int(blank["todo"]),
    )


def _silent(report: Report, name: str) -> Claim:
    """A blank that no claim is about: what rests on it says whether it is right."""
    return Claim(0, name, "", "right" if report.verdict == "right" else "unchecked")
