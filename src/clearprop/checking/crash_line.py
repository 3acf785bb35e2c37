"""The line that raised: its exception, its syntax tree and the shapes of its names.

Shared by the words for shapes that don't fit and those for values that aren't there.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from clearprop.checking.shapeof import Shape, shape_of


@dataclass(slots=True)
class Crash:
    """A statement or expression that raised, and the shapes of what is in scope there.

    ``shapes`` belong to arrays and numbers by what they are called: ``W1``,
    ``self.W1``, ``cache['A1']``, as ``ast.unparse`` spells them. Where it isn't
    ``alone``, what would fit is not told: another line is to be mended.
    """

    error: BaseException
    code: str
    shapes: Mapping[str, Shape]
    alone: bool = True  # no other line is known to be why
    tree: ast.AST = field(init=False)

    def __post_init__(self) -> None:
        self.tree = _parsed(textwrap.dedent(self.code).strip())
        self.code = " ".join(self.code.split())
        self.shapes = {_spelled(name): tuple(s) for name, s in self.shapes.items()}

    @property
    def message(self) -> str:
        """What Python or NumPy said, without a full stop."""
        return " ".join(str(self.error).split()).rstrip(".")

    def nodes(self) -> Iterator[ast.AST]:
        """Every part of the line, operands before what uses them."""
        return _operands_first(self.tree)

    def shape(self, code: ast.expr) -> Shape | None:
        """The shape of a part of the line, if it can be told."""
        return shape_of(code, self.shapes)


def spelled(shape: Shape) -> str:
    """A shape in words."""
    return str(shape) if shape else "a single number"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _operands_first(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield from _operands_first(child)
    yield node


def _spelled(name: str) -> str:
    try:
        return ast.unparse(ast.parse(name.strip(), mode="eval"))
    except SyntaxError:
        return name


def _parsed(code: str) -> ast.AST:
    """The tree of a statement, or of the head of one, such as ``if z > 0:``."""
    for text in (code, f"{code}\n    pass", f"{code}: pass"):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            continue
    return ast.Module([], [])
