"""What may look at values without being followed: comparing, storing, asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.sizes import Dim
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


@handles(
    "allclose", "array_equal", "array_equiv", "array2string", "array_repr", "array_str",
    "save", "savez", "savez_compressed", "savetxt", "shares_memory", "may_share_memory",
    "result_type", "can_cast", "min_scalar_type", "iscomplexobj", "isrealobj",
    "isscalar", "iterable", "format_float_positional", "format_float_scientific",
    "issubdtype", "set_printoptions", "printoptions", "info", "isfortran",
    "testing.assert_allclose", "testing.assert_array_equal", "testing.assert_equal",
    "testing.assert_almost_equal", "testing.assert_array_almost_equal",
    "testing.assert_array_less", "testing.assert_approx_equal", "testing.assert_",
    named=True,
)  # fmt: skip
def _free(t: Tracer, function: Any, *args: Any, **kwargs: Any) -> Any:
    return function(*t.plain(list(args)), **t.plain(kwargs))


@handles("shape", direct=True)
def _shape(t: Tracer, a: Any) -> Any:
    node = t.node(t.lift(a))
    return tuple(t.size(dim) for dim in node.dims)


@handles("ndim", direct=True)
def _ndim(t: Tracer, a: Any) -> int:
    return int(np.ndim(t.plain(a)))


@handles("size", direct=True)
def _size(t: Tracer, a: Any, axis: Any = None) -> Any:
    dims = t.node(t.lift(a)).dims
    if axis is not None:
        return t.size(dims[axis])
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return t.size(total)


@handles("matrix", "asmatrix", "mat", direct=True)
def _matrix(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    t.refuse(
        "np.matrix changes what * and indexing mean",
        "Use np.array, and write products with @",
    )


@handles("ndenumerate", direct=True)
def _ndenumerate(t: Tracer, arr: Any) -> Any:
    array = t.lift(arr)
    t.graph.fix(1)
    shape = tuple(t.graph.fix(d) for d in t.node(array).dims)
    return ((index, array[index]) for index in np.ndindex(*shape))


@handles("ndindex", direct=True)
def _ndindex(t: Tracer, *shape: Any) -> Any:
    dims = t.dims(
        shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    )
    return np.ndindex(*(t.graph.fix(d) for d in dims))


@handles("nditer", direct=True)
def _nditer(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    t.refuse(
        "np.nditer hands out entries in a way that can't be followed",
        "Loop over np.ndindex(x.shape), or use whole-array operations",
    )


@handles("isreal", direct=True)
def _isreal(t: Tracer, x: Any) -> Any:
    return t.lift(np.isreal(t.plain(x)))


@handles("imag", direct=True)
def _imag(t: Tracer, val: Any) -> Any:
    array = t.lift(val)
    return array.imag if type(array) is Traced else np.imag(val)
