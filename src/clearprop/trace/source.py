"""Reading scripts and notebooks: text, syntax tree, and clear words where it can't be.

A notebook's code cells are joined into one program; magics, shell lines and questions
become ``pass``. Its lines are counted through, and ``Source.named`` says which cell and
line of the cell a number stands for.
"""

from __future__ import annotations

import ast
import linecache
import os
import re
from dataclasses import dataclass, field
from typing import Any

from clearprop.errors import SourceError

_EMPTY = re.compile(r"^[\w.\[\], ]+[-+*/@]?=\s*(#.*)?$")  # dW = # your code
_PRINT = re.compile(r"^\s*print\s+[^(=\s]")
_MAGIC = re.compile(r"^(\s*)(?:%|!|\?)|^(\s*)[\w.]+\?{1,2}\s*$")
_ASSIGNED = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")
_WHOLE = re.compile(r"^%%(?!time|timeit|capture|prun)")  # a cell of another language
_LINE = re.compile(r"\bline (\d+)")


@dataclass(slots=True)
class Source:
    """A program to be run: its file, text and syntax tree."""

    file: str
    text: str
    tree: ast.Module
    cells: list[tuple[int, int]] = field(default_factory=list)  # (first line, cell)
    claims: tuple[str, ...] = ()  # what is said of its lines elsewhere
    driver: int = 0  # how many of its last lines call what the others define

    @property
    def title(self) -> str:
        """The file's name without its folder."""
        return os.path.basename(self.file)

    @property
    def name(self) -> str:
        """What the written function is called after."""
        stem = os.path.splitext(self.title)[0]
        word = re.sub(r"\W", "_", stem)
        return word if word.isidentifier() else f"_{word}"

    @property
    def lines(self) -> dict[int, str]:
        """The text by line."""
        return dict(enumerate(self.text.splitlines(), 1))

    def named(self, line: int) -> str:
        """``line 7``, or ``cell 2, line 3`` in a notebook."""
        for first, cell in reversed(self.cells):
            if line >= first:
                return f"cell {cell}, line {line - first + 1}"
        return f"line {line}"

    def placed(self, message: str) -> str:
        """A message about this program, with its file and with cells for lines."""
        if self.cells:
            message = _LINE.sub(lambda m: self.named(int(m[1])), message)
        lead = ", " if message.startswith(("line ", "cell ")) else ": "
        return f"{self.title}{lead}{message}"


def instead_of(path: str) -> str:
    """What to do about a file that isn't there."""
    near = [path + end for end in (".py", ".ipynb") if os.path.isfile(path + end)]
    return f"did you mean {near[0]}?" if near else "check the path"


def read(path: str) -> Source:
    """Read and parse a script or a notebook."""
    path = os.fspath(path)
    if os.path.isdir(path):
        raise SourceError(f"{path} is a folder: name a file in it")
    if not os.path.exists(path):
        raise SourceError(f"{path} is not there: {instead_of(path)}")
    title = os.path.basename(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except UnicodeDecodeError:
        text = _declared(path, title)
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror}") from None
    cells: list[tuple[int, int]] = []
    if path.endswith(".ipynb"):
        text, cells = _joined(title, text)
    source = Source(os.path.abspath(path), text, ast.Module([], []), cells)
    source.tree = _parsed(source)
    if not any(not _is_text(s) for s in source.tree.body):
        raise SourceError(f"{title} is empty: there is no forward pass to derive")
    if cells:  # so that lines of code can be quoted
        lines = text.splitlines(keepends=True)
        linecache.cache[source.file] = (len(text), None, lines, source.file)
    else:
        linecache.checkcache(source.file)
    return source


def _declared(path: str, title: str) -> str:
    """The text of a program in an encoding that its first lines name."""
    import tokenize

    try:
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError):
        raise SourceError(f"{title} is not a text file in UTF-8") from None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def parsed(text: str) -> ast.Module:
    """A program's syntax tree, in which ``x: float = 0`` is ``x = 0``.

    An annotation says nothing of what is computed; it stays with the node, for those
    who write the statement anew. The fields of a class are declared by theirs.
    """
    tree = _Plain().visit(ast.parse(text))
    assert isinstance(tree, ast.Module)
    return tree


class _Plain(ast.NodeTransformer):
    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        for statement in node.body:
            if not isinstance(statement, ast.AnnAssign):
                self.visit(statement)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return node
        made = ast.copy_location(ast.Assign([node.target], node.value), node)
        made.annotation = node.annotation  # type: ignore[attr-defined]
        return made


def _parsed(source: Source) -> ast.Module:
    try:
        return parsed(source.text)
    except SyntaxError as error:
        line = error.lineno or 1
        code = source.lines.get(line, "").strip()
        if _PRINT.match(code) or "Missing parentheses" in (error.msg or ""):
            what = (
                f"{code}: this is Python 2. Write print(...) with parentheses, and "
                "make sure that it runs with Python 3"
            )
        elif isinstance(error, TabError):
            what = (
                f"{code}: its indent mixes tabs with spaces. Use spaces in every line"
            )
        elif _EMPTY.search(code):
            what = (
                f"{code}: nothing stands right of =. Write None until it is filled in"
            )
        else:
            what = f"{code}: {error.msg}" if code else str(error.msg)
        raise SourceError(f"{source.title}, {source.named(line)}, {what}") from None
    except ValueError as error:  # null bytes
        raise SourceError(f"{source.title} is no Python program: {error}") from None


def _joined(title: str, text: str) -> tuple[str, list[tuple[int, int]]]:
    import json

    try:
        book = json.loads(text)
    except ValueError:
        raise SourceError(f"{title} is no notebook: it isn't JSON") from None
    cells = _cells(book)
    if cells is None:
        raise SourceError(f"{title} is no notebook: it has no cells")
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, 1):
        code = cell.get("source", cell.get("input", ""))
        code = code if isinstance(code, str) else "".join(code)
        if cell.get("cell_type") != "code" or not code.strip():
            continue
        starts.append((len(lines) + 1, number))
        lines += _cleaned(code)
    if not starts:
        raise SourceError(
            f"{title} has no code cells: there is no forward pass to derive"
        )
    return "\n".join(lines) + "\n", starts


def _cells(book: Any) -> list[Any] | None:
    if not isinstance(book, dict):
        return None
    found = book.get("cells")
    if found is None and book.get("worksheets"):  # notebooks before 2014
        found = [c for sheet in book["worksheets"] for c in sheet.get("cells", [])]
    if not isinstance(found, list):
        return None
    return [cell for cell in found if isinstance(cell, dict)]


def _cleaned(code: str) -> list[str]:
    lines = code.rstrip("\n").split("\n")
    first = next((n for n in lines if n.strip()), "")
    if _WHOLE.match(first):
        return ["pass" for _ in lines]
    try:
        ast.parse(code)
        return lines
    except (SyntaxError, ValueError):
        pass
    cleaned = []
    for line in lines:
        magic = _MAGIC.match(line)
        if magic:
            line = f"{magic[1] or magic[2] or ''}pass"
        else:
            line = _ASSIGNED.sub(r"\1None", line)
        cleaned.append(line)
    return cleaned
