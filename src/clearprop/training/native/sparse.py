"""Products of a dense layer that leave out what would be multiplied with zero, in C.

Half of what a layer of ReLUs hands on is zero, and half of the error that comes back to
it: so are half of the multiply-adds of every product but the first. They lie anywhere,
so a tile of several rows can't leave them out; here one row at a time is added up, WIDE
panels side by side, from a list of the numbers in it that aren't zero and of what each
is multiplied with. That takes more loads for a multiply-add, and two thirds of the time
where half are zero. What goes out is C that defines, beside that of ``shared``,

``sparse_product(crew, me, rows, k, panels, x, …, bias, found)``
``sparse_accumulate(crew, me, rows, k, panels, x, …, ahead, found)``
    The same as ``shared_product`` and ``shared_accumulate``, which they call where few
    numbers of X are zero. X has room for a multiple of LANES rows; ``found`` is room
    for the lists. A member lists, and who waits helps it to multiply: a unit is what is
    multiplied side by side.

Every sum has its terms in the same order as there. A zero times a weight that is
infinite or nan is nan there, and left out here.
"""

from __future__ import annotations

from string import Template

import numpy as np

from clearprop.training.native.tiles import Tile, joined

# Sums side by side: enough to hide how long a multiply-add takes, and few enough that
# what they read again and again, a block of as many steps, stays in the first cache.
_WIDE = 6
# How many numbers the lists have room for: with twice as many W6 is 2 % quicker.
_ROOM = 8192


def _span(tile: Tile) -> int:
    """How many steps a list is for."""
    return tile.block * tile.vectors // _WIDE // tile.lanes * tile.lanes


def room(tile: Tile) -> int:
    """How many of the dtype's numbers ``found`` takes up; a vector's alignment."""
    lists = _ROOM // _span(tile)
    return 2 * (_ROOM + tile.lanes) + -(-lists // tile.lanes) * tile.lanes


def source(tile: Tile) -> str:
    """The C of both products; ``kernels`` and ``shared`` have to come before."""
    single = tile.dtype == np.float32
    listed = _LISTED.substitute(
        kind="ps" if single else "pd",
        whole="d" if single else "q",
        whole_vectors=int(tile.lanes * tile.dtype.itemsize == 64),
    )
    parts = [
        _LISTS.substitute(span=_span(tile), wide=_WIDE, room=_ROOM),
        listed,
        _FIND,
        *map(_sums, range(_WIDE, 0, -1)),
        _SUMS.substitute(sums=_choice()),
        _PRODUCTS,
    ]
    return "\n".join(parts)


def _sums(width: int) -> str:
    """A row of Y, so many panels of it, from a list."""
    each = range(width)
    start = [f"vec a{j} = OF(from + {j} * beside) * keep;" for j in each]
    step = [f"a{j} += by * OF(row + {j} * sw);" for j in each]
    store = [f"AT(y + {j} * sy) = a{j};" for j in each]
    return f"""\
static void sums_{width}(
    long count, const real *number, const label *place, const real *w, long sw,
    const real *from, long beside, real keep, real *y, long sy) {{
{joined(start, 1)}
    for (long e = 0; e < count; e++) {{
        const real *row = w + place[e], by = number[e];
{joined(step, 2)}
    }}
{joined(store, 1)}
}}
"""


def _choice() -> str:
    call = "sums_{0}(count, number, place, w, sw, from, beside, keep, y, sy);"
    cases = [f"case {n}: {call.format(n)} break;" for n in range(1, _WIDE + 1)]
    return "\n    ".join(cases)


_LISTS = Template(
    """\
/* Products that leave out zeros. */
enum { WIDE = $wide, SPAN = $span, LISTS = $room / SPAN };
/* What isn't zero in a row, and where what it is multiplied with begins. */
typedef struct {
    real number[LISTS * SPAN + LANES];
    label place[LISTS * SPAN + LANES];
    label count[LISTS];
} lists;

/* Whether so many are zero that leaving them out pays: three of eight. */
static int is_sparse(long rows, long k, const real *x, long sx) {
    places zeros = (places)none;
    const long panels = (k + LANES - 1) / LANES;
    for (long p = 0; p < panels; p++, x += sx)
        for (long r = 0; r < rows; r++) zeros -= (places)(OF(x + r * LANES) == none);
    long all = 0;
    for (long i = 0; i < LANES; i++) all += zeros[i];
    return all * 8 > 3 * rows * panels * LANES;
}

/* Panels are summed side by side in so many groups, */
static long groups_of(long panels) { return (panels + WIDE - 1) / WIDE; }

/* as many of them in each, or one more. */
static panel_group group_at(long panels, long unit) {
    const long groups = groups_of(panels), least = panels / groups;
    const long more = panels % groups;
    return (panel_group){
        unit * least + (unit < more ? unit : more), least + (unit < more)};
}
"""
)
_LISTED = Template(
    """\
/* Adds what isn't zero of some numbers of x to a list of n, and gives its new n. */
static inline long listed(
    const real *x, long some, long at, real *number, label *place, long n) {
#if defined(__AVX512F__) && $whole_vectors
    const vec all = OF(x);
    const places from = (lane + (label)at) * LANES;
    unsigned short in = some < LANES ? (1 << some) - 1 : (1 << LANES) - 1, kept;
    vec few;
    places those;
    __asm__("vcmp$kind $$4, %2, %1, %0%{%3%}"
            : "=Yk"(kept) : "v"(all), "v"(none), "Yk"(in));
    __asm__("vcompress$kind %1, %0%{%2%}%{z%}" : "=v"(few) : "v"(all), "Yk"(kept));
    __asm__("vpcompress$whole %1, %0%{%2%}%{z%}" : "=v"(those) : "v"(from), "Yk"(kept));
    memcpy(number + n, &few, sizeof few);
    memcpy(place + n, &those, sizeof those);
    return n + __builtin_popcount(kept);
#else
    for (long i = 0; i < some && i < LANES; i++) {
        number[n] = x[i], place[n] = (at + i) * LANES;
        n += x[i] != 0;
    }
    return n;
#endif
}
"""
)
_FIND = """\
/* A list for each row of x, of k columns. */
static void list_rows(lists *found, long rows, long k, const real *x, long sx) {
    for (long r = 0; r < rows; r++, x += LANES) {
        real *number = found->number + r * SPAN;
        label *place = found->place + r * SPAN;
        long n = 0;
        for (long at = 0; at < k; at += LANES)
            n = listed(x + at / LANES * sx, k - at, at, number, place, n);
        found->count[r] = n;
    }
}

/* A list for each column. */
static void list_columns(lists *found, long rows, long k, const real *x, long sx) {
    vec square[LANES];
    for (long c = 0; c < k; c += LANES, x += sx) {
        long n[LANES] = {0};
        for (long at = 0; at < rows; at += LANES) {
            turn(x + at * LANES, (real *)square);
            for (long i = 0; i < LANES; i++) {
                const long from = (c + i) * SPAN;
                n[i] = listed((real *)(square + i), rows - at, at,
                              found->number + from, found->place + from, n[i]);
            }
        }
        for (long i = 0; i < LANES; i++) found->count[c + i] = n[i];
    }
}
"""
_SUMS = Template(
    """\
static void sums(
    long wide, const lists *found, long r, const real *w, long sw,
    const real *from, long beside, real keep, real *y, long sy) {
    const long count = found->count[r];
    const real *number = found->number + r * SPAN;
    const label *place = found->place + r * SPAN;
    switch (wide) {
    $sums
    }
}
"""
)
_PRODUCTS = """\
typedef struct {
    const lists *found;
    long some, few, panels, at;
    const real *w;
    long sw;
    int turned;
    real *y;
    long sy;
    const real *bias;
} product_lists;

static void listed_products(const void *given, long unit, int helps) {
    const product_lists *g = given;
    const panel_group group = group_at(g->panels, unit);
    const long p = group.first, sw = g->sw, sy = g->sy;
    const real *w = g->w + p * sw + g->at * LANES;
    long apart = sw;
    vec block[WIDE * SPAN];
    (void)helps;
    if (g->turned) {
        const real *from = g->w + p * LANES * LANES + g->at / LANES * sw;
        for (long j = 0; j < group.wide; j++, from += LANES * LANES)
            for (long i = 0; i < g->few; i += LANES)
                turn(from + i / LANES * sw, (real *)(block + j * SPAN + i));
        w = (real *)block;
        apart = SPAN * LANES;
    }
    for (long r = 0; r < g->some; r++) {
        real *y = g->y + p * sy + r * LANES;
        const real *bias = g->bias ? g->bias + p * LANES : (const real *)&none;
        const long beside = g->at ? sy : g->bias ? LANES : 0;
        sums(group.wide, g->found, r, w, apart, g->at ? y : bias, beside, 1, y, sy);
    }
}

static void sparse_product(
    crew *c, long me, long rows, long k, long panels, const real *x, long sx,
    const real *w, long sw, int turned, real *y, long sy, const real *bias,
    lists *found) {
    if (!is_sparse(rows, k, x, sx)) {
        shared_product(c, me, rows, k, panels, x, sx, w, sw, turned, y, sy, bias);
        return;
    }
    for (long at = 0; at < k; at += SPAN)
        for (long first = 0; first < rows; first += LISTS) {
            const long few = k - at < SPAN ? k - at : SPAN;
            const long some = rows - first < LISTS ? rows - first : LISTS;
            const product_lists given = {
                found, some, few, panels, at, w, sw, turned, y + first * LANES, sy,
                bias};
            list_rows(found, some, few, x + at / LANES * sx + first * LANES, sx);
            share(c, me, listed_products, &given, groups_of(panels));
        }
}

typedef struct {
    const lists *found;
    long some, panels;
    const real *d;
    long sd;
    real *w;
    long sw;
    real keep;
    soon *ahead;
} accumulate_lists;

static void listed_sums(const void *given, long unit, int helps) {
    const accumulate_lists *g = given;
    const panel_group group = group_at(g->panels, unit);
    const int keeps = g->keep != 0; /* what is not kept is not read: it may be nan */
    for (long i = 0; i < g->some; i++) {
        real *w = g->w + group.first * g->sw + i * LANES;
        sums(group.wide, g->found, i, g->d + group.first * g->sd, g->sd,
             keeps ? w : (const real *)&none, keeps ? g->sw : 0, g->keep, w, g->sw);
        if (g->ahead && !helps && i % ROWS == 0) fetch(g->ahead, g->ahead->lines);
    }
}

static void sparse_accumulate(
    crew *c, long me, long rows, long k, long panels, const real *x, long sx,
    const real *d, long sd, real *w, long sw, real keep, soon *ahead, lists *found) {
    if (!is_sparse(rows, k, x, sx)) {
        shared_accumulate(
            c, me, rows, k, panels, x, sx, d, sd, w, sw, keep, ahead);
        return;
    }
    if (ahead) pace(ahead, groups_of(panels) * (k / ROWS + 1));
    for (long at = 0; at < rows; at += SPAN)
        for (long first = 0; first < k; first += LISTS) {
            const long few = rows - at < SPAN ? rows - at : SPAN;
            const long some = k - first < LISTS ? k - first : LISTS;
            const accumulate_lists given = {
                found, some, panels, d + at * LANES, sd, w + first * LANES, sw,
                at ? 1 : keep, ahead};
            list_columns(found, few, some, x + first / LANES * sx + at * LANES, sx);
            share(c, me, listed_sums, &given, groups_of(panels));
        }
    if (ahead) fetch(ahead, LONG_MAX); /* where others helped */
}
"""

__all__ = ["room", "source"]
