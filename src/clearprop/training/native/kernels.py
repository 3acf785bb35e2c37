"""The three products of a dense layer in C, tiled over the vector registers.

A matrix is kept in panels: LANES columns side by side, one row after the other, so that
a row of a panel is one vector and a panel is read from front to back. The last panel's
columns beyond the matrix hold anything finite: nothing reads them back. What goes in is
the dtype and the width of the machine's vectors; what goes out is C (GCC's vector
extensions, which clang and zig know too) that defines, for matrices whose panels are
``s…`` numbers apart:

``product(rows, k, panels, x, sx, w, sw, turned, y, sy, bias)``
    Y = X W + bias (none: NULL), the forward pass, or where ``turned`` Y = X Wᵀ + bias,
    the gradient of the layer's input. ``k`` is how many columns X has, ``panels`` how
    many panels Y has. Rows are computed ROWS at a time: x and y have room for a
    multiple of it, and a W that is turned for a multiple of LANES.
``accumulate(rows, k, panels, x, sx, d, sd, w, sw, keep, ahead)``
    W = keep W + Xᵀ D: with D scaled by −rate, gradient descent straight into the
    weights. W has room for a multiple of ROWS rows. ``ahead`` (or NULL) is data that is
    needed soon: each tile fetches a few lines of it.
``combine(rows, k, panels, x, sx, w, sw, y, sy, keep)``
    Y = keep Y + X W for an X of as few rows as a network has outputs: its tiles have
    TALL rows, which leave the least room empty. x and y have room for a multiple of it.
``begin(rows, panels, y, sy, bias)``
    Y = bias (none: NULL), a number for each of its rows.
``column_sums(rows, panels, d, sd, b, keep)``
    b = keep b + the sums of D's columns: the gradient of a bias.
``row_sums(rows, panels, d, sd, b, keep)``
    The same for D's rows, where it lies turned.
``turn_all(rows, columns, h, sh, t, st)``
    T = Hᵀ, by squares of LANES × LANES: both have room for whole ones.
``collect(columns, x, order, from, to, p, sp)``
    The rows ``order[from]`` to ``order[to - 1]`` of a row-major array, into panels.

Sizes are ordinary arguments: the inner loops are long enough that constants there make
nothing faster, so this text is the same for every network. It needs <stdint.h> and
<string.h>, and everything in it is aligned to a vector.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Template
from typing import NamedTuple

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


def source(tile: Tile, outputs: int) -> str:
    """The C of all of them, for a network of so many outputs."""
    tall = tile.tall(outputs)
    return "\n".join(
        [
            _TYPES.substitute(
                real="float" if tile.dtype == np.float32 else "double",
                whole=f"int{8 * tile.dtype.itemsize}_t",
                bytes=tile.lanes * tile.dtype.itemsize,
                lanes=tile.lanes,
                numbers=_numbers(range(tile.lanes)),
                rows=tile.rows,
                vectors=tile.vectors,
                block=tile.block,
                tall=tall,
            ),
            _turn(tile.lanes),
            _FETCH,
            *(_combine_tile(tall, width) for width in (2, 1)),
            _COMBINE,
            _REST,
        ]
    )


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


def _steps(places: list[tuple[int, int]], x: str, w: str, step: int) -> list[str]:
    """One step of the inner loop: a row of w, and every row's number times it."""
    width = 1 + max(j for _, j in places)
    load = [f"b{j} = OF({w.format(j=j, step=step)});" for j in range(width)]
    sums = [f"a{i}_{j} += {x.format(i=i, step=step)} * b{j};" for i, j in places]
    return load + sums


class Ended(NamedTuple):
    """A product by another name, for so many panels.

    Each vector of Y is given to the function ``ending(vec, real *)``, not stored. That
    is for a ``k`` of at most a tile's block only: what is longer is summed in Y.
    """

    name: str
    ending: str
    panels: int

    def widths(self, tile: Tile) -> list[int]:
        """Those of its tiles, as ``width_of`` in C gives them."""
        whole, rest = divmod(self.panels, tile.vectors)
        found = {tile.vectors} if whole > (rest == 1) else set()
        found |= {2} if whole and rest == 1 else {rest} - {0}
        return sorted(found, reverse=True)


def product(tile: Tile, ended: Ended | None = None) -> str:
    """The C of ``product``, or of what it is for one layer."""
    name, ending = ended[:2] if ended else ("product", "")
    widths = ended.widths(tile) if ended else range(tile.vectors, 0, -1)
    tiles = _choice(widths, _PRODUCT_CALL.replace("product", name))
    return "\n".join(
        [
            *(_product_tile(tile, width, name, ending) for width in widths),
            _PRODUCT.substitute(name=name, tiles=tiles),
        ]
    )


def accumulate(tile: Tile, ended: Ended | None = None) -> str:
    """The same for ``accumulate``, and as many rows."""
    name, ending = ended[:2] if ended else ("accumulate", "")
    widths = ended.widths(tile) if ended else range(tile.vectors, 0, -1)
    tiles = _choice(widths, _ACCUMULATE_CALL.replace("accumulate", name))
    return "\n".join(
        [
            *(_accumulate_tile(tile, width, name, ending) for width in widths),
            _ACCUMULATE.substitute(name=name, tiles=tiles),
        ]
    )


def _end(ending: str, target: str, value: str) -> str:
    return f"{ending}({value}, {target});" if ending else f"AT({target}) = {value};"


def _product_tile(tile: Tile, width: int, name: str, ending: str) -> str:
    """Sums over k stay in registers: k runs along a panel of x, two at a time."""
    places = [(i, j) for i in range(tile.rows) for j in range(width)]
    steps = [
        _steps(places, "x[{i} * LANES + {step}]", "w + {j} * sw + {step} * LANES", s)
        for s in range(2)
    ]
    start = [f"a{i}_{j} = OF(from + {i} * row + {j} * beside)" for i, j in places]
    store = [
        _end(ending, f"y + {i} * LANES + {j} * sy", f"a{i}_{j}") for i, j in places
    ]
    return f"""\
static void {name}_{width}(
    long k, const real *x, long sx, const real *w, long sw,
    const real *from, long row, long beside, real *y, long sy) {{
    vec {", ".join(f"b{j}" for j in range(width))};
{_lines([f"vec {s};" for s in start], 1)}
    for (; k > 0; k -= LANES, x += sx - LANES) {{
        const real *end = x + (k < LANES ? k : LANES), *pairs = end - 1;
        for (; x < pairs; x += 2, w += 2 * LANES) {{
{_lines(steps[0] + steps[1], 3)}
        }}
        if (x < end) {{ /* the last of an odd k */
{_lines(steps[0], 3)}
        }}
    }}
{_lines(store, 1)}
}}
"""


def _combine_tile(tall: int, width: int) -> str:
    """As a product's, of another height, and from what y is before."""
    places = [(i, j) for i in range(tall) for j in range(width)]
    steps = _steps(places, "x[{i} * LANES + {step}]", "w + {j} * sw", 0)
    start = [
        f"a{i}_{j} = OF(from + {i} * row + {j} * beside) * keep" for i, j in places
    ]
    store = [f"AT(y + {i} * LANES + {j} * sy) = a{i}_{j};" for i, j in places]
    return f"""\
static void combine_{width}(
    long k, const real *x, long sx, const real *w, long sw,
    const real *from, long row, long beside, real keep, real *y, long sy) {{
    vec {", ".join(f"b{j}" for j in range(width))};
{_lines([f"vec {s};" for s in start], 1)}
    for (; k > 0; k -= LANES, x += sx - LANES)
        for (const real *end = x + (k < LANES ? k : LANES); x < end; x++, w += LANES) {{
{_lines(steps, 3)}
        }}
{_lines(store, 1)}
}}
"""


def _accumulate_tile(tile: Tile, width: int, name: str, ending: str) -> str:
    """A tile of weights stays in registers while the batch passes."""
    places = [(i, j) for i in range(tile.rows) for j in range(width)]
    steps = [
        _steps(places, "x[{step} * LANES + {i}]", "d + {j} * sd + {step} * LANES", s)
        for s in range(2)
    ]
    start = [
        f"a{i}_{j} = OF(from + {i} * row + {j} * beside) * keep" for i, j in places
    ]
    store = [
        _end(ending, f"w + {i} * LANES + {j} * sw", f"a{i}_{j}") for i, j in places
    ]
    return f"""\
static void {name}_{width}(
    long rows, const real *x, const real *d, long sd,
    const real *from, long row, long beside, real keep, real *w, long sw) {{
    vec {", ".join(f"b{j}" for j in range(width))};
{_lines([f"vec {s};" for s in start], 1)}
    for (; rows > 1; rows -= 2, x += 2 * LANES, d += 2 * LANES) {{
{_lines(steps[0] + steps[1], 2)}
    }}
    if (rows) {{
{_lines(steps[0], 2)}
    }}
{_lines(store, 1)}
}}
"""


def _lines(statements: list[str], indent: int) -> str:
    """Statements, as many on a line as fit."""
    lines: list[str] = []
    for statement in statements:
        if lines and len(lines[-1]) + len(statement) < 88 - 4 * indent:
            lines[-1] += " " + statement
        else:
            lines.append(statement)
    return "\n".join("    " * indent + line for line in lines)


def _choice(widths: Iterable[int], call: str) -> str:
    """The call for each width of tile."""
    first, *others = [f"if (wide == {w}) {call.format(w)}" for w in widths]
    return "\n                ".join([first, *("else " + o for o in others)])


_PRODUCT_CALL = (
    "product_{0}(few, xp + r * LANES, sx, wp, apart, start, row, beside, yr, sy);"
)
_PRODUCT = Template(
    """\
static void $name(
    long rows, long k, long panels, const real *x, long sx, const real *w, long sw,
    int turned, real *y, long sy, const real *bias) {
    vec block[VECTORS * BLOCK];
    long step = turned ? LANES * LANES : sw;
    for (long wide; panels > 0; panels -= wide, w += wide * step, y += wide * sy) {
        wide = width_of(panels);
        for (long at = 0; at < k; at += BLOCK) {
            long few = k - at < BLOCK ? k - at : BLOCK, apart = sw;
            const real *wp = w + at * LANES, *xp = x + at / LANES * sx;
            if (turned) {
                apart = BLOCK * LANES;
                for (long p = 0; p < wide; p++)
                    for (long i = 0; i < few; i += LANES)
                        turn(w + (at + i) / LANES * sw + p * step,
                             (real *)(block + p * BLOCK + i));
                wp = (real *)block;
            }
            for (long r = 0; r < rows; r += ROWS) {
                /* from the bias, and then from the sums so far */
                real *yr = y + r * LANES;
                const real *start = at ? yr : bias ? bias : (const real *)&none;
                long row = at ? LANES : 0, beside = at ? sy : bias ? LANES : 0;
                $tiles
            }
        }
        if (bias) bias += wide * LANES;
    }
}
"""
)
_ACCUMULATE_CALL = "accumulate_{0}(few, xk, dk, sd, from, row, beside, factor, wi, sw);"
_FETCH = """\
/* Rows that are needed soon. */
typedef struct {
    const real *x;
    const int64_t *row, *end;
    long columns, column;
} soon;

static void fetch(soon *ahead, long lines) {
    for (; lines > 0 && ahead->row < ahead->end; lines--) {
        const real *p = ahead->x + *ahead->row * ahead->columns + ahead->column;
        __builtin_prefetch(p, 0, 2);
        ahead->column += 64 / sizeof(real);
        if (ahead->column >= ahead->columns) ahead->column = 0, ahead->row++;
    }
}

/* How many lines each of so many tiles fetches. */
static long lines_for(const soon *ahead, long tiles) {
    if (!ahead) return 0;
    long lines = ahead->columns * sizeof(real) / 64 + 1;
    return lines * (ahead->end - ahead->row) / tiles + 1;
}
"""
_ACCUMULATE = Template(
    """\
static void $name(
    long rows, long k, long panels, const real *x, long sx, const real *d, long sd,
    real *w, long sw, real keep, soon *ahead) {
    long across = (panels + VECTORS - 1) / VECTORS, down = (k + ROWS - 1) / ROWS;
    long lines = lines_for(ahead, across * down);
    for (long wide; panels > 0; panels -= wide, w += wide * sw, d += wide * sd) {
        wide = width_of(panels);
        for (long at = 0; at < rows; at += BLOCK) {
            long few = rows - at < BLOCK ? rows - at : BLOCK;
            real factor = at ? 1 : keep;
            for (long i = 0; i < k; i += ROWS) {
                const real *xk = x + i / LANES * sx + at * LANES + i % LANES;
                const real *dk = d + at * LANES;
                real *wi = w + i * LANES;
                /* what is not kept is not read: it may be nan */
                const real *from = factor != 0 ? wi : (const real *)&none;
                long row = factor != 0 ? LANES : 0, beside = factor != 0 ? sw : 0;
                $tiles
                if (lines) fetch(ahead, lines);
            }
        }
    }
}
"""
)


def _turn(lanes: int) -> str:
    """A square of LANES × LANES in registers: swap halves, then quarters, and so on."""
    defines, swaps, folds = [], [], []
    step = lanes // 2
    while step:
        low = [i - step + lanes if i & step else i for i in range(lanes)]
        high = [i + lanes if i & step else i + step for i in range(lanes)]
        defines.append(
            f"#define SWAP_{step}(a, b) low = SHUFFLE(a, b, {_numbers(low)}); \\\n"
            f"    b = SHUFFLE(a, b, {_numbers(high)}); a = low;"
        )
        swaps += [
            f"SWAP_{step}(r{i}, r{i + step})" for i in range(lanes) if not i & step
        ]
        folds.append(
            f"x += SHUFFLE(x, x, {_numbers((i + step) % lanes for i in range(lanes))});"
        )
        step //= 2
    load = [f"vec r{i} = OF(w + {i} * LANES);" for i in range(lanes)]
    store = [f"AT(t + {i} * LANES) = r{i};" for i in range(lanes)]
    return _TURN.substitute(
        defines="\n".join(defines),
        lines=_lines([*load, "vec low;", *swaps, *store], 1),
        folds=_lines(folds, 1),
    )


def _numbers(values: Iterable[int]) -> str:
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
_COMBINE = """\
static void begin(long rows, long panels, real *y, long sy, const real *bias) {
    for (long p = 0; p < panels; p++)
        for (long r = 0; r < rows; r++)
            AT(y + p * sy + r * LANES) = none + (bias ? bias[r] : 0);
}

static void combine(
    long rows, long k, long panels, const real *x, long sx, const real *w, long sw,
    real *y, long sy, real keep) {
    for (long wide; panels > 0; panels -= wide, w += wide * sw, y += wide * sy) {
        wide = panels > 1 ? 2 : 1;
        for (long at = 0; at < k; at += BLOCK) {
            long few = k - at < BLOCK ? k - at : BLOCK;
            real factor = at ? 1 : keep;
            for (long r = 0; r < rows; r += TALL) {
                const real *xr = x + at / LANES * sx + r * LANES, *wk = w + at * LANES;
                real *yr = y + r * LANES;
                const real *from = factor != 0 ? yr : (const real *)&none;
                long row = factor != 0 ? LANES : 0, beside = factor != 0 ? sy : 0;
                if (wide == 2)
                    combine_2(few, xr, sx, wk, sw, from, row, beside, factor, yr, sy);
                else
                    combine_1(few, xr, sx, wk, sw, from, row, beside, factor, yr, sy);
            }
        }
    }
}
"""
_REST = """\
static void turn_all(
    long rows, long columns, const real *h, long sh, real *t, long st) {
    for (long p = 0; p * LANES < columns; p++)
        for (long r = 0; r < rows; r += LANES)
            turn(h + p * sh + r * LANES, t + r / LANES * st + p * LANES * LANES);
}

static void row_sums(
    long rows, long panels, const real *d, long sd, real *b, real keep) {
    for (long r = 0; r < rows; r++, d += LANES) {
        vec all = OF(d);
        for (long p = 1; p < panels; p++) all += OF(d + p * sd);
        b[r] = (keep != 0 ? b[r] * keep : 0) + across(all);
    }
}

static void column_sums(
    long rows, long panels, const real *d, long sd, real *b, real keep) {
    for (; panels > 0; panels--, d += sd, b += LANES) {
        vec even = OF(b) * keep, odd = none;
        long r = 0;
        for (; r + 1 < rows; r += 2) {
            even += OF(d + r * LANES);
            odd += OF(d + (r + 1) * LANES);
        }
        if (r < rows) even += OF(d + r * LANES);
        AT(b) = even + odd;
    }
}

static void collect(
    long columns, const real *x, const int64_t *order, long from, long to,
    real *p, long sp) {
    for (long r = from; r < to; r++) {
        const real *row = x + row_of(order, r) * columns;
        real *out = p + r * LANES;
        long c = 0;
        for (; c + LANES <= columns; c += LANES, out += sp)
            AT(out) = *(const loose *)(row + c);
        if (c < columns) {
            vec last = none;
            memcpy(&last, row + c, (columns - c) * sizeof(real));
            AT(out) = last;
        }
    }
}
"""

__all__ = ["Ended", "Tile", "accumulate", "product", "source", "tile_for"]
