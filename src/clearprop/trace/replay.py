"""Running the user's original function again, at other numbers and unseen.

The proof of a derivation runs the original once more to catch what the trace can't see.
It runs on copies, without output or warnings, with the random numbers of the trace; the
user's objects, globals, closures and random state are as before when it is over.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.trace.leaves import attributes
from clearprop.trace.library import is_library_module, where_in_use
from clearprop.trace.muting import muted
from clearprop.trace.result import Leaf

State = tuple[Any, Any]
_HEAP = 1 << 9


def current_state() -> State:
    """The state of NumPy's and Python's global random numbers, where in use."""
    numpy_random, python_random = map(where_in_use, ("numpy.random", "random"))
    return (
        numpy_random.get_state() if numpy_random is not None else None,
        python_random.getstate() if python_random is not None else None,
    )


def set_state(state: State) -> None:
    """Go back to a remembered state."""
    if state[0] is not None:
        sys.modules["numpy.random"].set_state(state[0])
    if state[1] is not None:
        sys.modules["random"].setstate(state[1])


@contextmanager
def random_state(state: State) -> Iterator[None]:
    """Random numbers as from this state; afterwards as if none had been drawn."""
    before = current_state()
    set_state(state)
    try:
        yield
    finally:
        set_state(before)


class Replay:
    """The original function and its example arguments, to be run on copies."""

    def __init__(
        self, function: Callable[..., Any], bound: inspect.BoundArguments
    ) -> None:
        self.function = function
        self.signature = bound.signature
        self.arguments = dict(bound.arguments)
        self.state = current_state()
        self.leaves: Sequence[Leaf] = ()

    def with_leaves(
        self, leaves: Sequence[Leaf]
    ) -> Callable[[Mapping[Node, Any]], Any]:
        """``rerun(values)``: the loss at other values of the leaves."""
        self.leaves = leaves
        return self.rerun

    def rerun(self, values: Mapping[Node, Any]) -> Any:
        """What the original returns as its loss, with leaves replaced by ``values``."""
        arguments: dict[tuple[Any, ...], Any] = {}
        captured: dict[tuple[Any, ...], Any] = {}
        for leaf in self.leaves:
            if leaf.node in values:
                into = captured if leaf.captured else arguments
                into[leaf.path] = _like(values[leaf.node], leaf.value)
        bound = inspect.BoundArguments(self.signature, dict(self.arguments))
        for name, value in bound.arguments.items():
            bound.arguments[name] = Copier(arguments).copy(value, (name,))
        with random_state(self.state), muted():
            return _scalar(self._run(bound, Copier(captured)))

    def _run(self, bound: inspect.BoundArguments, copier: Copier) -> Any:
        function = self.function
        if type(function) is FunctionType:
            with _replaced(function, copier):
                return function(*bound.args, **bound.kwargs)
        owner = getattr(function, "__self__", None)
        inner: Any = getattr(function, "__func__", None)
        if inner is None:
            owner, inner = function, _call_of(type(function))
        if type(inner) is not FunctionType:
            return function(*bound.args, **bound.kwargs)
        first = next(iter(inspect.signature(inner).parameters), "self")
        made = copier.copy(owner, (first,))
        with _replaced(inner, copier):
            return MethodType(inner, made)(*bound.args, **bound.kwargs)


class Copier:
    """Deep copies with some arrays replaced by others, found by their path."""

    def __init__(self, replaced: Mapping[tuple[Any, ...], Any]) -> None:
        self.replaced = replaced
        self.roots = {path[0] for path in replaced}
        self.memo: dict[int, tuple[Any, Any]] = {}

    def copy(self, value: Any, path: tuple[Any, ...]) -> Any:
        """A copy of a value that stands at a path."""
        kind = type(value)
        if path in self.replaced:
            made = self.replaced[path]
            if kind is np.ndarray:
                self.memo[id(value)] = (value, made)
            return made
        if kind in (int, float, bool, str, type(None), FunctionType):
            return value
        known = self.memo.get(id(value))
        if known is not None:
            return known[1]
        made = self._copy(value, kind, path)
        self.memo[id(value)] = (value, made)
        return made

    def _copy(self, value: Any, kind: type, path: tuple[Any, ...]) -> Any:
        if kind is np.ndarray:
            return value.copy()
        made: Any
        if isinstance(value, dict):
            made = copy.copy(value)
            self.memo[id(value)] = (value, made)
            for key, item in value.items():
                dict.__setitem__(made, key, self.copy(item, (*path, ("key", key))))
            return made
        if isinstance(value, list):
            made = copy.copy(value)
            self.memo[id(value)] = (value, made)
            for i, item in enumerate(value):
                list.__setitem__(made, i, self.copy(item, (*path, ("index", i))))
            return made
        if isinstance(value, tuple):
            items = [self.copy(v, (*path, ("index", i))) for i, v in enumerate(value)]
            return tuple.__new__(kind, items)
        if kind.__module__.startswith("numpy.random"):
            return copy.deepcopy(value)
        if not kind.__flags__ & _HEAP or is_library_module(kind.__module__):
            return value
        if isinstance(value, type | BaseException):
            return value
        try:
            made = object.__new__(kind)
        except TypeError:
            return value
        self.memo[id(value)] = (value, made)
        for name, part in attributes(value):
            object.__setattr__(made, name, self.copy(part, (*path, ("attr", name))))
        return made


@contextmanager
def _replaced(function: Any, copier: Copier) -> Iterator[None]:
    """Copies in place of what the function and its helpers capture, for a while."""
    cells: list[tuple[CellType, Any]] = []
    saved: list[tuple[dict[str, Any], dict[str, Any]]] = []
    seen: set[int] = set()
    waiting = [function]
    try:
        while waiting:
            f = waiting.pop()
            if id(f) in seen:
                continue
            seen.add(id(f))
            for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
                if any(c is cell for c, _ in cells):
                    continue
                try:
                    value = cell.cell_contents
                except ValueError:
                    continue
                cells.append((cell, value))
                if type(value) is FunctionType:
                    waiting.append(value)
                else:
                    cell.cell_contents = copier.copy(value, (name,))
            namespace = f.__globals__
            if not any(g is namespace for g, _ in saved):
                saved.append((namespace, dict(namespace)))
            for name in _names(f.__code__):
                value = namespace.get(name)
                if type(value) is FunctionType:
                    if not is_library_module(value.__module__):
                        waiting.append(value)
                elif name in copier.roots or _changeable(value):
                    namespace[name] = copier.copy(value, (name,))
        yield
    finally:
        for cell, value in cells:
            cell.cell_contents = value
        for namespace, before in saved:
            for name in [n for n in namespace if n not in before]:
                del namespace[name]
            for name, value in before.items():
                if namespace.get(name, cells) is not value:
                    namespace[name] = value


def _call_of(kind: type) -> Any:
    return getattr(kind, "__call__", None)  # noqa: B004 (it is wanted, not asked)


def _changeable(value: Any) -> bool:
    kind = type(value)
    if kind in (np.ndarray, list, dict):
        return True
    return (
        bool(kind.__flags__ & _HEAP)
        and not isinstance(value, type)
        and not is_library_module(kind.__module__)
    )


def _names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if hasattr(const, "co_names"):
            yield from _names(const)


def _like(value: Any, example: Any) -> Any:
    """The value as the kind of thing that the example is."""
    if isinstance(example, np.ndarray):
        return np.array(value, dtype=example.dtype)
    if isinstance(example, list):
        return np.asarray(value).tolist()
    if isinstance(example, np.generic):
        return example.dtype.type(value)
    if isinstance(example, int):
        return int(value)
    return float(value)


def _scalar(result: Any) -> Any:
    if isinstance(result, dict):
        result = result["loss"]
    if isinstance(result, tuple | list):
        result = result[0]
    return np.asarray(result).reshape(())[()]
