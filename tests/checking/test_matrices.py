"""np.matrix: followed where it only turns a row into a column, else refused."""

import pytest

import clearprop as cp

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
X, W = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
scores = X.dot(W)
first = scores[:, 0]
d = scores - np.matrix(first).T.A
loss = np.sum(d**2)
dscores = 2 * d
dscores[:, 0] -= dscores.sum(axis=1)
dW = X.T @ dscores
"""


@pytest.fixture
def checked(tmp_path):
    def check(text):
        path = tmp_path / "net.py"
        path.write_text(text)
        return cp.check(path)

    return check


def test_the_gradient_goes_through_a_matrix_that_is_only_turned(checked) -> None:
    assert checked(PROGRAM).verdict == "right"
    assert checked(PROGRAM.replace(".T.A", ".A1[:, None]")).verdict == "right"
    cut = PROGRAM.replace("dscores[:, 0] -= dscores.sum(axis=1)\n", "")
    assert checked(cut).verdict == "wrong"


@pytest.mark.parametrize(
    "code", ["np.matrix(first) * scores", "np.matrix(first).T[0]", "np.matrix(first).I"]
)
def test_what_means_something_else_for_a_matrix_is_undecided(checked, code) -> None:
    line = f"scale = {code}\n"
    report = checked(PROGRAM.replace("d = scores", f"{line}d = scores"))
    assert report.verdict == "undecided"
    assert report.reason == (
        f"line 7, {line.strip()}: a matrix changes what * and indexing mean. "
        "Convert it with np.asarray, and write products with @."
    )
