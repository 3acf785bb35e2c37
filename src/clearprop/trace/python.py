"""Python's own functions on traced values: ``len``, ``range``, ``type``, ``print`` …

One row for each function that the hooks treat specially; every other builtin is called
as it is, or by the tracer where it knows it (``float``, ``max``, ``math.exp``).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import SourceError
from clearprop.trace.array import Traced
from clearprop.trace.functions.higher import vectorize
from clearprop.trace.library import is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.size import RangeList, TracedRange, TracedSize

if TYPE_CHECKING:
    from clearprop.trace.instrument import Hooks

# packages that show and store values: they are given plain ones, nothing comes back
SINKS = frozenset(
    """matplotlib mpl_toolkits pylab seaborn plotly IPython ipywidgets logging json
    pickle csv io _io warnings time sys os pprint tqdm""".split()
)


def _plainly(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    """Printing and formatting are free."""
    assert hooks.tracer is not None
    plain = hooks.tracer.plain
    return function(*[plain(a) for a in args], **kwargs)


def _len(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    if len(args) == 1:
        value = args[0]
        kind = type(value)
        if kind is NumberList:
            value = value.array()
            kind = type(value)
        if kind is Traced or kind is TracedRange:
            assert hooks.tracer is not None
            return hooks.tracer.length(value)
        inner = getattr(kind, "__len__", None)
        if type(inner) is _FUNCTION and not is_library_module(kind.__module__):
            return hooks.call(inner, value)
    return len(*args)


def _range(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    if any(type(a) is Traced or type(a) is TracedSize for a in args):
        assert hooks.tracer is not None
        return hooks.tracer.range(*args)
    return range(*args)


def _type(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    if len(args) == 1:
        kind = type(args[0])
        if kind is Traced:
            return type(args[0].value)
        return {TracedSize: int, TracedRange: range, NumberList: list}.get(kind, kind)
    return type(*args, **kwargs)


def _getattr(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    try:
        return hooks.attribute(*args[:2])
    except AttributeError:
        if len(args) == 3:
            return args[2]
        raise


def _number(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    """``float``, ``max``, ``round`` …: the tracer's where something is traced."""
    tracer = hooks.tracer
    assert tracer is not None
    if any(type(a) is NumberList for a in args):
        for a in args:
            if type(a) is NumberList:
                tracer.settle(a.whole.shape)
        args = [list(a) if type(a) is NumberList else a for a in args]
    if tracer.touched(list(args)) and tracer.knows(function) and not kwargs:
        return tracer.call(function, args, kwargs)
    kwargs = {k: hooks._callback(a) for k, a in kwargs.items()}
    return hooks.lifted(function(*args, **kwargs))


def _walk(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    """``list``, ``zip``, ``sorted`` …: free sizes that are walked over are fixed."""
    assert hooks.tracer is not None
    for a in args:
        if type(a) is NumberList:
            hooks.tracer.settle(a.whole.shape)
    if function is list and args and type(args[0]) is TracedRange:
        return RangeList(args[0])
    args = [
        hooks.tracer.lift(a) if type(a) is np.ndarray else hooks._callback(a)
        for a in args
    ]
    kwargs = {k: hooks._callback(a) for k, a in kwargs.items()}
    return hooks.lifted(function(*args, **kwargs))


def _exact_sum(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    """``math.fsum`` of a generator: what it gives may be traced."""
    assert hooks.tracer is not None
    items = [list(a) for a in args]
    if hooks.tracer.touched(items):
        return hooks.tracer.call(function, items, kwargs)
    return function(*items, **kwargs)


def _input(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    if hooks.script is None:
        return input(*args)
    assert hooks.tracer is not None
    _, line, code = hooks.tracer.where()
    if hooks.tracer.apart is not None and code.startswith("input("):
        return ""  # it waits for a key, and nobody reads what is typed
    place = f"line {line}, {code}: " if code else ""
    raise SourceError(
        f"{place}the program asks for input from the keyboard, which clearprop can't "
        "answer. Write the value into the program."
    )


def _sleep(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    return None if hooks.script is not None else time.sleep(*args)


def vectorized(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    """``np.vectorize(f)(x)``: whole arrays where f allows it, else each entry."""
    tracer = hooks.tracer
    assert tracer is not None
    if not tracer.touched(list(args)) or kwargs:
        return hooks.lifted(function(*args, **kwargs))
    return vectorize(tracer, partial(hooks.call, function.pyfunc), args)


_FUNCTION = type(_plainly)
_PRINTING = (print, str, repr, format, ascii)
_NUMBERS = (float, int, bool, abs, round, max, min, sum, pow, divmod)
_WALKING = (
    list, tuple, set, enumerate, zip, sorted, reversed, map, filter, any, all, iter,
)  # fmt: skip
HANDLERS: dict[Any, Callable[[Hooks, Any, Any, Any], Any]] = {
    len: _len,
    range: _range,
    type: _type,
    getattr: _getattr,
    input: _input,
    time.sleep: _sleep,
    math.fsum: _exact_sum,
    **dict.fromkeys(_PRINTING, _plainly),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_WALKING, _walk),
}
