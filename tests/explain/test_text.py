"""The terminal view: the 3-2-1 network as a golden file, 80 columns, colour."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from corpus import CASES
from hypothesis import given
from hypothesis import strategies as st

from clearprop.terminal import seen_width, welcome, wrap

from .networks import explained, explanation_of, the_3_2_1

GOLDEN = Path(__file__).parents[1] / "golden" / "explained"
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@pytest.mark.parametrize("kind", ["text", "markdown"])
def test_the_3_2_1_network_reads_as_in_the_manual(kind):
    explanation = the_3_2_1()
    path = GOLDEN / {"text": "network.txt", "markdown": "network.md"}[kind]
    text = getattr(explanation, f"to_{kind}")()
    text = re.sub(r" \(line \d+\)", "", text)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@every_case
def test_nothing_is_wider_than_a_terminal(case):
    for line in explanation_of(case).to_text().splitlines():
        assert seen_width(line) <= 80, line
        assert line == line.rstrip()


NAME = "an_exceedingly_long_name_that_nobody_should_ever_give_to_any_variable_at_all_0"


def test_a_name_wider_than_the_terminal_is_cut():
    namespace = {"np": np}
    exec(f"def f({NAME}):\n    return np.sum(np.tanh({NAME} * {NAME}))", namespace)
    text = explained(namespace["f"], np.arange(20.0)).to_text()
    assert all(seen_width(line) <= 80 for line in text.splitlines())
    assert NAME[:70] in text


def test_wide_letters_take_two_columns():
    namespace = {"np": np}
    exec("def f(重み):\n    return np.sum(np.tanh(重み))", namespace)
    text = explained(namespace["f"], np.arange(9.0)).to_text()
    assert all(seen_width(line) <= 80 for line in text.splitlines())
    assert seen_width("重み") == 4


@given(st.text(max_size=300), st.integers(0, 10), st.integers(12, 80))
def test_wrapped_text_fits_and_loses_no_word(text, indent, columns):
    lines = wrap(text, " " * indent, " " * indent, columns)
    assert all(seen_width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


# -- colour ----------------------------------------------------------------------------


class Terminal:
    def isatty(self):
        return True


class File:
    def isatty(self):
        return False


@pytest.mark.parametrize(
    "stream, variables, coloured",
    [
        (Terminal(), {}, True),
        (File(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),  # no-color.org: only when not empty
        (Terminal(), {"TERM": "dumb"}, False),
        (File(), {"FORCE_COLOR": "1"}, True),
        (File(), {"FORCE_COLOR": "0"}, False),
        (File(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals(monkeypatch, stream, variables, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert welcome(stream) is coloured


def test_colour_adds_no_text():
    explanation = the_3_2_1()
    coloured = explanation.to_text(colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == explanation.to_text()


def test_str_is_plain_where_there_is_no_terminal(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "\x1b" not in str(the_3_2_1())


def test_nothing_is_printed(capsys):
    explanation = the_3_2_1()
    str(explanation), repr(explanation), explanation._repr_mimebundle_()
    explanation.to_latex(), explanation.graph_svg(), explanation.network_svg()
    assert capsys.readouterr() == ("", "")


def test_a_loss_that_depends_on_nothing_wanted():
    def constant(w, x):
        return np.sum(x**2) + 0 * np.sum(np.floor(w))

    with pytest.warns(UserWarning, match="does not depend on w"):
        text = explained(constant, np.ones(2), np.ones(3), wrt="w").to_text()
    assert "depends on nothing that a gradient is wanted for" in text
