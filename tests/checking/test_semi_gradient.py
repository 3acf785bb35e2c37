"""Temporal differences: the target counts as given, by what it is made of."""

from pathlib import Path

import pytest

import clearprop as cp

RIGHT = Path(__file__).parent / "right"
PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
w = rng.normal(size=4)
gamma, alpha = 0.9, 0.05
for step in range(50):
    s, s2, r = rng.normal(size=4), rng.normal(size=4), rng.normal()
    v = s @ w
    delta = r + gamma * (s2 @ w) - v
    w += alpha * delta * s
"""
STATED = PROGRAM.replace("    w +=", "    loss = 0.5 * delta**2\n    w +=")
NAMED = PROGRAM.replace(
    "    delta = r + gamma * (s2 @ w) - v",
    "    goal = r + gamma * (s2 @ w)\n    delta = goal - v",
)


@pytest.fixture
def checked(tmp_path):
    def check(text):
        path = tmp_path / "td.py"
        path.write_text(text)
        return cp.check(path)

    return check


@pytest.mark.parametrize("text", [PROGRAM, NAMED, STATED])
def test_a_target_that_data_is_added_to_counts_as_given(checked, text) -> None:
    assert checked(text).verdict == "right"
    assert checked(text.replace("delta * s\n", "delta * s2\n")).verdict == "wrong"
    assert checked(text.replace("w += alpha", "w -= alpha")).verdict == "wrong"


def test_the_whole_gradient_is_right_too(checked) -> None:
    whole = STATED.replace("delta * s\n", "delta * (s - gamma * s2)\n")
    assert checked(whole).verdict == "right"


def test_a_name_makes_no_target(checked) -> None:
    """Half of the gradient of a loss that weights alone make is no semi-gradient."""
    twins = """\
import numpy as np

rng = np.random.default_rng(0)
w = rng.normal(size=4)
for step in range(50):
    a, b = rng.normal(size=4), rng.normal(size=4)
    target = a @ w
    loss = 0.5 * (target - b @ w) ** 2
    w += 0.1 * (target - b @ w) * b
"""
    assert checked(twins).verdict == "wrong"
    assert checked(twins.replace("w) * b\n", "w) * (b - a)\n")).verdict == "right"


def test_an_array_that_begins_as_zeros_is_no_data(checked) -> None:
    """``du[1:] -= flux`` is no difference from a target: both are the simulation's."""
    rod = Path(__file__).parent / "right" / "loop_adjoint_rod_misfit.py"
    text = rod.read_text()
    assert checked(text).verdict == "right"
    assert checked(text.replace("misfit", "gap")).verdict == "undecided"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("acts] += d_logp", "acts] = d_logp", 35),
        ("-ratio * adv, 0.0)", "-ratio * ratio, 0.0)", 33),
    ],
)
def test_what_is_given_is_given_in_a_wrong_program_too(old, new, line, tmp_path):
    """The first ratio has no old policy but this one, whose weights are learned."""
    text = (RIGHT / "loop_ppo_clipped_ratio.py").read_text()
    assert text.count(old) == 1
    (tmp_path / "ppo.py").write_text(text.replace(old, new))
    assert [f.line for f in cp.check(tmp_path / "ppo.py").findings] == [line]
