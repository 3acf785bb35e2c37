"""How a report is told: golden pages, aligned and narrow, and hints that leak nothing.

``UPDATE_GOLDEN=1 pytest tests/checking/test_text.py`` writes the pages again.
"""

import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.hint import to_json, told
from clearprop.checking.mistakes import MISTAKES
from clearprop.checking.report import Claim, Report
from clearprop.checking.text import COLUMNS, to_text

sys.path.append(str(Path(__file__).parent))
import _reports as reports

GOLDEN = Path(__file__).parents[1] / "golden" / "checked"
NOTEBOOK = [(1, 2), (12, 4), (19, 7)]
PAGES = {
    "right": (reports.right, 3),
    "wrong": (reports.wrong, 3),
    "wrong_hint_1": (reports.wrong, 1),
    "wrong_hint_2": (reports.wrong, 2),
    "two": (reports.two, 3),
    "two_hint_1": (reports.two, 1),
    "blank": (reports.blank, 3),
    "crash": (reports.crash, 3),
    "crash_hint_2": (reports.crash, 2),
    "undecided": (reports.undecided, 3),
    "layers": (reports.layers, 3),
    "unknown": (reports.unknown, 3),
    "notebook": (lambda: reports.wrong("homework.ipynb", cells=NOTEBOOK), 3),
}


@pytest.mark.parametrize("name", PAGES)
def test_page(name):
    make, hint = PAGES[name]
    page = make().to_text(hint)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_colour_changes_no_letter(name):
    make, hint = PAGES[name]
    coloured = make().to_text(hint, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == make().to_text(hint)


def test_pages_are_narrow_and_their_columns_aligned():
    for make, hint in PAGES.values():
        for line in make().to_text(hint).splitlines():
            assert len(line) <= COLUMNS < 100
            assert line == line.rstrip()
    found = [
        re.search("right|WRONG|follows", line).start()
        for line in str(reports.wrong()).splitlines()
        if line.startswith("  line")
    ]
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_long_expression_goes_on_with_an_operator():
    code = " + ".join(f"np.dot(weights_{i}, hidden_{i})" for i in range(12))
    report = reports.wrong()
    report.findings = [replace(report.findings[0], suggestion=code)]
    page = str(report)
    told = page[page.index("  mend ") : page.index("  why ")].split("\n")
    starts = [line.strip()[:2] for line in told[1:-1]]
    assert starts
    assert set(starts) == {"+ "}
    assert " ".join(line.strip() for line in told).split(None, 1)[1].strip() == code


SECRETS = (
    "(1 - hidden_layer_output)",
    "0.00070833",
    "0.00160881",
    reports.HIDDEN,
    reports.W_I_H,
    "W2.T",
    "slope of the sigmoid",
)


@pytest.mark.parametrize("hint", [1, 2])
@pytest.mark.parametrize(
    "make", [reports.wrong, reports.two, reports.crash, reports.blank, reports.layers]
)
def test_a_hint_gives_no_mend_away(make, hint):
    report = make()
    pages = [
        report.to_text(hint),
        report.to_html(hint),
        json.dumps(to_json(report, hint)),
        repr(told(report, hint)),
        told(report, hint).diff(),
    ]
    public = "".join([f.wrote for f in report.findings] + [*MISTAKES.values()])
    secrets = [f.suggestion for f in report.findings]
    secrets += [f.message for f in report.findings]
    secrets += [c.claim for c in report.claims if c.status != "right"]
    for page in pages:
        for secret in (*SECRETS, *filter(None, secrets)):
            assert secret in public or secret not in page
        if hint == 1:
            for finding in report.findings:
                assert finding.mistake not in page.replace("cp-", "")
                assert MISTAKES[finding.mistake] not in page


def test_hint_1_says_which_line():
    page = reports.two().to_text(1)
    assert "two things to mend, lines 22 and 24" in page
    assert "line 21" not in page


def test_withheld_is_null_in_json():
    found = to_json(reports.wrong(), 1)
    assert found["findings"] == [
        {
            "line": 22,
            "variable": "hidden_error_term",
            "mistake": None,
            "message": None,
            "suggestion": None,
        }
    ]
    assert {c["claim"] for c in found["claims"]} == {None}
    assert found["loss"] is None
    found = to_json(reports.wrong(), 2)
    assert found["findings"][0]["mistake"] == "missing-derivative"
    assert found["findings"][0]["suggestion"] is None
    assert [c["claim"] is None for c in found["claims"]] == [False, True, False, True]
    assert to_json(reports.wrong(), 3) == reports.wrong().to_json()


def test_a_right_program_has_no_secrets():
    for hint in (1, 2):
        assert reports.right().to_text(hint) == str(reports.right())
        assert to_json(reports.right(), hint) == reports.right().to_json()


def test_what_a_program_raises_cannot_steer_the_terminal():
    report = reports.crash()
    message = "\x1b[2J\x1b]0;owned\x07 \u202eedisni"
    report.findings = [replace(report.findings[0], message=message)]
    assert not set("\x1b\x07\u202e") & set(str(report))


def test_no_such_hint():
    with pytest.raises(ValueError, match="1, 2 or 3"):
        reports.wrong().to_text(4)


def test_praise_says_what_was_checked():
    report = reports.right()
    assert str(report).startswith("homework.py  well done: every gradient is right\n")
    report.claims.append(Claim(30, "velocity", "", "unchecked"))
    assert "every gradient that can be checked is right" in str(report)


def test_undecided_without_a_reason_says_what_to_do():
    assert "dW1" in str(Report("x.py", "undecided"))


def test_html_is_escaped_and_says_what_the_terminal_says():
    report = reports.wrong("<script>.py")
    report.findings = [replace(report.findings[0], wrote="a < b & c")]
    page = report._repr_html_()
    assert "<script>" not in page
    assert "a &lt; b &amp; c" in page
    for words in ("one thing to mend, line 22", "missing-derivative", "follows"):
        assert words in page
    for make, hint in PAGES.values():
        page = make().to_html(hint)
        for tag in ("table", "tr", "td", "div", "pre", "code", "h2", "p", "span"):
            assert len(re.findall(f"<{tag}[ >]", page)) == page.count(f"</{tag}>")


def test_a_report_with_nothing_in_it():
    assert str(Report("x.py", "wrong")) == "x.py  wrong\n"
    assert str(Report("x.py", "right")).startswith("x.py  well done")


def test_tables_that_do_not_fit_on_one_line_are_written_row_by_row(tmp_path) -> None:
    (tmp_path / "net.py").write_text(
        "import numpy as np\n"
        "rng = np.random.default_rng(0)\n"
        "X, Y = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))\n"
        "W = rng.normal(size=(4, 3))\n"
        "loss = 0.5 * np.sum((X @ W - Y)**2)\n"
        "dW = -X.T @ (X @ W - Y)\n"
        "W -= 0.1 * dW\n"
    )
    lines = to_text(cp.check(tmp_path / "net.py")).splitlines()
    first = next(i for i, line in enumerate(lines) if "yours  [[" in line)
    column = lines[first].index("[[") + 1
    assert [line[column] for line in lines[first : first + 4]] == ["["] * 4
    assert "right  [[" in lines[first + 4]
