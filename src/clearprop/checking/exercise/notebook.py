"""The exercise as a notebook: the task and formulas in Markdown, blanks in code cells.

The notebook is nbformat 4 written by hand, with ids that depend only on the place of a
cell, so that the same exercise gives the same file.
"""

from __future__ import annotations

import json
from typing import Any

from clearprop.checking.exercise.item import Item
from clearprop.checking.exercise.paper import shape_of, words_of
from clearprop.checking.exercise.pieces import text_of
from clearprop.checking.exercise.sheet import Sheet
from clearprop.write.latex import equations
from clearprop.write.reading import read

_TASK = """\
The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss $L$ changes with it. Put your code in place of each `None`; it may take more
than one line. Leave the comments that begin with `clearprop:` as they are: they state
what each name stands for, and the last cell checks it."""


def student_notebook(sheet: Sheet, values: dict[str, Any], who: str, file: str) -> str:
    """The notebook that a student gets."""
    forward = sheet.forward
    title = f"# Exercise: the backward pass of {forward.name}"
    heading = "\n\n".join([f"{title}, for {who}" if who else title, *forward.about])
    cells = [_markdown(f"{heading}\n\n{_TASK}")]
    cells += _given(sheet, values)
    cells.append(_markdown("## Backward pass"))
    again = [item.code for item in sheet.items if item.kind == "again"]
    if again:
        cells.append(_code("# Values that are needed once more\n" + "\n".join(again)))
    asked: list[str] = []
    given: list[str] = []
    for item in sheet.items:
        if item.name in sheet.todo:
            cells += _given_cell(asked, given)
            cells += [_markdown(_words(sheet, item)), _code(_blank(item))]
            asked.append(item.name)
        elif item.kind != "again":
            given.append(item.code)
    cells += _given_cell(asked, given)
    if sheet.moves:
        cells.append(_markdown("One step of gradient descent:"))
        cells.append(_code(_needs(asked) + "\n".join(sheet.moves)))
    cells.append(_markdown("## Results"))
    cells.append(_code("\n".join(f'print("{n}:", {n})' for n in sheet.results)))
    cells.append(_markdown("Save the notebook; then this cell checks it."))
    check = f'cp.check("{file}")'
    if sheet.hint < 3:
        check = f"print({check}.to_text(hint={sheet.hint}))"
    cells.append(_code(f"import clearprop as cp\n\n{check}"))
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _given(sheet: Sheet, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The forward pass: a cell for each part of the program, and its formulas."""
    forward = sheet.forward
    texts = forward.texts(values)
    runs: list[tuple[str, str]] = []
    for piece in forward.pieces:
        text = text_of(piece, texts)
        if runs and runs[-1][0] == piece.part:
            runs[-1] = (piece.part, runs[-1][1] + text)
        else:
            runs.append((piece.part, text))
    cells: list[dict[str, Any]] = []
    last = max(i for i, (part, _) in enumerate(runs) if part == "forward")
    for i, (_, text) in enumerate(runs):
        if i == last:
            made = equations(forward.backward.program, read(forward.backward.program))
            rows = [rf"{e.left} &= {e.right} \\" for e in made.forward if e.left]
            lines = "\n".join(rows).removesuffix(r" \\")
            formula = f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$"
            cells.append(_markdown(f"## Forward pass\n\n{formula}"))
            text += f'\nprint("loss:", {forward.loss})\n'
            text += f"# clearprop: L = {forward.loss}\n"
        cells.append(_code(text.strip("\n")))
    return cells


def _words(sheet: Sheet, item: Item) -> str:
    """The task of one blank, with its formula if the teacher wants it shown."""
    shape = shape_of(sheet.shapes[item.name])
    words = f"**TODO {sheet.todo[item.name]}.** Calculate {words_of(item)} ({shape})."
    left = item.latex.split(" = ")
    formula = item.latex if sheet.formulas else " = ".join(left[:-1])
    return f"{words}\n\n$$\n{formula}\n$$" if formula else words


def _blank(item: Item) -> str:
    claim = f"# clearprop: {item.name} = {item.claim}\n" if item.claim else ""
    return f"{claim}{item.name} = None"


def _given_cell(asked: list[str], given: list[str]) -> list[dict[str, Any]]:
    """The lines that are given between two blanks, if any; both lists are emptied."""
    if not given:
        return []
    made = _code(_needs(asked) + "# Given\n" + "\n".join(given))
    asked.clear()
    given.clear()
    return [made]


def _needs(names: list[str]) -> str:
    """A given line that would fail on a blank says so first."""
    lines = [
        f'assert {name} is not None, "{name} is still to do: fill it in above"\n'
        for name in names
    ]
    return "".join([*lines, "\n"]) if lines else ""


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.strip("\n").splitlines(keepends=True)
