"""A step that is followed by a projection is judged as the step that it is."""

from pathlib import Path

import pytest

from clearprop.checking.checker import check

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 5))
y = X @ np.array([1.0, 0, 2, 0, 0.5]) + 0.1 * rng.normal(size=40)
w = np.abs(rng.normal(size=5))
lr = 0.05
for it in range(100):
    r = X @ w - y
    loss = 0.5 * np.mean(r**2)
    dw = X.T @ r / len(y)
"""
SHRUNK = "np.sign(v) * np.maximum(np.abs(v) - lr * 0.1, 0)"
PROJECTED = {
    "from below": ["w = np.maximum(w - lr * dw, 0)"],
    "in a box": ["w = np.clip(w - lr * dw, 0, 1)"],
    "as a method": ["w = (w - lr * dw).clip(-0.5, 0.5)"],
    "in place": ["w -= lr * dw", "np.clip(w, -0.5, 0.5, out=w)"],
    "by a mask": ["w -= lr * dw", "w[w < 0] = 0"],
    "by where": ["w -= lr * dw", "w = np.where(w > 0, w, 0)"],
    "on a sphere": ["w -= lr * dw", "w /= np.linalg.norm(w)"],
    "in a ball": ["w -= lr * dw", "w *= min(1, 3 / np.linalg.norm(w))"],
    "in a ball, by if": [
        "w = w - lr * dw",
        "norm = np.sqrt(np.sum(w**2))",
        "if norm > 1:",
        "    w = w / norm",
    ],
    "shrunk": ["v = w - lr * dw", f"w = {SHRUNK}"],
}


def checked(folder: Path, step: list[str], program: str = PROGRAM):
    path = folder / "fit.py"
    path.write_text(program + "".join(f"    {line}\n" for line in step))
    return check(path)


@pytest.mark.parametrize("name", PROJECTED)
def test_a_projected_step_is_right(name: str, tmp_path: Path) -> None:
    report = checked(tmp_path, PROJECTED[name])
    assert report.verdict == "right", report
    assert report.claims[-1].claim == "-lr * dL/d w" or name == "in a ball"


@pytest.mark.parametrize("name", PROJECTED)
def test_its_gradient_is_judged_all_the_same(name: str, tmp_path: Path) -> None:
    wrong = PROGRAM.replace("dw = X.T", "dw = -X.T")
    report = checked(tmp_path, PROJECTED[name], wrong)
    assert report.verdict == "wrong"
    assert [f.line for f in report.findings] == [11]


@pytest.mark.parametrize("name", PROJECTED)
def test_so_is_its_direction(name: str, tmp_path: Path) -> None:
    first, *rest = PROJECTED[name]
    uphill = first.replace("w - lr", "w + lr").replace("w -= lr", "w += lr")
    assert uphill != first
    report = checked(tmp_path, [uphill, *rest])
    assert report.verdict == "wrong"
    assert report.findings[0].line == 12


@pytest.mark.parametrize(
    "step",
    [
        ["w -= lr * dw", "w = -w"],
        ["w = w - lr * dw", "w = w + lr * dw * (w > 0)"],
    ],
)
def test_what_is_no_projection_is_no_step(step: list[str], tmp_path: Path) -> None:
    assert checked(tmp_path, step).verdict == "wrong"
