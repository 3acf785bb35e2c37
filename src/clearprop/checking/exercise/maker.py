"""``make``: from a forward pass to every file of an exercise, by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clearprop.checking.exercise.forward import Forward
from clearprop.checking.exercise.notebook import student_notebook
from clearprop.checking.exercise.numbers import deal
from clearprop.checking.exercise.paper import key_file, student_file
from clearprop.checking.exercise.sheet import answers, sheet
from clearprop.checking.exercise.spec import key_of, spec_of
from clearprop.checking.exercise.students import Student, one, students


@dataclass(frozen=True, slots=True)
class Wish:
    """What the teacher asks for."""

    blanks: str = "all"
    students: str = ""  # how many, or a file of names
    seed: int = 1
    update: str = "delta"
    notebook: bool = False
    formulas: bool = True
    points: float = 1
    hint: int = 3


def make(
    forward: Forward, wish: Wish, tell: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """The text of each file: the students', ``key.py``, and the two JSON files.

    ``tell`` hears how many students are done, of how many.
    """
    made = sheet(
        forward,
        wish.blanks,
        wish.update,
        formulas=wish.formulas,
        hint=wish.hint,
    )
    people = _people(forward, wish)
    dealt: dict[str, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    for number, student in enumerate(people, 1):
        values = deal(forward.numbers, forward.backward, student.seed)
        dealt[student.file] = values
        found[student.file] = answers(made, values)
        write = student_notebook if wish.notebook else student_file
        files[student.file] = write(made, values, student.name, student.file)
        if tell is not None:
            tell(number, len(people))
    if wish.students:
        own = deal(forward.numbers, forward.backward, f"{wish.seed}:the key")
        answers(made, own)
        files["key.py"] = key_file(made, own, "")
    else:
        only = people[0]
        files["key.py"] = key_file(made, dealt[only.file], only.file)
    spec = spec_of(made, people, dealt, points=wish.points)
    files["exercise.json"] = json.dumps(spec, indent=2) + "\n"
    files["key.json"] = json.dumps(key_of(made, people, dealt, found), indent=2) + "\n"
    return files


def _people(forward: Forward, wish: Wish) -> list[Student]:
    ending = ".ipynb" if wish.notebook else ".py"
    if wish.students:
        return students(forward.name, wish.students, wish.seed, ending)
    return one(forward.name, wish.seed, ending)
