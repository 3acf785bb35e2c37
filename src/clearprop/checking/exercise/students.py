"""Who gets an exercise: a name, a file and a seed for each."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass

from clearprop.errors import ClearpropError

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Student:
    """``seed`` makes the numbers: it is theirs whoever else takes the course."""

    name: str
    file: str
    seed: str


def one(stem: str, seed: int, ending: str) -> list[Student]:
    """Nobody in particular."""
    return [Student("", f"{stem}_seed{seed}{ending}", str(seed))]


def students(stem: str, given: str, seed: int, ending: str) -> list[Student]:
    """``given`` is how many there are, or a text file with a name on each line."""
    if given.isdecimal():
        count = int(given)
        if not 0 < count <= MOST:
            raise ClearpropError(f"--students {given}: use a number from 1 to {MOST}")
        width = max(2, len(str(count)))
        names = [f"{number:0{width}}" for number in range(1, count + 1)]
        said = [f"student {name}" for name in names]
    else:
        names = said = _names_in(given)
    made: list[Student] = []
    taken: set[str] = set()
    for name, word in zip(said, names):
        base = f"{stem}_{_slug(word)}"
        file, number = base, 2
        while file in taken:  # two who are called the same
            file, number = f"{base}_{number}", number + 1
        taken.add(file)
        suffix = file.removeprefix(f"{stem}_")
        made.append(Student(name, f"{file}{ending}", f"{seed}:{suffix}"))
    return made


def _names_in(path: str) -> list[str]:
    if not os.path.exists(path):
        raise ClearpropError(
            f"--students {path}: use a number, or a text file with a name on each line "
            "(there is no such file)"
        )
    try:
        with open(path, encoding="utf-8-sig") as file:
            names = [" ".join(line.split()) for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise ClearpropError(f"--students {path} can't be read: {error}") from None
    names = [name for name in names if name and not name.startswith("#")]
    if not 0 < len(names) <= MOST:
        raise ClearpropError(
            f"--students {path}: use from 1 to {MOST} names, not {len(names)}"
        )
    return names


def _slug(name: str) -> str:
    """``Anna-Lena Groß`` as ``anna_lena_gross``: a file name on any system."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\W+", "_", plain).strip("_") or "student"
