"""What the hooks ask while a script runs: is this a leaf, is it the loss, is it enough?

A script is stopped as soon as a full step was seen: the loss, and then the same line
again. The same program is run once more by ``Replayer``, without tracing, at other
values of its leaves, to catch what a trace can't see.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from time import perf_counter
from types import CodeType, FrameType
from typing import Any

import numpy as np

from clearprop.errors import DeriveError, SourceError
from clearprop.graph import Node
from clearprop.trace.array import Traced
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import Leaves, as_list, is_numbers, with_integers
from clearprop.trace.loss import Plan, continues, identifier, is_error, rank
from clearprop.trace.owners import owner_of
from clearprop.trace.recompile import rewrite_expression
from clearprop.trace.result import DICTS, Binding
from clearprop.trace.weights import is_weight

PATIENCE = 20.0  # seconds until a loss was seen
ENOUGH = 2.0  # seconds after it
OFTEN = 200  # runs of one line after the parameters moved: nothing new will come
MANY = 100
_INITIAL = ("init", "post_init", "build", "reset", "make", "create")
_LEAF, _ARRAY, _DRAW = 1, 2, 4
Snapshot = tuple[int, int, set[Any], dict[Any, Any], list[Any], dict[Any, Any]]


class Stop(BaseException):
    """The script has shown what is needed; no ``except Exception`` may catch it."""


class Names:
    """Which assignments make leaves, counted so that a second run finds them again."""

    def __init__(self, plan: Plan, wrt: frozenset[str] = frozenset()) -> None:
        self.plan = plan
        self.updated = plan.updated | wrt
        self.module: CodeType | None = None
        self.namespace: dict[str, Any] = {}
        self.counts: dict[str, int] = {}

    def leaf(self, value: Any, place: str, frame: FrameType) -> Any:
        """The value that is bound instead: a leaf, where the place is one."""
        if type(value) in (int, float) and identifier(place) in self.plan.sums:
            return value  # loss = 0
        if place in self.plan.begun:
            return value
        outside = frame.f_code is self.module or frame.f_code.co_name == "main"
        base = place.partition("[")[0].partition(".")[0]
        if outside:
            if base in self.plan.buffers:
                return value
        elif identifier(place) not in self.updated and base not in self.updated:
            if not is_initial(frame.f_code.co_name):
                return value
        elif type(value) in (int, float):
            return value
        return self._converted(value, place, frame)

    def appended(self, value: Any, place: str, frame: FrameType) -> Any:
        """What is put at the end of a list: a leaf, where the list's items move."""
        if identifier(place) not in self.updated:
            return value
        return self.leaf(value, place, frame)

    def _converted(self, value: Any, label: str, frame: FrameType) -> Any:
        kind = type(value)
        self.counts[label] = self.counts.get(label, 0) + 1
        if kind is float or isinstance(value, np.ndarray | np.floating):
            return self.made(self._trainable(value, label), label, frame)
        if kind is int:
            number = label in self.plan.numbers
            return self.made(float(value), label, frame) if number else value
        if kind is list and value and is_numbers(value):
            given = np.asarray(value)
            array = self._trainable(given, label)
            if array.dtype.kind != "f":
                return value
            made = self.made(array, label, frame, True)
            return with_integers(made, value) if given.dtype.kind == "f" else made
        if kind in (list, tuple, *DICTS) and len(value) <= MANY:
            return self._container(value, kind, label, frame)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            named = zip(value._fields, value)
            new = [self._converted(v, f"{label}.{name}", frame) for name, v in named]
            same = all(a is b for a, b in zip(new, value))
            return value if same else kind(*new)
        if is_dataclass(value) and not isinstance(value, type):
            self._fields(value, label, frame)
        return value

    def _fields(self, value: Any, label: str, frame: FrameType) -> None:
        """The arrays of a dataclass, which no statement of the program stored there."""
        for field in fields(value):
            part = getattr(value, field.name, None)
            if isinstance(part, np.ndarray | dict | list):
                made = self._converted(part, f"{label}.{field.name}", frame)
                if made is not part:
                    object.__setattr__(value, field.name, made)

    def _trainable(self, value: Any, label: str) -> Any:
        """``weights = np.array([0, 2, 1])`` means 0.0, 2.0 and 1.0: weights move."""
        whole = type(value) is np.ndarray and value.dtype.kind in "iu"
        name = identifier(label)
        if whole and (name in self.updated or is_weight(name)):
            return value.astype(float)
        return value

    def _container(self, value: Any, kind: type, label: str, frame: FrameType) -> Any:
        items = value.items() if kind in DICTS else enumerate(value)
        new = {
            k: self._converted(v, f"{label}[{k!r}]", frame)
            for k, v in items
            if isinstance(v, np.ndarray | list | tuple | dict)
            or self._is_weight_in(label, k, v)
        }
        if kind is tuple:
            made = tuple(new.get(i, v) for i, v in enumerate(value))
            return (
                made
                if any(new.get(i, v) is not v for i, v in enumerate(value))
                else value
            )
        for key, item in new.items():
            if item is not value[key]:
                value[key] = item
        return value

    def _is_weight_in(self, label: str, key: Any, value: Any) -> bool:
        """Whether a number in a container is one that is learned."""
        return False

    def made(
        self, value: Any, label: str, frame: FrameType, listed: bool = False
    ) -> Any:
        """What stands for a constant value that was bound to a name."""
        raise NotImplementedError


def is_initial(function: str) -> bool:
    """Whether a function's name says that weights begin in it."""
    return function.lstrip("_").startswith(_INITIAL)


class Watcher(Names):
    """Makes the leaves of a script and stops it when a full step was seen."""

    def __init__(
        self, plan: Plan, leaves: Leaves, loss: str | None, wrt: frozenset[str]
    ) -> None:
        super().__init__(plan, wrt)
        self.leaves = leaves
        self.graph = leaves.tracer.graph
        self.keys: dict[Node, tuple[str, int]] = {}
        self.owners: dict[Node, Any] = {}  # the objects whose attributes are leaves
        self.foreign = False  # a leaf was made in another file
        self.snapshots: dict[int, Snapshot] = {}
        self.wanted = Wanted(loss, self) if loss is not None else None
        self.implied: Wanted | None = None
        if loss is None and plan.implied is not None:
            text = f"0.5 * np.sum(({plan.implied[0]}) ** 2)"
            self.implied = Wanted(text, self, plan.implied[1], quiet=plan.has_loss)
        self._origins: list[int] = []
        self._hits: dict[tuple[str, int], int] = {}
        self._moved = False
        self._lines: dict[tuple[str, int], int] = {}
        self._began = perf_counter()
        self._ticks = 0
        self._limit = PATIENCE
        self.late = False

    # -- leaves ------------------------------------------------------------------------

    def _origin(self, node: Node) -> int:
        """What a value depends on: the bits of a leaf, of an array leaf, of a draw."""
        known = self._origins
        for new in self.graph.nodes[len(known) :]:
            bits = _DRAW if new.op.impure else 0
            if new.op.name == "input":
                bits = _LEAF | (_ARRAY if new.ndim else 0)
            for source in new.inputs:
                bits |= known[source.index]
            known.append(bits)
        return known[node.index]

    def on_leaf(self, node: Node) -> bool:
        """Whether a value depends on a leaf."""
        return bool(self._origin(node) & _LEAF)

    def _is_start(self, node: Node) -> bool:
        """Whether a value starts here: a constant, or random numbers times a scale."""
        bits = self._origin(node)
        if not bits & _LEAF:
            return True
        return bits & (_ARRAY | _DRAW) == _DRAW and node.ndim > 0

    def made(
        self, value: Any, label: str, frame: FrameType, listed: bool = False
    ) -> Any:
        if type(value) is Traced:
            if not self._is_start(value.node):
                self.keys.setdefault(value.node, (label, self.counts[label]))
                return value
            value = self._trainable(value.value, label)
            if type(value) is int:
                value = float(value)
        if np.asarray(value).dtype.kind not in "fiub":
            return value
        traced = self.leaves.script(value, label)
        self.keys[traced.node] = (label, self.counts[label])
        owner = owner_of(label, frame.f_locals)
        if owner is not None:
            self.owners[traced.node] = owner
        self.foreign = self.foreign or frame.f_globals is not self.namespace
        return as_list(traced) if listed else traced

    # -- the loss ----------------------------------------------------------------------

    def tick(self) -> None:
        """Now and then, look at the clock."""
        self._ticks += 1
        if self._ticks & 63 == 0 and perf_counter() - self._began > self._limit:
            self.late = True
            raise Stop

    def bound(self, binding: Binding, value: Any, frame: FrameType) -> None:
        """A traced value was bound to a name."""
        self.tick()
        place = binding.place
        name = binding.function if place == "return" else identifier(place)
        if self.implied is not None:
            self.implied.bound(binding, frame)
        if self.wanted is not None:
            self.wanted.bound(binding, frame)
        elif (
            self._promises(name) and binding.node.inputs and self.on_leaf(binding.node)
        ):
            self.seen(binding)
        if self._hits and name in self.updated and rank(name) is None:
            self._moved = True
        if self._moved:
            line = binding.file, binding.line
            self._lines[line] = self._lines.get(line, 0) + 1
            if self._lines[line] > OFTEN:
                raise Stop

    def _promises(self, name: str) -> bool:
        return rank(name) is not None or is_error(name)

    def seen(self, binding: Binding, again: bool = False) -> None:
        """A candidate for the loss: remember what was known, stop at the second."""
        self.snapshots[binding.serial] = self.snapshot()
        self._limit = min(self._limit, perf_counter() - self._began + ENOUGH)
        before = binding.before
        if not again and before is not None and continues(binding.node, before):
            return  # loss += …
        spot = (binding.place, binding.line)
        hits = self._hits[spot] = self._hits.get(spot, 0) + 1
        if hits > 1 and (self._moved or not self.updated or hits > 500):
            raise Stop

    def snapshot(self) -> Snapshot:
        """What the trace had fixed so far: what comes later is not the forward pass."""
        graph = self.graph
        return (
            len(graph.guards), len(graph.value_guards), set(graph._guarded),
            dict(graph._known), list(graph._equations), dict(graph._equal),
        )  # fmt: skip

    def go_back(self, snapshot: Snapshot) -> None:
        """Forget what was fixed after a snapshot."""
        graph = self.graph
        del graph.guards[snapshot[0] :], graph.value_guards[snapshot[1] :]
        graph._guarded, graph._known = snapshot[2], snapshot[3]
        graph._equations, graph._equal = snapshot[4], snapshot[5]
        graph._resolved = {}


class Wanted:
    """``--loss EXPR``: evaluated as soon as all its names are there."""

    def __init__(
        self, text: str, watcher: Watcher, line: int | None = None, quiet: bool = False
    ) -> None:
        self.text = text
        self.line = line  # evaluated when this line was run
        self.quiet = quiet  # only in case that nothing better is found
        self.watcher = watcher
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError as error:
            raise SourceError(f"--loss {text}: {error.msg}") from None
        self.names = {
            n.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Name) and not hasattr(builtins, n.id)
        }
        self.code = rewrite_expression(tree, HOOKS)
        self.plain = compile(text, "<loss>", "eval")
        self.binding: Binding | None = None
        self.node: Node | None = None
        self.problem = ""

    def bound(self, binding: Binding, frame: FrameType) -> None:
        """Try, if this binding concerns the expression."""
        if self.line is not None:
            if binding.line != self.line:
                return
        elif binding.place.partition("[")[0].partition(".")[0] not in self.names:
            return
        if self.binding is not None:
            first, before = self.binding, binding.before
            if (binding.place, binding.line) != (first.place, first.line):
                if self.line is not None or before is None:
                    return
                if not continues(binding.node, before):
                    return
            elif before is None or not continues(binding.node, before) or self.line:
                if not self.quiet:
                    self.watcher.seen(binding, again=True)
                return
        self.evaluate(frame, binding)

    def evaluate(self, frame: FrameType, binding: Binding) -> None:
        """Evaluate in the namespace of the statement that has just run."""
        scope = {**frame.f_globals, **frame.f_locals}
        scope.setdefault("np", np)
        if any(name not in scope for name in self.names):
            return
        try:
            value = eval(self.code, scope)
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"
            return
        if type(value) is not Traced or not self.watcher.on_leaf(value.node):
            self.problem = "it doesn't depend on any array of the program"
            return
        if np.size(value.value) != 1:
            if self.line is not None:
                return
            raise DeriveError(
                f"--loss {self.text} is an array of shape {np.shape(value.value)}, "
                f"not a single number. Reduce it: --loss 'np.sum({self.text})'"
            )
        first = self.binding is None
        self.binding, self.node = binding, value.node
        self.watcher.snapshots[binding.serial] = self.watcher.snapshot()
        if first and not self.quiet:
            self.watcher.seen(binding, again=True)


class Reached(BaseException):
    """The replayed script came to its loss."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Replayer(Names):
    """The same script again, in plain NumPy, with its leaves at other values."""

    def __init__(
        self,
        plan: Plan,
        wrt: frozenset[str],
        values: Mapping[tuple[str, int], Any],
        binding: Binding,
        hits: int,
    ) -> None:
        super().__init__(plan, wrt)
        self.values = values
        self.binding = binding
        self.hits = hits
        self.expression: CodeType | None = None

    def tick(self) -> None:
        """Nobody waits here."""

    def made(
        self, value: Any, label: str, frame: FrameType, listed: bool = False
    ) -> Any:
        given = self.values.get((label, self.counts[label]))
        if given is None:
            return value.tolist() if listed else value
        if listed:
            return np.asarray(given).tolist()
        if isinstance(value, np.ndarray):
            return np.array(given, dtype=value.dtype)
        return type(value)(given)

    def bound_plain(self, line: int, place: str, value: Any, frame: FrameType) -> None:
        """A name was bound: is it the loss?"""
        binding = self.binding
        if line != binding.line or place != binding.place:
            return
        if frame.f_code.co_name != binding.function:
            return
        self.hits -= 1
        if self.hits == 0:
            if self.expression is not None:
                scope = {"np": np, **frame.f_globals, **frame.f_locals}
                value = eval(self.expression, scope)
            raise Reached(value)
