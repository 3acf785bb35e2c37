"""Meaning: one record for each operation, nothing about how it is spelled.

Importing this package fills ``clearprop.graph.OPS``.
"""

from clearprop.ops import elementwise, index, linalg, named, random, reduce, shape

__all__ = ["elementwise", "index", "linalg", "named", "random", "reduce", "shape"]
