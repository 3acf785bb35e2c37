"""Ufuncs: entry by entry, with out= and where=, and reduce, accumulate, outer, at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

Build = Callable[..., Any]

# ufunc name -> operation of the graph
_SAME = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div",
    "true_divide": "div", "power": "pow", "negative": "neg", "absolute": "abs",
    "fabs": "abs", "floor_divide": "floor_divide", "remainder": "mod",
    "maximum": "maximum", "minimum": "minimum", "fmax": "maximum", "fmin": "minimum",
    "matmul": "matmul", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge", "equal": "eq", "not_equal": "ne", "clip": "clip",
    **{name: name for name in """exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos
        tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh sign floor ceil
        rint trunc arctan2 hypot logaddexp logical_and logical_or logical_xor
        bitwise_and bitwise_or bitwise_xor logical_not invert isnan isfinite isinf
        signbit erf""".split()},
}  # fmt: skip


def _apply(name: str, *nodes: Any) -> Node:
    node = next(n for n in nodes if isinstance(n, Node))
    return node.graph.apply(name, *nodes)


def _fmod(a: Node, b: Node) -> Node:
    return a - _apply("trunc", a / b) * b


def _copysign(a: Node, b: Node) -> Node:
    size = _apply("abs", a)
    return _apply("where", _apply("signbit", b), -size, size)


def _heaviside(x: Node, at_zero: Node) -> Node:
    return _apply("where", x.equals(0), at_zero, (x > 0).cast(float))


def _logaddexp2(a: Node, b: Node) -> Node:
    two = math.log(2)
    return _apply("logaddexp", a * two, b * two) / two


def _float_power(a: Node, b: Node) -> Node:
    return _float(a) ** _float(b)


def _float(x: Node) -> Node:
    return x if x.is_float or x.weak else x.cast(float)


def _xlogy(x: Node, y: Node) -> Node:
    none = x.equals(0)
    return _apply("where", none, 0.0, x * _apply("log", _apply("where", none, 1.0, y)))


def _expit(x: Node) -> Node:
    return 1 / (1 + _apply("exp", -x))


# ufunc name -> what it is made of
_MADE: dict[str, Build] = {
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "positive": lambda x: x,
    "conjugate": lambda x: x,
    "float_power": _float_power,
    "fmod": _fmod,
    "divmod": lambda a, b: (_apply("floor_divide", a, b), _apply("mod", a, b)),
    "modf": lambda x: (x - _apply("trunc", x), _apply("trunc", x)),
    "copysign": _copysign,
    "heaviside": _heaviside,
    "logaddexp2": _logaddexp2,
    "deg2rad": lambda x: x * (math.pi / 180),
    "radians": lambda x: x * (math.pi / 180),
    "rad2deg": lambda x: x * (180 / math.pi),
    "degrees": lambda x: x * (180 / math.pi),
    "vecdot": lambda a, b: (a * b).sum((max(a.ndim, b.ndim) - 1,)),
    # of scipy.special
    "expit": _expit,
    "logit": lambda x: _apply("log", x / (1 - x)),
    "log_expit": lambda x: -_apply("log1p", _apply("exp", -x)),
    "erfc": lambda x: 1 - _apply("erf", x),
    "ndtr": lambda x: 0.5 * (1 + _apply("erf", x / math.sqrt(2))),
    "xlogy": _xlogy,
    "xlog1py": lambda x, y: _xlogy(x, 1 + y),
    "entr": lambda x: -_xlogy(x, x),
    "exp10": lambda x: 10.0**x,
}

_REDUCE = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
    "fmax": "max", "fmin": "min", "logical_and": "all", "logical_or": "any",
}  # fmt: skip
_ACCUMULATE = {"add": "cumsum", "multiply": "cumprod"}
_EXTREME = {
    "maximum": "cummax", "minimum": "cummin", "fmax": "cummax", "fmin": "cummin",
}  # fmt: skip


def build(tracer: Tracer, name: str, nodes: Sequence[Node]) -> Any:
    """The node (or tuple of nodes) of a ufunc; None where there is none."""
    op = _SAME.get(name)
    if op is not None:
        return tracer.graph.apply(op, *nodes)
    made = _MADE.get(name)
    return None if made is None else made(*nodes)


def call_ufunc(
    tracer: Tracer, ufunc: Any, method: str, inputs: Sequence[Any], kwargs: Any
) -> Any:
    """A ufunc or one of its methods on any mix of arguments."""
    name = ufunc.__name__
    if method == "__call__" and not kwargs and len(inputs) == ufunc.nin:
        inputs = [tracer.lift_all(i) for i in inputs]
        value = ufunc(*[tracer.plain(i) for i in inputs])
        return _made(tracer, ufunc, name, inputs, value)
    if method != "__call__":
        return _method(tracer, ufunc, name, method, inputs, dict(kwargs))
    return _with_options(tracer, ufunc, name, inputs, dict(kwargs))


def _made(
    tracer: Tracer, ufunc: Any, name: str, inputs: Sequence[Any], value: Any
) -> Any:
    first = value[0] if isinstance(value, tuple) else value
    if name not in _SAME and name not in _MADE:
        if any(tracer._given_depends(i) for i in inputs):
            _refuse(tracer, ufunc, name)
        tracer.settle(list(inputs))
        return tracer.lift_all(value)
    tracer.check_kind(first)
    return tracer.finish(build(tracer, name, [tracer.node(i) for i in inputs]), value)


def _refuse(tracer: Tracer, ufunc: Any, name: str) -> None:
    if name in ("erfcx", "erfinv", "gamma", "gammaln", "log_ndtr", "digamma", "psi"):
        tracer.refuse(
            f"scipy.special.{name} is not an operation that clearprop can derive",
            "Write it with NumPy functions that have a derivative",
        )
    tracer.refuse(
        f"np.{name} is not an operation that clearprop can derive",
        "Write it with functions that have a derivative, or move it out of the "
        "forward pass",
    )


def _with_options(
    tracer: Tracer, ufunc: Any, name: str, inputs: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    out = kwargs.pop("out", None)
    if len(inputs) > ufunc.nin:
        out, inputs = inputs[ufunc.nin :], inputs[: ufunc.nin]
    if isinstance(out, tuple):
        if len(out) > 1:
            tracer.refuse(f"np.{name} with several out= arrays", "Assign the results")
        out = out[0]
    out = tracer.lift(out)
    where = kwargs.pop("where", True)
    inputs = [tracer.lift_all(i) for i in inputs]
    plain_where = tracer.plain(tracer.lift(where))
    plain = [tracer.plain(i) for i in inputs]
    if out is None and plain_where is not True:
        tracer.refuse(
            f"np.{name} with where= and no out= leaves entries undefined",
            "Give out=np.zeros_like(x), or use np.where",
        )
    if out is None:
        value = ufunc(*plain, **kwargs)
        return _made(tracer, ufunc, name, inputs, value)
    if ufunc.signature is None:  # np.matmul knows no where=
        kwargs["where"] = plain_where
    ufunc(*plain, out=out.value, **kwargs)
    node = build(tracer, name, [tracer.node(i) for i in inputs])
    if node is None or isinstance(node, tuple):
        _refuse(tracer, ufunc, name)
    node = tracer.fitted(node, out)
    if plain_where is not True:
        node = tracer.graph.apply(
            "where", tracer.node(tracer.lift(where)), node, out.node
        )
    out.write(tracer.agreed(node, out.value))
    return out


def _method(
    tracer: Tracer,
    ufunc: Any,
    name: str,
    method: str,
    inputs: Sequence[Any],
    kwargs: Any,
) -> Any:
    inputs = [tracer.lift_all(i) for i in inputs]
    if method == "reduce" and name in _REDUCE:
        return _reduce(tracer, ufunc, name, *inputs, **kwargs)
    if method == "reduce" and name == "logaddexp":
        return _reduce_logaddexp(tracer, ufunc, *inputs, **kwargs)
    if method == "accumulate" and name in _ACCUMULATE:
        return tracer.call(
            getattr(np, _ACCUMULATE[name]),
            inputs,
            {"axis": 0, **kwargs} if len(inputs) < 2 else kwargs,
        )
    if method == "accumulate" and name in _EXTREME:
        return _running(tracer, ufunc, _EXTREME[name], *inputs, **kwargs)
    if method == "outer":
        a, b = inputs
        value = ufunc.outer(tracer.plain(a), tracer.plain(b), **kwargs)
        first, second = tracer.node(a), tracer.node(b)
        left = first.expand(range(first.ndim, first.ndim + second.ndim))
        made = build(tracer, name, [left, second])
        if made is None:
            _refuse(tracer, ufunc, name)
        return tracer.finish(made, value)
    if method == "at" and name in ("add", "subtract"):
        _add_at(tracer, name, *inputs)
        return None
    if not any(tracer._given_depends(i) for i in inputs):
        tracer.settle(list(inputs))
        bound = getattr(ufunc, method)
        plain = [tracer.plain(i) for i in inputs]
        if method == "at":
            value = inputs[0].value.copy()
            bound(value, *plain[1:])
            tracer.store(inputs[0], ..., value)
            return None
        return tracer.lift_all(bound(*plain, **tracer.plain(kwargs)))
    tracer.refuse(
        f"np.{name}.{method} is not an operation that clearprop can derive",
        "Write it with np.add.at, np.cumsum or a sum over an axis",
    )


def _reduce(
    tracer: Tracer, ufunc: Any, name: str, x: Any, axis: Any = 0, dtype: Any = None,
    out: Any = None, keepdims: bool = False, **more: Any,
) -> Any:  # fmt: skip
    kwargs = {"axis": axis, "keepdims": keepdims, **more}
    if dtype is not None:
        kwargs["dtype"] = dtype
    if isinstance(out, tuple):
        out = out[0]
    if out is not None:
        kwargs["out"] = out
    return tracer.call(getattr(np, _REDUCE[name]), (x,), kwargs)


def _reduce_logaddexp(
    tracer: Tracer, ufunc: Any, x: Any, axis: Any = 0, keepdims: bool = False
) -> Any:
    from clearprop.trace.functions.reduce import axes_of

    value = ufunc.reduce(tracer.plain(x), axis=axis, keepdims=keepdims)
    node = tracer.node(x)
    made = tracer.graph.apply(
        "logsumexp", node, axis=axes_of(axis, node.ndim), keepdims=keepdims
    )
    return tracer.wrap(made, value)


def _running(tracer: Tracer, ufunc: Any, op: str, x: Any, axis: Any = 0) -> Any:
    """``np.maximum.accumulate``: the largest entry so far."""
    value = ufunc.accumulate(tracer.plain(x), axis)
    node = tracer.node(x)
    return tracer.wrap(
        tracer.graph.apply(op, node, axis=int(axis) % max(node.ndim, 1)), value
    )


def _add_at(tracer: Tracer, name: str, target: Any, key: Any, values: Any) -> None:
    from clearprop.trace import keys

    whole = target.node
    index = keys.parse(tracer, whole, key)
    source = tracer.node(values)
    getattr(np, name).at(target.value, index.plain, tracer.plain(values))
    source = (
        source
        if source.dtype == whole.dtype and not source.weak
        else tracer.cast(source, whole.dtype)
    )
    if name == "subtract":
        source = -source
    node = tracer.graph.apply("index_add", whole, source, *index.arrays, **index.params)
    target.write(tracer.agreed(node, target.value))
