"""What the machine needs: the spec by which an exercise is graded, and the answers.

``exercise.json`` says what each blank is, what it is worth and which lines a student
was not to change; ``key.json`` holds every student's numbers and answers. Given lines
are compared by the hash of their syntax, so that spaces and comments don't count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop import __version__
from clearprop.checking.exercise.paper import words_of
from clearprop.checking.exercise.pieces import text_of
from clearprop.checking.exercise.sheet import Sheet
from clearprop.checking.exercise.students import Student


def spec_of(
    sheet: Sheet,
    students: Sequence[Student],
    dealt: Mapping[str, dict[str, Any]],
    *,
    points: float,
) -> dict[str, Any]:
    """The content of ``exercise.json``."""
    forward = sheet.forward
    blanks = [
        {
            "todo": sheet.todo[item.name],
            "variable": item.name,
            "task": words_of(item),
            "claim": f"{item.name} = {item.claim}" if item.claim else None,
            "shape": list(sheet.shapes[item.name]),
            "points": points,
        }
        for item in sheet.items
        if item.name in sheet.todo
    ]
    return {
        "exercise": forward.name,
        "forward": forward.file,
        "clearprop": __version__,
        "loss": forward.expression,
        "loss_variable": forward.loss,
        "hint": sheet.hint,
        "points": points * len(blanks),
        "blanks": blanks,
        "claims": [blank["claim"] for blank in blanks if blank["claim"]],
        "given": list(_given(sheet)),
        "students": [
            {
                "name": student.name,
                "file": student.file,
                "seed": student.seed,
                "numbers": _numbers(sheet, dealt[student.file]),
            }
            for student in students
        ],
    }


def _given(sheet: Sheet) -> Iterator[dict[str, str]]:
    """What a student is not to change, in order: lines, and places for numbers."""
    for piece in sheet.forward.pieces:
        if piece.slot:
            yield {"numbers": piece.slot}
        for code in _statements(piece.code):
            yield _line(code)
    given = [i.code for i in sheet.items if i.name not in sheet.todo]
    for code in (*given, *sheet.moves):
        for one in _statements(code):
            yield _line(one)


def _numbers(sheet: Sheet, values: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Each line that holds a student's own numbers."""
    pieces, texts = sheet.forward.pieces, sheet.forward.texts(values)
    return {p.slot: _line(text_of(p, texts)) for p in pieces if p.slot}


def _line(code: str) -> dict[str, str]:
    return {"code": _statements(code)[0], "sha256": hashed(code)}


def key_of(
    sheet: Sheet,
    students: Sequence[Student],
    dealt: Mapping[str, dict[str, Any]],
    found: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The content of ``key.json``: the answers to the blanks, for each student."""
    loss = sheet.forward.loss
    return {
        "exercise": sheet.forward.name,
        "students": [
            {
                "name": student.name,
                "file": student.file,
                "numbers": {
                    name: np.asarray(value).tolist()
                    for name, value in dealt[student.file].items()
                },
                "loss": float(found[student.file][loss]),
                "answers": [
                    {
                        "variable": name,
                        "shape": list(np.shape(found[student.file][name])),
                        "value": np.asarray(found[student.file][name]).tolist(),
                    }
                    for name in sheet.todo
                ],
            }
            for student in students
        ],
    }


def given_to(spec: Mapping[str, Any], student: Mapping[str, Any]) -> list[str]:
    """The given lines of one student's file, in order, with their own numbers."""
    numbers = student["numbers"]
    return [
        numbers[line["numbers"]]["code"] if "numbers" in line else line["code"]
        for line in spec["given"]
    ]


def hashed(code: str) -> str:
    """The hash of some code's syntax."""
    tree = ast.dump(ast.parse(code.strip()))
    return hashlib.sha256(tree.encode()).hexdigest()


def _statements(text: str) -> list[str]:
    return [ast.unparse(statement) for statement in ast.parse(text).body]
