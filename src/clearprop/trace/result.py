"""What a trace gives to the stages after it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearprop.graph import Graph, Node
from clearprop.sizes import Size

DICTS = (dict, OrderedDict, defaultdict)  # what weights and gradients are kept in


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array or number that the forward pass reads from outside.

    ``path`` is the way to it: the argument's name and then keys, indices or
    attributes, such as ``("params", ("key", "W1"))``. ``captured`` leaves come from
    ``self``, a closure or a global; the written function takes them as further
    parameters called ``name``. ``label`` is how reports call it: ``params["W1"]``,
    ``self.W1``.
    """

    node: Node
    label: str
    name: str
    path: tuple[Any, ...]
    value: Any
    captured: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A line gave a name to a value: the binding log of decision 2."""

    serial: int
    line: int
    place: str  # "h", "self.W1", "grads['b']", "W[0]"
    depth: int  # 0 in the forward function itself, 1 in a helper it calls …
    node: Node
    before: Node | None = None
    file: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A traced value left NumPy here; an error only if it reaches the loss."""

    line: int
    code: str
    how: str
    node: Node


@dataclass(slots=True)
class Trace:
    """The forward pass as a graph, with everything the later stages ask about it."""

    graph: Graph
    name: str  # of the forward function; the stem of a script's file
    parameters: list[Any]  # inspect.Parameter, as in the user's signature
    leaves: list[Leaf]
    loss: Node
    log: list[Binding] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    names: set[str] = field(default_factory=set)  # every name the user's code uses
    file: str = ""
    source_lines: dict[int, str] = field(default_factory=dict)
    lines: dict[Node, int] = field(default_factory=dict)  # node -> the user's line
    statics: dict[str, Any] = field(
        default_factory=dict
    )  # arguments that aren't numbers
    updated: list[str] = field(default_factory=list)  # labels the program rewrites
    size_names: dict[Size, str] = field(default_factory=dict)  # N, D = x.shape
    assumed: str = ""  # the loss, where the program doesn't name one itself
    draws_from: Any = None  # the random state before a script's forward pass
    rerun: Callable[[Mapping[Node, Any]], Any] | None = None
