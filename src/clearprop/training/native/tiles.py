"""How a machine's registers are used for products, and what all their C begins with.

A matrix is kept in panels: LANES columns side by side, one row after the other, so that
a row of a panel is one vector and a panel is read from front to back. The last panel's
columns beyond the matrix hold anything finite: nothing reads them back.

What goes in is the dtype and the width of the machine's vectors; what goes out is C
(GCC's vector extensions, which clang and zig know too): the types, and ``turn``, which
transposes a square of LANES × LANES. It needs <stdint.h> and <string.h>, and everything
in it is aligned to a vector.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Template

import numpy as np

# Three quarters of a first level cache of 32 KiB, the smallest in use: what a product
# reads again and again lies there, and what passes through lies in the rest.
_BLOCK_BYTES = 24 * 1024


@dataclass(frozen=True)
class Tile:
    """How the registers are used: ``rows`` × ``vectors`` sums of ``lanes`` numbers."""

    dtype: np.dtype
    lanes: int
    rows: int
    vectors: int
    registers: int = 16

    def tall(self, rows: int) -> int:
        """How many rows a tile of ``combine`` has, two vectors wide."""
        most = (self.registers - 4) // 2
        tiles = -(-rows // most)
        return -(-rows // tiles)

    @property
    def block(self) -> int:
        """How many steps of the inner loop one tile runs before the next one's turn."""
        width = self.vectors * self.lanes * self.dtype.itemsize
        return _BLOCK_BYTES // width // self.lanes * self.lanes


def tile_for(dtype: np.dtype, vector_bytes: int) -> Tile:
    """The tile for vectors of 64 (AVX-512), 32 (AVX) or 16 bytes (NEON, SSE).

    Of the 32 registers of AVX-512 24 hold sums, of the 16 of AVX 12; the others hold a
    row of W and the numbers that it is multiplied with. ``rows`` divides ``lanes``, so
    that the rows of a tile of weights lie in one panel of x.
    """
    dtype = np.dtype(dtype)
    width = max(vector_bytes, 4 * dtype.itemsize)
    lanes = width // dtype.itemsize
    wide = width == 64
    return Tile(dtype, lanes, 8 if wide else 4, 3, 32 if wide else 16)


def types(tile: Tile, outputs: int) -> str:
    """The C of the types, for a network of so many outputs, and of ``turn``."""
    names = _TYPES.substitute(
        real="float" if tile.dtype == np.float32 else "double",
        whole=f"int{8 * tile.dtype.itemsize}_t",
        bytes=tile.lanes * tile.dtype.itemsize,
        lanes=tile.lanes,
        numbers=numbers(range(tile.lanes)),
        rows=tile.rows,
        vectors=tile.vectors,
        block=tile.block,
        tall=tile.tall(outputs),
    )
    return "\n".join([names, _turn(tile.lanes)])


_TYPES = Template(
    """\
/* Dense layers: products of matrices that are kept in panels of LANES columns. */
typedef $real real;
typedef real vec __attribute__((vector_size($bytes), may_alias));
typedef $whole label;
typedef label places __attribute__((vector_size($bytes)));
typedef real loose __attribute__((vector_size($bytes), may_alias, aligned(1)));
enum { LANES = $lanes, ROWS = $rows, VECTORS = $vectors, BLOCK = $block, TALL = $tall };
#define AT(p) (*(vec *)(p))
#define OF(p) (*(const vec *)(p))
static const vec none;
static const places lane = {$numbers};

/* The row that is the r-th of a batch. */
static int64_t row_of(const int64_t *order, long r) { return order ? order[r] : r; }

/* How many panels the next tile takes: never one alone where two and two will do. */
static long width_of(long panels) {
    if (panels <= VECTORS) return panels;
    return panels % VECTORS == 1 ? VECTORS - 1 : VECTORS;
}
"""
)


def steps_of(places: list[tuple[int, int]], x: str, w: str, step: int) -> list[str]:
    """One step of the inner loop: a row of w, and every row's number times it."""
    width = 1 + max(j for _, j in places)
    load = [f"b{j} = OF({w.format(j=j, step=step)});" for j in range(width)]
    sums = [f"a{i}_{j} += {x.format(i=i, step=step)} * b{j};" for i, j in places]
    return load + sums


def joined(statements: list[str], indent: int) -> str:
    """Statements, as many on a line as fit."""
    lines: list[str] = []
    for statement in statements:
        if lines and len(lines[-1]) + len(statement) < 88 - 4 * indent:
            lines[-1] += " " + statement
        else:
            lines.append(statement)
    return "\n".join("    " * indent + line for line in lines)


def _turn(lanes: int) -> str:
    """A square of LANES × LANES in registers: swap halves, then quarters, and so on."""
    defines, swaps, folds = [], [], []
    step = lanes // 2
    while step:
        low = [i - step + lanes if i & step else i for i in range(lanes)]
        high = [i + lanes if i & step else i + step for i in range(lanes)]
        defines.append(
            f"#define SWAP_{step}(a, b) low = SHUFFLE(a, b, {numbers(low)}); \\\n"
            f"    b = SHUFFLE(a, b, {numbers(high)}); a = low;"
        )
        swaps += [
            f"SWAP_{step}(r{i}, r{i + step})" for i in range(lanes) if not i & step
        ]
        folds.append(
            f"x += SHUFFLE(x, x, {numbers((i + step) % lanes for i in range(lanes))});"
        )
        step //= 2
    load = [f"vec r{i} = OF(w + {i} * LANES);" for i in range(lanes)]
    store = [f"AT(t + {i} * LANES) = r{i};" for i in range(lanes)]
    return _TURN.substitute(
        defines="\n".join(defines),
        lines=joined([*load, "vec low;", *swaps, *store], 1),
        folds=joined(folds, 1),
    )


def numbers(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))


_TURN = Template(
    """\
#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (places){__VA_ARGS__})
#endif
$defines

static void turn(const real *w, real *t) {
$lines
}

/* The sum of a vector's numbers. */
static real across(vec x) {
$folds
    return x[0];
}
"""
)

__all__ = ["Tile", "joined", "numbers", "steps_of", "tile_for", "types"]
