"""What a program descends on without saying so, and what it only looks at."""

from pathlib import Path

import pytest

import clearprop as cp

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3))
y = x @ np.array([1.0, -2.0, 0.5])
w = np.zeros(3)
last = np.inf
for _ in range(100):
    r = x @ w - y
    value = np.mean(np.log(np.cosh(r)))
    g = x.T @ np.tanh(r) / len(y)
    {step}
    {after}
"""
WATCHED = {
    "until it hardly changes": "if last - value < 1e-9: break\n    last = value",
    "what is best": "if value < last: last = value; best = w.copy()",
    "a number in a list": "print(value)",
}


def verdict(folder: Path, step: str, after: str) -> str:
    file = folder / "fit.py"
    file.write_text(PROGRAM.format(step=step, after=after))
    return cp.check(file).verdict


@pytest.mark.parametrize("after", WATCHED.values(), ids=WATCHED)
def test_a_number_without_a_name_is_descended_on(after: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, "w = w - 0.1 * g", after) == "right"


@pytest.mark.parametrize("after", WATCHED.values(), ids=WATCHED)
def test_what_a_branch_watches_is_no_loss(after: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, "w = w + 0.1 * g", after) != "right"


def test_nor_is_it_where_a_bias_has_come_to_rest(tmp_path: Path) -> None:
    path = Path(__file__).parent / "right" / "class_gamma_regression_intercept.py"
    text = path.read_text()
    uphill = text.replace("self.coef_ = self.coef_ - ", "self.coef_ = self.coef_ + ")
    assert uphill != text
    (tmp_path / "fit.py").write_text(uphill)
    assert cp.check(tmp_path / "fit.py").verdict != "right"


SLIPS = [
    ("class_gamma_regression_intercept", "- self.lr * d_eta", 32),
    ("loop_perceptron_decided_by_if", "+= learning_rate * error * inputs[1]", 21),
    ("loop_perceptron_decided_by_if", "+= learning_rate * error * inputs[0]", 20),
    ("loop_perceptron_decided_by_if", "* error * inputs[1]", 21),
    ("loop_perceptron_decided_by_if", "w2 += ", 21),
    ("function_perceptron_predicts_by_if", "+ l_rate * error\n", 18),
]
WRITTEN = [
    "- self.lr * self.lr * d_eta",
    "+= 2 * learning_rate * error * inputs[1]",
    "+= learning_rate * inputs[0]",
    "* error * inputs[0]",
    "w2 -= ",
    "+ l_rate * sum_error\n",
]


@pytest.mark.parametrize(("slip", "wrong"), list(zip(SLIPS, WRITTEN)), ids=WRITTEN)
def test_a_slip_under_it_is_wrong(slip, wrong, tmp_path: Path) -> None:
    name, old, line = slip
    text = (Path(__file__).parent / "right" / f"{name}.py").read_text()
    assert text.count(old) == 1
    (tmp_path / "fit.py").write_text(text.replace(old, wrong))
    report = cp.check(tmp_path / "fit.py")
    assert report.findings[0].line == line


def test_what_always_goes_up_may_be_another_players(tmp_path: Path) -> None:
    text = """\
x, y = 1.0, 2.0
for _ in range(50):
    value = x * x + 3 * x * y - y * y
    dx = 2 * x + 3 * y
    dy = 3 * x - 2 * y
    x = x - 0.1 * dx
    y = y + 0.1 * dy
    print(value)
"""
    (tmp_path / "saddle.py").write_text(text)
    assert cp.check(tmp_path / "saddle.py").verdict != "wrong"
