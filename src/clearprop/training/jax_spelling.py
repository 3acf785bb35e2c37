"""The operations of the graph in JAX's spelling: one cell for each.

What goes in is a node with the values of its inputs; what comes out is its value, with
the dtype that NumPy gives it: operands are cast to that dtype first, because JAX
promotes otherwise (an int64 with a float32 is a float32 there). What JAX can't compute
as NumPy does has a reason in ``REFUSED`` instead of a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.graph import Node
from clearprop.ops.index import Key, concrete_key

Cell = Callable[..., Any]


def _axis(axis: tuple[int, ...]) -> Any:
    return axis[0] if len(axis) == 1 else axis


def _along(function: Cell) -> Cell:
    return lambda x, axis, keepdims: function(x, axis=_axis(axis), keepdims=keepdims)


def _solve(a: Any, b: Any) -> Any:
    """One column is a vector only where ``b`` has one axis, as in NumPy 2."""
    return (
        jnp.linalg.solve(a, b[:, None])[..., 0]
        if b.ndim == 1
        else jnp.linalg.solve(a, b)
    )


def _windows(x: Any, window: Sequence[int], axis: Sequence[int]) -> Any:
    for a, width in zip(axis, window, strict=True):
        count = x.shape[a] - width + 1
        shifted = [jax.lax.slice_in_dim(x, o, o + count, axis=a) for o in range(width)]
        x = jnp.stack(shifted, axis=-1)
    return x


def _add_windows(x: Any, g: Any, window: Sequence[int], axis: Sequence[int]) -> Any:
    for offset in product(*map(range, window)):
        target = [slice(None)] * x.ndim
        for a, o in zip(axis, offset, strict=True):
            target[a] = slice(o, o + g.shape[a])
        x = x.at[tuple(target)].add(g[(..., *offset)])
    return x


def _getitem(x: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    return x[concrete_key(key, arrays)]


def _setitem(x: Any, value: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    at = concrete_key(key, arrays)
    return x.at[at].set(_fitting(value, x[at].ndim))


def _index_add(x: Any, value: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    at = concrete_key(key, arrays)
    return x.at[at].add(_fitting(value, x[at].ndim))


def _fitting(value: Any, ndim: int) -> Any:
    """Without the leading axes of size 1 that NumPy drops."""
    return value.reshape(value.shape[max(value.ndim - ndim, 0) :])


def _power(a: Any, b: Any) -> Any:
    """A whole exponent is multiplied out, as ``x**2`` is in NumPy."""
    if isinstance(b, float) and b.is_integer() and abs(b) < 64:
        b = int(b)
    return jnp.sqrt(a) if isinstance(b, float) and b == 0.5 else jnp.power(a, b)


# Computed in the dtype of the result.
_IN_THE_RESULT_S: dict[str, Cell] = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.true_divide,
    "neg": jnp.negative, "pow": _power, "mod": jnp.mod,
    "floor_divide": jnp.floor_divide, "exp": jnp.exp, "exp2": jnp.exp2,
    "expm1": jnp.expm1, "log": jnp.log, "log2": jnp.log2, "log10": jnp.log10,
    "log1p": jnp.log1p, "sqrt": jnp.sqrt, "cbrt": jnp.cbrt, "sin": jnp.sin,
    "cos": jnp.cos, "tan": jnp.tan, "arcsin": jnp.arcsin, "arccos": jnp.arccos,
    "arctan": jnp.arctan, "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh,
    "arcsinh": jnp.arcsinh, "arccosh": jnp.arccosh, "arctanh": jnp.arctanh,
    "erf": jax.scipy.special.erf, "abs": jnp.abs, "sign": jnp.sign,
    "floor": jnp.floor, "ceil": jnp.ceil, "rint": jnp.rint, "trunc": jnp.trunc,
    "arctan2": jnp.arctan2, "hypot": jnp.hypot,
    "logaddexp": jnp.logaddexp, "maximum": jnp.maximum, "minimum": jnp.minimum,
    "clip": lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high),
    "bitwise_and": jnp.bitwise_and, "bitwise_or": jnp.bitwise_or,
    "bitwise_xor": jnp.bitwise_xor, "invert": jnp.invert,
    "sigmoid": jax.nn.sigmoid, "softplus": lambda x: jnp.logaddexp(x, 0),
    "log_sigmoid": lambda x: -jnp.logaddexp(-x, 0),
    "relu": lambda x: jnp.maximum(x, 0),
    "softmax": lambda x, axis: jax.nn.softmax(x, axis=axis),
    "log_softmax": lambda x, axis: jax.nn.log_softmax(x, axis=axis),
    "logsumexp": lambda x, axis, keepdims: jax.scipy.special.logsumexp(
        x, axis=axis, keepdims=keepdims
    ),
    "sum": _along(jnp.sum), "mean": _along(jnp.mean), "prod": _along(jnp.prod),
    "max": _along(jnp.max), "min": _along(jnp.min),
    "cumsum": lambda x, axis: jnp.cumsum(x, axis),
    "cumprod": lambda x, axis: jnp.cumprod(x, axis),
    "cummax": lambda x, axis: jax.lax.cummax(x, axis),
    "cummin": lambda x, axis: jax.lax.cummin(x, axis),
    "reshape": lambda x, dims: jnp.reshape(x, dims),
    "broadcast": lambda x, dims: jnp.broadcast_to(x, dims),
    "transpose": lambda x, axes: jnp.transpose(x, axes),
    "concatenate": lambda *xs, axis: jnp.concatenate(xs, axis=axis),
    "stack": lambda *xs, axis: jnp.stack(xs, axis=axis),
    "pad": lambda x, widths, value: jnp.pad(x, widths, constant_values=value),
    "flip": lambda x, axis: jnp.flip(x, axis),
    "roll": lambda x, shift, axis: jnp.roll(x, shift, axis),
    "repeat": lambda x, repeats, axis: jnp.repeat(x, repeats, axis),
    "tile": lambda x, reps: jnp.tile(x, reps),
    "triu": jnp.triu, "tril": jnp.tril,
    "sliding_window_view": _windows, "add_windows": _add_windows,
    "getitem": _getitem, "setitem": _setitem, "index_add": _index_add,
    "take_along_axis": lambda x, index, axis: jnp.take_along_axis(x, index, axis),
    "where": lambda condition, a, b: jnp.where(condition, a, b),
    "matmul": jnp.matmul,
    "einsum": lambda *xs, subscripts: jnp.einsum(subscripts, *xs),
    "inv": jnp.linalg.inv, "det": jnp.linalg.det, "solve": _solve,
    "logabsdet": lambda x: jnp.linalg.slogdet(x)[1],
    "signdet": lambda x: jnp.linalg.slogdet(x)[0],
    # the lower triangle alone is read, as NumPy does
    "cholesky": lambda x: jnp.tril(
        jax.lax.linalg.cholesky(x, symmetrize_input=False)
    ),
    "eye": lambda rows, columns, k, dtype: jnp.eye(rows, columns, k, dtype),
    "arange": lambda start, stop, step: jnp.arange(start, stop, step),
    "const": jnp.asarray, "size": jnp.asarray,
}  # fmt: skip
# Operands that index or choose, and are not computed with.
_CHOOSING: dict[str, range] = {
    "where": range(1), "getitem": range(1, 99), "take_along_axis": range(1, 2),
    "setitem": range(2, 99), "index_add": range(2, 99),
}  # fmt: skip
# Computed in the dtype that the operands have together.
_IN_THEIR_COMMON: dict[str, Cell] = {
    "lt": jnp.less, "le": jnp.less_equal, "gt": jnp.greater, "ge": jnp.greater_equal,
    "eq": jnp.equal, "ne": jnp.not_equal,
    "searchsorted": lambda x, value, side: jnp.searchsorted(x, value, side=side),
}  # fmt: skip
# The operands are taken as they are.
_AS_THEY_ARE: dict[str, Cell] = {
    "logical_and": jnp.logical_and, "logical_or": jnp.logical_or,
    "logical_xor": jnp.logical_xor, "logical_not": jnp.logical_not,
    "isnan": jnp.isnan, "isfinite": jnp.isfinite, "isinf": jnp.isinf,
    "signbit": jnp.signbit, "any": _along(jnp.any), "all": _along(jnp.all),
    "argmax": _along(jnp.argmax), "argmin": _along(jnp.argmin),
    "argsort": lambda x, axis: jnp.argsort(x, axis=axis),
    "astype": lambda x, dtype: x.astype(dtype),
}  # fmt: skip

SPELLING: dict[str, Cell] = {**_IN_THE_RESULT_S, **_IN_THEIR_COMMON, **_AS_THEY_ARE}

# Why an operation has no cell; "input" is what the engine hands over.
REFUSED: dict[str, str] = {
    "random": "random numbers are drawn at every step, and JAX draws others than NumPy",
    "nonzero": "how many entries are not zero is known only when it runs",
    "argpartition": "JAX puts the entries of a partition in another order than NumPy",
}


def spell(node: Node, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """The value of a node, with the dtype that NumPy gives it."""
    name = node.op.name
    if name in _IN_THE_RESULT_S:
        # what is known now stays known: a mask must be, to index with it
        operands = [
            x if i in _CHOOSING.get(name, ()) else _cast(x, node.dtype)
            for i, x in enumerate(operands)
        ]
    elif name in _IN_THEIR_COMMON:
        common = np.result_type(*map(_promoting, node.inputs))
        operands = [_cast(x, common) for x in operands]
    else:
        operands = [jnp.asarray(x) for x in operands]
    if name == "pow" and node.inputs[1].number is not None:
        operands = [operands[0], np.asarray(node.inputs[1].number).item()]
    return _cast(SPELLING[name](*operands, **params), node.dtype)


_NUMBERS: dict[str, Any] = {"b": False, "i": 0, "f": 0.0}


def _promoting(node: Node) -> Any:
    """What NumPy's promotion sees: a Python number doesn't decide."""
    return _NUMBERS[node.dtype.kind] if node.weak else node.dtype


def _cast(x: Any, dtype: np.dtype) -> Any:
    return jnp.asarray(x).astype(dtype)


__all__ = ["REFUSED", "SPELLING", "spell"]
