"""Where a matrix product is written: one call, ``product``, for all of them.

Operands are strided: a transpose is another pair of strides. The loops here are ordered
so that the innermost one runs over neighbours in memory and becomes vector code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operand:
    """A matrix in memory: the C expression of its start, and its two strides."""

    start: str
    rows: int  # from one row to the next, in entries
    columns: int

    def at(self, i: str, j: str) -> str:
        """The entry at (i, j)."""
        terms = [self.start_index(i, self.rows), self.start_index(j, self.columns)]
        return f"({self.start})[{' + '.join(t for t in terms if t) or '0'}]"

    @staticmethod
    def start_index(index: str, stride: int) -> str:
        """One term of an entry's place."""
        return "" if stride == 0 else index if stride == 1 else f"{index} * {stride}"


def product(
    a: Operand, b: Operand, c: Operand, n: int, k: int, m: int, kind: str
) -> list[str]:
    """``c = a @ b`` for (n, k) and (k, m) matrices of the C type ``kind``."""
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
