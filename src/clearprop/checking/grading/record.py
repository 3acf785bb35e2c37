"""The record that makes grading resumable: a line of JSON for each file checked.

A line is found again by the path, what the file and its parts contain, the settings of
the check and the version of clearprop, so a file that was changed is checked anew. A
line is written as soon as its file is done; one that a crash cut short is ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from typing import Any

from clearprop import __version__
from clearprop.checking.grading.submissions import Submission
from clearprop.checking.report import Change, Claim, Finding, Report
from clearprop.errors import ClearpropError

_BEGINNING = b'{"clearprop":'


class Record:
    """A file of results; without a path, a record that keeps nothing."""

    def __init__(self, path: str | os.PathLike[str] | None, settings: str = ""):
        self.path = path
        self.settings = settings
        self._known: dict[str, tuple[Report, float]] = {}
        if path is not None:
            self._load(path)

    def key(self, one: Submission) -> str:
        """What a result depends on, as one string; empty where nothing is kept."""
        if self.path is None:
            return ""
        contents = [[path, _digest(path)] for path in (one.path, *one.parts)]
        return _sha(json.dumps([__version__, self.settings, contents]).encode())

    def get(self, key: str) -> tuple[Report, float] | None:
        """The report and the seconds it took, if they are known."""
        return self._known.get(key)

    def add(self, key: str, report: Report, seconds: float) -> None:
        """Write a result down at once."""
        if self.path is None:
            return
        kept = asdict(report)
        del kept["source"]  # only patches need it, and it is the longest part
        line = {"clearprop": __version__, "key": key, "seconds": seconds}
        _append(self.path, json.dumps(line | {"report": kept}) + "\n")

    def _load(self, path: str | os.PathLike[str]) -> None:
        try:
            with open(path, "rb") as file:
                text = file.read()
        except FileNotFoundError:
            _append(path, "")  # better to hear now than after an hour of grading
            return
        except OSError as error:
            raise _trouble(path, error) from error
        # A wrong name after --resume must not add lines to somebody's homework.
        if text.strip() and not text.startswith(_BEGINNING[: len(text)]):
            raise ClearpropError(
                f"{path} is no record of clearprop's: --resume takes a file that it "
                "wrote before, or the name of a new one"
            )
        whole = text.rfind(b"\n") + 1
        if whole < len(text):  # cut short; what is added must begin on its own line
            os.truncate(path, whole)
        for line in text[:whole].splitlines():
            try:
                made = json.loads(line)
                report, seconds = _report(made["report"]), float(made["seconds"])
                self._known[made["key"]] = report, seconds
            except (ValueError, KeyError, TypeError):
                continue


def _append(path: str | os.PathLike[str], text: str) -> None:
    try:
        with open(path, "ab") as file:
            file.write(text.encode("ascii"))
    except OSError as error:
        raise _trouble(path, error) from error


def _trouble(path: str | os.PathLike[str], error: OSError) -> ClearpropError:
    return ClearpropError(f"{path} can't be used: {error.strerror or error}")


def _report(made: dict[str, Any]) -> Report:
    claims = [Claim(**claim) for claim in made.pop("claims")]
    findings = []
    for finding in made.pop("findings"):
        changes = tuple(Change(**change) for change in finding.pop("changes"))
        findings.append(Finding(**finding, changes=changes))
    cells = [(int(line), int(cell)) for line, cell in made.pop("cells")]
    return Report(**made, claims=claims, findings=findings, cells=cells)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
