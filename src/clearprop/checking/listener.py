"""What stated claims come to while the program runs.

Comes in each value that a place is given; goes out, where a claim speaks of that place,
what the claim's names stand for there: the numbers in front, and whose gradient it is.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from clearprop.checking.stated import Statement
from clearprop.graph import Graph, Node
from clearprop.sizes import Size
from clearprop.trace.array import Traced
from clearprop.trace.instrument import HOOKS
from clearprop.trace.recompile import rewrite_expression
from clearprop.trace.result import Binding
from clearprop.trace.size import TracedSize


@dataclass(frozen=True, slots=True)
class Spoken:
    """A place that a claim speaks of got a value.

    ``number`` is the claim's. ``lead`` and ``of`` are None where the program has no
    such thing there; ``unknown`` says what.
    """

    binding: Binding
    number: int
    node: Node
    lead: Node | None
    of: Node | None
    unknown: str = ""


class Listener:
    """Hears the places that claims speak of while a program runs."""

    def __init__(self, found: Sequence[Statement], graph: Graph, file: str) -> None:
        self.graph = graph
        self.file = file
        self.statements = found
        self.codes = [_codes(one) for one in found]
        self.heard: list[Spoken] = []

    def bound(self, binding: Binding, frame: FrameType) -> None:
        """A place got a value."""
        if binding.file != self.file:
            return
        for number, one in enumerate(self.statements):
            if _speaks_of(one, binding):
                self._hear(number, one, binding, frame)

    def _hear(
        self, number: int, one: Statement, binding: Binding, frame: FrameType
    ) -> None:
        scope = {**frame.f_globals, **frame.f_locals}
        scope.setdefault("np", np)
        place, lead, of = self.codes[number]
        node: Node | None = binding.node
        if binding.place != one.place:
            node = self._node(place, scope)[0]
        factor, unknown = self._node(lead, scope)
        source, _ = self._node(of, scope)
        if node is not None:
            spoken = Spoken(binding, number, node, factor, source, unknown)
            self.heard.append(spoken)

    def _node(self, code: CodeType, scope: dict[str, Any]) -> tuple[Node | None, str]:
        """The value of an expression in the graph, or what is unknown in it."""
        try:
            value = eval(code, scope)
        except NameError as error:
            return None, str(error.name)
        except Exception:
            return None, "?"
        if type(value) is Traced:
            return value.node, ""
        if type(value) is TracedSize:
            value = value.size
        if isinstance(value, Size | bool | int | float | np.ndarray | np.generic):
            if isinstance(value, np.generic):
                value = value.item()
            return self.graph.constant(value), ""
        return None, "?"


def _speaks_of(one: Statement, binding: Binding) -> bool:
    here = not one.lines or binding.line in one.lines
    part = binding.place.startswith(f"{one.place}[")
    return here and (part or binding.place == one.place)


def _codes(one: Statement) -> tuple[CodeType, CodeType, CodeType]:
    place, lead, of = (
        rewrite_expression(ast.parse(text, mode="eval"), HOOKS)
        for text in (one.place, one.lead, one.of)
    )
    return place, lead, of
