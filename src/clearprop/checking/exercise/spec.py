"""What the machine needs: the spec by which an exercise is graded, and the answers.

``exercise.json`` says what each blank is, what it is worth and which lines a student
was not to change; ``key.json`` holds every student's numbers and answers. Given lines
are compared by the hash of their syntax, so that spaces and comments don't count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
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
    given = [s for p in forward.pieces if not p.slot for s in _statements(p.code)]
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
        "given": [{"code": code, "sha256": hashed(code)} for code in given],
        "students": [
            {
                "name": student.name,
                "file": student.file,
                "seed": student.seed,
                "numbers": _hashed_numbers(sheet, dealt[student.file]),
            }
            for student in students
        ],
    }


def _hashed_numbers(sheet: Sheet, values: dict[str, Any]) -> dict[str, str]:
    """The hash of each line that holds a student's own numbers."""
    pieces, texts = sheet.forward.pieces, sheet.forward.texts(values)
    return {p.slot: hashed(text_of(p, texts)) for p in pieces if p.slot}


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


def changed(spec: Mapping[str, Any], text: str, file: str = "") -> list[str]:
    """The given lines that a student's text doesn't hold any more, as they were.

    ``file`` is the name under which it was handed out: its numbers are compared too,
    and named where they differ (``"x = ..."``).
    """
    there = {hashed(code) for code in _statements(text)}
    lost = [g["code"] for g in spec["given"] if g["sha256"] not in there]
    for student in spec["students"]:
        if student["file"] == file:
            numbers = student["numbers"]
            lost += [f"{n} = ..." for n, sha in numbers.items() if sha not in there]
    return lost


def hashed(code: str) -> str:
    """The hash of some code's syntax."""
    tree = ast.dump(ast.parse(code.strip()))
    return hashlib.sha256(tree.encode()).hexdigest()


def _statements(text: str) -> list[str]:
    return [ast.unparse(statement) for statement in ast.parse(text).body]
