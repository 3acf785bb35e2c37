"""np.matrix, as far as it is used to turn a row into a column: ``np.matrix(s).T.A``.

Comes in a traced array, goes out what stands for a matrix of it: it can be transposed
and made an array again. All else means something different from what it means for
arrays (``*`` is a matrix product), and is refused with a word on what to write.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from clearprop.trace.array import Traced
from clearprop.trace.tracer import Tracer

MAKERS = frozenset((np.matrix, np.asmatrix))


class Matrix:
    """A matrix of traced numbers, of two dimensions always."""

    def __init__(self, tracer: Tracer, array: Traced) -> None:
        self._tracer = tracer
        self.A = array

    @property
    def T(self) -> Matrix:
        """The transpose, a matrix too."""
        return Matrix(self._tracer, self.A.T)

    @property
    def A1(self) -> Traced:
        """The entries in a row, as an array."""
        made: Traced = self.A.reshape(-1)
        return made

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return tuple(self.A.shape)

    def _refuse(self, *others: Any, **options: Any) -> NoReturn:
        self._tracer.refuse(
            "a matrix changes what * and indexing mean",
            "Convert it with np.asarray, and write products with @",
        )
        raise AssertionError("refuse raises")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __matmul__ = __rmatmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse
    __neg__ = __getitem__ = __setitem__ = __iter__ = __len__ = _refuse
    __array__ = __array_function__ = __array_ufunc__ = _refuse


def matrix(tracer: Tracer, array: Traced) -> Matrix:
    """What ``np.matrix(array)`` gives; a single dimension is a row."""
    return Matrix(tracer, array if array.ndim == 2 else array.reshape((1, -1)))
