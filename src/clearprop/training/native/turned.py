"""The products of a layer that lies turned, in C: Zᵀ = Wᵀ Hᵀ, an example in each lane.

A network's last layer is narrow mostly: ten columns would leave a third of a vector of
sixteen empty, and a loss would have to be summed across vectors. Turned, its outputs
are rows. What goes out is C that defines, for matrices in panels (see ``tiles``) that
are ``s…`` numbers apart:

``turn_all(rows, columns, h, sh, t, st)``
    T = Hᵀ, by squares of LANES × LANES: both have room for whole ones.
``begin(rows, panels, y, sy, bias)``
    Y = bias (none: NULL), a number for each of its rows.
``combine(rows, k, panels, x, sx, w, sw, y, sy, keep)``
    Y = keep Y + X W: the scores from Wᵀ and Hᵀ, the weights' gradient from the error
    and H. Its tiles have TALL rows, which leave the least room empty for as many as a
    network has outputs; x and y have room for a multiple of it.
``row_sums(rows, panels, d, sd, b, keep)``
    b = keep b + the sums of D's rows: the gradient of a bias.
"""

from __future__ import annotations

from clearprop.training.native.tiles import Tile, joined, steps_of


def source(tile: Tile, outputs: int) -> str:
    """The C of all of them, for a network of so many outputs."""
    tall = tile.tall(outputs)
    return "\n".join([*(_combine_tile(tall, width) for width in (2, 1)), _COMBINE])


def _combine_tile(tall: int, width: int) -> str:
    """As a product's, of another height, and from what y is before."""
    places = [(i, j) for i in range(tall) for j in range(width)]
    steps = steps_of(places, "x[{i} * LANES + {step}]", "w + {j} * sw", 0)
    start = [
        f"a{i}_{j} = OF(from + {i} * row + {j} * beside) * keep" for i, j in places
    ]
    store = [f"AT(y + {i} * LANES + {j} * sy) = a{i}_{j};" for i, j in places]
    return f"""\
static void combine_{width}(
    long k, const real *x, long sx, const real *w, long sw,
    const real *from, long row, long beside, real keep, real *y, long sy) {{
    vec {", ".join(f"b{j}" for j in range(width))};
{joined([f"vec {s};" for s in start], 1)}
    for (; k > 0; k -= LANES, x += sx - LANES)
        for (const real *end = x + (k < LANES ? k : LANES); x < end; x++, w += LANES) {{
{joined(steps, 3)}
        }}
{joined(store, 1)}
}}
"""


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
"""

__all__ = ["source"]
