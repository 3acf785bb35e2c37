"""Values that are written down together, and the paths to their parts."""

import ast

import pytest

from clearprop.checking.records import exchange, part_at, parts, records

PROGRAM = """
from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple
P = namedtuple("P", "W b")
class Q(NamedTuple):
    W: float
@dataclass(frozen=True)
class R:
    W: float
@dataclass
class Own:
    def __init__(self, W): self.W = 2 * W
class Net:
    pass
"""


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def test_records_are_what_only_holds_its_arguments():
    assert records(ast.parse(PROGRAM)) == {"dict", "P", "Q", "R"}


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("loss, {'W': X.T @ d}", (1, "W"), "X.T @ d"),
        ("loss, P(X.T @ d, b=d.sum(0))", (1, "b"), "d.sum(0)"),
        ("[(a, b + c)]", (0, 1), "b + c"),
        ("loss, {'W': dW}", (1, "b"), None),
        ("f(*rest, d)", (1,), None),
    ],
)
def test_a_path_leads_to_a_part(text, path, found):
    part = part_at(expression(text), path)
    assert (ast.unparse(part) if part is not None else None) == found


@pytest.mark.parametrize("text", ["(a, b)", "[a, b]", "{0: a, 1: b}", "P(a, b)"])
def test_a_part_is_exchanged(text):
    value = expression(text)
    exchange(value, parts(value)[1], expression("c + d"))
    assert ast.unparse(value) == text.replace("b", "c + d")
