"""Numbers on their way through Python: ``float``, ``round``, ``max``, ``math``."""

from __future__ import annotations

import builtins
import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import largest, smallest
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles
from clearprop.trace.functions.ufuncs import build
from clearprop.trace.size import RangeList, TracedRange, TracedSize

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


@handles("dtype()", named=True)
def _scalar_type(
    t: Tracer, kind: Any, value: Any = 0, *more: Any, **kwargs: Any
) -> Any:
    """``np.float64(x)`` and its relatives."""
    if not issubclass(kind, np.number | np.bool_):
        return kind(t.plain(value), *more, **kwargs)
    made = kind(t.plain(value))
    if made.dtype.kind == "c":
        if t.touched(value):
            t.check_kind(made)
        return made
    return t.wrap(t.cast(t.node(value), made.dtype), made)


def _scalar(t: Tracer, value: Any) -> Node:
    """The node of one number: arrays of one entry lose their axes."""
    node = t.node(value)
    return node.reshape(()) if node.ndim else node


@handles("builtins.float", direct=True)
def _float(t: Tracer, value: Any = 0.0) -> Any:
    if not t.touched(value):
        return float(value)
    node = _scalar(t, value)
    if not node.is_float:
        node = node * 1.0 if node.weak else node.cast(float)
    return t.wrap(node, float(t.plain(value)))


@handles("builtins.int", direct=True)
def _int(t: Tracer, value: Any = 0, *base: Any) -> Any:
    if type(value) is TracedSize:
        return value
    if not t.touched(value):
        return int(value, *base)
    node = _scalar(t, value)
    if node.is_float:
        node = t.cast(t.graph.apply("trunc", node), int)
    return t.wrap(node, int(t.plain(value)))


@handles("builtins.bool", direct=True)
def _bool(t: Tracer, value: Any = False) -> bool:
    return t.truth(value)


@handles("builtins.len", direct=True)
def _len(t: Tracer, value: Any) -> Any:
    return t.length(value)


@handles("builtins.range", direct=True)
def _range(t: Tracer, *limits: Any) -> Any:
    return t.range(*limits)


@handles("builtins.list", direct=True)
def _list(t: Tracer, *values: Any) -> Any:
    if values and type(values[0]) is TracedRange:
        return RangeList(values[0])
    return list(*values)


@handles("builtins.round", direct=True)
def _round(t: Tracer, value: Any, digits: Any = None) -> Any:
    if not t.touched(value) or type(value) is TracedSize:
        return round(value, digits)
    node = t.node(value)
    made = round(value.value, t.plain(digits))
    if not node.is_float:
        return t.wrap(node, made)
    places = 0 if digits is None else int(digits)
    scale = 10.0**places
    node = t.graph.apply("rint", node * scale) / scale
    if digits is None and isinstance(made, int):
        node = t.cast(node, int)
    return t.wrap(node, made)


def _extreme(name: str, dims: Any) -> Any:
    plain = getattr(builtins, name)

    def run(t: Tracer, *values: Any, **kwargs: Any) -> Any:
        items = list(values)
        if len(items) == 1 and type(items[0]) in (list, tuple):
            items = list(items[0])
        numbers = all(isinstance(t.plain(v), int | float | np.number) for v in items)
        if kwargs or not numbers or len(items) < 2 or not t.touched(items):
            return plain(*values, **kwargs)
        if not any(type(v) is Traced for v in items):
            if all(type(v) in (TracedSize, int) for v in items):
                size = t.dim(items[0])
                for item in items[1:]:
                    size = dims(size, t.dim(item))
                return t.size(size)
            return plain(*values)
        nodes = [t.node(v) for v in items]
        if any(not n.is_float for n in nodes if not n.weak):
            return plain(*values)
        node = nodes[0]
        for other in nodes[1:]:  # Python keeps the first at a tie, maximum the second
            node = t.graph.apply(name + "imum", other, node)
        value = plain(t.plain(items))
        if not isinstance(value, float | np.floating):
            value = float(value)
        return t.wrap(node, value)

    return run


handles("builtins.max", direct=True)(_extreme("max", largest))
handles("builtins.min", direct=True)(_extreme("min", smallest))


@handles("builtins.sum", direct=True)
def _sum(t: Tracer, values: Any, start: Any = 0) -> Any:
    if type(values) is not Traced or not values.ndim:
        return sum(values, start)
    node = values.node.sum((0,))
    value = sum(values.value)
    if isinstance(value, int):  # an empty array
        return start
    made = t.wrap(node, value)
    return made if type(start) is int and start == 0 else start + made


@handles("builtins.abs", direct=True)
def _abs(t: Tracer, value: Any) -> Any:
    return abs(value)


_MATH = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log2": "log2", "log10": "log10",
    "log1p": "log1p", "sqrt": "sqrt", "cbrt": "cbrt", "sin": "sin", "cos": "cos",
    "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "fabs": "absolute", "atan2": "arctan2", "hypot": "hypot",
    "pow": "power", "fmod": "fmod", "copysign": "copysign", "isnan": "isnan",
    "isinf": "isinf", "isfinite": "isfinite", "degrees": "degrees",
    "radians": "radians",
}  # fmt: skip


def _math(name: str, op: str) -> Any:
    def run(t: Tracer, function: Any, *values: Any) -> Any:
        if not t.touched(list(values)):
            return function(*values)
        values = tuple(t.lift(v) for v in values)
        if t.forks is not None and any(np.ndim(t.plain(v)) for v in values):
            return t.ufunc(getattr(np, op), "__call__", values, {})
        made = function(*t.plain(list(values)))
        return t.wrap(build(t, op, [_scalar(t, v) for v in values]), made)

    return run


for _name, _op in _MATH.items():
    handles(f"math.{_name}", named=True)(_math(_name, _op))


@handles("math.log", direct=True)
def _log(t: Tracer, value: Any, *base: Any) -> Any:
    made = math.log(t.plain(value), *t.plain(list(base)))
    if not t.touched([value, *base]):
        return made
    node = t.graph.apply("log", _scalar(t, value))
    if base:
        node = node / t.graph.apply("log", _scalar(t, base[0]))
    return t.wrap(node, made)


def _whole(name: str) -> Any:
    def run(t: Tracer, value: Any) -> Any:
        made = getattr(math, name)(t.plain(value))
        if type(value) is TracedSize:
            return value
        if not t.touched(value):
            return made
        node = _scalar(t, value)
        if node.is_float:
            node = t.cast(t.graph.apply(name, node), int)
        return t.wrap(node, made)

    return run


for _name in ("floor", "ceil", "trunc"):
    handles(f"math.{_name}", direct=True)(_whole(_name))


@handles(
    "math.isqrt", "math.factorial", "math.comb", "math.gcd", "math.lcm", named=True
)
def _whole_numbers(t: Tracer, function: Any, *values: Any) -> Any:
    return function(*[v.__index__() if t.touched(v) else v for v in values])


@handles("math.fsum", direct=True)
def _fsum(t: Tracer, values: Any) -> Any:
    items = list(values)
    if not t.touched(items):
        return math.fsum(items)
    total: Any = 0.0
    for item in items:
        total = total + item
    return t.wrap(t.node(total), math.fsum(t.plain(items)))


@handles("math.prod", direct=True)
def _prod(t: Tracer, values: Any, *, start: Any = 1) -> Any:
    total = start
    for item in values:
        total = total * item
    return total


@handles("math.dist", direct=True)
def _dist(t: Tracer, p: Any, q: Any) -> Any:
    total: Any = 0.0
    for a, b in zip(p, q, strict=True):
        total = total + (a - b) ** 2
    return total**0.5


@handles("math.isclose", direct=True)
def _isclose(t: Tracer, a: Any, b: Any, **kwargs: Any) -> bool:
    return math.isclose(t.plain(a), t.plain(b), **kwargs)


@handles("math.sumprod", direct=True)
def _sumprod(t: Tracer, p: Any, q: Any) -> Any:
    total: Any = 0
    for a, b in zip(p, q, strict=True):
        total = total + a * b
    return total


@handles("math.erf", "math.erfc", named=True)
def _erf(t: Tracer, function: Any, value: Any) -> Any:
    if not t.touched(value):
        return function(value)
    if find_spec("scipy") is None:
        t.refuse(
            f"math.{function.__name__} of an argument is written as SciPy's erf, and "
            "SciPy isn't installed",
            "pip install scipy",
        )
    made = build(t, function.__name__, [_scalar(t, value)])
    return t.wrap(made, function(t.plain(value)))


@handles("math.gamma", "math.lgamma", named=True)
def _refused(t: Tracer, function: Any, value: Any) -> Any:
    if not t.touched(value):
        return function(value)
    name = function.__name__
    t.refuse(
        f"math.{name} is not an operation that clearprop can derive",
        "Write it with functions that have a derivative",
    )
