"""Which files of a folder are submissions, and whose they are.

Paths come in, as the teacher gave them; submissions go out, in the order of their
paths. Names and contents are other people's: nothing here parses a program, follows a
link or opens what isn't an ordinary file. A file that is left out is always named
somewhere, because a submission that vanishes is worse than one that fails.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clearprop.errors import SourceError

ENDINGS = (".py", ".ipynb")
LARGEST = 50_000_000  # bytes; a notebook full of pictures stays below
_LINK = "it is a link, which isn't followed: it may lead to somebody else's work"
_NO_SUBMISSIONS = {"__pycache__", "__MACOSX", "__init__.py", "node_modules"}

# How learning platforms name what they hand out: where the student's name is in it.
_PLATFORMS = (
    re.compile(r"(?P<name>.+?)_\d+_assignsubmission_.*"),  # Moodle
    re.compile(r"(?P<name>[^_]+)(_LATE)?_\d+_\d+_.+"),  # Canvas
    re.compile(r".+_(?P<name>[^_]+)_attempt_\d{4}-.+"),  # Blackboard
)
_SPEC, _KEY = "exercise.json", "key.py"  # what clearprop exercise calls them
_DIGITS = re.compile(r"(\d+)")
# In a notebook the line stands in quotes. A regular expression, not ``ast.parse``: a
# program can be written so that parsing it takes the interpreter down.
_IMPORT = re.compile(rb'^[ \t]*"?[ \t]*(?:from|import)[ \t]+(\w+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Submission:
    """One file to be graded.

    ``parts`` are the files beside it that it imports, and which are not graded by
    themselves. ``barred`` says why the file is not even opened, if so.
    """

    path: str
    student: str
    parts: tuple[str, ...] = ()
    barred: str = ""


def find(paths: Iterable[str | os.PathLike[str]]) -> list[Submission]:
    """The submissions in folders, with all they contain, and among named files."""
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise SourceError(f"{path} isn't there")
    files = [path for path in given if not path.is_dir()]
    found = [_named(path, _above(files)) for path in files]
    for folder in given:
        if folder.is_dir():
            found += _in_folder(folder)
    if not found:
        where = ", ".join(map(str, given)) or "an empty list"
        raise SourceError(f"there is no .py or .ipynb file to grade in {where}")
    once = {os.path.normpath(one.path): one for one in found}
    return sorted(once.values(), key=lambda one: _natural(one.path))


def _natural(path: str) -> list[list[str | int]]:
    """A key that has ``submission_2`` before ``submission_10``."""
    return [
        [int(piece) if piece.isdecimal() else piece for piece in _DIGITS.split(part)]
        for part in (*Path(path).with_suffix("").parts, path)
    ]


def student_of(path: Path, root: Path) -> str:
    """The first folder below the root, or the file's own name if there is none."""
    inside = path.relative_to(root)
    name = inside.parts[0] if len(inside.parts) > 1 else inside.stem
    for platform in _PLATFORMS:
        if match := platform.fullmatch(name):
            return match["name"]
    return name


def _above(files: list[Path]) -> Path:
    """The folder that files which were named one by one have in common."""
    if not files:
        return Path()
    try:
        return Path(os.path.commonpath([path.parent for path in files]))
    except ValueError:  # absolute ones and relative ones, or two drives
        return Path()


def _named(path: Path, root: Path) -> Submission:
    """A file that the teacher named: a link is followed, since it was meant."""
    name = student_of(path, root) if path.is_relative_to(root) else path.stem
    return Submission(str(path), name, barred=_barred(path.stat()))


def _in_folder(root: Path) -> list[Submission]:
    found: list[Submission] = []
    for folder, names in _walk(root, found):
        files = [folder / name for name in names]
        barred = {path: _barred(path.lstat()) for path in files}
        # At the top each file is another student's: it may not claim its neighbours.
        sound = [path for path in files if not barred[path]]
        parts = {} if folder == root else _parts(sound)
        helpers = {part for several in parts.values() for part in several}
        found += [
            Submission(
                str(path),
                student_of(path, root),
                tuple(map(str, parts.get(path, ()))),
                barred[path],
            )
            for path in files
            if path not in helpers
        ]
    return found


def _walk(root: Path, barred: list[Submission]) -> Iterator[tuple[Path, list[str]]]:
    """Each folder and its programs, environments passed by; closed folders listed."""

    def closed(path: Path, why: str) -> None:
        barred.append(Submission(str(path), student_of(path, root), barred=why))

    def unreadable(error: OSError) -> None:
        closed(Path(error.filename), f"the folder can't be read: {error.strerror}")

    for folder, folders, names in os.walk(root, onerror=unreadable):
        if "pyvenv.cfg" in names:
            folders[:] = []
            continue
        folders[:] = sorted(name for name in folders if _counts(name))
        for name in folders:
            if (path := Path(folder, name)).is_symlink():
                closed(path, _LINK)
        if folder == str(root) and _SPEC in names:  # the teacher's key lies beside it
            names = [name for name in names if name != _KEY]
        fitting = (name for name in names if name.lower().endswith(ENDINGS))
        yield Path(folder), sorted(name for name in fitting if _counts(name))


def _counts(name: str) -> bool:
    return not name.startswith(".") and name not in _NO_SUBMISSIONS


def _barred(state: os.stat_result) -> str:
    """Why a file of this kind is not opened, or nothing."""
    if stat.S_ISLNK(state.st_mode):
        return _LINK
    if not stat.S_ISREG(state.st_mode):
        return "it is no ordinary file"
    if state.st_size > LARGEST:
        return f"it is larger than {LARGEST // 1_000_000} MB"
    return ""


def _parts(files: list[Path]) -> dict[Path, list[Path]]:
    """Which files of one folder are imported by another one there, and by which.

    Files that import each other in a ring leave nobody to import them all; then
    each is graded by itself.
    """
    if len(files) < 2:
        return {}
    modules = {path.stem: path for path in files if path.suffix == ".py"}
    imports = {path: _imported(path, modules) for path in files}
    helpers = {part for several in imports.values() for part in several}
    mains = [path for path in files if path not in helpers]
    reached = {main: _reached(main, imports) for main in mains}
    covered = {part for several in reached.values() for part in several}
    return reached if covered == helpers else {}


def _imported(path: Path, modules: dict[str, Path]) -> list[Path]:
    try:
        text = path.read_bytes()
    except OSError:
        return []
    names = {name.decode("utf-8", "replace") for name in _IMPORT.findall(text)}
    return [modules[name] for name in sorted(names & set(modules) - {path.stem})]


def _reached(main: Path, imports: dict[Path, list[Path]]) -> list[Path]:
    """What a file imports, and what that imports in turn."""
    reached: list[Path] = []
    waiting = list(imports[main])
    while waiting:
        part = waiting.pop()
        if part not in reached:
            reached.append(part)
            waiting += imports[part]
    return sorted(reached)
