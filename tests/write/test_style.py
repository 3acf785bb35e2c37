"""What is written is laid out as ``ruff format`` leaves it, in at most 88 columns."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from corpus import CASES

import clearprop
from clearprop.write import expression as ex
from clearprop.write.expression import Text


def ruff():
    beside = Path(sys.executable).parent / "ruff"
    return str(beside) if beside.exists() else shutil.which("ruff")


@pytest.mark.skipif(ruff() is None, reason="ruff is not installed")
@pytest.mark.parametrize("style", ["fused", "atomic"])
def test_the_formatter_changes_nothing(tmp_path, style):
    for case in CASES:
        forward, args = case.at(case.sizes)
        source = clearprop.derive(forward, *args, wrt=case.names, style=style).source
        (tmp_path / f"{case.id}.py").write_text(source)
    command = [ruff(), "format", "--isolated", "--diff", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout == ""


A, B, C = Text("a"), Text("b"), Text("c")


@pytest.mark.parametrize(
    "text, code",
    [
        (ex.infix("*", ex.PRODUCT, A, ex.infix("+", ex.SUM, B, C)), "a * (b + c)"),
        (ex.infix("*", ex.PRODUCT, A, ex.infix("/", ex.PRODUCT, B, C)), "a * b / c"),
        (ex.infix("/", ex.PRODUCT, A, ex.infix("*", ex.PRODUCT, B, C)), "a / (b * c)"),
        (ex.infix("-", ex.SUM, A, ex.infix("+", ex.SUM, B, C)), "a - (b + c)"),
        (ex.infix("-", ex.SUM, A, ex.infix("-", ex.SUM, B, C)), "a - (b - c)"),
        (ex.infix("+", ex.SUM, A, ex.negated(B)), "a - b"),
        (ex.infix("*", ex.PRODUCT, A, ex.negated(B)), "a * (-b)"),
        (ex.infix("@", ex.MATMUL, A, ex.infix("*", ex.PRODUCT, B, C)), "a @ (b * c)"),
        (ex.infix("*", ex.PRODUCT, ex.infix("@", ex.MATMUL, A, B), C), "(a @ b) * c"),
        (ex.infix("@", ex.MATMUL, ex.infix("@", ex.MATMUL, A, B), C), "a @ b @ c"),
        (ex.infix("@", ex.MATMUL, A, ex.infix("@", ex.MATMUL, B, C)), "a @ (b @ c)"),
        (ex.power(A, Text("2")), "a**2"),
        (ex.power(ex.infix("-", ex.SUM, A, B), Text("2")), "(a - b) ** 2"),
        (ex.power(ex.negated(A), Text("2")), "(-a) ** 2"),
        (ex.negated(ex.power(A, Text("2"))), "-(a**2)"),
        (ex.infix("<", ex.COMPARE, A, ex.negated(B)), "a < -b"),
        (ex.infix("&", ex.AND, ex.infix("<", ex.COMPARE, A, B), C), "(a < b) & c"),
    ],
)
def test_brackets_only_where_python_needs_them(text, code):
    assert text.code == code
