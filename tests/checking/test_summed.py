"""A loss to which something is added afterwards is the sum that is descended on."""

from pathlib import Path

import pytest

import clearprop as cp

PROGRAM = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W = rng.normal(size=(3, 1))
reg, {total} = 0.3, 0.0
for step in range(50):
    out = X @ W
    loss = np.mean((out - y) ** 2)
    {line}
    dW = 2 * X.T @ (out - y) / len(X){term}
    W -= 0.1 * dW
"""


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("cost_and_reg = loss + reg * np.sum(W**2)", " + 2 * reg * W"),
        ("total = loss + reg * np.sum(W**2)", " + 2 * reg * W"),
        ("loss += reg * np.sum(W**2)", " + 2 * reg * W"),
        ("running = running + loss", ""),
        ("running = 0.9 * running + 0.1 * loss", ""),
    ],
)
def test_the_sum_is_descended_on_and_a_record_is_not(
    tmp_path: Path, line: str, term: str
) -> None:
    program = tmp_path / "program.py"
    total = "running" if "running" in line else "unused"
    program.write_text(PROGRAM.format(line=line, term=term, total=total))
    assert cp.check(str(program)).verdict == "right"
    other = "" if term else " + 2 * reg * W"
    program.write_text(PROGRAM.format(line=line, term=other, total=total))
    report = cp.check(str(program))
    if term:  # what the loss hasn't may be weight decay; what it has may not be missing
        assert [f.mistake for f in report.findings] == ["regularization"]
