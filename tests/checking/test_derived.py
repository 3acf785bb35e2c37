"""Lines that no small edit mends are derived: rightly, and as one would write them."""

from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.patch import fixed

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(5, 3))
y = rng.normal(size=(5, 2))
W1 = rng.normal(size=(3, 4))
b1 = np.zeros(4)
W2 = rng.normal(size=(4, 2))
lam = 0.1
for step in range(20):
    z = x @ W1 + b1
    h = {activation}
    out = h @ W2
    loss = np.mean((out - y) ** 2) + lam * np.sum(W2 ** 2)
    dout = {dout}
    dW2 = {dW2}
    dh = {dh}
    dz = {dz}
    dW1 = {dW1}
    db1 = {db1}
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
"""
ANSWERS = {
    "activation": "np.tanh(z)",
    "dout": "2 * (out - y) / out.size",
    "dW2": "h.T @ dout + 2 * lam * W2",
    "dh": "dout @ W2.T",
    "dz": "dh * (1 - h ** 2)",
    "dW1": "x.T @ dz",
    "db1": "dz.sum(axis=0)",
}


def report(tmp_path: Path, **lines: str) -> cp.Report:
    file = tmp_path / "network.py"
    file.write_text(SCRIPT.format(**{**ANSWERS, **lines}))
    return cp.check(file)


def right_once_filled(tmp_path: Path, found: cp.Report) -> bool:
    file = tmp_path / "mended.py"
    file.write_text(fixed(found))
    return cp.check(file).verdict == "right"


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("dout", "2 / y.size * (out - y)"),
        ("dW2", "h.T @ dout + 2 * lam * W2"),
        ("dh", "dout @ W2.T"),
        ("dz", "dh * (1 - h ** 2)"),
        ("dW1", "x.T @ dz"),
        ("db1", "dz.sum(axis=0)"),
    ],
)
def test_a_blank_is_filled_with_what_an_expert_would_write(tmp_path, name, suggested):
    found = report(tmp_path, **{name: "None"})
    (finding,) = found.findings
    assert finding.mistake == "blank"
    assert finding.suggestion == suggested
    assert right_once_filled(tmp_path, found)


@pytest.mark.parametrize(
    ("activation", "slope"),
    [
        ("1 / (1 + np.exp(-z))", "dh * h * (1 - h)"),
        ("np.maximum(0, z)", "dh * (h > 0)"),
        ("np.log(1 + np.exp(z))", "dh * (1 - np.exp(-h))"),
        ("z * np.exp(-z ** 2)", ""),
    ],
)
def test_the_slope_of_any_activation_is_derived(tmp_path, activation, slope):
    found = report(tmp_path, activation=activation, dz="...")
    assert slope in ("", found.findings[0].suggestion)
    assert right_once_filled(tmp_path, found)


def test_several_blanks_are_filled_one_from_the_other(tmp_path):
    found = report(tmp_path, dz="None", dW1="None", db1="None")
    assert [f.suggestion for f in found.findings] == [
        "dh * (1 - h ** 2)",
        "x.T @ dz",
        "dz.sum(axis=0)",
    ]
    assert right_once_filled(tmp_path, found)


def test_a_line_that_is_wrong_all_over_is_derived_anew(tmp_path):
    found = report(tmp_path, dz="np.cos(h) - x.sum()")
    (finding,) = found.findings
    assert finding.suggestion == "dh * (1 - h ** 2)"
    assert right_once_filled(tmp_path, found)
