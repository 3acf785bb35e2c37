"""Single values on their way out of a sandbox, as plain JSON.

In comes what a run noted: numbers, arrays, dtypes, sizes that the data decides,
containers and objects of a program. Out goes JSON, and back again on the other side,
where every piece is looked at before it is believed: what isn't of the one expected
form raises ``Refused``. Arrays are their bytes, so that no class of the program's comes
along; functions and modules are names only.

====================  ==================================================
JSON                  value
====================  ==================================================
null, true, 3, "t"    itself
[a, b]                a tuple
{"list": [a, b]}      a list
{"dict": [[k, v]]}    a dict
{"array": 7}          the array 7 of the table: ``[dtype, shape, base64]``
{"thing": 2}          the object 2 of the table: ``[class, [[name, v]]]``
{"node": 5}           the node 5 of the graph
{"size": [[c, [[5, 2]]]]}  a sum of c times counts: node 5, which was 2
{"dtype": "<f8"}      a dtype
{"named": [kind, n]}  a function or a module, by its name
====================  ==================================================
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from clearprop.checking.marks import Thing
from clearprop.errors import ClearpropError
from clearprop.graph import Node
from clearprop.sizes import Atom, Dim, Size

LARGEST = 5_000_000  # entries of one array
LONGEST = 400  # characters of a name
DEEPEST = 12  # containers in containers
AXES = 32
_DTYPES = {np.dtype(c).newbyteorder("<").str for c in "?bBhHiIlLqQefd"}


class Refused(ClearpropError):
    """What came back from a sandbox isn't what clearprop sends."""


def refuse(what: str) -> Refused:
    """The one error for everything that is wrong with an answer."""
    return Refused(
        f"what came back from the sandbox can't be used ({what}): the program may have "
        "interfered with the check, so a person must look at it"
    )


@dataclass(frozen=True, slots=True)
class Named:
    """A function or a module of the program, of which only the name came along."""

    kind: str
    name: str


# -- out -------------------------------------------------------------------------------


class Packer:
    """Values to JSON; equal arrays are sent once."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.things: list[Any] = []
        self._arrays: dict[Any, int] = {}
        self._things: dict[int, int] = {}

    def value(self, value: Any) -> Any:
        """One value; None stands for what can't be sent."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is Node:
            return {"node": value.index}
        if kind is Size:
            return _packed_size(value)
        if isinstance(value, np.ndarray | np.generic):
            return self.array(value)
        if kind is tuple:
            return [self.value(v) for v in value]
        if kind is list:
            return {"list": [self.value(v) for v in value]}
        if isinstance(value, dict):
            return {"dict": self._pairs(value.items())}
        if isinstance(value, np.dtype):
            return {"dtype": value.newbyteorder("<").str}
        if kind is Thing:
            return {"thing": self._thing(value)}
        if kind is Named:
            return {"named": [value.kind, value.name]}
        if kind is FunctionType:
            return {"named": ["function", value.__name__]}
        if kind is ModuleType:
            return {"named": ["module", value.__name__]}
        return None

    def array(self, value: Any) -> Any:
        """An array's place in the table; None for arrays of objects or of text."""
        array = np.asarray(value)
        array = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
        if array.dtype.str not in _DTYPES:
            return None
        content = array.tobytes()
        key = (array.dtype.str, array.shape, content)
        number = self._arrays.get(key)
        if number is None:
            number = self._arrays[key] = len(self.arrays)
            text = base64.b64encode(content).decode()
            self.arrays.append([array.dtype.str, list(array.shape), text])
        return {"array": number}

    def _pairs(self, items: Iterable[tuple[Any, Any]]) -> list[Any]:
        return [[k, self.value(v)] for k, v in items if type(k) in (str, int)]

    def _thing(self, thing: Thing) -> int:
        number = self._things.get(id(thing))
        if number is None:
            number = self._things[id(thing)] = len(self.things)
            record = [thing.kind.__name__, []]
            self.things.append(record)  # before its parts: they may lead back to it
            record[1] = self._pairs(thing.parts.items())
        return number


def plain(value: Any) -> Any:
    """With lengths of axes as numbers: the shapes of a check never change.

    How many entries of a mask are true does change, and stays symbolic.
    """
    if isinstance(value, Size):
        return value.substitute(_unless_counted)
    if type(value) is tuple:
        return tuple(map(plain, value))
    return value


def _unless_counted(atom: Atom) -> Dim:
    return Size({(atom,): 1}) if atom.kind == "int" else atom.value


def _packed_size(size: Size) -> Any:
    if any(atom.kind != "int" for atom in size.atoms()):
        raise ClearpropError(
            "the shape of a value is computed from how many entries of an array are "
            "selected, in a way that can't be checked in a sandbox"
        )
    return {
        "size": [
            [c, [[a.args[0].index, int(a.value)] for a in atoms]]
            for atoms, c in size.terms
        ]
    }


# -- back ------------------------------------------------------------------------------


def whole(value: Any, low: int = 0, high: int = 10_000_000) -> int:
    """A whole number in its range."""
    if type(value) is not int or not low <= value <= high:
        raise refuse("a number is out of its range")
    return value


def text(value: Any) -> str:
    """A name that can be shown: nothing in it moves a cursor or breaks a line."""
    if type(value) is not str or len(value) > LONGEST or not value.isprintable():
        raise refuse("a name is none")
    return value


def items(value: Any, most: int, length: int | None = None) -> list[Any]:
    """A list that isn't longer than allowed."""
    if type(value) is not list or len(value) > most:
        raise refuse("a list is too long or missing")
    if length is not None and len(value) != length:
        raise refuse("a record has the wrong length")
    return value


def record(value: Any, length: int) -> list[Any]:
    """A list of exactly so many entries."""
    return items(value, length, length)


def part(data: Any, name: str) -> Any:
    """An entry of an object."""
    if type(data) is not dict or name not in data:
        raise refuse(f"{name} is missing")
    return data[name]


class Unpacker:
    """JSON to values. ``nodes`` grows while the graph is built."""

    def __init__(self, data: Any) -> None:
        self.nodes: list[Node] = []
        self.arrays = [_array(entry) for entry in items(part(data, "arrays"), 100_000)]
        self.things: list[Thing] = []
        for entry in items(part(data, "things"), 10_000):
            name = text(record(entry, 2)[0])
            self.things.append(Thing(type(name, (), {}), {}))
        self._parts = [entry[1] for entry in data["things"]]

    def finish_things(self) -> None:
        """Fill the objects, once all nodes are there."""
        for thing, parts in zip(self.things, self._parts, strict=True):
            thing.parts.update(self.pairs(parts))

    def pairs(self, value: Any, most: int = 10_000) -> dict[Any, Any]:
        """A dict from its pairs."""
        made = {}
        for pair in items(value, most):
            key, content = record(pair, 2)
            made[key if type(key) is int else text(key)] = self.value(content)
        return made

    def node(self, index: Any) -> Node:
        """One of the nodes so far."""
        return self.nodes[whole(index, 0, len(self.nodes) - 1)]

    def value(self, value: Any, depth: int = 0) -> Any:
        """One value."""
        if depth > DEEPEST:
            raise refuse("containers lie too deep")
        if value is None or type(value) in (bool, float):
            return value
        if type(value) is int:
            return whole(value, -(2**63), 2**64)
        if type(value) is str:
            return value if len(value) <= 10_000 else ""
        if type(value) is list:
            return tuple(self.value(v, depth + 1) for v in value)
        if type(value) is not dict or len(value) != 1:
            raise refuse("a value has no known form")
        ((form, content),) = value.items()
        if form == "list":
            return [self.value(v, depth + 1) for v in items(content, 1_000_000)]
        if form == "dict":
            return {
                (k if type(k) is int else text(k)): self.value(v, depth + 1)
                for k, v in (record(p, 2) for p in items(content, 10_000))
            }
        if form in _FORMS:
            return _FORMS[form](self, content)
        raise refuse("a value has no known form")

    def _size(self, content: Any) -> Dim:
        total: Dim = 0
        for entry in items(content, 20):
            factor, counts = record(entry, 2)
            term: Dim = whole(factor, -LARGEST, LARGEST)
            for count in items(counts, 4):
                term = term * self._count(*record(count, 2))
            total = total + term
        return total

    def _count(self, index: Any, value: Any) -> Size:
        """How many entries of a mask are true: never more than it has."""
        node = self.node(index)
        if node.op.name != "sum" or node.dims or node.inputs[0].dtype.kind != "b":
            raise refuse("a size is no count")
        most = math.prod(node.inputs[0].shape)
        return Size.of("int", node, value=whole(value, 0, most))

    def _named(self, content: Any) -> Named:
        kind, name = record(content, 2)
        return Named(text(kind), text(name))


_FORMS: dict[str, Any] = {
    "array": lambda self, c: self.arrays[whole(c, 0, len(self.arrays) - 1)],
    "thing": lambda self, c: self.things[whole(c, 0, len(self.things) - 1)],
    "node": lambda self, c: self.node(c),
    "dtype": lambda self, c: dtype(c),
    "size": Unpacker._size,
    "named": Unpacker._named,
}


def dtype(value: Any) -> np.dtype:
    """A dtype of booleans, whole numbers or floating-point numbers."""
    if type(value) is not str or value not in _DTYPES:
        raise refuse("a dtype is none")
    return np.dtype(value).newbyteorder("=")


def _array(entry: Any) -> np.ndarray:
    kind, shape, content = record(entry, 3)
    made = dtype(kind)
    dims = tuple(whole(n, 0, LARGEST) for n in items(shape, AXES))
    if math.prod(dims) > LARGEST:
        raise refuse(f"an array has more than {LARGEST:,} entries")
    if type(content) is not str:
        raise refuse("an array has no content")
    try:
        raw = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise refuse("an array has no content") from None
    if len(raw) != math.prod(dims) * made.itemsize:
        raise refuse("an array isn't as large as it says")
    array = np.frombuffer(raw, made.newbyteorder("<")).astype(made).reshape(dims)
    if made.kind == "b":  # bytes other than 0 and 1 would be neither true nor false
        array = np.asarray(np.frombuffer(raw, np.uint8).reshape(dims) != 0)
    array.flags.writeable = False
    return array
