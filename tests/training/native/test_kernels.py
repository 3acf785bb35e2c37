"""The products of a dense layer against NumPy, at sizes that fit no tile.

Matrices are put into panels here, in NumPy, by what ``kernels`` says a panel is; what
lies beyond a matrix's columns and rows is nan, so that reading it shows.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from clearprop.training.native import kernels, shared, sparse, team, turned
from clearprop.training.native.compile import FLAGS, compiler, library
from clearprop.training.native.tiles import Tile, tile_for, types

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")

EXPORTED = """
#include <limits.h>
#include <stdint.h>
#include <string.h>
{kernels}
#define SEEN __attribute__((visibility("default")))
SEEN void product_(long rows, long k, long panels, const real *x, long sx,
    const real *w, long sw, int turned, real *y, long sy, const real *bias)
{{ product(rows, k, panels, x, sx, w, sw, turned, y, sy, bias); }}
SEEN void accumulate_(long rows, long k, long panels, const real *x, long sx,
    const real *d, long sd, real *w, long sw, double keep, soon *ahead)
{{
    if (ahead) pace(ahead, tiles_of(k, panels));
    accumulate(rows, k, panels, x, sx, d, sd, w, sw, (real)keep, ahead);
}}
SEEN void sparse_product_(long rows, long k, long panels, const real *x, long sx,
    const real *w, long sw, int turned, real *y, long sy, const real *bias, void *found)
{{
    sparse_product(
        NULL, 0, rows, k, panels, x, sx, w, sw, turned, y, sy, bias, found);
}}
SEEN void sparse_accumulate_(long rows, long k, long panels, const real *x, long sx,
    const real *d, long sd, real *w, long sw, double keep, soon *ahead, void *found)
{{
    sparse_accumulate(
        NULL, 0, rows, k, panels, x, sx, d, sd, w, sw, (real)keep, ahead, found);
}}
SEEN int is_sparse_(long rows, long k, const real *x, long sx)
{{ return is_sparse(rows, k, x, sx); }}
SEEN void combine_(long rows, long k, long panels, const real *x, long sx,
    const real *w, long sw, real *y, long sy, double keep)
{{ combine(rows, k, panels, x, sx, w, sw, y, sy, (real)keep); }}
SEEN void begin_(long rows, long panels, real *y, long sy, const real *bias)
{{ begin(rows, panels, y, sy, bias); }}
SEEN void turn_all_(long rows, long columns, const real *h, long sh, real *t, long st)
{{ turn_all(rows, columns, h, sh, t, st); }}
SEEN void row_sums_(
    long rows, long panels, const real *d, long sd, real *b, double keep)
{{ row_sums(rows, panels, d, sd, b, (real)keep); }}
SEEN void sums_(long rows, long panels, const real *d, long sd, real *b, double keep)
{{ column_sums(rows, panels, d, sd, b, (real)keep); }}
SEEN void collect_(long columns, const real *x, const int64_t *order, long from,
    long to, real *p, long sp)
{{ collect(columns, x, order, from, to, p, sp); }}
"""

# Both sides of every tile (4 and 8 rows, 4 to 16 lanes) and of a block (128), primes.
ROWS = (1, 2, 7, 8, 9, 33)
INNER = (1, 2, 3, 15, 16, 17, 31, 127, 129, 300)
COLUMNS = (1, 3, 4, 5, 15, 17, 33, 47, 65, 100)
OUTPUTS = 10  # in one tile of the widest vectors, in two of the others


def all_of(tile: Tile) -> str:
    parts = types(tile, OUTPUTS), team.crew(1), kernels.source(tile), shared.SOURCE
    return "\n".join([*parts, sparse.source(tile), turned.source(tile, OUTPUTS)])


class Kernels:
    """The compiled functions for one dtype and width of vectors."""

    def __init__(self, dtype: str, width: int) -> None:
        self.tile = tile_for(np.dtype(dtype), width)
        self.dtype, self.lanes = self.tile.dtype, self.tile.lanes
        text = EXPORTED.format(kernels=all_of(self.tile))
        self.library = library(text)

    def panels(self, matrix: np.ndarray, beyond: float = np.nan) -> np.ndarray:
        """(panels, rows, lanes), with room for a multiple of the lanes in rows."""
        rows, columns = matrix.shape
        room = np.full((up(rows, self.lanes), up(columns, self.lanes)), beyond)
        room[:rows, :columns] = matrix
        split = room.reshape(len(room), -1, self.lanes).swapaxes(0, 1)
        return aligned(split.astype(self.dtype))

    def matrix(self, panels: np.ndarray, rows: int, columns: int) -> np.ndarray:
        """The way back."""
        return panels.swapaxes(0, 1).reshape(panels.shape[1], -1)[:rows, :columns]

    def call(self, name: str, *args: Any) -> int:
        """Arrays go as (address, distance of panels)."""
        flat: list[Any] = []
        for a in args:
            if isinstance(a, np.ndarray):
                flat.append(ctypes.c_void_p(a.ctypes.data))
                flat += [ctypes.c_long(a[0].size)] if a.ndim == 3 else []
            elif isinstance(a, float):
                flat.append(ctypes.c_double(a))
            else:
                flat.append(ctypes.c_void_p(a) if a is None else ctypes.c_long(a))
        return int(getattr(self.library, name)(*flat))


def up(n: int, to: int) -> int:
    return -(-n // to) * to


def aligned(a: np.ndarray) -> np.ndarray:
    raw = np.zeros(a.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    out = raw[start : start + a.nbytes].view(a.dtype).reshape(a.shape)
    out[...] = a
    return out


@pytest.fixture(scope="module", params=[16, 32, 64])
def width(request: Any) -> int:
    return int(request.param)


@pytest.fixture(scope="module", params=["float32", "float64"])
def made(request: Any, width: int) -> Kernels:
    return Kernels(request.param, width)


def close(found: np.ndarray, wanted: np.ndarray, terms: int) -> bool:
    """Within the rounding of a sum of so many terms of size 1."""
    unit = float(np.finfo(found.dtype).eps)
    return bool(np.all(np.abs(found - wanted) <= 4 * unit * (terms + 4)))


def normal(made: Kernels, rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers that the dtype holds exactly, so that NumPy computes with the same."""
    return rng.uniform(-1, 1, shape).astype(made.dtype).astype(np.float64)


def sizes(seed: int) -> list[tuple[int, int, int]]:
    """Every size of each axis, combined at random."""
    rng = np.random.default_rng(seed)
    most = max(map(len, (ROWS, INNER, COLUMNS)))
    axes = [rng.permutation(np.resize(axis, most)) for axis in (ROWS, INNER, COLUMNS)]
    return [(int(n), int(k), int(m)) for n, k, m in zip(*axes)]


@pytest.mark.parametrize("with_bias", [True, False])
def test_forward(made: Kernels, with_bias: bool) -> None:
    rng = np.random.default_rng(1)
    for n, k, m in sizes(1):
        x, w = normal(made, rng, n, k), normal(made, rng, k, m)
        b = normal(made, rng, 1, m) * with_bias
        y = made.panels(np.full((n, m), np.nan))
        bias = made.panels(b)[:, 0].copy() if with_bias else None
        bias = aligned(bias) if bias is not None else None
        made.call("product_", n, k, len(y), made.panels(x), made.panels(w), 0, y, bias)
        assert close(made.matrix(y, n, m), x @ w + b, k), (n, k, m)


def test_input_gradient(made: Kernels) -> None:
    rng = np.random.default_rng(2)
    for n, k, m in sizes(2):
        d, w = normal(made, rng, n, m), normal(made, rng, k, m)
        y = made.panels(np.full((n, k), np.nan))
        made.call(
            "product_", n, m, len(y), made.panels(d), made.panels(w, 0.0), 1, y, None
        )
        assert close(made.matrix(y, n, k), d @ w.T, m), (n, k, m)


def tall(made: Kernels, matrix: np.ndarray) -> np.ndarray:
    """Panels with room for a multiple of a tall tile's rows: nan, and not read back."""
    panels = made.panels(matrix)
    rows = up(len(matrix), made.tile.tall(OUTPUTS))
    room = np.full((len(panels), max(rows, panels.shape[1]), made.lanes), np.nan)
    room[:, : panels.shape[1]] = panels
    return aligned(room.astype(made.dtype))


@pytest.mark.parametrize("keep", [1.0, 0.5, 0.0])
def test_products_of_few_rows(made: Kernels, keep: float) -> None:
    """What is not kept may be nan."""
    rng = np.random.default_rng(6)
    for _, k, m in sizes(6):
        x, w = normal(made, rng, OUTPUTS, k), normal(made, rng, k, m)
        y = normal(made, rng, OUTPUTS, m) if keep else np.full((OUTPUTS, m), np.nan)
        found = tall(made, y)
        made.call(
            "combine_", OUTPUTS, k, len(found), tall(made, x), made.panels(w), found,
            keep,
        )  # fmt: skip
        wanted = x @ w + (keep * y if keep else 0)
        assert close(made.matrix(found, OUTPUTS, m), wanted, k), (k, m)


def test_the_last_layer_begins_at_its_bias(made: Kernels) -> None:
    rng = np.random.default_rng(7)
    for n, _, m in sizes(7):
        found = made.panels(np.full((n, m), np.nan))
        bias = normal(made, rng, n).astype(made.dtype)
        for given in (bias, None):
            made.call("begin_", n, len(found), found, given)
            wanted = np.zeros((n, m)) if given is None else np.tile(bias, (m, 1)).T
            assert np.array_equal(made.matrix(found, n, m), wanted)


def test_turning(made: Kernels) -> None:
    rng = np.random.default_rng(8)
    for n, _, m in sizes(8):
        x = normal(made, rng, n, m).astype(made.dtype)
        found = made.panels(np.full((m, n), np.nan))
        made.call("turn_all_", n, m, made.panels(x), found)
        assert np.array_equal(made.matrix(found, m, n), x.T)


def test_bias_of_what_lies_turned(made: Kernels) -> None:
    rng = np.random.default_rng(9)
    for n, _, m in sizes(9):
        d, b = normal(made, rng, n, m), normal(made, rng, n)
        found = aligned(b.astype(made.dtype))
        panels = made.panels(d, 0.0)
        made.call("row_sums_", n, len(panels), panels, found, 0.5)
        assert close(found, 0.5 * b + d.sum(axis=1), m), (n, m)


@pytest.mark.parametrize("keep", [1.0, 0.5, 0.0])
def test_weights(made: Kernels, keep: float) -> None:
    rng = np.random.default_rng(3)
    for k, n, m in sizes(3):
        x, d, w = (normal(made, rng, *s) for s in ((n, k), (n, m), (k, m)))
        w = w if keep else np.full((k, m), np.nan)  # what is not kept may be nan
        found = made.panels(w, 0.0)
        made.call(
            "accumulate_", n, k, len(found), made.panels(x), made.panels(d), found,
            keep, None,
        )  # fmt: skip
        wanted = x.T @ d + (keep * w if keep else 0)
        assert close(made.matrix(found, k, m), wanted, n), (n, k, m)


def with_zeros(
    made: Kernels, rng: np.random.Generator, share: float, *shape: int
) -> Any:
    """Numbers of which so many are zero, of either sign."""
    x = normal(made, rng, *shape)
    return np.where(rng.random(shape) < share, rng.choice([0.0, -0.0], shape), x)


# more rows and columns than there are lists, and than one is long; and what fits in one
LARGE = [(300, 270, 130), (270, 300, 97), (70, 65, 33), (3, 1, 1), (64, 128, 96)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_leaving_zeros_out(made: Kernels, share: float) -> None:
    rng = np.random.default_rng(10)
    found = aligned(np.full(sparse.room(made.tile), np.nan, made.dtype))
    for n, k, m in [*LARGE, *sizes(10)]:
        x, w = with_zeros(made, rng, share, n, k), normal(made, rng, k, m)
        d, b = normal(made, rng, n, m), normal(made, rng, 1, m)
        panels, bias = made.panels(x, 0.0), aligned(made.panels(b)[:, 0].copy())
        for by, is_turned, start in ((w, 0, bias), (w, 0, None), (w.T, 1, None)):
            y = made.panels(np.full((n, m), np.nan))
            made.call(
                "sparse_product_", n, k, len(y), panels, made.panels(by, 0.0),
                is_turned, y, start, found,
            )  # fmt: skip
            wanted = x @ w + (0 if start is None else b)
            assert close(made.matrix(y, n, m), wanted, k), (n, k, m, is_turned)
        for keep in (1.0, 0.5, 0.0):
            before = normal(made, rng, k, m) if keep else np.full((k, m), np.nan)
            y = made.panels(before, 0.0)
            made.call(
                "sparse_accumulate_", n, k, len(y), panels, made.panels(d), y, keep,
                None, found,
            )  # fmt: skip
            wanted = x.T @ d + (keep * before if keep else 0)
            assert close(made.matrix(y, k, m), wanted, n), (n, k, m, keep)


def test_zeros_are_left_out_where_there_are_many(made: Kernels) -> None:
    """An infinite weight shows it: times zero it isn't nan."""
    rng = np.random.default_rng(11)
    found = aligned(np.zeros(sparse.room(made.tile), made.dtype))
    w = made.panels(np.full((64, 33), np.inf))
    for share, many in ((0.2, False), (0.5, True)):
        x = made.panels(with_zeros(made, rng, share, 70, 64) ** 2, 0.0)
        assert bool(made.call("is_sparse_", 70, 64, x)) == many
        y = made.panels(np.full((70, 33), np.nan))
        made.call("sparse_product_", 70, 64, len(y), x, w, 0, y, None, found)
        assert np.isnan(made.matrix(y, 70, 33)).any() != many


def test_what_is_not_a_number_is_not_zero(made: Kernels) -> None:
    found = aligned(np.zeros(sparse.room(made.tile), made.dtype))
    x, w = np.zeros((9, 20)), np.ones((20, 5))
    x[4, 17] = np.nan
    y = made.panels(np.zeros((9, 5)))
    args = 9, 20, len(y), made.panels(x, 0.0), made.panels(w), 0, y, None
    made.call("sparse_product_", *args, found)
    assert np.isnan(made.matrix(y, 9, 5)).any(axis=1).tolist() == [
        row == 4 for row in range(9)
    ]


def test_bias(made: Kernels) -> None:
    rng = np.random.default_rng(4)
    for n, _, m in sizes(4):
        d, b = normal(made, rng, n, m), normal(made, rng, 1, m)
        found = aligned(made.panels(b)[:, 0].copy())
        panels = made.panels(d)
        made.call("sums_", n, len(panels), panels, found, 0.5)
        wanted = 0.5 * b[0] + d.sum(axis=0)
        assert close(found.reshape(-1)[:m], wanted, n), (n, m)


def test_collect(made: Kernels) -> None:
    """Rows by number, and zeros where a panel goes on beyond the columns."""
    rng = np.random.default_rng(5)
    for n, _, m in sizes(5):
        x = normal(made, rng, 50, m).astype(made.dtype)
        order = rng.integers(0, 50, n)
        found = made.panels(np.full((n, m), np.nan))
        made.call("collect_", m, x, order, 0, n, found)
        assert np.array_equal(made.matrix(found, n, m), x[order])
        assert not found[-1, :n, (m - 1) % made.lanes + 1 :].any()


# Every pointer lies at the very end of what may be read: the sanitizers see one beyond.
SANITIZED = """
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
{kernels}
static real *room(long numbers) {{
    real *p = aligned_alloc(64, (numbers * sizeof(real) + 63) / 64 * 64);
    for (long i = 0; i < numbers; i++) p[i] = i % 7;
    return p;
}}
static long up(long n, long to) {{ return (n + to - 1) / to; }}
int main(void) {{
    const long each[] = {{1, 3, 8, 17, 33, 130}};
    for (int a = 0; a < 216; a++) {{
        long n = each[a % 6], k = each[a / 6 % 6], m = each[a / 36];
        long pk = up(k, LANES), pm = up(m, LANES);
        long rows = up(n, ROWS) * ROWS * LANES, sw = pk * LANES * LANES;
        real *x = room(pk * rows), *w = room(pm * sw), *y = room(pm * rows);
        real *bias = room((pm + 10) * LANES), *plain = room(9 * k);
        int64_t *order = malloc(n * sizeof(int64_t));
        for (long i = 0; i < n; i++) order[i] = (i * 5) % 9;
        soon next = {{plain, order, order + n, k, 0, 0}};
        collect(k, plain, order, 0, n, x, rows);
        product(n, k, pm, x, rows, w, sw, 0, y, rows, bias);
        pace(&next, tiles_of(k, pm));
        accumulate(n, k, pm, x, rows, y, rows, w, sw, 1, &next);
        lists *found = (lists *)room(sizeof(lists) / sizeof(real));
        const long square = up(n, LANES) * LANES * LANES;
        real *gaps = room(pk * square);
        for (long i = 0; i < pk * square; i++) gaps[i] *= i % 3 == 0;
        sparse_product(NULL, 0, n, k, pm, gaps, square, w, sw, 0, y, rows, bias, found);
        sparse_accumulate(
            NULL, 0, n, k, pm, gaps, square, y, rows, w, sw, 1, &next, found);
        free(gaps), gaps = room(pm * square);
        for (long i = 0; i < pm * square; i++) gaps[i] *= i % 3 == 0;
        sparse_product(NULL, 0, n, m, pk, gaps, square, w, sw, 1, x, rows, NULL, found);
        free(found), free(gaps);
        column_sums(n, pm, y, rows, bias, 1);
        long pn = up(n, LANES), tall = up(10, TALL) * TALL * LANES;
        real *t = room(pn * pm * LANES * LANES), *few = room(pm * tall);
        real *each = room(pn * tall), *sums = room(10);
        real *wide = room(pm * pn * LANES * LANES);
        turn_all(n, m, wide, pn * LANES * LANES, t, pm * LANES * LANES);
        begin(10, pn, each, tall, bias);
        combine(10, m, pn, few, tall, t, pm * LANES * LANES, each, tall, 1);
        combine(10, n, pm, each, tall, wide, pn * LANES * LANES, few, tall, 0);
        row_sums(10, pm, few, tall, sums, 1);
        free(t), free(few), free(each), free(sums), free(wide);
        product(n, m, pk, y, rows, w, sw, 1, x, rows, NULL);
        free(x), free(w), free(y), free(bias), free(plain), free(order);
    }}
    return 0;
}}
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sanitizers_find_nothing(tmp_path: Any, dtype: str, width: int) -> None:
    text = all_of(tile_for(np.dtype(dtype), width))
    (tmp_path / "k.c").write_text(SANITIZED.format(kernels=text))
    flags = [f for f in FLAGS if f not in ("-O3", "-shared")]
    checks = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = [*compiler(), *flags, *checks, "-o", "k", "k.c"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if "cannot find" in built.stderr:  # the sanitizers' libraries are not installed
        pytest.skip("this compiler has no sanitizers")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(["./k"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
