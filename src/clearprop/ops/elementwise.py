"""Operations that work entry by entry; shapes combine by broadcasting.

A derivative is written as its formula, from the output ``y`` where that is cheaper.
Where a function has a kink the written policy is: ReLU, ``abs`` and a clamp are flat at
the kink (gradient 0), on whichever side the constant stands; ``maximum(a, b)`` and
``minimum(a, b)`` of two variables give a tie to ``b``.

Where a form is finite at more points than another and as easy to read, it is taken:
``np.where(c, g, 0)`` rather than ``g * c``, which is nan where g is infinite.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, Operand, Params, define


def number_of(node: Node) -> Any:
    """The one number that a node is everywhere in its array, or None."""
    return node.number


def origin(node: Node) -> Node:
    """The value before it was broadcast or given size-1 axes."""
    while node.op.name in ("broadcast", "reshape"):
        node = node.inputs[0]
    return node


def fixed(node: Node) -> bool:
    """Whether a node belongs to the program text: a bound, not a variable."""
    return origin(node).op.name in ("const", "size")


def is_number(node: Node, value: float) -> bool:
    """Whether a node is this number everywhere."""
    found = node.number
    return found is not None and found == value and math.copysign(1, found) > 0


def _arithmetic_canonical(
    value: Callable[..., Any],
    neutral: Callable[[Node, Node], Node | None],
) -> Callable[..., Node | None]:
    """Arithmetic on Python numbers is done now, as Python would; ``x * 1`` is x."""

    def canonical(graph: Graph, inputs: Sequence[Node], params: Params) -> Node | None:
        a, b = inputs[0], inputs[-1]
        if a.number is None and b.number is None:
            return neutral(a, b) if a is b else None
        if a.op.name == b.op.name == "const" and a.weak and b.weak:
            try:
                result = value(*(n.number for n in inputs))
            except (ArithmeticError, TypeError):
                return None
            plain = isinstance(result, bool | int | float)
            return graph.number(result) if plain else None
        return neutral(a, b)

    return canonical


def _keeps(kept: Node, dropped: Node) -> bool:
    """Whether leaving the neutral number out leaves the dtype as it was."""
    if not kept.is_float:
        return False
    while dropped.op.name == "broadcast":
        dropped = dropped.inputs[0]
    return dropped.weak or (dropped.dtype == kept.dtype and not kept.weak)


def _without(number: float, left: bool) -> Callable[[Node, Node], Node | None]:
    """The other operand, where one is the neutral number (on the left only if so)."""

    def neutral(a: Node, b: Node) -> Node | None:
        if is_number(b, number) and _keeps(a, b):
            return a
        if left and is_number(a, number) and _keeps(b, a):
            return b
        return None

    return neutral


def _twice_negated(x: Node, same: Node) -> Node | None:
    return x.inputs[0] if x.op.name == "neg" else None


_NEUTRAL: dict[str, Callable[[Node, Node], Node | None]] = {
    "add": _without(0, left=True),
    "sub": _without(0, left=False),
    "mul": _without(1, left=True),
    "div": _without(1, left=False),
    "pow": _without(1, left=False),
    "neg": _twice_negated,
}


def _function(
    name: str, value: Callable[..., Any], gradient: Any, says: str, **more: Any
) -> None:
    define(name, value, gradient=gradient, says=says, **more)


def _arithmetic(
    name: str, value: Callable[..., Any], gradient: Any, says: str, **more: Any
) -> None:
    define(
        name,
        value,
        gradient=gradient,
        says=says,
        canonical=_arithmetic_canonical(value, _NEUTRAL[name]),
        **more,
    )


_arithmetic(
    "add", operator.add, lambda g, y, a, b: (g, g),
    "a sum passes the incoming gradient to both sides unchanged",
)  # fmt: skip
_arithmetic(
    "sub", operator.sub, lambda g, y, a, b: (g, -g),
    "a difference passes the gradient on, with a minus to what is taken away",
)  # fmt: skip
_arithmetic(
    "mul", operator.mul, lambda g, y, a, b: (g * b, g * a),
    "each factor receives the gradient times the other factor",
)  # fmt: skip
_arithmetic(
    "div", operator.truediv, lambda g, y, a, b: (g / b, -(g * y / b)),
    "the slope of a / b is 1 / b in a and -a / b**2 in b",
    domain=(0.5, 2.0),
)  # fmt: skip
_arithmetic(
    "neg", operator.neg, lambda g, y, x: -g, "a minus sign turns the gradient around"
)


def _call(name: str, *operands: Operand) -> Node:
    node = next(o for o in operands if isinstance(o, Node))
    return node.graph.apply(name, *operands)


def _log_of(number: float, like: Node) -> Operand:
    """log(number): ``np.log(2)`` is a float64, which float32 must not meet."""
    if like.dtype == np.float64:
        return like.graph.apply("log", number)
    return math.log(number)


def _pow_gradient(
    g: Node, y: Node, a: Node, b: Node
) -> tuple[Node | None, Node | None]:
    n, base = number_of(b), number_of(a)
    if n is not None:
        return _power_rule(g, y, a, np.asarray(n).item()), None
    da = g * b * a ** _one_less(b) if a.is_float and base is None else None
    if not b.is_float:
        return da, None
    if base is None:  # 0**b is flat, though log(0) is -inf
        return da, g * y * _call("log", _call("where", a.equals(0), 1, a))
    if base == math.e:
        return da, g * y
    return da, g * y * _log_of(np.asarray(base).item(), y) if base > 0 else None


def _power_rule(g: Node, y: Node, a: Node, n: float) -> Node | None:
    if n == 0:  # flat at 0 too, where n * a**-1 is 0 * inf
        return None
    if n == 1:
        return g
    if n == 2:
        return g * (2 * a)
    if n == 0.5:
        return g * (0.5 / y)
    if n == -1:
        return -(g / a**2)
    return g * (n * a ** (n - 1))


def _one_less(b: Node) -> Node:
    """``b - 1``, but 0 where b may be 0: there a**b is flat, at a = 0 too."""
    source = origin(b)
    if source.op.name == "const":
        never = bool(np.all(source.params["value"]))
    else:  # one learned exponent is not 0; a row of exponents 0, 1, 2 ... is common
        never = not source.ndim and source.is_float
    return b - 1 if never else _call("where", b.equals(0), 0, b - 1)


_arithmetic(
    "pow", operator.pow, _pow_gradient,
    "the slope of a**n is n * a**(n - 1)",
    domain=(0.5, 2.0),
)  # fmt: skip


_function("exp", np.exp, lambda g, y, x: g * y, "exp is its own slope")
_function(
    "exp2",
    np.exp2,
    lambda g, y, x: g * y * _log_of(2, y),
    "the slope of 2**x is log(2) * 2**x",
)
_function(
    "expm1", np.expm1, lambda g, y, x: g * (y + 1), "the slope of exp(x) - 1 is exp(x)"
)
_function(
    "log", np.log, lambda g, y, x: g / x, "the slope of log is 1 / x", domain=(0.5, 2)
)
_function(
    "log2", np.log2, lambda g, y, x: g / (x * _log_of(2, y)),
    "the slope of log2 is 1 / (x log 2)", domain=(0.5, 2),
)  # fmt: skip
_function(
    "log10", np.log10, lambda g, y, x: g / (x * _log_of(10, y)),
    "the slope of log10 is 1 / (x log 10)", domain=(0.5, 2),
)  # fmt: skip
_function(
    "log1p", np.log1p, lambda g, y, x: g / (1 + x),
    "the slope of log(1 + x) is 1 / (1 + x)", domain=(-0.5, 2),
)  # fmt: skip
_function(
    "sqrt", np.sqrt, lambda g, y, x: g * (0.5 / y),
    "the slope of the square root is 1 / (2 sqrt(x))", domain=(0.5, 2),
)  # fmt: skip
_function(
    "cbrt", np.cbrt, lambda g, y, x: g / (3 * y**2),
    "the slope of the cube root is 1 / (3 cbrt(x)**2)", domain=(0.5, 2),
)  # fmt: skip
_function("sin", np.sin, lambda g, y, x: g * _call("cos", x), "the slope of sin is cos")
_function(
    "cos", np.cos, lambda g, y, x: -(g * _call("sin", x)), "the slope of cos is -sin"
)
_function(
    "tan",
    np.tan,
    lambda g, y, x: g * (1 + y**2),
    "the slope of tan is 1 + tan**2",
    domain=(-1, 1),
)
_function(
    "arcsin", np.arcsin, lambda g, y, x: g / _call("sqrt", 1 - x**2),
    "the slope of arcsin is 1 / sqrt(1 - x**2)", domain=(-0.8, 0.8),
)  # fmt: skip
_function(
    "arccos", np.arccos, lambda g, y, x: -(g / _call("sqrt", 1 - x**2)),
    "the slope of arccos is -1 / sqrt(1 - x**2)", domain=(-0.8, 0.8),
)  # fmt: skip
_function(
    "arctan",
    np.arctan,
    lambda g, y, x: g / (1 + x**2),
    "the slope of arctan is 1 / (1 + x**2)",
)
_function(
    "sinh", np.sinh, lambda g, y, x: g * _call("cosh", x), "the slope of sinh is cosh"
)
_function(
    "cosh", np.cosh, lambda g, y, x: g * _call("sinh", x), "the slope of cosh is sinh"
)
_function(
    "tanh", np.tanh, lambda g, y, x: g * (1 - y**2),
    "the slope of tanh is 1 - h**2: flat where it saturates",
)  # fmt: skip


def _erf(x: Any) -> Any:
    """The error function, which NumPy hasn't: SciPy's, or Python's entry by entry."""
    try:
        from scipy.special import erf
    except ImportError:
        each = np.asarray(x)
        dtype = each.dtype if each.dtype.kind == "f" else np.dtype(float)
        return np.asarray(np.frompyfunc(math.erf, 1, 1)(each), dtype)[()]
    return erf(x)


_function(
    "erf", _erf,
    lambda g, y, x: g * (2 / math.sqrt(math.pi)) * _call("exp", -(x**2)),
    "the slope of erf is 2 / sqrt(pi) * exp(-x**2)",
)  # fmt: skip
_function(
    "arcsinh", np.arcsinh, lambda g, y, x: g / _call("sqrt", x**2 + 1),
    "the slope of arcsinh is 1 / sqrt(x**2 + 1)",
)  # fmt: skip
_function(
    "arccosh", np.arccosh, lambda g, y, x: g / _call("sqrt", x**2 - 1),
    "the slope of arccosh is 1 / sqrt(x**2 - 1)", domain=(1.5, 3),
)  # fmt: skip
_function(
    "arctanh", np.arctanh, lambda g, y, x: g / (1 - x**2),
    "the slope of arctanh is 1 / (1 - x**2)", domain=(-0.8, 0.8),
)  # fmt: skip
_function(
    "abs", operator.abs, lambda g, y, x: g * _call("sign", x),
    "the slope of |x| is the sign of x (0 at 0)", domain=(0.2, 2),
)  # fmt: skip

_STEPS: dict[str, Callable[..., Any]] = {
    "sign": np.sign, "floor": np.floor, "ceil": np.ceil, "rint": np.rint,
    "trunc": np.trunc,
}  # fmt: skip
for _name, _step in _STEPS.items():
    define(
        _name, _step, gradient=lambda g, y, x: None,
        says="flat between its steps: no gradient passes", domain=(0.1, 0.4),
    )  # fmt: skip

_function(
    "arctan2", np.arctan2,
    lambda g, y, a, b: (g * b / (a**2 + b**2), -(g * a / (a**2 + b**2))),
    "the angle of the point (b, a)", domain=(0.5, 2),
)  # fmt: skip
_function(
    "hypot", np.hypot, lambda g, y, a, b: (g * (a / y), g * (b / y)),
    "the length of (a, b) grows along its own direction", domain=(0.5, 2),
)  # fmt: skip


_function(
    "logaddexp", np.logaddexp,
    lambda g, y, a, b: (
        g * (_call("sigmoid", a) if is_number(b, 0) else _call("exp", a - y)),
        g * (_call("sigmoid", b) if is_number(a, 0) else _call("exp", b - y)),
    ),
    "log(exp(a) + exp(b)) shares the gradient like a softmax",
)  # fmt: skip

_function(
    "maximum", np.maximum, lambda g, y, a, b: _winner(g, a, b, "gt", "le"),
    "the larger of the two receives the gradient",
)  # fmt: skip
_function(
    "minimum", np.minimum, lambda g, y, a, b: _winner(g, a, b, "lt", "ge"),
    "the smaller of the two receives the gradient",
)  # fmt: skip


def _winner(
    g: Node, a: Node, b: Node, wins: str, other: str
) -> tuple[Node | None, Node | None]:
    if fixed(a):  # maximum(0, x): flat at the kink
        return None, g * _call(wins, b, a)
    if fixed(b):
        return g * _call(wins, a, b), None
    return g * _call(wins, a, b), g * _call(other, a, b)


def _clip_gradient(g: Node, y: Node, x: Node, low: Node, high: Node) -> Any:
    dx = g * _call("logical_and", x > low, x < high)
    if fixed(low) and fixed(high):
        return dx, None, None
    # NumPy lets the upper bound win where the bounds have crossed
    dlow = g * _call("logical_and", x <= low, low < high)
    dhigh = g * _call("logical_or", x >= high, low >= high)
    return dx, None if fixed(low) else dlow, None if fixed(high) else dhigh


define(
    "clip", np.clip, gradient=_clip_gradient,
    says="the gradient passes where nothing was clipped",
)  # fmt: skip


def _where_gradient(g: Node, y: Node, condition: Node, a: Node, b: Node) -> Any:
    keep_a = None if fixed(a) else _call("where", condition, g, 0)
    keep_b = None if fixed(b) else _call("where", condition, 0, g)
    return None, keep_a, keep_b


define(
    "where", np.where, gradient=_where_gradient,
    says="each side receives the gradient where it was chosen",
)  # fmt: skip


def _mod_gradient(g: Node, y: Node, a: Node, b: Node) -> Any:
    return g, None if fixed(b) else -(g * _call("floor_divide", a, b))


define(
    "mod", operator.mod, gradient=_mod_gradient, domain=(0.5, 2.0),
    says="a remainder moves with a, and jumps where a / b is whole",
)  # fmt: skip
define(
    "floor_divide", operator.floordiv, gradient=lambda g, y, a, b: (None, None),
    domain=(0.5, 2.0), says="flat between its steps: no gradient passes",
)  # fmt: skip

_TRUTHS_OF_TWO: dict[str, Callable[..., Any]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
    "logical_and": np.logical_and, "logical_or": np.logical_or,
    "logical_xor": np.logical_xor, "bitwise_and": operator.and_,
    "bitwise_or": operator.or_, "bitwise_xor": operator.xor,
}  # fmt: skip
_TRUTHS_OF_ONE: dict[str, Callable[..., Any]] = {
    "logical_not": np.logical_not, "invert": operator.invert, "isnan": np.isnan,
    "isfinite": np.isfinite, "isinf": np.isinf, "signbit": np.signbit,
}  # fmt: skip
for _name, _truth in _TRUTHS_OF_TWO.items():
    define(
        _name, _truth, gradient=lambda g, y, a, b: (None, None),
        says="true or false: no gradient passes",
    )  # fmt: skip
for _name, _truth in _TRUTHS_OF_ONE.items():
    define(
        _name, _truth, gradient=lambda g, y, x: None,
        says="true or false: no gradient passes",
    )  # fmt: skip


def _astype(x: Any, dtype: np.dtype) -> Any:
    return np.asarray(x).astype(dtype)[()]


def _astype_canonical(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    (x,) = inputs
    if x.op.name == "const" and not x.ndim:
        return graph.constant(params["dtype"].type(x.params["value"]))
    return x if x.dtype == params["dtype"] and not x.weak else None


def _astype_gradient(g: Node, y: Node, x: Node, dtype: np.dtype) -> Node | None:
    return g.cast(x.dtype) if x.is_float and y.is_float else None


define(
    "astype", _astype, canonical=_astype_canonical, gradient=_astype_gradient,
    says="the same numbers in another dtype",
)  # fmt: skip
