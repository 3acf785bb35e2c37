"""Tracing one function: example arguments go in, a ``Trace`` comes out.

A list of numbers among the arguments is one leaf (see ``leaves``). The loss is what the
function returns: a single number; of a tuple ``(loss, cache, …)`` the first item, of a
dict the item ``"loss"``.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType, MethodType, TracebackType
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, DeriveError, TraceError
from clearprop.graph import Graph, Node, ordered
from clearprop.sizes import Atom, Size
from clearprop.trace.array import Traced
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import Leaves
from clearprop.trace.library import at_home, is_library_file
from clearprop.trace.replay import Replay, random_state
from clearprop.trace.result import Trace
from clearprop.trace.tracer import Tracer


def trace_function(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
) -> Trace:
    """Run a forward function on traced copies of its arguments.

    Raises ``TraceError`` where it can't be followed or raises itself, ``DeriveError``
    where what it returns is no single real number.
    """
    plain, owner = _unwrapped(function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise TraceError(
            f"{name_of(function)} is no Python function: its arguments aren't known. "
            f"Wrap it: def forward(x): return {name_of(function)}(x)"
        ) from None
    try:
        bound = signature.bind(*args, **(kwargs or {}))
    except TypeError as error:
        raise TraceError(
            f"{name_of(function)}{signature} can't be called with these arguments: "
            f"{error}."
        ) from None
    if type(plain) is FunctionType:  # C's defaults are more than one may pass
        bound.apply_defaults()
    at_home(getattr(plain, "__module__", None))

    replay = Replay(function, bound)
    with HOOKS.lock, Tracer() as tracer, random_state(replay.state):
        leaves = Leaves(tracer)
        with HOOKS.session(tracer, leaves):
            _bind_traced(bound, leaves)
            if owner is not None:
                first = next(iter(inspect.signature(plain).parameters), "self")
                owner = leaves.captured(owner, (first,))
            try:
                result = _run(plain, owner, bound.args, bound.kwargs)
            except ClearpropError:
                raise
            except Exception as error:
                raise explained(error) from error
            if type(result) not in (Traced, tuple, list, dict):
                result = tracer.lift(result)
            returned = loss_of(result, tracer, name_of(function))
        bindings, names, size_names = HOOKS.finished

    trace = Trace(
        graph=tracer.graph,
        name=name_of(function),
        parameters=list(signature.parameters.values()),
        leaves=[],
        loss=returned,
        log=bindings,
        lost=tracer.lost,
        names=names | set(signature.parameters),
        lines=tracer.lines,
        statics=leaves.statics,
        size_names=size_names,
    )
    code = getattr(plain, "__code__", None)
    if code is not None:
        trace.file = code.co_filename
        trace.source_lines = source_lines(plain)
    used = used_nodes(trace.graph, [returned], trace.lost)
    trace.leaves = leaves.result(used, _taken(trace, leaves))
    trace.rerun = replay.with_leaves(trace.leaves)
    return trace


def _unwrapped(function: Any) -> tuple[Any, Any]:
    """The Python function behind a callable, and the object that it is bound to."""
    if type(function) is MethodType:
        return function.__func__, function.__self__
    inner = getattr(type(function), "__call__", None)  # noqa: B004 (wanted, not asked)
    if type(function) is not FunctionType and type(inner) is FunctionType:
        return inner, function
    return function, None


def _bind_traced(bound: inspect.BoundArguments, leaves: Leaves) -> None:
    kinds = {n: p.kind for n, p in bound.signature.parameters.items()}
    for name, value in bound.arguments.items():
        if kinds[name] is inspect.Parameter.VAR_KEYWORD:
            made: Any = {
                k: leaves.argument(v, (name, ("key", k))) for k, v in value.items()
            }
        elif kinds[name] is inspect.Parameter.VAR_POSITIONAL:
            made = tuple(
                leaves.argument(v, (name, ("index", i))) for i, v in enumerate(value)
            )
        else:
            made = leaves.argument(value, (name,))
        bound.arguments[name] = made


def _run(plain: Any, owner: Any, args: Any, kwargs: Any) -> Any:
    """Run the function itself with hooks, whoever's it is."""
    if type(plain) is not FunctionType:
        HOOKS.frames.append((None, {}))
        try:
            return HOOKS.call(plain, *args, **kwargs)
        finally:
            HOOKS.frames.pop()
    made = HOOKS.followed(plain)
    HOOKS.frames.append((made.__code__, {}))
    try:
        given = args if owner is None else (owner, *args)
        return made(*given, **kwargs)
    finally:
        HOOKS.frames.pop()


def loss_of(result: Any, tracer: Tracer, who: str = "the forward pass") -> Node:
    """The node of the single number that a forward function returned."""
    if isinstance(result, dict):
        if "loss" not in result:
            raise DeriveError(
                f"{who} returns a dict without 'loss'. Return the loss, or "
                "put it under the key 'loss'."
            )
        result = result["loss"]
    if isinstance(result, tuple | list) and result:
        first = result[0]
        if np.ndim(tracer.plain(first)) == 0:
            result = first
    if result is None:
        raise DeriveError(f"{who} returns nothing. Return the loss from it.")
    value = tracer.plain(result)
    if isinstance(value, tuple | list):
        raise DeriveError(
            f"{who} returns a {type(value).__name__} whose first item is no "
            "single number. Return the loss, or the loss first."
        )
    if isinstance(value, str | bytes) or not isinstance(
        value, np.ndarray | np.generic | int | float | complex
    ):
        raise DeriveError(
            f"{who} returns a {type(value).__name__}, not a number. Return the loss."
        )
    if np.iscomplexobj(value):
        raise DeriveError(
            "the loss is complex. Return a real number, such as abs(loss)."
        )
    shape = np.shape(value)
    if np.size(value) != 1:
        raise DeriveError(
            f"{who} returns an array of shape {shape}, not a single number. Reduce it: "
            "return its np.sum(...) or np.mean(...)."
        )
    node = tracer.node(result)
    for dim in node.dims:  # one entry now, and always
        tracer.graph.fix(dim)
    return node.reshape(()) if node.dims else node


def name_of(function: Any) -> str:
    """What the written function is called after."""
    name = getattr(function, "__name__", None)
    if name is None:
        name = getattr(getattr(function, "func", function), "__name__", "forward")
    return "forward" if not str(name).isidentifier() else str(name)


def explained(error: Exception) -> TraceError:
    """The user's line where their forward pass raised, and what was said."""
    line, code, inside = _raised_at(error.__traceback__)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    who = "NumPy raised" if inside else "Python raised"
    place = f"line {line}, {code}: " if code else ""
    return TraceError(f"{place}{who} {said}")


def _raised_at(trace: TracebackType | None) -> tuple[int, str, bool]:
    line, code, numpy = 0, "", False
    while trace is not None:
        frame = trace.tb_frame
        file = frame.f_code.co_filename
        if not is_library_file(file):
            line = trace.tb_lineno
            code = linecache.getline(file, line, frame.f_globals).strip()
            numpy = False
        else:
            module = frame.f_globals.get("__name__", "")
            numpy = numpy or module.startswith(
                ("numpy", "clearprop.trace.tracer", "clearprop.trace.array")
            )
        trace = trace.tb_next
    return line, code, numpy


def source_lines(function: Any) -> dict[int, str]:
    """The lines of the function's file that belong to it."""
    code = function.__code__
    text = linecache.getlines(code.co_filename, function.__globals__)
    last = max((line or 0 for _, _, line in code.co_lines()), default=0)
    return {
        n: text[n - 1].rstrip("\n")
        for n in range(code.co_firstlineno, last + 1)
        if n <= len(text)
    }


def used_nodes(
    graph: Graph, outputs: Iterable[Node], lost: Iterable[Any]
) -> list[Node]:
    """Every node that the outputs, the guards or their sizes speak of, in use order."""
    seen: dict[Node, None] = {}
    wanted = [*outputs, *(g.node for g in graph.value_guards)]
    sizes: list[Any] = []
    for guard in graph.guards:
        sizes += [graph.resolve(guard.left), graph.resolve(guard.right)]
    for node in ordered([*wanted, *(entry.node for entry in lost)]):
        for source in node.inputs:
            seen.setdefault(source)
        if node.inputs:
            seen.setdefault(node)
        sizes += node.dims
        sizes += node.params.values()
    for node in wanted:
        seen.setdefault(node)
    for atom in _atoms_in(sizes):
        if isinstance(atom.args[0], Node):
            seen.setdefault(atom.args[0])
    return list(seen)


def _atoms_in(values: Iterable[Any]) -> Iterable[Atom]:
    for value in values:
        if isinstance(value, Size):
            yield from value.atoms()
        elif isinstance(value, tuple):
            yield from _atoms_in(value)


def _taken(trace: Trace, leaves: Leaves) -> set[str]:
    """Names that a captured array can't take: all but those that only stand for it."""
    stands: dict[str, set[Node]] = {}
    for binding in trace.log:
        if binding.depth == 0:
            stands.setdefault(binding.place, set()).add(binding.node)
    parameters = {p.name for p in trace.parameters}
    taken = set(trace.names) | {"np", trace.name}
    for made in leaves.made:
        if not made.captured:
            continue
        word = str(made.path[-1][1] if len(made.path) > 1 else made.path[-1])
        if word not in parameters and stands.get(word, {made.node}) == {made.node}:
            taken.discard(word)
    return taken


__all__ = ["loss_of", "name_of", "trace_function"]
