"""Gradients of an output, where no loss is stated: CS231n's staged computations."""

from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.report import Report

RIGHT = Path(__file__).parent / "right"
FIRST = """\
x = -2.0
y = 5.0
z = -4.0
q = x + y
f = q * z
dfdz = q
dfdq = z
dqdx = 1.0
dqdy = 1.0
dfdx = dqdx * dfdq
dfdy = dqdy * dfdq
"""
PRODUCT = """\
import numpy as np

W = np.array([[0.3, -1.2], [0.7, 2.0]])
x = np.array([1.5, -0.5])
s = 1 / (1 + np.exp(-W.dot(x)))
total = np.sum(s)
ds = np.ones_like(s)
dz = ds * s * (1 - s)
dW = np.outer(dz, x)
dx = W.T.dot(dz)
"""


@pytest.fixture
def checked(tmp_path):
    def check(text: str) -> Report:
        path = tmp_path / "staged.py"
        path.write_text(text)
        return cp.check(path)

    return check


def named(report: Report) -> dict[str, str]:
    assert {claim.status for claim in report.claims} == {"right"}
    return {claim.variable: claim.claim for claim in report.claims}


def test_the_first_circuit_of_the_course(checked) -> None:
    report = checked(FIRST)
    assert report.verdict == "right"
    assert (report.loss, report.loss_from) == ("f", "line 5: f = q * z")
    assert named(report) == {
        "dfdz": "dL/d z",
        "dfdq": "dL/d q",
        "dfdx": "dL/d x",
        "dfdy": "dL/d y",
    }


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("dfdz = q", "dfdz = x * y", 6),
        ("dfdx = dqdx * dfdq", "dfdx = dqdx * q", 10),
        ("dfdy = dqdy * dfdq", "dfdy = -dqdy * dfdq", 11),
        ("dfdy = dqdy * dfdq", "dfdy = 2 * dqdy * dfdq", 11),
    ],
)
def test_a_wrong_line_of_it_is_found(checked, old, new, line) -> None:
    report = checked(FIRST.replace(old, new))
    assert report.verdict == "wrong"
    assert [finding.line for finding in report.findings] == [line]


def test_arrays_and_lists_are_compared_whole(checked) -> None:
    report = checked(PRODUCT)
    assert (report.verdict, report.loss) == ("right", "total")
    assert {"dz", "dW", "dx"} <= named(report).keys() | {"dz"}
    wrong = checked(PRODUCT.replace("W.T.dot(dz)", "W.dot(dz)"))
    assert [(f.line, f.mistake) for f in wrong.findings] == [(10, "transpose")]

    lists = (RIGHT / "script_sigmoid_circuit.py").read_text()
    assert named(checked(lists))["dw"] == "dL/d w"
    wrong = checked(lists.replace("x[1] * ddot, 1.0", "x[0] * ddot, 1.0"))
    assert wrong.verdict == "wrong"
    assert wrong.findings[0].line == 12


@pytest.mark.parametrize(
    ("old", "new", "line", "mistake"),
    [
        ("dx += ((1 - sigx)", "dx = ((1 - sigx)", 30, "overwritten-accumulator"),
        ("(1 - sigy) * sigy) *", "(1 - sigy)) *", 35, "missing-derivative"),
        ("(-1.0 / (den ** 2))", "(1.0 / (den ** 2))", 20, "sign"),
        ("dxpy = (2 * xpy) * dxpysqr", "dxpy = 2 * xpy", 25, "dropped-upstream"),
    ],
)
def test_a_wrong_stage_is_found(checked, old, new, line, mistake) -> None:
    text = (RIGHT / "script_staged_expression.py").read_text()
    assert old in text
    report = checked(text.replace(old, new))
    assert report.verdict == "wrong"
    assert [(f.line, f.mistake) for f in report.findings] == [(line, mistake)]


def test_all_of_them_turned_round_are_no_convention(checked) -> None:
    text = FIRST.replace("= q\n", "= -q\n").replace("dfdq = z", "dfdq = -z")
    assert checked(text).verdict == "wrong"


def test_a_program_with_an_error_line_is_never_judged_by_its_output(checked) -> None:
    report = checked(
        "import numpy as np\n"
        "x, w, target = np.array([0.5, -0.2]), np.array([0.3, 0.8]), 0.6\n"
        "output = 1 / (1 + np.exp(-np.dot(x, w)))\n"
        "error = target - output\n"
        "dw = output * (1 - output) * x\n"
    )
    assert report.verdict == "wrong"


def test_dt_of_a_t_is_no_step_in_time(checked) -> None:
    report = checked(
        "import numpy as np\n\n"
        "a, b = 0.7, -1.2\n"
        "t = np.tanh(a)\n"
        "q = a * b\n"
        "f = t * q\n"
        "dt = q\n"
        "dq = t\n"
        "db = a * dq\n"
        "da = b * dq\n"
        "da += (1 - t**2) * dt\n"
    )
    assert report.verdict == "right"
    assert report.loss == "f"
    assert named(report) == {"dq": "dL/d q", "db": "dL/d b", "da": "dL/d a"}
