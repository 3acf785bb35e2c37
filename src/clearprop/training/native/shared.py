"""The products of a dense layer in C, cut into units that a team shares (``team``).

What goes out is C that defines, beside that of ``kernels``, the same functions for a
member's own panels with the help of those who wait:

``shared_product(crew, me, …)``, ``shared_accumulate(crew, me, …)``
    A unit is as many panels as one tile is wide.
``shared_collect(crew, me, …)``
    A unit is a few rows.
"""

from __future__ import annotations

SOURCE = """\
/* The unit-th of the tiles that so many panels are cut into: its first, its width. */
typedef struct { long first, wide; } panel_group;
static panel_group tile_at(long panels, long unit) {
    panel_group at = {0, width_of(panels)};
    for (; unit > 0; unit--) at.first += at.wide, at.wide = width_of(panels - at.first);
    return at;
}

typedef struct {
    long rows, k, panels;
    const real *x;
    long sx;
    const real *w;
    long sw;
    int turned;
    real *y;
    long sy;
    const real *bias;
} product_given;

static void product_unit(const void *given, long unit, int helps) {
    const product_given *g = given;
    const panel_group at = tile_at(g->panels, unit);
    (void)helps;
    product(g->rows, g->k, at.wide, g->x, g->sx,
            g->w + at.first * (g->turned ? LANES * LANES : g->sw), g->sw, g->turned,
            g->y + at.first * g->sy, g->sy,
            g->bias ? g->bias + at.first * LANES : NULL);
}

static void shared_product(
    crew *c, long me, long rows, long k, long panels, const real *x, long sx,
    const real *w, long sw, int turned, real *y, long sy, const real *bias) {
    const product_given given = {
        rows, k, panels, x, sx, w, sw, turned, y, sy, bias};
    share(c, me, product_unit, &given, tiles_across(panels));
}

typedef struct {
    long rows, k, panels;
    const real *x;
    long sx;
    const real *d;
    long sd;
    real *w;
    long sw;
    real keep;
    soon *ahead;
} accumulate_given;

static void accumulate_unit(const void *given, long unit, int helps) {
    const accumulate_given *g = given;
    const panel_group at = tile_at(g->panels, unit);
    accumulate(g->rows, g->k, at.wide, g->x, g->sx, g->d + at.first * g->sd, g->sd,
               g->w + at.first * g->sw, g->sw, g->keep, helps ? NULL : g->ahead);
}

static void shared_accumulate(
    crew *c, long me, long rows, long k, long panels, const real *x, long sx,
    const real *d, long sd, real *w, long sw, real keep, soon *ahead) {
    const accumulate_given given = {
        rows, k, panels, x, sx, d, sd, w, sw, keep, ahead};
    if (ahead) pace(ahead, tiles_of(k, panels));
    share(c, me, accumulate_unit, &given, tiles_across(panels));
    if (ahead) fetch(ahead, LONG_MAX); /* where others helped */
}

/* Rows of a batch that are one unit. */
enum { FEW = 8 };
typedef struct {
    long columns;
    const real *x;
    const int64_t *order;
    long from, to;
    real *p;
    long sp;
} collect_given;

static void collect_unit(const void *given, long unit, int helps) {
    const collect_given *g = given;
    const long from = g->from + unit * FEW, to = from + FEW;
    (void)helps;
    collect(g->columns, g->x, g->order, from, to < g->to ? to : g->to, g->p, g->sp);
}

static void shared_collect(
    crew *c, long me, long columns, const real *x, const int64_t *order, long from,
    long to, real *p, long sp) {
    const collect_given given = {columns, x, order, from, to, p, sp};
    share(c, me, collect_unit, &given, (to - from + FEW - 1) / FEW);
}
"""

__all__ = ["SOURCE"]
