"""What a program moves before its loss has read it: a state of the forward pass.

A simulation moves ``x`` and ``v`` from one moment to the next, and only then a loss
reads where they went; a weight is moved again after a loss, or an error, has read it.
Both look alike until then. In come the bindings of a run and the moves that were found
in them; out come the lines whose moves are a part of the forward pass.

Where the loss is summed up along the way, ``J += (goal - y) ** 2``, it reads ``y``
before each move; but then ``y`` starts anew wherever ``J`` does, and no weight would.
"""

from __future__ import annotations

import ast

from clearprop.checking.origins import Origins
from clearprop.graph import Node
from clearprop.trace.loss import identifier, is_error, rank
from clearprop.trace.result import Binding

STEPS = 2  # moves by one line: more of them unread, and it may be a simulation
AHEAD = 3000  # bindings that a simulation may run before what it gives is compared
Line = tuple[str, int]


class Unread:
    """Losses and errors in their turn, and whether they have read what is moved."""

    def __init__(self, tree: ast.Module, origins: Origins) -> None:
        self._beside = beside_sums(tree)
        self._begins: dict[Line, set[Node]] = {}  # of them: how often they began
        self._origins = origins
        self._read = 0  # the leaves that a loss or an error has read, as a mask
        self._moves: dict[Line, int] = {}
        self._waiting: set[Line] = set()  # they moved something unread, often
        self._learned = False  # something was moved after a loss had read it
        self._late = False  # a line that waits too: the loss only reports
        self._begun = 0

    def met(self, binding: Binding) -> None:
        """Look at a binding in its turn."""
        place, node = binding.place, binding.node
        name = binding.function if place == "return" else identifier(place)
        promises = rank(name) is not None or is_error(name)
        if promises and node.is_float and node.inputs:
            self._read |= self._origins.mask(node)

    def moved(self, leaf: Node, binding: Binding) -> None:
        """A leaf was moved."""
        line = binding.file, binding.line
        summed = binding.place in self._beside
        if summed:
            self._begins.setdefault(line, set()).add(leaf)
        read = not summed and bool(self._read & self._origins.mask(leaf))
        if line in self._waiting:
            self._late |= read and not self._learned
        elif read:
            self._learned = True
        else:
            self._moves[line] = self._moves.get(line, 0) + 1
            if self._moves[line] > STEPS:
                self._begun = self._begun or binding.serial
                self._waiting.add(line)

    def waits(self, binding: Binding) -> bool:
        """Whether it is too early to tell what the line moves."""
        if self._late or not self._waiting:
            return False
        if self._learned:
            return (binding.file, binding.line) in self._waiting
        return binding.serial - self._begun < AHEAD

    def states(self) -> frozenset[Line] | None:
        """The lines that move no weight; None where it can't be told."""
        if self._waiting and (self._late or not self._learned):
            return None
        begun = [len(self._begins[line]) for line in self._waiting & {*self._begins}]
        if begun and max(begun) == 1:
            return None  # it never began anew
        return frozenset(self._waiting)


def _added_to(node: ast.AST) -> str | None:
    """The ``J`` of ``J += e**2``, and of ``J = J + e**2``."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return None
    name, value = node.targets[0].id, node.value
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        value = value.left
    return name if isinstance(value, ast.Name) and value.id == name else None


def beside_sums(tree: ast.Module) -> frozenset[str]:
    """Names that are given a value in the same block as a loss that is summed up."""
    added = {n: name for n in ast.walk(tree) if (name := _added_to(n)) is not None}
    sums = {name for name in added.values() if rank(name) is not None}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While | ast.FunctionDef):
            names = {
                n.id
                for statement in node.body
                if isinstance(statement, ast.Assign)
                and added.get(statement) not in sums
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            found |= names - sums if names & sums else set()
    return frozenset(found)
