"""What a forward pass reads from outside, as leaves of the graph.

Arguments are flattened through dicts, lists, tuples, named tuples and dataclasses.
Objects, closures and globals are **captured**: the trace works on copies of them, in
which every array is a traced leaf, so that nothing of the user's is changed.

A list of numbers, ``[2, 4, 5]`` or ``[[1., 2.], [3., 4.]]``, is one leaf: NumPy
functions take it as the array that it stands for, Python takes it as a list of traced
numbers.
"""

from __future__ import annotations

import ast
import copy
import keyword
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, is_dataclass
from enum import EnumMeta
from types import ModuleType
from typing import Any

import numpy as np

from clearprop.errors import TraceError
from clearprop.graph import Node
from clearprop.trace.library import is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.result import Leaf
from clearprop.trace.tracer import Tracer

Path = tuple[Any, ...]
SHORT = 256  # longer lists of numbers are arrays and nothing else
LONG = 2000  # longer captured lists are data, which is lifted when it is read
_NUMBERS = (bool, int, float)
_STATIC = (*_NUMBERS, str, bytes, complex, type(None))


@dataclass(frozen=True, slots=True)
class Made:
    """A leaf as it was made, before it has a name."""

    node: Node
    label: str
    path: Path
    value: Any
    captured: bool


class Leaves:
    """Makes leaves of what the forward pass is given and of what it captures."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.made: list[Made] = []
        self.statics: dict[str, Any] = {}
        self.paths: dict[int, Path] = {}  # of captured objects' copies
        self._copies: dict[int, tuple[Any, Any]] = {}  # both are kept alive

    # -- arguments ---------------------------------------------------------------------

    def argument(self, value: Any, path: Path) -> Any:
        """A traced stand-in for an argument, or the argument where it is no number."""
        kind = type(value)
        label = label_of(path)
        if kind is bool or kind in (str, type(None)):
            self.statics[label] = value
            return value
        if kind is int:
            traced = self.tracer.integer_input(label, value)
            node = next(iter(traced.size.atoms())).args[0]
            self.made.append(Made(node, label, path, value, False))
            return traced
        if kind is float or isinstance(value, np.ndarray | np.generic):
            return self._leaf(value, path, captured=False)
        if kind is complex:
            _refuse_kind(label, "complex numbers")
        if kind is list and value and is_numbers(value):
            return self._numbers(value, path)
        if isinstance(value, dict | list | tuple):
            return self._container(value, path, self.argument)
        if is_dataclass(value) and not isinstance(value, type):
            return self._object(value, path, self.argument)
        return self.captured(value, path, captured=False)

    def _numbers(self, value: list[Any], path: Path) -> Any:
        array = np.asarray(value)
        whole = self._leaf(array, path, captured=False, given=value)
        return whole if array.size > SHORT else as_list(whole)

    # -- captured ----------------------------------------------------------------------

    def captured(self, value: Any, path: Path, captured: bool = True) -> Any:
        """A copy of something captured, with its arrays traced; memoized."""
        kind = type(value)
        if kind in _STATIC:
            self.statics.setdefault(label_of(path), value)
            return value
        known = self._copies.get(id(value))
        if known is not None:
            return known[1]
        made = self._captured(value, kind, path, captured)
        if made is not value or isinstance(value, ModuleType | type):
            self._copies[id(value)] = (value, made)
            self.paths.setdefault(id(made), path)
        return made

    def _captured(self, value: Any, kind: type, path: Path, captured: bool) -> Any:
        if kind is np.ndarray or isinstance(value, np.floating):
            if kind is np.ndarray and value.dtype.kind not in "fiub":
                return value
            return self._leaf(value, path, captured)
        module = kind.__module__
        if module.startswith("numpy.random"):
            return copy.deepcopy(value)
        if isinstance(value, ModuleType | type) or kind.__flags__ & (1 << 9) == 0:
            if kind in (dict, list, tuple, set):
                return self._captured_container(value, path, captured)
            return value
        if isinstance(value, dict | list | tuple):
            return self._captured_container(value, path, captured)
        if is_library_module(module) or isinstance(kind, EnumMeta):
            return value
        if isinstance(value, BaseException):
            return value

        def convert(part: Any, path: Path) -> Any:
            return self.captured(part, path, captured)

        return self._object(value, path, convert)

    def _captured_container(self, value: Any, path: Path, captured: bool) -> Any:
        if len(value) > LONG or isinstance(value, set):
            return value if isinstance(value, tuple) else copy.copy(value)

        def convert(part: Any, path: Path) -> Any:
            return self.captured(part, path, captured)

        return self._container(value, path, convert)

    def script(self, value: Any, label: str) -> Any:
        """A leaf that a script made by binding a constant value to a name.

        An array that is known, and has been written into since, is none any more.
        """
        example = value.copy() if isinstance(value, np.ndarray) else value
        traced = self.tracer.input(label, value)
        if traced.node.op.name != "input":
            return traced
        simple = label.isidentifier()
        path = (label,) if simple else path_of(label)
        self.made.append(Made(traced.node, label, path, example, not simple))
        return traced

    # -- both --------------------------------------------------------------------------

    def _leaf(self, value: Any, path: Path, captured: bool, given: Any = None) -> Any:
        label = label_of(path)
        kind = np.asarray(value).dtype.kind
        if kind not in "fiub":
            what = {"c": "complex numbers", "O": "Python objects"}.get(kind, "text")
            _refuse_kind(label, what)
        if isinstance(value, np.bool_) or (captured and isinstance(value, np.integer)):
            self.statics.setdefault(label, value)
            return self.tracer.lift(value)
        # an argument is a leaf of its own, also where the same array is passed twice
        own = isinstance(value, np.ndarray) and not captured
        traced = self.tracer.input(label, value.view() if own else value)
        example = value if given is None else given
        self.made.append(Made(traced.node, label, path, example, captured))
        return traced

    def _container(self, value: Any, path: Path, convert: Any) -> Any:
        """The same nesting with converted items; a fresh object."""
        made: Any
        if isinstance(value, dict):
            made = copy.copy(value)
            self._copies.setdefault(id(value), (value, made))
            for key, item in value.items():
                dict.__setitem__(made, key, convert(item, (*path, ("key", key))))
            return made
        if isinstance(value, list):
            made = copy.copy(value)
            self._copies.setdefault(id(value), (value, made))
            for i, item in enumerate(value):
                list.__setitem__(made, i, convert(item, (*path, ("index", i))))
            return made
        items = [convert(item, (*path, ("index", i))) for i, item in enumerate(value)]
        if all(a is b for a, b in zip(items, value)):
            return value
        if type(value) is tuple:
            return tuple(items)
        return tuple.__new__(type(value), items)

    def _object(self, value: Any, path: Path, convert: Any) -> Any:
        try:
            made = copy.copy(value) if isinstance(value, dict | list) else _bare(value)
        except TypeError:  # a class of C's making
            return value
        self._copies[id(value)] = (value, made)
        self.paths[id(made)] = path
        for name, part in attributes(value):
            object.__setattr__(made, name, convert(part, (*path, ("attr", name))))
        return made

    # -- the result --------------------------------------------------------------------

    def result(self, used: Sequence[Node], taken: set[str]) -> list[Leaf]:
        """The leaves: every argument, then what was captured and used, by first use."""
        order = {node: i for i, node in enumerate(used)}
        arguments = [m for m in self.made if not m.captured]
        captured = [m for m in self.made if m.captured and m.node in order]
        captured.sort(key=lambda m: order[m.node])
        words = Counter(_last_word(m.path) for m in captured)
        # two arrays called W are told apart by where they stand: fc1_W, fc2_W
        names = set(taken) | {word for word, count in words.items() if count > 1}
        leaves = []
        for made in [*arguments, *captured]:
            whole = len(made.path) == 1 and not made.captured
            name = str(made.path[0]) if whole else short_name(made.path, names)
            names.add(name)
            leaves.append(
                Leaf(made.node, made.label, name, made.path, made.value, made.captured)
            )
        return leaves


def _last_word(path: Path) -> str:
    return str(path[-1][1] if len(path) > 1 else path[-1])


def _bare(value: Any) -> Any:
    return object.__new__(type(value))


def as_list(whole: Any) -> Any:
    """The list of numbers that an array leaf was given as."""
    if whole.ndim == 1:
        entries = [whole[i].item() for i in range(int(np.shape(whole.value)[0]))]
    else:
        entries = [as_list(whole[i]) for i in range(int(np.shape(whole.value)[0]))]
    return NumberList(whole, entries)


def with_integers(made: Any, given: list[Any]) -> Any:
    """Whole numbers among others stay such: ``[2.7, 2.5, 0]`` ends with a label."""
    if type(made) is NumberList:
        for i, number in enumerate(given):
            if type(number) is int:
                made[i] = made.entries[i] = number
            elif type(number) is list:
                with_integers(made[i], number)
    return made


def _refuse_kind(label: str, what: str) -> None:
    remedy = {
        "complex numbers": "Pass its real and its imaginary part as two arrays",
        "Python objects": "Make its rows equally long, or convert it with "
        "astype(float)",
    }.get(what, "Pass arrays of floats")
    raise TraceError(
        f"argument {label} holds {what}: clearprop derives for real numbers. {remedy}."
    )


def attributes(value: Any) -> Iterable[tuple[str, Any]]:
    """An object's own attributes, slots included."""
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name in ("__dict__", "__weakref__"):
                continue
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{kind.__name__.lstrip('_')}{name}"
            if hasattr(value, name):
                yield name, getattr(value, name)


def is_numbers(value: Any) -> bool:
    """Whether a list holds nothing but numbers, nested evenly."""
    if all(type(v) in _NUMBERS and type(v) is not bool for v in value):
        return True
    if all(type(v) is list and v and is_numbers(v) for v in value):
        try:
            return np.asarray(value).dtype.kind in "fi"
        except ValueError:  # rows of different lengths
            return False
    return False


def label_of(path: Path) -> str:
    """How reports call it: ``self.params['W1']``."""
    label = str(path[0])
    for kind, item in path[1:]:
        label += f".{item}" if kind == "attr" else f"[{item!r}]"
    return label


def path_of(label: str) -> Path:
    """The path that a label is the text of; the label itself where it is none."""
    try:
        node: ast.expr = ast.parse(label, mode="eval").body
    except (SyntaxError, ValueError):  # a label of what was called on a line
        return (label,)
    parts: list[Any] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            parts.insert(0, ("attr", node.attr))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            key = node.slice.value
            parts.insert(0, ("key" if isinstance(key, str) else "index", key))
        else:
            return (label,)
        node = node.value
    return (node.id, *parts)


def follow(root: Any, path: Path) -> Any:
    """What stands at a path, below the object that the path starts from."""
    value = root
    for kind, item in path[1:]:
        value = getattr(value, item) if kind == "attr" else value[item]
    return value


def short_name(path: Path, taken: set[str]) -> str:
    """A parameter name: ``W1``, or more of the path where that is taken."""
    words: list[str] = []
    for part in reversed(path):
        item = part[1] if isinstance(part, tuple) else part
        words.insert(0, str(item))
        name = "_".join(words)
        name = "".join(c if c.isalnum() else "_" for c in name).strip("_")
        if name and not name[0].isdigit() and _free(name, taken):
            return name
    number = 1
    while not _free(f"{name}_{number}", taken):
        number += 1
    return f"{name}_{number}"


def _free(name: str, taken: set[str]) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in taken
