"""From values of leaves to arguments of the written function, and back.

The written function takes the forward function's own parameters and the captured arrays
by name. A script has no parameters of its own: its leaves are passed by name.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MethodType
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.trace.leaves import attributes, follow, is_numbers
from clearprop.trace.library import where_in_use
from clearprop.trace.replay import Copier, Replay, random_state
from clearprop.trace.result import Leaf, Trace


def replay_of(trace: Trace) -> Replay | None:
    """The original function and its example arguments, if there is a function."""
    found = getattr(trace.rerun, "__self__", None)
    return found if isinstance(found, Replay) else None


def arguments_at(
    trace: Trace, values: Mapping[Node, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
    """Positional, keyword and captured arguments with the leaves at these values."""
    replay = replay_of(trace)
    if replay is None:
        return (), {leaf.name: values[leaf.node] for leaf in trace.leaves}, {}
    replaced = {
        leaf.path: values[leaf.node] for leaf in trace.leaves if not leaf.captured
    }
    bound = inspect.BoundArguments(replay.signature, {})
    for name, value in replay.arguments.items():
        bound.arguments[name] = Copier(replaced).copy(value, (name,))
    captured = {leaf.name: values[leaf.node] for leaf in trace.leaves if leaf.captured}
    return bound.args, bound.kwargs, captured


def current(trace: Trace, leaf: Leaf) -> Any:
    """A captured array as it is now, in the object, closure or module it came from."""
    for place in _places(trace, leaf.path[0]):
        try:
            return follow(place, leaf.path)
        except (AttributeError, KeyError, IndexError, TypeError):
            continue
    return leaf.value


def _places(trace: Trace, name: str) -> list[Any]:
    """Where a captured name may come from: ``self``, a closure, the module."""
    replay = replay_of(trace)
    if replay is None:
        return []
    function = replay.function
    owner = getattr(function, "__self__", None)
    inner = function.__func__ if isinstance(function, MethodType) else function
    if not hasattr(inner, "__code__"):
        owner, inner = function, type(function).__call__
    if not hasattr(inner, "__code__"):
        return []
    places: list[Any] = []
    if owner is not None and name == next(iter(inner.__code__.co_varnames), None):
        places.append(owner)
    cells = zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)
    places += [cell.cell_contents for free, cell in cells if free == name]
    if name in inner.__globals__:
        places.append(inner.__globals__[name])
    return places


def same_options(trace: Trace) -> bool:
    """Whether captured numbers and switches, ``self.rate``, are as in the trace."""
    given = {p.name for p in trace.parameters}
    for label, value in trace.statics.items():
        root = re.match(r"\w+", label)
        if root is None or root[0] in given:
            continue
        for place in _places(trace, root[0])[:1]:
            try:  # a label is an expression of our own making: self.params['rate']
                now = eval(label, {"__builtins__": {}}, {root[0]: place})
            except Exception:
                return False
            if type(now) is not type(value) or now != value:
                return False
    return True


def same_structure(
    trace: Trace, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> bool:
    """Whether these arguments are nested as the traced ones, with the same options."""
    replay = replay_of(trace)
    if replay is None:
        return True
    bound = replay.signature.bind(*args, **kwargs)
    given = set(bound.arguments)
    bound.apply_defaults()
    traced = replay.arguments  # without the defaults of a functools.partial
    return given <= traced.keys() <= bound.arguments.keys() and all(
        _alike(bound.arguments[name], value) for name, value in traced.items()
    )


def left_out(
    trace: Trace, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """The defaults of arguments that aren't given: the source can't say all of them."""
    replay = replay_of(trace)
    if replay is None:
        return {}
    given = replay.signature.bind(*args, **kwargs).arguments
    return {
        p.name: p.default
        for p in replay.signature.parameters.values()
        if p.default is not p.empty
        and p.name not in given
        and p.kind is not p.POSITIONAL_ONLY
    }


def _alike(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(b, bool | str | type(None)):
        return type(a) is type(b) and bool(a == b)
    if isinstance(b, np.ndarray | np.generic | int | float):
        return isinstance(a, np.ndarray | np.generic | int | float) and not isinstance(
            a, bool
        )
    if isinstance(b, dict):
        return (
            isinstance(a, dict)
            and list(a) == list(b)
            and all(_alike(a[k], b[k]) for k in b)
        )
    if isinstance(b, list) and b and is_numbers(b):
        return isinstance(a, list) and (not a or is_numbers(a))
    if isinstance(b, list | tuple):
        same = isinstance(a, list | tuple) and len(a) == len(b)
        return same and all(_alike(x, y) for x, y in zip(a, b, strict=True))
    own, other = dict(attributes(b)), dict(attributes(a))
    if own or other:
        return (
            type(a) is type(b)
            and own.keys() == other.keys()
            and all(_alike(other[k], own[k]) for k in own)
        )
    return bool(a == b)


def container_types(trace: Trace) -> dict[tuple[Any, ...], tuple[type, int]]:
    """For every container that holds leaves: its path, what it is and how long."""
    replay = replay_of(trace)
    found: dict[tuple[Any, ...], tuple[type, int]] = {}
    if replay is None:
        return found
    for leaf in trace.leaves:
        if leaf.captured:
            continue
        for end in range(1, len(leaf.path)):
            path = leaf.path[:end]
            if path not in found:
                value = follow(replay.arguments[path[0]], path)
                found[path] = (
                    type(value),
                    len(value) if hasattr(value, "__len__") else 0,
                )
    return found


def generator_argument(trace: Trace) -> tuple[str, Any] | None:
    """The one argument that is a random generator, and its object."""
    random = where_in_use("numpy.random")
    if random is None:  # NumPy imports it when it is first used
        return None
    replay = replay_of(trace)
    found = [
        (name, value)
        for name, value in (replay.arguments if replay is not None else {}).items()
        if isinstance(value, random.Generator | random.RandomState)
    ]
    return found[0] if len(found) == 1 else None


@contextmanager
def same_draws(trace: Trace) -> Iterator[None]:
    """Random draws of the graph and of the written code as in the trace."""
    sources = {
        id(n.params["source"]): n.params["source"]
        for n in trace.graph.nodes
        if n.op.impure and n.params["source"] is not None
    }
    for n in trace.graph.nodes:
        if n.op.impure and n.params["seed"] is not None:
            sources.pop(id(n.params["source"]), None)  # it begins by itself
    replay, own = replay_of(trace), generator_argument(trace)
    for source in sources.values():
        if own is not None and isinstance(source, np.random.Generator):
            source.bit_generator.state = own[1].bit_generator.state
        elif own is not None:
            source.set_state(own[1].get_state())
    state = trace.draws_from if replay is None else replay.state
    if state is None:
        yield
        return
    with random_state(state):
        yield
