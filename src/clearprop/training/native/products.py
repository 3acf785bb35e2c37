"""Where a matrix product is written: one call, ``product``, for all of them.

Operands are strided: a transpose is another pair of strides. A small product is loops
of constant lengths, which the compiler unrolls; a larger one calls ``MATMUL``, which
keeps a tile of the result in registers and the columns that it needs of the right
matrix packed beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

# Below so many multiplications the loops are faster than a call and its packing.
_SMALL = 2000

# GCC's vector extensions, which clang knows too. A tile is ROWS rows of one or two
# vectors: as many as the registers of the widest instructions hold.
_TYPES = r"""
#if defined(__AVX512F__)
#define CP_BYTES 64
#define CP_ROWS 8
#elif defined(__AVX__)
#define CP_BYTES 32
#define CP_ROWS 6
#else
#define CP_BYTES 16
#define CP_ROWS 4
#endif
"""

_MATMUL = Template(r"""
typedef $t cp_v$s
    __attribute__((vector_size(CP_BYTES), aligned(sizeof($t)), may_alias));
enum { CP_LANES$s = CP_BYTES / sizeof($t) };

/* rows x wide vectors of the result: a is read entry by entry, b vector by vector */
CP_INLINE void cp_tile$s(const int rows, const int wide, int64_t k, const $t *a,
                         int64_t ar, int64_t ac, const $t *b, $t *c, int64_t cr,
                         int64_t columns) {
    cp_v$s sum[CP_ROWS][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) sum[r][v] = (cp_v$s){0};
    for (int64_t l = 0; l < k; l++) {
        cp_v$s x[2];
        for (int v = 0; v < wide; v++)
            x[v] = *(const cp_v$s *)(b + (l * wide + v) * CP_LANES$s);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < wide; v++) sum[r][v] += a[r * ar + l * ac] * x[v];
    }
    for (int r = 0; r < rows; r++) {
        cp_v$s *const to = (cp_v$s *)(c + r * cr);
        if (columns == wide * CP_LANES$s) {
            for (int v = 0; v < wide; v++) to[v] = sum[r][v];
        } else { /* a copy: what has an address stays in no register */
            const cp_v$s row[2] = {sum[r][0], sum[r][wide - 1]};
            memcpy(to, row, columns * sizeof($t));
        }
    }
}
CP_INLINE void cp_panel$s(const int wide, int64_t n, int64_t k, const $t *a, int64_t ar,
                          int64_t ac, const $t *b, $t *c, int64_t cr, int64_t columns) {
    int64_t i = 0;
    for (; i + CP_ROWS <= n; i += CP_ROWS)
        cp_tile$s(CP_ROWS, wide, k, a + i * ar, ar, ac, b, c + i * cr, cr, columns);
    for (; i < n; i++)
        cp_tile$s(1, wide, k, a + i * ar, ar, ac, b, c + i * cr, cr, columns);
}

/* c (n, m) = a (n, k) b (k, m); packed has room for k rows of two vectors */
static __attribute__((noinline, unused)) void cp_matmul$s(
    int64_t n, int64_t k, int64_t m, const $t *a, int64_t ar, int64_t ac, const $t *b,
    int64_t br, int64_t bc, $t *c, int64_t cr, $t *packed) {
    for (int64_t j = 0; j < m;) {
        const int64_t left = m - j, wide = left > CP_LANES$s ? 2 : 1;
        const int64_t width = wide * CP_LANES$s, columns = left < width ? left : width;
        if (bc == 1 && columns == width)
            for (int64_t l = 0; l < k; l++)
                memcpy(packed + l * width, b + l * br + j, width * sizeof($t));
        else
            for (int64_t l = 0; l < k; l++)
                for (int64_t q = 0; q < width; q++)
                    packed[l * width + q] = q < columns ? b[l * br + (j + q) * bc] : 0;
        if (wide == 2)
            cp_panel$s(2, n, k, a, ar, ac, packed, c + j, cr, columns);
        else
            cp_panel$s(1, n, k, a, ar, ac, packed, c + j, cr, columns);
        j += width;
    }
}
""")

# Room that ``cp_matmul`` needs for each row of the right matrix, at most.
PACKED = 32


def matmul_source(kinds: set[str]) -> str:
    """The C of the products of these types."""
    if not kinds:
        return ""
    made = [_MATMUL.substitute(t=t, s=_suffix(t)) for t in sorted(kinds)]
    return _TYPES + "".join(made)


def _suffix(kind: str) -> str:
    return "f" if kind == "float" else ""


@dataclass(frozen=True)
class Operand:
    """A matrix in memory: the C expression of its start, and its two strides."""

    start: str
    rows: int  # from one row to the next, in entries
    columns: int

    def at(self, i: str, j: str) -> str:
        """The entry at (i, j)."""
        terms = [_term(i, self.rows), _term(j, self.columns)]
        return f"({self.start})[{' + '.join(t for t in terms if t) or '0'}]"


def _term(index: str, stride: int) -> str:
    return "" if stride == 0 else index if stride == 1 else f"{index} * {stride}"


def is_large(n: int, k: int, m: int, kind: str) -> bool:
    """Whether a product is worth a call."""
    return m > 1 and n > 1 and n * k * m > _SMALL and kind in ("float", "double")


def product(
    a: Operand, b: Operand, c: Operand, n: int, k: int, m: int, kind: str
) -> list[str]:
    """``c = a @ b`` for (n, k) and (k, m) matrices of the C type ``kind``."""
    if is_large(n, k, m, kind):
        return [
            f"cp_matmul{_suffix(kind)}({n}, {k}, {m}, {a.start}, {a.rows}, "
            f"{a.columns}, {b.start}, {b.rows}, {b.columns}, {c.start}, {c.rows}, "
            f"w->packed_{kind});"
        ]
    if b.columns == 1 and m > 1:
        return [
            f"for (int64_t i = 0; i < {n}; i++) {{",
            f"  {kind} sum[{m}] = {{0}};",
            f"  for (int64_t l = 0; l < {k}; l++) {{",
            f"    const {kind} x = {a.at('i', 'l')};",
            f"    for (int64_t j = 0; j < {m}; j++) sum[j] += x * {b.at('l', 'j')};",
            "  }",
            f"  for (int64_t j = 0; j < {m}; j++) {c.at('i', 'j')} = sum[j];",
            "}",
        ]
    return [
        f"for (int64_t i = 0; i < {n}; i++)",
        f"  for (int64_t j = 0; j < {m}; j++) {{",
        f"    {kind} sum = 0;",
        "    #pragma omp simd reduction(+:sum)",
        f"    for (int64_t l = 0; l < {k}; l++)",
        f"      sum += {a.at('i', 'l')} * {b.at('l', 'j')};",
        f"    {c.at('i', 'j')} = sum;",
        "  }",
    ]
