"""The pytest fixture: a wrong backward pass fails a test, the report its message."""

import os
import tomllib
from pathlib import Path

import pytest

import clearprop

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[2]
PRELUDE = """
import clearprop
import pytest
from clearprop.checking.report import Claim, Finding, Report

RIGHT = Report("net.py", "right", claims=[Claim(3, "dw", "dL/d w", "right")])
WRONG = Report(
    "net.py",
    "wrong",
    claims=[Claim(3, "dw", "dL/d w", "wrong")],
    findings=[Finding(3, "dw", "sign", "the minus is missing", "-g * x")],
)
UNDECIDED = Report("net.py", "undecided", reason="forward gives no number")


@pytest.fixture(autouse=True)
def a_check(monkeypatch):
    # What is tested here is the fixture, whatever the checker finds.
    def check(forward, backward, *args, **options):
        if forward is None:
            raise clearprop.ClearpropError("np.sort has no derivative here")
        return forward(backward, *args, **options)

    monkeypatch.setitem(vars(clearprop), "check", check)
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """A pytest of its own, in which the plugin is loaded once, by name."""
    source = str(Path(clearprop.__file__).parents[1])
    path = os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def run(test):
        pytester.makepyfile(PRELUDE + test)
        return pytester.runpytest_subprocess(
            "-p", "clearprop.checking.fixture", "-p", "no:cacheprovider"
        )

    return run


def test_a_right_one_passes_and_gets_every_argument(run):
    result = run("""
def forward(backward, x, w, *, wrt):
    assert (backward, x, w, wrt) == ("backward", 1, 2, "w")
    return RIGHT


def test_backward(check_backward):
    assert check_backward(forward, "backward", 1, 2, wrt="w") is None
""")
    result.assert_outcomes(passed=1)


def test_a_wrong_one_fails_with_the_report(run):
    result = run("""
def test_backward(check_backward):
    check_backward(lambda *args: WRONG, None)
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*check_backward(lambda *args: WRONG, None)",
            "E*net.py*one thing to mend, line 3",
            "E*line 3*dw*WRONG*should be dL/d w",
            "E*mend*-g * x",
            "E*why*the minus is missing*(sign)",
        ]
    )


def test_nothing_of_the_inside_is_shown(run):
    """The failure is in the user's line: no file of clearprop's stands in it."""
    for report in ("lambda *args: WRONG", "None"):
        result = run(f"""
def test_backward(check_backward):
    check_backward({report}, None)
""")
        result.assert_outcomes(failed=1)
        result.stdout.no_fnmatch_line("*fixture.py*")
        result.stdout.no_fnmatch_line("*_complaint*")


def test_undecided_is_no_pass(run):
    result = run("""
def test_backward(check_backward):
    check_backward(lambda *args: UNDECIDED, None)
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*undecided", "E*forward gives no number"])


def test_a_refusal_is_no_pass(run):
    result = run("""
def test_backward(check_backward):
    check_backward(None, None)
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*this could not be checked: np.sort has no derivative here"]
    )


def test_pytest_finds_it_where_clearprop_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    plugins = project["entry-points"]["pytest11"]
    assert plugins == {"clearprop": "clearprop.checking.fixture"}


def test_loading_it_costs_a_test_run_nothing(run, pytester):
    """The plugin is loaded in every session, also in those that never use it."""
    result = run("""
import sys


def test_light():
    assert "numpy" not in sys.modules
""")
    result.assert_outcomes(passed=1)
