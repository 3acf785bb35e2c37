"""Mends as text: applied, as a patch that other tools take, and back into the file."""

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clearprop.checking.patch import diff, fixed, mended, mends, rewrite, unified
from clearprop.checking.report import Change
from clearprop.errors import ClearpropError
from clearprop.trace.source import read

sys.path.append(str(Path(__file__).parent))
import _reports as reports

MENDED = reports.HOMEWORK.replace(reports.WROTE, reports.MEND)
TOOLS = {
    "patch": ["patch", "-p0", "--quiet"],
    "git": ["git", "apply", "-p0"],
    "git_plain": ["git", "apply"],
}


def applied(tool, folder, patch):
    if shutil.which(TOOLS[tool][0]) is None:
        pytest.skip(f"{tool} is not here")
    run = subprocess.run(
        TOOLS[tool], input=patch.encode(), cwd=folder, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()


def test_the_mend_is_in_the_text():
    assert reports.wrong().fixed() == MENDED
    ast.parse(reports.two().fixed())
    assert "= learnrate * hidden_error_term" in reports.two().fixed()


def test_nothing_to_mend():
    assert reports.right().diff() == ""
    assert reports.right().fixed() == reports.HOMEWORK
    assert reports.unknown().diff() == ""


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_other_tools_take_the_patch(tmp_path, monkeypatch, tool, end, last):
    monkeypatch.chdir(tmp_path)
    text = reports.HOMEWORK if last else reports.HOMEWORK.rstrip("\n")
    file = tmp_path / "homework.py"
    file.write_bytes(text.replace("\n", end).encode())
    report = reports.wrong(source=text)
    patch = report.diff()
    applied(tool, tmp_path, patch)
    expected = text.replace(reports.WROTE, reports.MEND).replace("\n", end)
    assert file.read_bytes() == expected.encode()


@pytest.mark.parametrize("tool", ["patch", "git"])
@pytest.mark.parametrize("name", ["week 3/my homework.py", "a/b.py", "übung.py"])
def test_names_with_folders_and_spaces(tmp_path, monkeypatch, tool, name):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(reports.HOMEWORK)
    applied(tool, tmp_path, reports.wrong(name).diff())
    assert file.read_text() == MENDED


def test_a_last_line_without_an_end_is_mended(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x.py").write_text("a = 1\nb = 2")
    patch = unified("a = 1\nb = 2", "a = 1\nb = 3", "x.py")
    applied("patch", tmp_path, patch)
    assert Path("x.py").read_text() == "a = 1\nb = 3"


def test_a_text_that_is_no_file_still_has_a_patch():
    patch = diff(reports.wrong("no/such/homework.py"))
    assert patch.startswith("--- no/such/homework.py\n+++ no/such/homework.py\n@@")
    assert patch.count("\n-") == patch.count("\n+") - 1 == 1


@pytest.mark.parametrize(
    "change, expected",
    [
        (Change(2, 2, "B"), "a\nB\nc\n"),
        (Change(2, 2, "B\n"), "a\nB\nc\n"),
        (Change(2, 3, "B"), "a\nB\n"),
        (Change(2, 2, "B\nC"), "a\nB\nC\nc\n"),
        (Change(2, 2, ""), "a\nc\n"),
        (Change(2, 1, "new"), "a\nnew\nb\nc\n"),
        (Change(4, 3, "new"), "a\nb\nc\nnew\n"),
    ],
)
def test_lines_are_replaced_inserted_and_deleted(change, expected):
    text = "a\nb\nc\n"
    assert mended(text, [change]) == expected
    windows = mended(text.replace("\n", "\r\n"), [change])
    assert windows == expected.replace("\n", "\r\n")


def test_a_form_feed_ends_no_line():
    assert mended("a\x0c\nb\nc\n", [Change(2, 2, "B")]) == "a\x0c\nB\nc\n"


def test_many_changes_keep_their_lines():
    text = "".join(f"{i}\n" for i in range(1, 10))
    changes = [Change(2, 2, "two\nTWO"), Change(7, 8, "seven"), Change(5, 4, "4.5")]
    assert mended(text, changes).split() == "1 two TWO 3 4 4.5 5 6 seven 9".split()


def test_of_two_mends_of_one_line_the_first_is_made():
    report = reports.wrong()
    other = replace(report.findings[0], changes=(Change(22, 22, "pass"),))
    report.findings.append(other)
    assert mends(report) == list(report.findings[0].changes)
    assert fixed(report) == MENDED


# --- The file -------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_the_mark_at_the_start_stay(tmp_path, end, bom):
    file = tmp_path / "homework.py"
    file.write_bytes(bom + reports.HOMEWORK.replace("\n", end).encode())
    made = rewrite(reports.wrong(source=read(str(file)).text), str(file))
    assert made.content == bom + MENDED.replace("\n", end).encode()


def test_the_encoding_stays(tmp_path):
    file = tmp_path / "homework.py"
    head = "# -*- coding: latin-1 -*-\n# é\n"
    file.write_bytes((head + reports.HOMEWORK).encode("latin-1"))
    report = reports.wrong(source=read(str(file)).text, shift=2)
    assert rewrite(report, str(file)).content == (head + MENDED).encode("latin-1")


def test_a_file_that_changed_is_left_alone(tmp_path):
    file = tmp_path / "homework.py"
    file.write_text(reports.HOMEWORK + "\n# saved meanwhile\n")
    with pytest.raises(ClearpropError, match="has changed since it was checked"):
        rewrite(reports.wrong(), str(file))


def test_mends_that_break_the_program_are_not_written(tmp_path):
    report = reports.wrong()
    broken = replace(report.findings[0], changes=(Change(22, 22, "  x = ("),))
    report.findings = [broken]
    with pytest.raises(ClearpropError, match="don't fit together"):
        rewrite(report, str(tmp_path / "homework.py"))


# --- Notebooks ------------------------------------------------------------------------


def notebook(lines_as=list, **style):
    """The homework in three code cells, with a magic and prose between."""
    head, _, backward = reports.HOMEWORK.partition("# backward\n")
    cells = [
        ("markdown", "# Homework é\n"),
        ("code", "%matplotlib inline\n" + head),
        ("code", ""),
        ("markdown", "Backward."),
        ("code", backward.rstrip("\n")),
        ("code", "!ls\nprint(1.50)\n"),
    ]
    made = {
        "cells": [
            {
                "cell_type": kind,
                "metadata": {},
                "source": text if lines_as is str else text.splitlines(keepends=True),
            }
            for kind, text in cells
        ],
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
    }
    return json.dumps(made, **{"indent": 1, "ensure_ascii": False} | style)


@pytest.mark.parametrize("lines_as", [list, str])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize(
    "style", [{}, {"indent": 2}, {"indent": None}, {"ensure_ascii": True}], ids=str
)
def test_only_the_mended_line_of_a_notebook_changes(tmp_path, lines_as, end, style):
    file = tmp_path / "homework.ipynb"
    before = notebook(lines_as, **style) + end
    file.write_text(before, encoding="utf-8")
    source = read(str(file))
    line = source.text.split("\n").index(f"hidden_error_term = {reports.WROTE}") + 1
    report = reports.wrong(str(file), source.text, shift=line - 22, cells=source.cells)
    assert "cell 5, line 3" in str(report)
    after = rewrite(report, str(file)).content.decode()
    assert after == before.replace(reports.WROTE, reports.MEND)
    assert after != before


def test_the_patch_of_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "homework.ipynb"
    file.write_text(notebook(), encoding="utf-8")
    source = read("homework.ipynb")
    line = source.text.split("\n").index(f"hidden_error_term = {reports.WROTE}") + 1
    report = reports.wrong("homework.ipynb", source.text, line - 22, source.cells)
    applied("git_plain", tmp_path, report.diff())
    assert reports.MEND in "".join(json.loads(file.read_text())["cells"][4]["source"])


def test_a_notebook_that_changed_is_left_alone(tmp_path):
    file = tmp_path / "homework.ipynb"
    file.write_text(notebook(), encoding="utf-8")
    source = read(str(file))
    report = reports.wrong(str(file), source.text, cells=source.cells)
    file.write_text(notebook().replace("Homework", "homework").replace("-0.3", "-0.4"))
    with pytest.raises(ClearpropError, match="has changed"):
        rewrite(report, str(file))
