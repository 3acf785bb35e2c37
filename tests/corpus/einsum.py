"""Einsum in its many forms."""

import numpy as np

from ._case import Case, normals

SIZES = dict(i=2, j=3, k=4, m=5), dict(i=3, j=2, k=5, m=4)


def matrix_product(a, b):
    return np.sum(np.einsum("ij,jk->ik", a, b) ** 2)


def implicit_output(a, b):
    return np.sum(np.einsum("ij,jk", a, b) ** 3)


def to_scalar(a, b):
    return np.einsum("ij,ij->", a, b**2)


def row_sums(a):
    return np.sum(np.einsum("ij->i", a) ** 2)


def transposition(a, b):
    return np.sum(np.einsum("ijk->kij", a) * b)


def diagonal(a):
    return np.sum(np.einsum("ii->i", a) ** 3) + np.einsum("ii", a) ** 2


def three_operands(x, A, y):
    return np.sum(np.einsum("ni,ij,nj->n", x, A, y) ** 2)


def batched(q, k):
    return np.sum(np.tanh(np.einsum("bhid,bhjd->bhij", q, k)))


def ellipsis(x, w):
    return np.sum(np.einsum("...d,dh->...h", x, w) ** 2)


def outer_product(a, b, c):
    return np.sum(np.sin(np.einsum("i,j,k->ijk", a, b, c)))


def elementwise_and_sum(x, w):
    return np.sum(np.einsum("ijk,jk->ij", x, w) ** 2)


def unshared_axis_summed(a, b):
    return np.sum(np.einsum("ij,k->ik", a, b) ** 2)


def same_operand_twice(a):
    return np.sum(np.einsum("ij,kj->ik", a, a) ** 2)


def optimized_path(a, b, c):
    return np.einsum("ij,jk,km->im", a, b, c, optimize=True).mean() ** 2


def spaces_and_capitals(a, b):
    return np.sum(np.einsum("i J, J k -> i k", a, b) ** 2)


def shapes(*operands):
    """Shapes as strings of axis letters."""
    return lambda rng, **sizes: normals(
        rng, *[tuple(sizes[axis] for axis in operand) for operand in operands]
    )


CASES = [
    Case(matrix_product, "a b", shapes("ij", "jk"), *SIZES),
    Case(implicit_output, "a b", shapes("ij", "jk"), *SIZES),
    Case(to_scalar, "a b", shapes("ij", "ij"), *SIZES),
    Case(row_sums, "a", shapes("ij"), *SIZES),
    Case(transposition, "a", shapes("ijk", "kij"), *SIZES),
    Case(diagonal, "a", shapes("jj"), *SIZES),
    Case(three_operands, "x A y", shapes("ki", "ij", "kj"), *SIZES),
    Case(batched, "q k", shapes("ijkm", "ijkm"), *SIZES),
    Case(ellipsis, "x w", shapes("ijk", "km"), *SIZES),
    Case(outer_product, "a b c", shapes("i", "j", "k"), *SIZES),
    Case(elementwise_and_sum, "x w", shapes("ijk", "jk"), *SIZES),
    Case(unshared_axis_summed, "a b", shapes("ij", "k"), *SIZES),
    Case(same_operand_twice, "a", shapes("ij"), *SIZES),
    Case(optimized_path, "a b c", shapes("ij", "jk", "km"), *SIZES),
    Case(spaces_and_capitals, "a b", shapes("ij", "jk"), *SIZES),
]
