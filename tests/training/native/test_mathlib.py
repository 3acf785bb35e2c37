"""The C functions that vectorise: how exact they are, and what they say at the edge."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from clearprop.training.native.compile import library
from clearprop.training.native.mathlib import PRELUDE, SIGMOID

NAMES = ("exp", "expm1", "log", "log1p", "tanh")
LOGISTIC = ("sigmoid", "slope")
FINDS = ("find", "stay")


def _loop(name: str, kind: str, call: str, first: str = "") -> str:
    return (
        '__attribute__((visibility("default"))) '
        f"void {name}(int64_t n, const {kind} *x, {kind} *y) {{\n"
        f"  {first}\n"
        f"  for (int64_t i = 0; i < n; i++) y[i] = {call};\n}}\n"
    )


@pytest.fixture(scope="module")
def compiled():
    source = PRELUDE + SIGMOID
    for name in NAMES:
        source += _loop(f"{name}64", "double", f"cp_{name}(x[i])")
        source += _loop(f"{name}32", "float", f"cp_{name}f(x[i])")
    for name in LOGISTIC:
        for find in FINDS:
            call = f"cp_{name}(cp_{find}(0.5, 2 * x[i], &last))"
            source += _loop(
                f"{name}_{find}64", "double", call, "cp_last last = CP_NOWHERE;"
            )
    return library(source)


def apply(compiled, name: str, x: np.ndarray) -> np.ndarray:
    y = np.empty_like(x)
    function = getattr(compiled, f"{name}{8 * x.itemsize}")
    function.argtypes = [ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
    function(x.size, x.ctypes.data, y.ctypes.data)
    return y


def points(name: str, dtype) -> np.ndarray:
    rng = np.random.default_rng(0)
    small = rng.normal(size=4000)
    tiny = small * 10.0 ** rng.uniform(-30, 0, 4000)
    reach = 80 if dtype == np.float32 else 700
    wide = rng.uniform(-reach, reach, 4000)
    x = np.concatenate([small, tiny, wide])
    if name == "log":
        x = np.abs(np.concatenate([x, 1 + tiny]))
    if name == "log1p":
        x = np.abs(x) - (np.abs(x) < 1) * 0.5
    return x[x != 0].astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_a_few_units_in_the_last_place(compiled, name, dtype) -> None:
    x = points(name, dtype)
    wider = np.longdouble if dtype == np.float64 else np.float64
    exact = getattr(np, name)(x.astype(wider))
    found = apply(compiled, name, x)
    off = np.abs(found.astype(wider) - exact) / np.spacing(np.abs(exact.astype(dtype)))
    assert off.max() < 4  # NumPy's own are within 1 to 4
    assert np.mean(off) < 0.6


@pytest.mark.parametrize("find", FINDS)
@pytest.mark.parametrize("name", LOGISTIC)
def test_the_table_of_the_logistic_function(compiled, name, find) -> None:
    x = np.concatenate([np.linspace(-40, 40, 9999), np.linspace(-0.1, 0.1, 999)])
    z = np.exp(-np.abs(x.astype(np.longdouble)))
    exact = np.where(x >= 0, 1, z) / (1 + z) if name == "sigmoid" else z / (1 + z) ** 2
    found = apply(compiled, f"{name}_{find}", x)
    # the slope's Taylor series has one term less: up to 4 units in the last place
    assert np.max(np.abs(found / exact - 1)) < 1e-15


@pytest.mark.parametrize("name", LOGISTIC)
def test_the_row_read_last_changes_no_bit(compiled, name) -> None:
    """What a step computes doesn't depend on where the steps before it were."""
    between = np.arange(-1030, 1031) / 32  # centres of the rows, and halfway
    near = np.nextafter(between, [[-np.inf], [np.inf]])
    odd = np.array([0, -0.0, 31.5, 32, 1e9, np.inf, -np.inf, np.nan])
    rng = np.random.default_rng(0)
    x = np.concatenate([between, *near, odd, rng.normal(size=5000)])
    x = np.concatenate([x, rng.permutation(x), np.cumsum(rng.normal(size=5000)) / 50])
    found, stayed = (apply(compiled, f"{name}_{find}", x) for find in FINDS)
    assert found.tobytes() == stayed.tobytes()
    ends = {np.inf: 1.0, -np.inf: 0.0} if name == "sigmoid" else {np.inf: 0.0}
    assert all((found[x == at] == end).all() for at, end in ends.items())
    assert np.isnan(found[np.isnan(x)]).all()


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide", "ignore:overflow")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_zero_infinity_and_nan(compiled, name, dtype) -> None:
    x = np.array([0, -1, -2, 1, np.inf, -np.inf, np.nan, 1e30, -1e30], dtype)
    found, right = apply(compiled, name, x), getattr(np, name)(x)
    np.testing.assert_allclose(found, right, rtol=4 * np.finfo(dtype).eps)


def test_numbers_below_the_normal_ones(compiled) -> None:
    tiny = np.array([5e-324, 1e-310, 2.3e-308])
    np.testing.assert_allclose(apply(compiled, "log", tiny), np.log(tiny), rtol=1e-15)
    low = np.array([-708.5, -740.0, -745.0, -746.0])
    np.testing.assert_allclose(apply(compiled, "exp", low), np.exp(low), rtol=1e-12)
