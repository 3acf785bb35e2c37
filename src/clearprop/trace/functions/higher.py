"""Functions that call the user's function: vectorize, apply_along_axis, piecewise."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


@handles("vectorize()", named=True)
def _vectorize(t: Tracer, function: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs or function.signature is not None or function.excluded:
        t.refuse(
            "np.vectorize with a signature or keywords", "Call the function itself"
        )
    if not t.touched(list(args)):
        return t.lift_all(function(*args))
    return vectorize(t, function.pyfunc, args)


def vectorize(t: Tracer, f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """``f`` entry by entry: on whole arrays where f allows it, so sizes stay free."""
    args = [t.lift(a) if t.touched(a) else t.call(np.asarray, (a,), {}) for a in args]
    dims = t.graph.common([t.node(a).dims for a in args])
    whole = _at_once(t, f, args, tuple(int(d) for d in dims))
    if whole is not None:
        return whole
    shape = tuple(t.graph.fix(d) for d in dims)
    wide = [t.call(np.broadcast_to, (a, shape), {}) for a in args]
    entries = [f(*[w[i] for w in wide]) for i in np.ndindex(*shape)]
    return t.call(np.array, (entries,), {}).reshape(shape)


def _at_once(t: Tracer, f: Any, args: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The function on whole arrays, if it gives what it gives on the first entries."""
    if not np.prod(shape):
        return None
    before = len(t.graph.guards), len(t.graph.value_guards), len(t.lost)
    try:
        made = _every_way(t, f, args)
        agrees = type(made) is Traced and made.value.shape == shape
        for at in islice(np.ndindex(*shape), 20):
            one = f(*[np.broadcast_to(t.plain(a), shape)[at] for a in args])
            agrees = agrees and np.array_equal(
                t.plain(one), made.value[at], equal_nan=True
            )
    except (ValueError, TypeError, ClearpropError):
        agrees = False
    if agrees and len(t.lost) == before[2]:
        return made
    del t.graph.guards[before[0] :], t.graph.value_guards[before[1] :]
    del t.lost[before[2] :]
    return None


def _every_way(t: Tracer, f: Any, args: Sequence[Any]) -> Any:
    """``v if v > 0 else 0`` on a whole array is np.where(v > 0, v, 0)."""
    from clearprop.trace.tracer import Forks

    def follow(decided: list[bool]) -> Any:
        if len(decided) > 4:
            raise ValueError
        outer, t.forks = t.forks, Forks(decided)
        try:
            made = f(*args)
            conditions = t.forks.conditions
        finally:
            t.forks = outer
        if len(conditions) == len(decided):
            return made
        condition = conditions[len(decided)]
        return t.call(
            np.where,
            (condition, follow([*decided, True]), follow([*decided, False])),
            {},
        )

    with np.errstate(all="ignore"):
        return follow([])


@handles("apply_along_axis", direct=True)
def _apply_along_axis(
    t: Tracer, func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    array = t.lift(arr)
    axis = operator.index(axis) % array.ndim
    moved = t.call(np.moveaxis, (array, axis, -1), {})
    shape = tuple(t.graph.fix(d) for d in moved.node.dims[:-1])
    rows = [func1d(moved[i], *args, **kwargs) for i in np.ndindex(*shape)]
    stacked = t.call(np.array, (rows,), {})
    inner = stacked.shape[1:]
    result = stacked.reshape((*shape, *inner))
    places = range(len(shape), len(shape) + len(inner))
    there = range(axis, axis + len(inner))
    return t.call(np.moveaxis, (result, tuple(places), tuple(there)), {})


@handles("apply_over_axes", direct=True)
def _apply_over_axes(t: Tracer, func: Any, a: Any, axes: Any) -> Any:
    result = t.lift(a)
    for axis in np.atleast_1d(axes):
        made = func(result, int(axis))
        if made.ndim < result.ndim:
            made = t.call(np.expand_dims, (made, int(axis)), {})
        result = made
    return result


@handles("fromfunction", direct=True)
def _fromfunction(
    t: Tracer, function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any
) -> Any:
    grids = t.call(np.indices, (shape, dtype), {})
    return function(*(grids[i] for i in range(len(t.dims(shape)))), **kwargs)


@handles("fromiter", direct=True)
def _fromiter(t: Tracer, iter: Any, dtype: Any, count: int = -1) -> Any:
    return t.call(np.array, (list(iter), dtype), {})


@handles("piecewise", direct=True)
def _piecewise(
    t: Tracer, x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any
) -> Any:
    array = t.lift(x)
    conditions = list(condlist) if isinstance(condlist, list | tuple) else [condlist]
    result = t.call(np.zeros_like, (array,), {})
    if len(funclist) == len(conditions) + 1:
        rest = conditions[0]
        for condition in conditions[1:]:
            rest = rest | condition
        conditions.append(~rest)
    for condition, function in zip(conditions, funclist):
        value = function
        if callable(function):
            value = function(array, *args, **kw)
        result = t.call(np.where, (condition, value, result), {})
    return result
