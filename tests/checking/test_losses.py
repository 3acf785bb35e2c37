"""The loss is told as the expression that the program writes for it."""

from pathlib import Path

import pytest

import clearprop as cp

PROGRAM = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W = rng.normal(size=(3, 1))


def fit(W):
    return np.mean((X @ W - y) ** 2)


for step in range(50):
    {line}
    W = W - 0.2 * X.T @ (X @ W - y) / len(X)
"""
MEAN = "np.mean((X @ W - y) ** 2)"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"loss = {MEAN}", MEAN),
        ("loss = np.mean(\n        (X @ W - y) ** 2\n    )", MEAN),
        ("loss: float = fit(W)", "fit(W)"),
        ("rate, loss = 0.2, fit(W)", "fit(W)"),
        ("if (loss := fit(W)) < 1e-9: break", "fit(W)"),
        ("loss = 0; loss += fit(W)", "loss"),
    ],
)
def test_the_loss_is_told_as_it_is_written(
    tmp_path: Path, line: str, told: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(line=line))
    report = cp.check(str(program))
    assert (report.verdict, report.loss) == ("right", told)
