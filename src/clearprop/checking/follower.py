"""What the hooks ask while a checked program runs: is this a leaf, is it enough?

In come the bindings of a run, one by one, out come the parameters that it moves, and
``Stop`` as soon as every update was seen twice or nothing new comes.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from clearprop.checking import marks
from clearprop.checking.awaited import Awaited
from clearprop.checking.listener import Listener
from clearprop.checking.names import BIAS, passed_back
from clearprop.checking.nudges import added_to_entry, added_to_whole
from clearprop.checking.origins import Origins
from clearprop.checking.stated import Statement
from clearprop.checking.terms import (
    Losses,
    bare,
    factors,
    feeds_itself,
    holds_gradients,
    is_view,
    moved_from,
    same_place,
    shown,
)
from clearprop.checking.unread import STEPS, Unread
from clearprop.errors import SourceError
from clearprop.graph import Node, ordered
from clearprop.trace.array import Traced
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import SHORT, Leaves, is_numbers, path_of
from clearprop.trace.loss import Plan, identifier, rank
from clearprop.trace.recompile import rewrite_expression
from clearprop.trace.result import Binding
from clearprop.trace.watcher import _ARRAY, _DRAW, _LEAF, MANY, Stop, Watcher
from clearprop.trace.weights import is_weight

PATIENCE = 10.0  # seconds for the run of a program
LULL = 30_000  # bindings without a new line or an update: nothing new will come
LOOK = 3000  # such bindings, and no update at all: were parameters overlooked?
MOST = 60_000  # nodes: what was seen until then must do
_VIEWS = ("broadcast", "transpose", "reshape", "getitem", "astype")
_ADDING = frozenset(("add", "sub", "mul", "div", "neg", *_VIEWS))
ROWS = 12  # moves of one row each, between which others are read: negative samples
LARGE = 6000  # nodes: one step of a program of this size is enough
LONGER = 16  # moves by one line, where another's first is awaited, or has done nothing


class Follower(Watcher):
    """Makes the leaves of a program and stops it after enough training steps."""

    def __init__(
        self,
        plan: Plan,
        leaves: Leaves,
        loss: str | None,
        statements: Sequence[Statement] = (),
        file: str = "",
        patient: ast.Module | None = None,
        awaited: Sequence[Awaited] = (),
    ) -> None:
        super().__init__(plan, leaves, None, frozenset())
        self.file = file
        self.awaited = awaited
        self.listener = Listener(statements, self.graph, file)
        self.implied = None
        self.book = marks.Book()
        self.asked: list[tuple[Binding, Node]] = []
        self._limit = PATIENCE
        self._multiplied: set[Node] = set()
        self._looked = 0
        self._tried: dict[tuple[int, Node], int] = {}
        self._losses = Losses(plan.bystanders)
        self._gradients: set[Node] = set()  # bound among gradients
        self.kept: dict[
            Node, Node
        ] = {}  # a new value -> what it is read as from now on
        self._versions: dict[Node, Node] = {}  # a parameter's value -> its leaf
        self._learned = False  # whether any that was moved may be what is learned
        self._listed: dict[Node, str] = {}  # what a list was given, and its name
        self._first: dict[Node, str] = {}  # where a value was bound first
        self._turned: set[Node] = set()  # leaves that are moved where they lie turned
        self._moves: dict[tuple[str, int, Node], int] = {}
        self._stores: dict[tuple[str, int, Node], tuple[int, set[Any]]] = {}
        self._rows: dict[tuple[str, int, Node], int] = {}
        self._held: dict[Node, np.ndarray] = {}  # a leaf -> its numbers by now
        # lines that changed no number at first, and how often they have since
        self._idle: dict[tuple[str, int, Node], int] = {}
        self._expression = _expression(loss) if loss else None
        self.problem = ""
        self._sources: dict[Node, Node | None] = {}
        self._seen: set[tuple[str, int]] = set()
        self._quiet = 0  # bindings since something new happened
        self._over = False
        self._starts: dict[Node, int] = {}  # leaves that were filled, and until when
        self._returned: set[Node] = set()  # leaves that were met in a return first
        self._below = Origins(self.graph)
        self.unread: Unread | None = None
        if patient is not None and plan.has_loss:
            self.unread = Unread(patient, self._below)

    @property
    def moved(self) -> bool:
        """Whether an update was seen, and not of velocities alone.

        Those move first after the first loss, which knows nothing of them.
        """
        return self._learned

    @property
    def parameters(self) -> set[Node]:
        """The leaves that were moved; else those named in an update; else all."""
        floats = [m for m in self.leaves.made if m.node.is_float]
        named = {m.node for m in floats if identifier(m.label) in self.plan.updated}
        return set(self._versions.values()) or named or {m.node for m in floats}

    def stop(self) -> NoReturn:
        """Enough was seen: also where the program catches everything."""
        self._over = True
        raise Stop

    def tick(self) -> None:
        """Now and then, look at the clock."""
        if self._over:
            raise Stop
        super().tick()

    def _converted(self, value: Any, label: str, frame: FrameType) -> Any:
        """``self.bias = 0`` is 0.0, where it is moved by fractions.

        A list whose numbers are moved one by one is a list of weights.
        """
        stepped = identifier(label) in self.plan.stepped
        if stepped and type(value) is list and value:
            if is_numbers(value) and np.size(value) <= SHORT:
                return self._weights(value, label, frame)
            if len(value) <= MANY and all(map(_is_number, value)):
                self._disturbed(value, label, frame)
        if type(value) is list and 1 < len(value) <= MANY:
            self._columns(value, label, frame)
        if type(value) is int and self._is_stepped(label):
            value = float(value)
        if type(value) is Traced and self._is_copied(value, label, frame):
            value = np.array(value.value)
        if type(value) is Traced and self._is_estimated(value.node, label, frame):
            value = np.array(value.value) if value.ndim else float(value.value)
        number = type(value) is Traced and type(value.value) is float
        if number and self._is_drawn(value.node):
            self.counts[label] = self.counts.get(label, 0) + 1
            return self.made(value, label, frame)  # a = rng.normal()
        return super()._converted(value, label, frame)

    def _is_drawn(self, node: Node) -> bool:
        return self._origin(node) & (_LEAF | _DRAW) == _DRAW

    def _columns(self, rows: list[Any], label: str, frame: FrameType) -> None:
        """``[(0, 1, 4.0), (0, 2, 3.5)]`` is data: its columns of fractions are given.

        Whole numbers choose rows, or classes.
        """
        if not all(type(r) is tuple and len(r) == len(rows[0]) for r in rows):
            return
        columns = [
            i
            for i, column in enumerate(zip(*rows))
            if all(type(v) in (int, float) for v in column)
            and float in map(type, column)
        ]
        for k, row in enumerate(rows):
            given = list(row)
            for i in columns:
                given[i] = self._converted(float(row[i]), f"{label}[{k}][{i}]", frame)
            rows[k] = tuple(given)

    def _is_weight_in(self, label: str, key: Any, value: Any) -> bool:
        """``{"w": w, "b": 0.0}``, where ``params[k] -= rate * grads[k]`` follows."""
        if type(key) is not str or rank(key) is not None:
            return False
        if identifier(label) in self.plan.stepped:
            return type(value) in (int, float)
        return type(value) is float and key in self.plan.stepped

    def _is_stepped(self, label: str) -> bool:
        """Whether steps are added to a place, or to each in its dict."""
        whole = label.partition("['")[0]
        return not {identifier(label), identifier(whole)}.isdisjoint(self.plan.stepped)

    def _weights(self, numbers: list[Any], label: str, frame: FrameType) -> list[Any]:
        """The same list, in which each number is a weight of its own."""
        for i, part in enumerate(numbers):
            number = float(part) if type(part) is int else part
            made = self._converted(number, f"{label}[{i}]", frame)
            numbers[i] = made
            if type(made) is Traced:
                HOOKS.book.placed(numbers, i, made.node)
        return numbers

    def _disturbed(self, numbers: list[Any], label: str, frame: FrameType) -> None:
        """``[t + 0.1 * rng.normal() for t in truth]``: each is a weight of its own.

        So are drawn numbers alone, ``[rng.uniform() for _ in range(n)]``.
        """
        if all(
            self._is_drawn(n.node) or self._is_disturbed(n.node, label, frame)
            for n in numbers
        ):
            numbers[:] = [n.value for n in numbers]
            self._weights(numbers, label, frame)

    def leaf(self, value: Any, place: str, frame: FrameType) -> Any:
        """A number that steps are added to is a weight, in a function too."""
        word = identifier(place)
        number = type(value) in (int, float) and rank(word) is None
        if type(value) is int and (place, frame.f_lineno) in self.plan.settled:
            return value  # W = x.shape[1], where another W is moved
        if number and word in self.plan.stepped:
            return self._converted(float(value), place, frame)
        return super().leaf(value, place, frame)

    def appended(self, value: Any, place: str, frame: FrameType) -> Any:
        if type(value) is Traced:
            self._listed.setdefault(value.node, identifier(place))
        return super().appended(value, place, frame)

    def made(
        self, value: Any, label: str, frame: FrameType, listed: bool = False
    ) -> Any:
        """A value that something was computed from already stays what it is.

        (Two arrays of zeros are one constant to the graph.)
        """
        if type(value) is Traced and value.node.op.name not in ("input", "const"):
            node = value.node
            if self._is_blank(node, label, frame):
                value = np.array(value.value)
            elif any(node in n.inputs for n in self.graph.nodes[node.index + 1 :]):
                return value
            elif self._is_disturbed(node, label, frame):
                value = np.array(value.value)
        found = super().made(value, label, frame, listed)
        if type(value) is Traced and passed_back(identifier(label)):
            self.book.begins(value.node, found)
        return found

    def _is_blank(self, node: Node, label: str, frame: FrameType) -> bool:
        """Whether a weight starts from numbers alone, as another array did: zeros."""
        moved = identifier(label) in self.plan.updated and not self._origin(node)
        return moved and node.op.name == "broadcast" and self._is_before_loops(frame)

    def _is_estimated(self, node: Node, label: str, frame: FrameType) -> bool:
        """Whether a bias starts from data alone: ``b0 = np.median(y)``."""
        name = identifier(label)
        if node.ndim or not node.is_float or name not in self.plan.stepped:
            return False
        if self._versions or self._losses.nodes or frame.f_lineno in self.plan.looped:
            return False
        bias = is_weight(name) or BIAS.search(name)
        begins = node.op.name != "input" and bool(self._origin(node) & _LEAF)
        below = set(ordered([node])) if bias and begins else set()
        leaves = [m for m in self.leaves.made if m.node in below]
        return bool(leaves) and not any(
            identifier(m.label) in self.plan.stepped for m in leaves
        )

    def _is_copied(self, value: Traced, label: str, frame: FrameType) -> bool:
        """Whether a weight starts as a copy of data: ``u = noisy.copy()``."""
        if value.node.op.name != "input" or not value.is_array:
            return False
        if value.node in self._returned:
            return False  # it has no other name yet
        made = next((m for m in self.leaves.made if m.node is value.node), None)
        if made is None or made.label == label or not self._is_before_loops(frame):
            return False
        if identifier(label) not in self.plan.stepped or self._versions:
            return False
        return all(v is not value or k == label for k, v in frame.f_locals.items())

    def _is_before_loops(self, frame: FrameType) -> bool:
        """Whether a script hasn't begun to learn yet."""
        begins = frame.f_code.co_name == "<module>" and not self._losses.nodes
        return begins and frame.f_lineno not in self.plan.looped

    def _is_disturbed(self, node: Node, label: str, frame: FrameType) -> bool:
        """Whether a weight starts from data and noise: ``x = truth + 0.1 * noise``.

        In a script, before its loops, nothing that was computed is bound to a name
        that is moved later but where the moves begin.
        """
        if identifier(label) not in self.plan.stepped or self._versions:
            return False
        if not self._is_before_loops(frame):
            return False
        bits = self._origin(node)
        made = ordered([node])
        return bool(bits & _DRAW and bits & _LEAF) and all(
            not n.inputs or n.op.name in _ADDING for n in made
        )

    def _is_start(self, node: Node) -> bool:
        """Scalars that are drawn start here too, but nothing that weights have made."""
        bits = self._origin(node)
        if not (super()._is_start(node) or bits & (_ARRAY | _DRAW) == _DRAW):
            return False
        if not bits & _LEAF:
            return True
        below = set(ordered([node]))
        return not any(
            m.node in below and identifier(m.label) in self.plan.stepped
            for m in self.leaves.made
        )

    def bound(self, binding: Binding, value: Any, frame: FrameType) -> None:
        self.tick()
        node = self._begun(binding, value, frame)
        self._first.setdefault(node, binding.place)
        self._losses.met(binding)
        if holds_gradients(binding.place):
            self._gradients.add(node)
        if self.unread is not None:
            self.unread.met(binding)
        if node in self._returned and not binding.place.startswith("return"):
            self._rename(node, binding.place)
        if self._expression is not None:
            self._ask(binding, frame)
        self.listener.bound(binding, frame)
        self._count(binding)
        if node in self._versions or is_view(node, self._versions):
            return
        source = self._source(node)
        if source is None or source is node:
            return
        leaf = self._versions.get(source, shown(source))
        label = next((m.label for m in self.leaves.made if m.node is leaf), "")
        others = (m.label for m in self.leaves.made)
        if not same_place(binding, source, label, self.kept, self._gradients, others):
            return
        if self.plan.has_loss and self._losses.are_to_come(
            leaf, label, binding, self._below
        ):
            return
        if not self._learns(node, leaf, binding.line):
            return
        if not self._learned and leaf not in self._versions.values():
            self._learned = self._losses.may_have_read(leaf, self._below)
        self._versions[node] = leaf
        if source is not shown(source):
            self._turned.add(leaf)
        array = isinstance(value, Traced) and value.is_array
        apart = not self._is_handed_over(node, binding)
        if array and apart and (not value.steps or leaf in self._turned):
            kept = self.kept[node] = marks.set_apart(node, ("moved", binding.serial))
            value.write(kept)
            self._versions[kept] = leaf
        self._quiet = 0
        if node.op.name == "mark" and node.inputs[0] in self._versions:
            return  # the same update again, known as its line's own
        key = (binding.file, binding.line, leaf)
        self._look_at(key, value)
        if not self._again(key, node, source):
            return
        if self.unread is not None:
            self.unread.moved(leaf, binding)
            if self.unread.waits(binding):
                return
        count = self._moves[key] = self._moves.get(key, 0) + 1
        enough = 1 if len(self.graph.nodes) > LARGE else STEPS
        waits = self._idle or self._is_awaited(frame)
        if count > LONGER or (count > enough and not waits):
            self.stop()

    def _look_at(self, key: tuple[str, int, Node], value: Any) -> None:
        """Whether a line has moved any number of its weight yet, in a whole step.

        The weights that carry a state on do nothing in a sequence of one word: what
        they are given then says nothing of the line that moves them.
        """
        leaf = key[2]
        now = np.array(value.value if isinstance(value, Traced) else value)
        if leaf not in self._held:
            first = (m.value for m in self.leaves.made if m.node is leaf)
            self._held[leaf] = np.array(next(first, np.nan))
        same = np.array_equal(now, self._held[leaf])
        if same and key not in self._moves:
            self._idle[key] = 0
        elif not same and key in self._idle:
            self._idle[key] += 1
            if self._idle[key] > 1:  # the step that it first did something in is over
                del self._idle[key]
        self._held[leaf] = now

    def _is_awaited(self, frame: FrameType | None) -> bool:
        """Whether this loop ends before others of its step have moved anything."""
        while frame is not None and self.awaited:
            for one in self.awaited:
                here = frame.f_code.co_filename == self.file
                if here and frame.f_lineno in one.loop:
                    later = {(self.file, line) for line in one.later}
                    if later.isdisjoint(self._seen):
                        return True
            frame = frame.f_back
        return False

    def _again(self, key: tuple[str, int, Node], node: Node, source: Node) -> bool:
        """Whether an update is another step's than the last one of its line.

        One that moves a part of a weight is one of many of its step, until the same
        part is moved again or the forward pass has read what they left: the whole, or
        one of its rows after the other.
        """
        store = bare(node)
        if store.op.name not in ("setitem", "index_add"):
            return True
        last, parts = self._stores.get(key, (0, set()))
        part = (store.params["key"], store.inputs[2:])
        read = set(factors(self.graph.nodes[last + 1 : node.index]))
        rows = self._rows[key] = self._rows.get(key, 0) + (bare(source) in read)
        begun = part in parts or source in read or rows > ROWS
        self._stores[key] = node.index, {part} if begun else parts | {part}
        return begun or not parts

    def _count(self, binding: Binding) -> None:
        """Stop where nothing new has come for long."""
        spot = (binding.file, binding.line)
        self._quiet = 0 if spot not in self._seen else self._quiet + 1
        self._seen.add(spot)
        if self._quiet == LOOK and not self.moved and self.overlooked():
            self.stop()
        if self._quiet > LULL or len(self.graph.nodes) > MOST:
            self.stop()

    def _is_handed_over(self, node: Node, binding: Binding) -> bool:
        """``x, g = x_new, g_new``, where g_new was computed from the weight itself."""
        first, place = self._first[node], binding.place
        if first == place or not (first.isidentifier() and place.isidentifier()):
            return False
        later = self.graph.nodes[node.index + 1 :]
        return first != "return" and any(node in n.inputs for n in later)

    def overlooked(self) -> set[str]:
        """Names of parameters that were born in a function and moved elsewhere.

        The text couldn't tell: ``theta = make()`` in one function and
        ``weights = weights - rate * g`` in another, or ``coefs.append(draw())`` and
        ``for w, step in zip(coefs, steps): w += step``.
        """
        names: dict[Node, set[str]] = {}
        for binding in HOOKS.book.bindings:
            node = binding.node
            if node.is_float and node.ndim and not self.on_leaf(node):
                names.setdefault(node, set()).add(identifier(binding.place))
        learned = set(_multiplied(self.graph.nodes, names))
        found: set[str] = set()
        moves = [
            (binding, before)
            for binding in HOOKS.book.bindings
            if (before := binding.before) is not None
            and before in names
            and self.on_leaf(binding.node)
            and binding.node.shape == before.shape
        ]
        moved = {(b.line, b.place) for b, before in moves if before in learned}
        for binding, before in moves:
            listed = self._listed.get(before)
            if listed is not None and (binding.line, binding.place) in moved:
                found.add(listed)  # biases, which are only added, too
            elif before in learned:
                found |= names[before]
        return found - self.plan.updated - {"return"}

    def _source(self, node: Node) -> Node | None:
        """The parameter's value that a node comes from: asked for at every binding."""
        if node not in self._sources:
            nudged = self._is_nudged(node)
            self._sources[node] = (
                None
                if nudged
                else moved_from(node, self._is_parameter, self._gradients)
            )
        return self._sources[node]

    def _is_nudged(self, node: Node) -> bool:
        """``x[i] = old + eps`` tries another weight, as a numerical gradient does."""
        found = added_to_entry(node)
        by = found[1] if found is not None else added_to_whole(node)
        return by is not None and not self._origin(by) & (_ARRAY | _DRAW)

    def _begun(self, binding: Binding, value: Any, frame: FrameType) -> Node:
        """Weights that were born inside of a container become leaves when met."""
        node = binding.node
        starts = node.op.name != "input" and node.is_float
        whole = type(value) is Traced and value.is_array and not value.steps
        if starts and whole and (leaf := self._filled(node)) is not None:
            self._starts_as(leaf, value)
            return leaf
        if not starts or binding.place.isidentifier():
            return node
        updated = identifier(binding.place) in self.plan.updated
        if not updated and not self._is_among_weights(binding.place, frame):
            return node
        if not isinstance(value, Traced) or not value.is_array or value.steps:
            return node
        if not self._is_start(node) or np.asarray(value.value).dtype.kind != "f":
            return node
        label = binding.place
        self.counts[label] = self.counts.get(label, 0) + 1
        made: Node = self.leaves.script(value.value.copy(), label).node
        value.buffer.node = made
        if label.startswith("return"):  # return {"W": ...}: until it has a name
            self._returned.add(made)
        owner = frame.f_locals.get(label.partition("[")[0].partition(".")[0])
        if owner is not None:
            self.owners[made] = owner
        return made

    def _is_among_weights(self, place: str, frame: FrameType) -> bool:
        """Whether a dict that is moved by its keys has drawn weights: ``p[k] -= …``.

        A bias in it begins with zeros, as velocities do, but they all do.
        """
        base = place.partition("[")[0]
        owner = frame.f_locals.get(base)
        if base not in self.plan.updated or holds_gradients(place):
            return False
        others = owner.values() if isinstance(owner, dict) else ()
        nodes = [shown(v.node) for v in others if type(v) is Traced and v.ndim]
        return any(n.op.name == "input" or self._origin(n) & _DRAW for n in nodes)

    def _filled(self, node: Node) -> Node | None:
        """The leaf that a value is with numbers stored into it, before it is used.

        ``W[0, :] = 0`` goes on making W; it moves nothing.
        """
        leaf = node
        while leaf.op.name == "setitem" and not self.on_leaf(leaf.inputs[1]):
            leaf = leaf.inputs[0]
        if leaf is node or leaf.op.name != "input" or not leaf.is_float:
            return None
        label = next((m.label for m in self.leaves.made if m.node is leaf), "")
        name = identifier(label)
        if name not in self.plan.updated or passed_back(name):
            return None
        since = self.graph.nodes[self._starts.get(leaf, leaf.index + 1) :]
        made = set(ordered([node]))
        used = (n for n in since if n.op.name != "getitem" and n not in made)
        return None if any(leaf in n.inputs for n in used) else leaf

    def _starts_as(self, leaf: Node, array: Traced) -> None:
        """What was stored into a leaf until now is what it starts from."""
        made = self.leaves.made
        at = next(i for i, m in enumerate(made) if m.node is leaf)
        made[at] = replace(made[at], value=array.value.copy())
        array.buffer.node = leaf
        self._starts[leaf] = len(self.graph.nodes)

    def _rename(self, leaf: Node, place: str) -> None:
        self._returned.discard(leaf)
        for i, made in enumerate(self.leaves.made):
            if made.node is leaf:
                self.leaves.made[i] = replace(made, label=place, path=path_of(place))

    def _is_parameter(self, node: Node) -> bool:
        leaf = shown(node)
        return node in self._versions or (leaf.op.name == "input" and leaf.is_float)

    def _learns(self, node: Node, leaf: Node, line: int) -> bool:
        """Whether a leaf that was moved is a parameter, not an accumulator."""
        if leaf in self._versions.values():
            return True
        tried = self._tried.get((line, leaf), 0)
        self._tried[line, leaf] = tried + 1
        if tried > 3 or self._losses.precede(leaf, node, self._below):
            return False
        return leaf in self._factors() or feeds_itself(node, leaf, self._below)

    def _factors(self) -> set[Node]:
        nodes = self.graph.nodes
        self._multiplied.update(factors(nodes[self._looked :]))
        self._looked = len(nodes)
        return self._multiplied

    def _ask(self, binding: Binding, frame: FrameType) -> None:
        """Evaluate ``--loss`` whenever one of its names was bound."""
        assert self._expression is not None
        code, names = self._expression
        if binding.place.partition("[")[0].partition(".")[0] not in names:
            return
        scope = {**frame.f_globals, **frame.f_locals}
        scope.setdefault("np", np)
        if any(name not in scope for name in names):
            return
        try:
            value = eval(code, scope)
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"
            return
        if type(value) is not Traced or np.size(value.value) != 1:
            self.problem = "it isn't a single number that depends on the program's data"
            return
        node = value.node
        self.asked.append((binding, node.reshape(()) if node.dims else node))


def _is_number(value: Any) -> bool:
    return type(value) is Traced and type(value.value) in (float, np.float64)


def _multiplied(nodes: Sequence[Node], names: Container[Node]) -> Iterator[Node]:
    """Those that products are made of, looked at through views."""
    for node in nodes:
        if node.op.name not in ("matmul", "einsum", "mul"):
            continue
        for source in node.inputs:
            while source not in names and source.op.name in _VIEWS:
                source = source.inputs[0]
            if source in names:
                yield source


def _expression(text: str) -> tuple[CodeType, set[str]]:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise SourceError(f"--loss {text}: {error.msg}") from None
    names = {
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and not hasattr(builtins, n.id)
    }
    return rewrite_expression(tree, HOOKS), names
