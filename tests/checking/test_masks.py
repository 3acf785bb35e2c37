"""A mask on a line of its own is mended there, and nowhere else."""

import ast

import pytest

from clearprop.checking.masks import of_the_mask, written_within
from clearprop.checking.need import Edit


def statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def edit(text: str) -> Edit:
    return Edit(text, "", "", "wrong-operand", "", 1.0)


@pytest.mark.parametrize(
    ("user", "mask", "whole", "edited", "mended"),
    [
        (
            "dz = dh * alive", "alive = z2 > 0", "dz = dh * (z2 > 0)",
            "dz = dh * (z1 > 0)", "alive = z1 > 0",
        ),
        (
            "dh[dead] = 0", "dead = h <= 0", "dh[h <= 0] = 0",
            "dh[h < 0] = 0", "dead = h < 0",
        ),
    ],
)  # fmt: skip
def test_an_edit_within_the_mask_is_the_masks_own(
    user: str, mask: str, whole: str, edited: str, mended: str
) -> None:
    line = statement(mask)
    made = written_within(statement(user), line)
    assert ast.unparse(made) == whole
    found = of_the_mask(edit(edited), made, line)
    assert found is not None
    assert found.statement == mended


@pytest.mark.parametrize("edited", ["dz = -dh * (z > 0)", "dz = dh * z"])
def test_an_edit_of_more_than_the_mask_is_none_of_it(edited: str) -> None:
    line = statement("alive = z > 0")
    made = written_within(statement("dz = dh * alive"), line)
    assert of_the_mask(edit(edited), made, line) is None
