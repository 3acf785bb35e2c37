"""Where random inputs take a gradient to zero, the own numbers have a say."""

from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.prove import fresh

PROGRAM = """\
import numpy as np
rng = np.random.default_rng(0)
year = 1e6 + rng.normal(size=(30, 2))
y = np.tanh((year - 1e6) @ np.array([0.5, -0.3])) + 0.1
w = np.array([0.2, 0.1])
v = 1.0
for step in range(100):
    h = np.tanh((year - 1e6) @ w)
    out = v * h
    loss = np.mean((out - y) ** 2)
    d = 2 * (out - y) / len(y)
    dv = np.sum(d * h)
    dw = (year - 1e6).T @ (d * v * (1 - h**2))
    v -= 0.1 * dv
    w -= 0.1 * dw
"""


def test_a_gradient_that_only_the_own_numbers_show_is_right_there(tmp_path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    assert cp.check(path).verdict == "right"


def test_a_wrong_one_that_nothing_else_shows_has_no_verdict(tmp_path: Path) -> None:
    """Years of other millions saturate every tanh: w's gradient is zero there."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.replace("(1 - h**2))", "(1 - h**2) * h)"))
    report = cp.check(path)
    assert report.verdict == "undecided"
    assert "w: at all inputs that were tried its gradient is zero" in report.reason


@pytest.mark.parametrize("bias", [0.0, 0.1])
def test_what_is_never_to_be_chosen_stays_so(bias: float) -> None:
    rng = np.random.default_rng(1)
    mask = np.triu(np.full((5, 5), -1e9), 1)
    scores = np.where(mask < 0, mask, bias * rng.normal(size=(5, 5)))
    other = fresh(scores, rng, 1.0)
    assert np.array_equal(other[mask < 0], scores[mask < 0])
    assert np.abs(other[mask == 0]).max() < 1
    assert np.array_equal(other, scores) == (bias == 0)
