"""The records that writing passes on: what is asked for, and what is written.

What goes in is a ``Request``: the leaves, the names of forward values, the gradients in
the order of the reverse walk, and the guards. What comes out is a ``Program``: lines,
each with the value it computes, so that ``explain`` can walk through them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from clearprop.graph import Graph, Node, ValueGuard
from clearprop.sizes import Size
from clearprop.trace.result import Leaf


@dataclass(slots=True)
class Request:
    """Everything the writer needs to know."""

    name: str  # of the function to write
    forward_name: str
    parameters: list[inspect.Parameter]
    leaves: list[Leaf]
    graph: Graph
    loss: Node
    names: dict[Node, str]  # forward value -> the user's name, outermost first
    inner_names: dict[Node, str]  # names given inside helpers
    walked: list[tuple[Node, Node]]  # (forward value, its gradient), loss first
    wanted: list[tuple[Leaf, Node | None]]  # what is returned
    reserved: set[str] = field(default_factory=set)
    value_guards: list[ValueGuard] = field(default_factory=list)
    statics: dict[str, Any] = field(default_factory=dict)
    with_loss: bool = False
    # nested arguments: the path of each container, what it is and how long
    containers: dict[tuple[Any, ...], tuple[type, int]] = field(default_factory=dict)
    generator: str | None = None  # the argument that random numbers are drawn from
    size_names: dict[Size, str] = field(default_factory=dict)  # sizes the user named
    atomic: bool = False  # every operation on a line of its own


@dataclass(slots=True)
class Line:
    """One statement of the written function."""

    section: str  # "guard", "forward", "backward", "return"
    code: list[str]  # as printed, indented
    target: str = ""
    node: Node | None = None
    of: Node | None = None  # the forward value whose gradient this line computes
    statement: str = ""  # on one line, without its indent


@dataclass(slots=True)
class Program:
    """The written function."""

    name: str
    lines: list[Line]
    source: str
    names: dict[Node, str]  # every node that has a variable of its own
    request: Request
