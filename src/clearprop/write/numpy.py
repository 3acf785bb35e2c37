"""How each operation is written in NumPy: the spelling table.

A row takes the node, the text of its operands and a ``Speller``. Operations that need
statements of their own, such as ``dx[idx] += g``, are in ``statements``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Size
from clearprop.write import expression as ex
from clearprop.write.expression import Text
from clearprop.write.sizes import (
    Speller,
    key_text,
    number,
    number_text,
    shape_text,
    size_text,
    tuple_text,
)

Row = Callable[[Node, list[Text], Speller], Text]


def _infix(operator: str, level: int) -> Row:
    return lambda node, args, s: ex.infix(operator, level, *args)


def _mul(node: Node, args: list[Text], s: Speller) -> Text:
    a, b = args
    right = node.inputs[1]
    right = right.inputs[0] if right.op.name == "broadcast" else right
    if b.binds == ex.PRODUCT and right.dims != node.dims:
        # a * (2 * c) with a small product touches the large array only once
        return ex.infix("*", ex.PRODUCT, a, Text(f"({b.code})"))
    return ex.infix("*", ex.PRODUCT, a, b)


def _call(function: str) -> Row:
    return lambda node, args, s: Text(f"{function}({', '.join(a.code for a in args)})")


def _dtype(dtype: np.dtype) -> str:
    return {"bool": "bool", "int64": "int"}.get(dtype.name, f"np.{dtype.name}")


def _axis(axis: Any) -> str:
    return str(axis[0] if len(axis) == 1 else axis)


def _reduction(method: str) -> Row:
    def row(node: Node, args: list[Text], s: Speller) -> Text:
        axis, keepdims = node.params["axis"], node.params["keepdims"]
        options = []
        if len(axis) < node.inputs[0].ndim or keepdims:
            options.append(f"axis={_axis(axis)}")
        if keepdims:
            options.append("keepdims=True")
        return Text(f"{args[0].at(ex.ATOM)}.{method}({', '.join(options)})")

    return row


def _plain_axis(function: str) -> Row:
    def row(node: Node, args: list[Text], s: Speller) -> Text:
        return Text(f"{function}({args[0].code}, axis={node.params['axis']})")

    return row


def _transpose(node: Node, args: list[Text], s: Speller) -> Text:
    axes = node.params["axes"]
    x = args[0].at(ex.ATOM)
    if axes == tuple(reversed(range(len(axes)))):
        return Text(f"{x}.T")
    swapped = [i for i, a in enumerate(axes) if a != i]
    if len(swapped) == 2:
        a, b = swapped
        if b == len(axes) - 1 and a == b - 1:
            return Text(f"{x}.swapaxes(-1, -2)")
        return Text(f"{x}.swapaxes({a}, {b})")
    return Text(f"{x}.transpose({', '.join(map(str, axes))})")


def inserted_axes(node: Node) -> list[int] | None:
    """Where a reshape only puts size-1 axes in: their positions in the result."""
    old, new, places = list(node.inputs[0].dims), list(node.dims), []
    resolve = node.graph.resolve
    i = 0
    for position, dim in enumerate(new):
        if i < len(old) and resolve(old[i]) == resolve(dim):
            i += 1
        elif isinstance(dim, int) and dim == 1:
            places.append(position)
        else:
            return None
    return places if i == len(old) else None


def removed_axes(node: Node) -> list[int] | None:
    """Where a reshape only takes size-1 axes away: their positions in the operand."""
    old, new, places = list(node.inputs[0].dims), list(node.dims), []
    resolve = node.graph.resolve
    i = 0
    for position, dim in enumerate(old):
        if i < len(new) and resolve(new[i]) == resolve(dim):
            i += 1
        elif resolve(dim) == 1:
            places.append(position)
        else:
            return None
    return places if i == len(new) else None


def _reshape(node: Node, args: list[Text], s: Speller) -> Text:
    x = args[0].at(ex.ATOM)
    source = node.inputs[0]
    places = inserted_axes(node)
    if places is not None and source.ndim:
        keys = ["None" if i in places else ":" for i in range(node.ndim)]
        while keys[-1] == ":":
            keys.pop()
        return Text(f"{x}[{', '.join(keys)}]")
    taken = removed_axes(node)
    if taken is not None and node.ndim and source.op.name != "const":
        keys = ["0" if i in taken else ":" for i in range(source.ndim)]
        while keys[-1] == ":":
            keys.pop()
        return Text(f"{x}[{', '.join(keys)}]")
    if not source.ndim:
        return Text(f"np.reshape({args[0].code}, {shape_text(node.dims, s)})")
    like = s.like(node.dims, None)
    if like is not None and any(isinstance(d, Size) for d in node.dims):
        return Text(f"{x}.reshape({like}.shape)")
    sizes = [size_text(d, s).code for d in node.dims]
    long = [i for i, d in enumerate(node.dims) if isinstance(d, Size)]
    if len(long) == 1 and all(node.shape[i] for i in range(node.ndim) if i != long[0]):
        sizes[long[0]] = "-1"
    if not sizes:
        return Text(f"{x}.reshape(())")
    return Text(f"{x}.reshape({', '.join(sizes)})")


def _broadcast(node: Node, args: list[Text], s: Speller) -> Text:
    source = node.inputs[0]
    dtype = node.dtype
    like = s.like(node.dims, dtype)
    value = source.params["value"] if source.op.name == "const" else None
    if value is not None and not source.ndim:
        for name, filled in (("zeros", 0), ("ones", 1)):
            if value == filled and str(value)[0] != "-":
                if like is not None:
                    return Text(f"np.{name}_like({like})")
                more = "" if dtype == np.float64 else f", {_dtype(dtype)}"
                return Text(f"np.{name}({shape_text(node.dims, s)}{more})")
    if not source.ndim:
        if like is not None:
            return Text(f"np.full_like({like}, {args[0].code})")
        more = "" if dtype == np.float64 and not source.weak else f", {_dtype(dtype)}"
        return Text(f"np.full({shape_text(node.dims, s)}, {args[0].code}{more})")
    return Text(f"np.broadcast_to({args[0].code}, {shape_text(node.dims, s)})")


def _const(node: Node, args: list[Text], s: Speller) -> Text:
    value = node.params["value"]
    if np.ndim(value) == 0:
        return number_text(value[()] if isinstance(value, np.ndarray) else value)
    return Text(array_text(value))


def array_text(value: np.ndarray) -> str:
    """An array as a call that makes it again, exactly."""
    usual = value.dtype in (np.dtype(float), np.dtype(int), np.dtype(bool))
    more = "" if usual and value.size else f", dtype={_dtype(value.dtype)}"
    if not value.size:
        return f"np.zeros({tuple_text([str(n) for n in value.shape])}{more})"
    return f"np.array({_nested(value)}{more})"


def _nested(value: np.ndarray) -> str:
    if value.ndim == 0:
        return number(value[()])
    return f"[{', '.join(_nested(v) for v in value)}]"


def _astype(node: Node, args: list[Text], s: Speller) -> Text:
    source = node.inputs[0]
    if source.weak and not node.ndim and node.dtype == np.float64 and source.is_float:
        return args[0]
    if not node.ndim:
        return Text(f"{_dtype_type(node.dtype)}({args[0].code})")
    return Text(f"{args[0].at(ex.ATOM)}.astype({_dtype(node.dtype)})")


def _dtype_type(dtype: np.dtype) -> str:
    return f"np.{'bool_' if dtype.name == 'bool' else dtype.name}"


def _getitem(node: Node, args: list[Text], s: Speller) -> Text:
    return Text(f"{args[0].at(ex.ATOM)}[{key_text(node.params['key'], args[1:], s)}]")


def _matmul(node: Node, args: list[Text], s: Speller) -> Text:
    ndims = [n.ndim for n in node.inputs]
    if min(ndims) == 1 and max(ndims) <= 2:
        # for a single example NumPy's dot is quicker, and what most people write
        return Text(f"np.dot({args[0].code}, {args[1].code})")
    return ex.infix("@", ex.MATMUL, *args)


def _pow(node: Node, args: list[Text], s: Speller) -> Text:
    return ex.power(*args)


def _negate(node: Node, args: list[Text], s: Speller) -> Text:
    return ex.negated(args[0])


def _not(node: Node, args: list[Text], s: Speller) -> Text:
    return Text(f"~{args[0].at(ex.UNARY)}", ex.UNARY)


def _clip(node: Node, args: list[Text], s: Speller) -> Text:
    return Text(f"np.clip({', '.join(a.code for a in args)})")


def _concatenate(node: Node, args: list[Text], s: Speller) -> Text:
    items = ", ".join(a.code for a in args)
    axis = node.params["axis"]
    options = f", axis={axis}" if axis else ""
    return Text(f"np.{node.op.name}([{items}]{options})")


def _pad(node: Node, args: list[Text], s: Speller) -> Text:
    pairs = [
        tuple_text([size_text(w, s).code for w in pair])
        for pair in node.params["widths"]
    ]
    same = len(set(pairs)) == 1
    widths = pairs[0] if same and len(pairs) == 1 else tuple_text(pairs)
    value = node.params["value"]
    more = f", constant_values={number(value)}" if value else ""
    return Text(f"np.pad({args[0].code}, {widths}{more})")


def _flip(node: Node, args: list[Text], s: Speller) -> Text:
    axis = node.params["axis"]
    keys = ["::-1" if i in axis else ":" for i in range(max(axis) + 1)]
    return Text(f"{args[0].at(ex.ATOM)}[{', '.join(keys)}]")


def _roll(node: Node, args: list[Text], s: Speller) -> Text:
    shift, axis = node.params["shift"], node.params["axis"]
    texts = [size_text(n, s).code for n in shift]
    if len(texts) == 1:
        return Text(f"np.roll({args[0].code}, {texts[0]}, axis={axis[0]})")
    return Text(f"np.roll({args[0].code}, {tuple_text(texts)}, axis={axis})")


def _repeat(node: Node, args: list[Text], s: Speller) -> Text:
    repeats = size_text(node.params["repeats"], s).code
    return Text(f"np.repeat({args[0].code}, {repeats}, axis={node.params['axis']})")


def _tile(node: Node, args: list[Text], s: Speller) -> Text:
    reps = tuple_text([size_text(r, s).code for r in node.params["reps"]])
    return Text(f"np.tile({args[0].code}, {reps})")


def _triangle(node: Node, args: list[Text], s: Speller) -> Text:
    k = node.params["k"]
    more = "" if isinstance(k, int) and k == 0 else f", {size_text(k, s).code}"
    return Text(f"np.{node.op.name}({args[0].code}{more})")


def _arange(node: Node, args: list[Text], s: Speller) -> Text:
    start, stop, step = (
        size_text(node.params[p], s).code for p in ("start", "stop", "step")
    )
    if step != "1":
        return Text(f"np.arange({start}, {stop}, {step})")
    return Text(f"np.arange({stop})" if start == "0" else f"np.arange({start}, {stop})")


def _eye(node: Node, args: list[Text], s: Speller) -> Text:
    rows, columns = node.params["rows"], node.params["columns"]
    items = [size_text(rows, s).code]
    if node.graph.resolve(rows) != node.graph.resolve(columns):
        items.append(size_text(columns, s).code)
    if node.params["k"]:
        items.append(f"k={node.params['k']}")
    dtype = np.dtype(node.params["dtype"])
    if dtype != np.float64:
        items.append(f"dtype={_dtype(dtype)}")
    return Text(f"np.eye({', '.join(items)})")


def _einsum(node: Node, args: list[Text], s: Speller) -> Text:
    formula = node.params["subscripts"].replace(",", ", ").replace("->", " -> ")
    more = ", optimize=True" if len(args) > 2 else ""
    return Text(f'np.einsum("{formula}", {", ".join(a.code for a in args)}{more})')


def _windows(node: Node, args: list[Text], s: Speller) -> Text:
    window = tuple_text([size_text(w, s).code for w in node.params["window"]])
    axis = tuple_text([str(a) for a in node.params["axis"]])
    name = "np.lib.stride_tricks.sliding_window_view"
    return Text(f"{name}({args[0].code}, {window}, axis={axis})")


def _along(node: Node, args: list[Text], s: Speller) -> Text:
    x, index = args
    axis = node.params["axis"]
    return Text(f"np.take_along_axis({x.code}, {index.code}, axis={axis})")


def _random(node: Node, args: list[Text], s: Speller) -> Text:
    def spelled(value: Any) -> str:
        if isinstance(value, tuple):
            return tuple_text([spelled(v) for v in value]) if value else "()"
        return size_text(value, s).code if isinstance(value, Size) else number(value)

    p = node.params
    items = [spelled(v) for v in p["arguments"]]
    items += [f"{k}={spelled(v)}" for k, v in p["keywords"]]
    return Text(f"{s.generator(p['source'])}.{p['draw']}({', '.join(items)})")


NUMPY: dict[str, Row] = {
    "const": _const,
    "size": lambda node, args, s: size_text(node.params["size"], s),
    "add": _infix("+", ex.SUM),
    "sub": _infix("-", ex.SUM),
    "mul": _mul,
    "div": _infix("/", ex.PRODUCT),
    "mod": _infix("%", ex.PRODUCT),
    "floor_divide": _infix("//", ex.PRODUCT),
    "pow": _pow,
    "neg": _negate,
    "lt": _infix("<", ex.COMPARE),
    "le": _infix("<=", ex.COMPARE),
    "gt": _infix(">", ex.COMPARE),
    "ge": _infix(">=", ex.COMPARE),
    "eq": _infix("==", ex.COMPARE),
    "ne": _infix("!=", ex.COMPARE),
    "bitwise_and": _infix("&", ex.AND),
    "bitwise_or": _infix("|", ex.OR),
    "bitwise_xor": _infix("^", ex.XOR),
    "logical_and": _infix("&", ex.AND),
    "logical_or": _infix("|", ex.OR),
    "invert": _not,
    "logical_not": _call("np.logical_not"),
    "matmul": _matmul,
    "transpose": _transpose,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "astype": _astype,
    "getitem": _getitem,
    "clip": _clip,
    "concatenate": _concatenate,
    "stack": _concatenate,
    "pad": _pad,
    "flip": _flip,
    "roll": _roll,
    "repeat": _repeat,
    "tile": _tile,
    "triu": _triangle,
    "tril": _triangle,
    "arange": _arange,
    "eye": _eye,
    "einsum": _einsum,
    "sliding_window_view": _windows,
    "take_along_axis": _along,
    "cumsum": _plain_axis("np.cumsum"),
    "cumprod": _plain_axis("np.cumprod"),
    "cummax": _plain_axis("np.maximum.accumulate"),
    "cummin": _plain_axis("np.minimum.accumulate"),
    "argsort": _plain_axis("np.argsort"),
    "argpartition": lambda node, args, s: Text(
        f"np.argpartition({args[0].code}, {size_text(node.params['kth'], s).code}, "
        f"axis={node.params['axis']})"
    ),
    "random": _random,
    "searchsorted": lambda node, args, s: Text(
        f"np.searchsorted({args[0].code}, {args[1].code}, side={node.params['side']!r})"
    ),
    "nonzero": lambda node, args, s: Text(
        f"np.nonzero({args[0].code})[{node.params['axis']}]"
    ),
    "logabsdet": lambda node, args, s: Text(f"np.linalg.slogdet({args[0].code})[1]"),
    "signdet": lambda node, args, s: Text(f"np.linalg.slogdet({args[0].code})[0]"),
    **{name: _reduction(name) for name in (
        "sum", "mean", "max", "min", "prod", "argmax", "argmin", "any", "all",
    )},
    "erf": _call("scipy.special.erf"),
    **{name: _call(f"np.linalg.{name}") for name in (
        "inv", "det", "solve", "cholesky",
    )},
    **{name: _call(f"np.{name}") for name in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin",
        "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh",
        "arccosh", "arctanh", "abs", "sign", "floor", "ceil", "rint", "trunc",
        "arctan2", "hypot", "logaddexp", "maximum", "minimum", "where", "logical_xor",
        "isnan", "isfinite", "isinf", "signbit",
    )},
}  # fmt: skip
