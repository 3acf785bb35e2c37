"""Functions of whole vectors against NumPy, where numbers end: 0, inf, nan, subnormal.

Each is compiled as this machine has it and as one without AVX-512 would: both must give
the same numbers to the last bit.
"""

from __future__ import annotations

import ctypes
import shutil
from typing import Any

import numpy as np
import pytest

from clearprop.training.native import vectors
from clearprop.training.native.compile import library
from clearprop.training.native.tiles import tile_for, types

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")

# The function of one vector or of two, and what it must be.
FUNCTIONS: dict[str, Any] = {
    "exp_of(a)": lambda a, b: np.exp(a),
    "expm1_of(a)": lambda a, b: np.expm1(a),
    "tanh_of(a)": lambda a, b: np.tanh(a),
    "log_of(a)": lambda a, b: np.log(a),
    "log1p_of(a)": lambda a, b: np.log1p(a),
    "logaddexp_of(a, b)": lambda a, b: np.logaddexp(a, b),
    "most(a, b)": lambda a, b: np.maximum(a, b),
    "least(a, b)": lambda a, b: np.minimum(a, b),
    "within(a, -2, 3)": lambda a, b: np.clip(a, -2, 3),
    "above_0(a)": lambda a, b: np.maximum(a, 0),
    "sign_of(a)": lambda a, b: np.sign(a),
}
EXPORTED = """
#include <math.h>
#include <stdint.h>
#include <string.h>
{before}
{types}
{vectors}
__attribute__((visibility("default")))
void apply(int which, long n, const real *x, const real *y, real *z) {{
    for (long i = 0; i < n; i += LANES) {{
        const vec a = OF(x + i), b = OF(y + i);
        switch (which) {{
{cases}
        }}
    }}
}}
"""


def compiled(dtype: np.dtype, width: int, before: str) -> Any:
    tile = tile_for(dtype, width)
    cases = [f"case {k}: AT(z + i) = {f}; break;" for k, f in enumerate(FUNCTIONS)]
    return library(
        EXPORTED.format(
            before=before,
            types=types(tile, 1),
            vectors=vectors.source(dtype),
            cases="\n".join(cases),
        )
    )


def aligned(a: np.ndarray) -> np.ndarray:
    raw = np.zeros(a.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    out = raw[start : start + a.nbytes].view(a.dtype)
    out[...] = a
    return out


def numbers(dtype: np.dtype) -> np.ndarray:
    """Ends, then numbers of every size; a multiple of every vector's length."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(0)
    top = float(np.log(info.max))
    ends = [0, 1, 2, 88, 700, 0.9999 * top, 1.001 * top, np.inf, np.nan]
    ends += [float(info.tiny), float(info.smallest_subnormal), float(info.max), 1e-9]
    ends += [-float(np.log(info.tiny)), -float(np.log(info.smallest_subnormal))]
    some = [rng.normal(size=100) * size for size in (1e-6, 1e-2, 1, 30, 300)]
    found = np.concatenate([ends, np.negative(ends), *some])
    return aligned(np.resize(found, 544).astype(dtype))


@pytest.mark.parametrize("width", [16, 32, 64])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions(dtype: str, width: int) -> None:
    kind = np.dtype(dtype)
    here, elsewhere = (compiled(kind, width, b) for b in ("", "#undef __AVX512VL__"))
    x = numbers(kind)
    y = aligned(np.random.default_rng(1).permutation(x))
    unit, smallest = np.finfo(kind).eps, float(np.finfo(kind).smallest_subnormal)
    for which, (name, function) in enumerate(FUNCTIONS.items()):
        found = [aligned(np.empty_like(x)) for _ in range(2)]
        for made, z in zip((here, elsewhere), found):
            made.apply(
                which,
                ctypes.c_long(x.size),
                *(ctypes.c_void_p(a.ctypes.data) for a in (x, y, z)),
            )
        assert np.array_equal(*(z.view(f"u{kind.itemsize}") for z in found)), name
        # 4 units: what the functions promise is 1 to 2, and NumPy is right to 1 or 2
        # and logaddexp is a sum, which may cancel
        least = unit if name.startswith("logaddexp") else smallest
        np.testing.assert_allclose(
            found[0], function(x, y), rtol=4 * unit, atol=least, err_msg=name
        )
