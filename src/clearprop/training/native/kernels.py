"""The products of a dense layer in C, tiled over the vector registers.

What goes in is a ``Tile``; what goes out is C that defines, for matrices in panels (see
``tiles``) that are ``s…`` numbers apart:

``product(rows, k, panels, x, sx, w, sw, turned, y, sy, bias)``
    Y = X W + bias (none: NULL), the forward pass, or where ``turned`` Y = X Wᵀ + bias,
    the gradient of the layer's input. ``k`` is how many columns X has, ``panels`` how
    many panels Y has. Rows are computed ROWS at a time: x and y have room for a
    multiple of it, and a W that is turned for a multiple of LANES.
``accumulate(rows, k, panels, x, sx, d, sd, w, sw, keep, ahead)``
    W = keep W + Xᵀ D: with D scaled by −rate, gradient descent straight into the
    weights. W has room for a multiple of ROWS rows, and isn't read where nothing is
    kept. ``ahead`` (or NULL) is data that is needed soon: each tile fetches a few lines
    of it, as ``paced`` says.
``column_sums(rows, panels, d, sd, b, keep)``
    b = keep b + the sums of D's columns: the gradient of a bias.
``collect(columns, x, order, from, to, p, sp)``
    The rows ``order[from]`` to ``order[to - 1]`` of a row-major array, into panels.

Sizes are ordinary arguments: constants there make nothing faster. What does, in a small
network, is to go on with a sum while it is in a register: see ``Ended``.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from typing import NamedTuple

from clearprop.training.native.tiles import Tile, joined, steps_of


def source(tile: Tile, names: Iterable[str] = ("product", "accumulate")) -> str:
    """The C of those of the two products that are named, and of all the rest."""
    written = {"product": product, "accumulate": accumulate}
    return "\n".join([_FETCH, *(written[name](tile) for name in names), _REST])


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
        steps_of(places, "x[{i} * LANES + {step}]", "w + {j} * sw + {step} * LANES", s)
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
{joined([f"vec {s};" for s in start], 1)}
    for (; k > 0; k -= LANES, x += sx - LANES) {{
        const real *end = x + (k < LANES ? k : LANES), *pairs = end - 1;
        for (; x < pairs; x += 2, w += 2 * LANES) {{
{joined(steps[0] + steps[1], 3)}
        }}
        if (x < end) {{ /* the last of an odd k */
{joined(steps[0], 3)}
        }}
    }}
{joined(store, 1)}
}}
"""


def _accumulate_tile(tile: Tile, width: int, name: str, ending: str) -> str:
    """A tile of weights stays in registers while the batch passes."""
    places = [(i, j) for i in range(tile.rows) for j in range(width)]
    steps = [
        steps_of(places, "x[{step} * LANES + {i}]", "d + {j} * sd + {step} * LANES", s)
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
{joined([f"vec {s};" for s in start], 1)}
    for (; rows > 1; rows -= 2, x += 2 * LANES, d += 2 * LANES) {{
{joined(steps[0] + steps[1], 2)}
    }}
    if (rows) {{
{joined(steps[0], 2)}
    }}
{joined(store, 1)}
}}
"""


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
_ACCUMULATE = Template(
    """\
static void $name(
    long rows, long k, long panels, const real *x, long sx, const real *d, long sd,
    real *w, long sw, real keep, soon *ahead) {
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
                if (ahead) fetch(ahead, ahead->lines);
            }
        }
    }
}
"""
)
_FETCH = """\
/* Rows that are needed soon, and how many lines of them each tile fetches. */
typedef struct {
    const real *x;
    const int64_t *row, *end;
    long columns, column, lines;
} soon;

static void fetch(soon *ahead, long lines) {
    for (; lines > 0 && ahead->row < ahead->end; lines--) {
        const real *p = ahead->x + *ahead->row * ahead->columns + ahead->column;
        __builtin_prefetch(p, 0, 2);
        ahead->column += 64 / sizeof(real);
        if (ahead->column >= ahead->columns) ahead->column = 0, ahead->row++;
    }
}

/* So that all of it is fetched by so many tiles. */
static void pace(soon *ahead, long tiles) {
    const long lines = ahead->columns * sizeof(real) / 64 + 1;
    ahead->lines = lines * (ahead->end - ahead->row) / tiles + 1;
}

/* How many tiles lie side by side in so many panels, */
static long tiles_across(long panels) { return (panels + VECTORS - 1) / VECTORS; }

/* and how many the accumulation of so many rows takes. */
static long tiles_of(long rows, long panels) {
    return tiles_across(panels) * ((rows + ROWS - 1) / ROWS);
}
"""
_REST = """\
static void column_sums(
    long rows, long panels, const real *d, long sd, real *b, real keep) {
    for (; panels > 0; panels--, d += sd, b += LANES) {
        vec even = none, odd = none;
        if (keep != 0) even = OF(b) * keep;
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

__all__ = ["Ended", "accumulate", "product", "source"]
