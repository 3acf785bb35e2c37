"""The shape of an expression, told from the shapes of its names without running it.

Comes in a syntax tree and ``{"W1": (3, 2), "self.b": (2,)}``; goes out a shape, or None
where it can't be told: an unknown name, a function that isn't NumPy's, a mismatch. So a
line that raised can be searched for the operation that did.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

_PRODUCTS = {"dot", "matmul"}
_REDUCED = set("sum mean max min amax amin prod std var argmax argmin".split())
_SAME = {"copy", "astype", "clip", "conj"}
# vars, not dir: asking for every name would import all of NumPy's lazy modules
_ELEMENTWISE = {name for name, f in vars(np).items() if isinstance(f, np.ufunc)}


def shape_of(code: ast.expr, shapes: Shapes) -> Shape | None:
    """The shape of an expression, if it can be told."""
    known = shapes.get(ast.unparse(code))
    if known is not None:
        return tuple(known)
    if isinstance(code, ast.Constant):
        return () if isinstance(code.value, int | float) else None
    if isinstance(code, ast.UnaryOp):
        return shape_of(code.operand, shapes)
    if isinstance(code, ast.Attribute) and code.attr == "T":
        inner = shape_of(code.value, shapes)
        return None if inner is None else inner[::-1]
    if isinstance(code, ast.Subscript):
        return _indexed(code, shapes)
    if isinstance(code, ast.Call) and operands(code) is None:
        return _called(code, shapes)
    return _combined(code, shapes)


def operands(code: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The two operands of a product of arrays or of an elementwise operation."""
    if isinstance(code, ast.BinOp):
        return code.left, code.right
    if isinstance(code, ast.Compare) and len(code.ops) == 1:
        return code.left, code.comparators[0]
    if not isinstance(code, ast.Call) or not isinstance(code.func, ast.Attribute):
        return None
    name, owner = code.func.attr, code.func.value
    if len(code.args) == 2 and is_numpy(owner) and name in _PRODUCTS | _ELEMENTWISE:
        return code.args[0], code.args[1]
    if len(code.args) == 1 and not is_numpy(owner) and name == "dot":
        return owner, code.args[0]
    return None


def is_product(code: ast.AST) -> bool:
    """Whether an operation multiplies matrices."""
    if isinstance(code, ast.BinOp):
        return isinstance(code.op, ast.MatMult)
    return (
        isinstance(code, ast.Call)
        and isinstance(code.func, ast.Attribute)
        and code.func.attr in _PRODUCTS
    )


def is_dot(code: ast.AST) -> bool:
    """Whether an operation is ``np.dot(a, b)`` or ``a.dot(b)``."""
    return (
        isinstance(code, ast.Call)
        and isinstance(code.func, ast.Attribute)
        and code.func.attr == "dot"
    )


def is_numpy(code: ast.expr) -> bool:
    """Whether an expression is NumPy itself: ``np``."""
    return isinstance(code, ast.Name) and code.id in ("np", "numpy")


def product(a: Shape, b: Shape) -> Shape | None:
    """The shape of ``a @ b``; None if they don't fit."""
    if not a or not b or a[-1] != b[-2 if len(b) > 1 else 0]:
        return None
    if len(a) > 2 or len(b) > 2:
        stack = broadcast(a[:-2], b[:-2])
        if stack is None:
            return None
        return (*stack, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
    return (*a[:-1], *(b[1:] if len(b) > 1 else ()))


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of ``a + b``; None if they don't fit."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def argument(code: ast.Call, name: str, position: int) -> ast.expr | None:
    """An argument that is given by name or by position."""
    for keyword in code.keywords:
        if keyword.arg == name:
            return keyword.value
    return code.args[position] if len(code.args) > position else None


def _combined(code: ast.expr, shapes: Shapes) -> Shape | None:
    pair = operands(code)
    if pair is None:
        return None
    a, b = (shape_of(part, shapes) for part in pair)
    if a is None or b is None:
        return None
    if not is_product(code):
        return broadcast(a, b)
    if is_dot(code) and not (a and b):
        return a or b  # unlike @, it takes a number too
    if is_dot(code) and max(len(a), len(b)) > 2:
        return None  # nor does it pair the matrices of two stacks
    return product(a, b)


def _indexed(code: ast.Subscript, shapes: Shapes) -> Shape | None:
    """An index is tried on an array that takes no memory."""
    inner = shape_of(code.value, shapes)
    if inner is None:
        return None
    parts = code.slice.elts if isinstance(code.slice, ast.Tuple) else [code.slice]
    try:
        index = tuple(_index(part) for part in parts)
        return np.broadcast_to(np.float64(0), inner)[index].shape
    except (ValueError, IndexError):
        return None


def _index(code: ast.expr) -> slice | int | None:
    """A slice, a number, ``None``; raises ValueError for what isn't written out."""
    if isinstance(code, ast.Slice):
        bounds = [None if b is None else _number(b) for b in _bounds(code)]
        return slice(*bounds)
    if ast.unparse(code) in ("None", "np.newaxis"):
        return None
    return _number(code)


def _bounds(code: ast.Slice) -> tuple[ast.expr | None, ...]:
    return code.lower, code.upper, code.step


def _number(code: ast.expr) -> int:
    value = ast.literal_eval(code)
    if not isinstance(value, int):
        raise ValueError
    return value


def _called(code: ast.Call, shapes: Shapes) -> Shape | None:
    """A call of one array: elementwise, or a sum along an axis."""
    if not isinstance(code.func, ast.Attribute):
        return None
    name, owner, first = code.func.attr, code.func.value, 0
    if is_numpy(owner):
        if not code.args:
            return None
        owner, first = code.args[0], 1
    inner = shape_of(owner, shapes)
    if inner is None:
        return None
    if name in _ELEMENTWISE | _SAME:
        return inner
    if name == "transpose" and len(code.args) == first:
        return inner[::-1]
    if name in _REDUCED:
        return _reduced(code, inner, first)
    return None


def _reduced(code: ast.Call, inner: Shape, position: int) -> Shape | None:
    axis, keep = argument(code, "axis", position), argument(code, "keepdims", 99)
    kept = keep is not None and ast.unparse(keep) == "True"
    axes = range(len(inner))
    try:
        lost = axes if axis is None else [axes[_number(axis)]]
    except (ValueError, IndexError):
        return None
    return tuple(
        1 if i in lost else n for i, n in enumerate(inner) if kept or i not in lost
    )
