"""Where a program says what it descends on: numbers called a loss, or an error line.

A loss is a number called so; where there is none, a difference with a target stands
for it. Comes in a run that is being read; go out anchors, which are sorted into
training steps later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from clearprop.checking.as_given import is_of_advantages
from clearprop.checking.decided import decided
from clearprop.checking.derivatives import primitives
from clearprop.checking.governed import Place, governed, place_of
from clearprop.checking.likelihood import is_likelihood, is_negative
from clearprop.checking.terms import average, bare
from clearprop.graph import Node, ordered
from clearprop.trace.loss import (
    continues,
    identifier,
    is_error,
    rank,
    rank_of_function,
)
from clearprop.trace.result import Binding

if TYPE_CHECKING:
    from clearprop.checking.reading import Reading

_GIVEN_BACK = ("return", "return[0]")  # a loss, alone or with what comes with it
_OBJECTIVE = re.compile(r"^(policy_)?(J|obj(ective)?)(_(policy|theta))?$")
_BACK = 100  # what is returned comes after what has a name of its own
_TABLE = re.compile(r"\[[^\[\]']*,[^\[\]']*\]$|\]\[[^\[\]']*\]$")
_JOINS = frozenset(
    ("add", "sub", "setitem", "where", "stack", "concatenate", "broadcast", "reshape",
     "astype", "mark", "getitem", "neg")
)  # fmt: skip
_VIEWS = ("broadcast", "reshape", "astype", "getitem", "transpose", "mark")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A value that says what is descended on.

    Either a loss, a single number, or an error: the difference of an ``output`` and a
    ``target``.
    """

    binding: Binding | None
    node: Node
    output: Node | None = None
    target: Node | None = None
    line: int = 0
    ascended: bool = False  # the larger the better: a likelihood


class Anchors:
    """Finds the losses and errors of a run."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.governed: dict[Node, Place] = {}  # a parameter -> the loss that moves it
        # sums that no data was found in, by what was learned
        self._without_data: dict[frozenset[Node], set[Node]] = {}

    def losses(self, moving: set[Node]) -> list[Anchor]:
        """Numbers that are called a loss, those of the best name.

        What is called an error and moves the weights is one that was passed back.
        """
        asked = self.reading.observed.asked
        if asked:
            return [Anchor(b, n, line=b.line) for b, n in asked]
        found: dict[int, list[Binding]] = {}
        passed: set[Place] = set()
        others = {identifier(b.place).lower() for b in self.reading.own}
        for binding in self.reading.own:
            node = binding.node
            name = identifier(binding.place)
            level = (
                None if name in self.reading.observed.plan.bystanders else rank(name)
            )
            if binding.place in _GIVEN_BACK:
                name = binding.function
                level = rank_of_function(name)
                if binding.place != "return" and is_error(name):
                    level = None  # what else there is may say more
            if level is None and is_likelihood(name):
                level = 50  # only where nothing is called a loss
            if level is None and ("g" + name[1:]).lower() in others:
                level = rank("g" + name[1:])  # the d_loss of a g_loss is no derivative
            if level is None or not node.is_float or not node.inputs:
                continue
            if any(n != 1 for n in node.shape) or not self._on_array(node):
                continue
            if _TABLE.search(binding.place):
                continue  # J[0, i] of a Jacobian
            if is_error(name) and (
                node in moving
                or _is_difference(node)
                or _is_product(node)
                or _is_absolute(node)
            ):
                if node in moving and not _is_difference(node):
                    passed.add(place_of(binding))
                continue
            level += _BACK if binding.place in _GIVEN_BACK else 0
            found.setdefault(level, []).append(binding)
        # what was passed back once is so where the run ended before it moved a weight
        found = {
            level: kept
            for level, every in found.items()
            if (kept := [b for b in every if place_of(b) not in passed])
        }
        if not found:
            return []
        found = _without_parts(found)
        meant = {
            level: kept
            for level, every in found.items()
            if (kept := self._meant(every))
        }
        found = meant or found
        best = found[min(found)]
        self.governed = governed(self.reading, best)
        chosen = {place_of(best[0]), *self.governed.values()}
        anchors: dict[Node, Anchor] = {}
        for binding in best:
            if place_of(binding) in chosen:
                back = binding.place in _GIVEN_BACK
                name = binding.function if back else binding.place
                binding = self._followed(binding)
                anchors.setdefault(
                    binding.node,
                    Anchor(
                        binding, binding.node, line=binding.line,
                        ascended=self._is_ascended(name, binding.node),
                    ),
                )  # fmt: skip
        return list(anchors.values())

    def _is_ascended(self, name: str, node: Node) -> bool:
        """Whether more of a number is better: a likelihood, a policy's objective."""
        if is_negative(node):
            return False
        objective = _OBJECTIVE.match(identifier(name)) is not None
        return is_likelihood(name) or (
            objective and is_of_advantages(self.reading, node)
        )

    def _followed(self, binding: Binding) -> Binding:
        """The loss of one step of ``cost = 0.99 * cost + 0.01 * step(x)``."""
        if binding.before is None:
            return binding
        one = average(binding.before, binding.node, self.reading.number)
        if one is None:
            return binding
        said = (b for b in self.reading.own if one in set(behind_marks(b.node)))
        return next(said, binding)

    def meant(self, place: Place | None) -> list[Anchor]:
        """The numbers of one place, whatever it is called."""
        own = [b for b in self.reading.own if place_of(b) == place]
        return [Anchor(b, b.node, line=b.line) for b in own]

    def primitives(self) -> list[Anchor]:
        """What ``f`` gives, where there is a ``df`` and nothing is called a loss."""
        names = primitives(self.reading.observed.tree)
        return [
            Anchor(b, b.node, line=b.line)
            for b in self.reading.own
            if b.place == "return"
            and b.function in names
            and b.node.is_float
            and b.node.inputs
            and all(n == 1 for n in b.node.shape)
            and self._on_array(b.node)
        ]

    def _meant(self, losses: Sequence[Binding]) -> list[Binding]:
        """Without what a script only computed to look at, and what goes on to that."""
        meant: list[Binding] = []
        last: Node | None = None  # that was tried out
        for binding in reversed(losses):
            node = binding.node
            tried = node in self.tried_out
            if tried or (last is not None and continues(last, node)):
                last = node
            else:
                last = None
                meant.append(binding)
        return meant[::-1]

    @cached_property
    def tried_out(self) -> set[Node]:
        """What a script only computed to look at, where another place does its steps.

        ``cost, grad = cost_function(theta, X, y, 1)``, before something else descends
        on its own ``J``.
        """
        repeated = self.reading.observed.plan.looped

        def within(binding: Binding) -> bool:
            return binding.function != "<module>" or binding.line in repeated

        if not self.reading.updates or not all(
            within(u.binding) for u in self.reading.updates
        ):
            return set()
        last: dict[Node, Binding] = {}
        for binding in self.reading.own:
            last |= dict.fromkeys(behind_marks(binding.node), binding)
        return {node for node, binding in last.items() if not within(binding)}

    def _on_array(self, node: Node) -> bool:
        return bool(self.reading.inputs_of(node))

    def errors(self, learned: set[Node]) -> list[Anchor]:
        """Differences between a target and what depends on parameters."""
        names: dict[Node, Binding] = {}
        for binding in self.reading.log:
            for node in behind_marks(binding.node):
                names.setdefault(node, binding)
        found: dict[Node, Anchor] = {}
        nodes = self.reading.graph.nodes[self.reading.observed.driven[1] :]
        for node in nodes:
            if node.op.name != "sub" or node in self.reading.versions:
                continue  # w - rate * error is a weight
            if not node.is_float and not any(map(decided, node.inputs)):
                continue
            for a, b in (node.inputs, node.inputs[::-1]):
                named = names.get(node)
                word = identifier(named.place) if named is not None else ""
                number = word == "e" or is_error(word)  # here e is no exponential
                if self._is_target(a, learned, number) and self._is_output(b, learned):
                    found[node] = self._error(named, node, b, a)
        taken_off: list[Node] = []
        for node in nodes:
            inner = found.get(node.inputs[0]) if node.op.name == "sub" else None
            if inner is None or inner.binding is not None or inner.output is None:
                continue
            less = node.inputs[1]
            subtracted = node.inputs[0].inputs[1] in (inner.output, *taken_off)
            if subtracted and self.reading.inputs_of(less) & learned:
                # y - m * x - b takes the output off term by term
                del found[inner.node]
                taken_off.append(less)
                assert inner.target is not None
                found[node] = self._error(
                    names.get(node), node, inner.output + less, inner.target
                )
        for node in [] if found or self.reading.losses else nodes:
            sides = one_hot(node) if self.reading.inputs_of(node) & learned else None
            if sides is not None:
                found[node] = self._error(names.get(node), node, *sides)
        for node in [] if found else nodes:
            target = self.bootstrapped(node, learned)
            if target is not None:
                output = next(n for n in node.inputs if n is not target)
                found[node] = self._error(names.get(node), node, output, target)
        return list(found.values())

    def _error(
        self, named: Binding | None, node: Node, output: Node, target: Node
    ) -> Anchor:
        line = named.line if named else self.reading.observed.lines.get(node, 0)
        return Anchor(named, node, output, target, line)

    def bootstrapped(self, node: Node, learned: set[Node]) -> Node | None:
        """The side of a difference that data is added to, where weights made both.

        ``r + gamma * v2`` of ``r + gamma * v2 - v``.
        """
        if node.op.name != "sub" or not node.is_float:
            return None
        if not all(self.reading.inputs_of(n) & learned for n in node.inputs):
            return None
        sides = [n for n in node.inputs if self._adds_data(n, learned)]
        return sides[0] if len(sides) == 1 else None

    def _adds_data(self, top: Node, learned: set[Node]) -> bool:
        """Whether a term of a sum, or an entry, is data that no weight has made."""
        without = self._without_data.setdefault(frozenset(learned), set())
        stack, seen = [top], set()
        while stack:
            node = stack.pop()
            if node in seen or node in without or not node.is_float:
                continue
            seen.add(node)
            below = self.reading.inputs_of(node) - (self._empty - learned)
            listed = node.op.name == "const" and node.shape  # rewards from a buffer
            if listed or (below and not self._made_of(node) & learned):
                return True
            if node.op.name in _JOINS:
                stack.extend(node.inputs)
        without |= seen
        return False

    def _made_of(self, node: Node) -> set[Node]:
        """The weights that a value was computed from, but not what moved those.

        A reward for what an actor does is none of its critic's values.
        """
        versions = self.reading.versions
        return {versions.get(n, n) for n in self.reading.reached(node)}

    @cached_property
    def _empty(self) -> frozenset[Node]:
        """Arrays of zeros, which hold nothing until something is written there."""
        made = self.reading.observed.made
        return frozenset(m.node for m in made if m.node.shape and not np.any(m.value))

    def _is_target(self, node: Node, learned: set[Node], number: bool) -> bool:
        """Whether it is data; a ``number`` is where the difference is called an error.

        Without a name it may be the 1 of 1 - p.
        """
        inner = bare(node)
        below = self.reading.inputs_of(inner)
        if not below:  # nor is the identity of I - rho * s @ y.T
            plain = inner.shape != () and inner.op.name != "eye"
            return number or (plain and not self._is_zero(inner))
        return not below & learned

    def _is_zero(self, node: Node) -> bool:
        """Whether a value is what a table of zeros holds before it is filled."""
        while node.op.name in _VIEWS:
            node = node.inputs[0]
        return self.reading.number(node) == 0

    def _is_output(self, node: Node, learned: set[Node]) -> bool:
        inner = bare(node)
        if inner.op.name == "input":
            return False
        return bool(self.reading.inputs_of(inner) & learned)


def _without_parts(found: dict[int, list[Binding]]) -> dict[int, list[Binding]]:
    """Without what a function of a better name only makes its number of.

    ``def loss(self): bce = …; kl = …; return (bce + kl) / n``.
    """
    parts: set[int] = set()
    for level, every in found.items():
        for whole in every if level >= _BACK else ():
            inner = [
                b
                for other, named in found.items()
                if level - _BACK < other < _BACK
                for b in named
                if b.function == whole.function and b.node is not whole.node
            ]
            if inner:
                made = set(ordered([whole.node]))
                parts |= {b.serial for b in inner if b.node in made}
    return {
        level: kept
        for level, every in found.items()
        if (kept := [b for b in every if b.serial not in parts])
    }


def behind_marks(node: Node) -> Iterator[Node]:
    """A value, and the same without the marks that make it a line's own."""
    yield node
    while node.op.name == "mark":
        node = node.inputs[0]
        yield node


def one_hot(node: Node) -> tuple[Node, Node] | None:
    """The output of ``p[np.arange(n), y] -= 1``, and its target.

    That is 1 at these entries and 0 elsewhere. So it is in ``d = -p; d[a] += 1``.
    """
    if node.op.name != "setitem":
        return None
    whole, part, *keys = node.inputs
    added = bare(part)
    if not whole.is_float or added.op.name not in ("add", "sub"):
        return None
    entry, by = map(bare, added.inputs)
    if entry.op.name != "getitem" or entry.inputs[0] is not whole:
        return None
    turned = whole.op.name == "neg"
    one = 1 if (added.op.name == "add") == turned else -1
    if by.op.name != "const" or by.params["value"] != one:
        return None
    graph = node.graph
    target = graph.apply(
        "setitem", graph.zeros(whole.dims, whole.dtype), 1.0, *keys, **node.params
    )
    return whole.inputs[0] if turned else whole, target


def _is_difference(node: Node) -> bool:
    return bare(node).op.name in ("sub", "neg")


def _is_absolute(node: Node) -> bool:
    """The mean absolute error is a metric: nobody descends on what is called so."""
    for _ in range(8):
        if node.op.name == "abs":
            return True
        if node.op.name not in ("sum", "mean", "div", "mul", "add", *_VIEWS):
            return False
        node = max(node.inputs, key=lambda n: (n.op.name != "const", n.index))
    return False


def _is_product(node: Node) -> bool:
    """An error that was passed back: ``delta * w``. A square is a loss."""
    node = bare(node)
    if node.op.name not in ("mul", "matmul"):
        return False
    a, b = (bare(n) for n in node.inputs)
    return a is not b and not any(_is_constant(n) for n in (a, b))


def _is_constant(node: Node) -> bool:
    return node.op.name in ("const", "size") or (
        node.op.name in ("div", "mul", "neg") and all(map(_is_constant, node.inputs))
    )
