"""Brackets and operators as one writes them; ``test_corpus`` formats whole programs."""

import pytest

from clearprop.write import expression as ex
from clearprop.write.expression import Text

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
        (ex.negated(ex.infix("*", ex.PRODUCT, A, B)), "-a * b"),
        (ex.negated(ex.infix("//", ex.PRODUCT, A, B)), "-(a // b)"),
        (ex.negated(ex.infix("%", ex.PRODUCT, A, B)), "-(a % b)"),
        (ex.infix("<", ex.COMPARE, A, ex.negated(B)), "a < -b"),
        (ex.infix("&", ex.AND, ex.infix("<", ex.COMPARE, A, B), C), "(a < b) & c"),
    ],
)
def test_brackets_only_where_python_needs_them(text, code):
    assert text.code == code
