"""The exercise as a Python file: the student's, with blanks, and the teacher's key.

Both are the same text but for the lines that are to be written, so that a key can be
laid beside a student's file. Where a blank is still ``None``, the program ends with a
word on what is left to do, before anything would fail on it.
"""

from __future__ import annotations

import textwrap
from typing import Any

from clearprop.checking.exercise.half import free
from clearprop.checking.exercise.item import Item
from clearprop.checking.exercise.sheet import Sheet

WIDTH = 88
_TASK = """\
The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss changes with it. Things to do, from the loss back to the input:
"""
_HOW = """\
Each has a line below that says None: put your code in its place; it may take more
than one line. Leave everything else as it is, the comments that begin with "clearprop:"
too: they state what each name stands for. dL/d z is the derivative of the loss with
respect to z, an array of the shape of z. Then run the file, and have it checked:
"""
_NOBODYS = """\
The numbers are nobody's. Those of each student are in key.json, with the answers that
belong to them."""


def student_file(sheet: Sheet, values: dict[str, Any], who: str, file: str) -> str:
    """The file that a student gets."""
    lines = [f"Exercise: the backward pass of {sheet.forward.name}{_for(who)}.", ""]
    for paragraph in sheet.forward.about:
        lines += [paragraph, ""]
    lines += [_TASK, *tasks(sheet), "", _HOW]
    hint = f" --hint {sheet.hint}" if sheet.hint < 3 else ""
    lines += [f"    python {file}", f"    clearprop check {file}{hint}"]
    return _program(sheet, values, lines, key=False)


def key_file(sheet: Sheet, values: dict[str, Any], who: str) -> str:
    """The same with the blanks filled in, for the teacher."""
    lines = [f"Key: the backward pass of {sheet.forward.name}, for the teacher.", ""]
    lines.append(f"The numbers are those of {who}." if who else _NOBODYS)
    return _program(sheet, values, lines, key=True)


def tasks(sheet: Sheet) -> list[str]:
    """The list of things to do, in words."""
    made = []
    for item in sheet.items:
        if item.name in sheet.todo:
            number = f"{sheet.todo[item.name]:>3}. "
            words = f"{item.name}, {words_of(item)}"
            made += textwrap.wrap(
                words, WIDTH, initial_indent=number, subsequent_indent="     "
            )
    return made


def words_of(item: Item) -> str:
    """``the error term of the hidden layer``; whose, where no claim can say it."""
    if item.kind == "step":
        return f"the {item.title}, one step of gradient descent"
    if not item.claim and item.of and item.of not in item.title:
        return f"the {item.title}, dL/d {item.of}"
    return f"the {item.title}"


def shape_of(shape: tuple[int, ...]) -> str:
    """``a number``, or ``shape (3, 2)``."""
    return f"shape {shape}" if shape else "a number"


def _for(who: str) -> str:
    return f", for {who}" if who else ""


def _program(
    sheet: Sheet, values: dict[str, Any], docstring: list[str], *, key: bool
) -> str:
    words = "\n".join(docstring).rstrip().replace("\\", "\\\\").replace('"""', "'''")
    parts = [f'"""{words}\n"""\n\n', sheet.forward.text(values).strip("\n"), "\n\n"]
    parts.append(f'print("loss:", {sheet.forward.loss})\n\n')
    parts.append(f"# Backward pass\n# clearprop: L = {sheet.forward.loss}\n\n")
    parts += _backward(sheet, key=key)
    parts.append("\n")
    for name in sheet.results:
        if sheet.shapes[name]:
            parts += [f'print("{name}:")\n', f"print({name})\n"]
        else:
            parts.append(f'print("{name}:", {name})\n')
    return "".join(parts)


def _backward(sheet: Sheet, *, key: bool) -> list[str]:
    """The items in order, a stop before the first that would fail on a blank."""
    parts: list[str] = []
    open_: list[str] = []  # blanks that no stop has asked for yet
    again = given = False
    for item in sheet.items:
        if item.name in sheet.todo:
            parts += ["\n" if parts else "", todo_comment(sheet, item)]
            parts.append(f"{item.code if key else f'{item.name} = None'}\n")
            open_.append(item.name)
            given = False
            continue
        if open_ and not key and _depends(sheet, item, open_):
            parts.append(_stop(sheet, open_))
            open_, given = [], False
        if item.kind == "again":
            parts.append("" if again else "# Values that are needed once more\n")
            again = True
        elif not given:
            parts += ["\n" if parts else "", "# Given\n"]
            given = True
        parts.append(f"{item.code}\n")
    if open_ and not key:
        parts.append(_stop(sheet, open_))
    if sheet.moves:
        parts.append("\n# One step of gradient descent\n")
        parts += [f"{move}\n" for move in sheet.moves]
    return parts


def todo_comment(sheet: Sheet, item: Item) -> str:
    """What is to be done here, and the claim by which it will be checked."""
    shape = shape_of(sheet.shapes[item.name])
    words = f"TODO {sheet.todo[item.name]}: calculate {words_of(item)}: {shape}"
    lines = textwrap.wrap(words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    if item.claim:
        lines.append(f"# clearprop: {item.name} = {item.claim}")
    return "\n".join(lines) + "\n"


def _depends(sheet: Sheet, item: Item, names: list[str]) -> bool:
    """Whether an item needs some blanks, itself or through given lines."""
    by_name = {i.name: i for i in sheet.items}
    todo, seen = [item.name], set()
    while todo:
        name = todo.pop()
        if name in names:
            return True
        if name in by_name and name not in seen:
            seen.add(name)
            todo += by_name[name].reads
    return False


def _stop(sheet: Sheet, names: list[str]) -> str:
    """The end of a program that still has blanks, with a word on which."""
    taken = sheet.forward.backward.trace.names
    answers, left = free("answers", taken), free("still_to_do", taken)
    pairs = ", ".join(f'("{name}", {name})' for name in names)
    one = f"{answers} = [{pairs}]"
    if len(one) > WIDTH:
        rows = "".join(f'    ("{name}", {name}),\n' for name in names)
        one = f"{answers} = [\n{rows}]"
    return f"""
# Nothing to change here: this ends the program while a line above is still blank.
{one}
{left} = [name for name, answer in {answers} if answer is None]
if {left}:
    raise SystemExit("Still to do: " + ", ".join({left}))
"""
