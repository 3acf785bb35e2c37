"""How sigmoid, tanh, softplus and ReLU are written: one function for each way.

Each gets a node and returns what it is by name, or None. The table that says for which
numbers both are equal is in ``clearprop.gradient.recognise``.
"""

from __future__ import annotations

import math

from clearprop.gradient.match import (
    exponent,
    exponent_of_exp,
    minus,
    negative,
    opposite,
    plus,
    positive,
    scaled,
    sides,
)
from clearprop.graph import Node
from clearprop.ops.elementwise import is_number, number_of

# -- sigmoid and tanh ------------------------------------------------------------------


def _sigmoid(x: Node) -> Node:
    return x.graph.apply("sigmoid", x)


def _tanh(x: Node) -> Node:
    return x.graph.apply("tanh", x)


def _one_plus_exp(node: Node) -> Node | None:
    """``x`` where the node is ``1 + exp(x)``."""
    rest = plus(node, 1)
    return None if rest is None else exponent(rest)


def sigmoid_of_quotient(node: Node) -> Node | None:
    above, below = node.inputs
    x = _one_plus_exp(below)
    if x is None:
        return None
    s = _sigmoid(minus(x))
    return s if is_number(above, 1) else above * s


def sigmoid_of_exponentials(node: Node) -> Node | None:
    above, below = node.inputs
    x = exponent_of_exp(above)
    return _sigmoid(x) if x is not None and x is _one_plus_exp(below) else None


def of_minus_abs(node: Node) -> bool:
    x = exponent_of_exp(node.inputs[0])
    return x is not None and _minus_abs(x) is not None


def sigmoid_of_power(node: Node) -> Node | None:
    base, power = node.inputs
    x = _one_plus_exp(base) if number_of(power) == -1 else None
    return None if x is None else _sigmoid(minus(x))


def sigmoid_of_tanh(node: Node) -> Node | None:
    if node.op.name == "add":  # 0.5 + 0.5 * tanh(x / 2)
        rest = plus(node, 0.5)
        t = None if rest is None else scaled(rest, 0.5)
    else:
        half = scaled(node, 0.5)
        t = None if half is None else plus(half, 1)
    if t is None or t.op.name != "tanh":
        return None
    x = scaled(t.inputs[0], 0.5)
    return None if x is None else _sigmoid(x)


def sigmoid_of_sides(node: Node) -> Node | None:
    """``where(x >= 0, sigmoid(|x|), sigmoid(-|x|))``."""
    condition, a, b = node.inputs
    x = positive(condition)
    if x is None or a.op.name != "sigmoid" or b.op.name != "sigmoid":
        return None
    size, other = a.inputs[0], b.inputs[0]
    is_abs = size.op.name == "abs" and size.inputs[0] is x
    return _sigmoid(x) if is_abs and opposite(size, other) else None


def by_masks(node: Node) -> Node | None:
    """``out[m] = f(x[m]); out[~m] = f(x[~m])`` is ``f(x)``."""
    before, second, *masks = node.inputs
    if before.op.name != "setitem" or len(masks) != 1 or len(before.inputs) != 3:
        return None
    first, mask = before.inputs[1:]
    if not _same_function_of_masked(first, second, mask, masks[0]):
        return None
    x = first.inputs[0].inputs[0]
    whole = mask.ndim == x.ndim == node.ndim and mask.dtype.kind == "b"
    return x.graph.apply(first.op.name, x) if whole else None


def _same_function_of_masked(a: Node, b: Node, mask: Node, other: Node) -> bool:
    complement = any(
        p.op.name in ("invert", "logical_not") and p.inputs[0] is q
        for p, q in ((mask, other), (other, mask))
    )
    return (
        complement
        and a.op.name == b.op.name == "sigmoid"
        and all(
            n.inputs[0].op.name == "getitem" and n.inputs[0].inputs[1:] == (m,)
            for n, m in ((a, mask), (b, other))
        )
        and a.inputs[0].inputs[0] is b.inputs[0].inputs[0]
    )


def same_on_both_sides(node: Node) -> Node | None:
    _, a, b = node.inputs
    return a if a is b else None


def tanh_of_sigmoid(node: Node) -> Node | None:
    if node.op.name == "sub" and is_number(node.inputs[1], 1):
        double: Node | None = node.inputs[0]
    else:
        double = plus(node, -1) if node.op.name == "add" else None
    s = None if double is None else scaled(double, 2)
    if s is None or s.op.name != "sigmoid":
        return None
    x = scaled(s.inputs[0], 2)
    return None if x is None else _tanh(x)


def tanh_of_exponentials(node: Node) -> Node | None:
    above, below = node.inputs
    if above.op.name != "sub" or below.op.name != "add":
        return None
    a, b = above.inputs
    if below.inputs not in ((a, b), (b, a)):
        return None
    x, other = exponent(a), exponent(b)
    if x is not None and other is not None:  # (e^x - e^-x) / (e^x + e^-x)
        return _tanh(x) if opposite(x, other) else None
    if x is not None and is_number(b, 1):  # (e^2x - 1) / (e^2x + 1)
        half = scaled(x, 2)
        return _tanh(x * 0.5 if half is None else half)
    if other is not None and is_number(a, 1):  # (1 - e^-2x) / (1 + e^-2x)
        half = scaled(minus(other), 2)
        return _tanh(minus(other) * 0.5 if half is None else half)
    return None


def tanh_of_hyperbolic(node: Node) -> Node | None:
    a, b = node.inputs
    if a.op.name == "sinh" and b.op.name == "cosh" and a.inputs == b.inputs:
        return _tanh(a.inputs[0])
    return None


# -- softplus --------------------------------------------------------------------------


def softplus_of_log(node: Node) -> Node | None:
    (inner,) = node.inputs
    x = _one_plus_exp(inner) if node.op.name == "log" else exponent(inner)
    return None if x is None else node.graph.apply("softplus", x)


def no_overflow(node: Node) -> bool:
    """``log1p(exp(-|x|))``: the exponential is at most one."""
    (inner,) = node.inputs
    x = _one_plus_exp(inner) if node.op.name == "log" else exponent(inner)
    return x is not None and _minus_abs(x) is not None


def _minus_abs(node: Node) -> Node | None:
    """``x`` where the node is ``-|x|``."""
    if node.op.name == "neg" and node.inputs[0].op.name == "abs":
        return node.inputs[0].inputs[0]
    return None


def softplus_of_logaddexp(node: Node) -> Node | None:
    a, b = node.inputs
    for zero, x in ((a, b), (b, a)):
        if number_of(zero) == 0:
            return node.graph.apply("softplus", x)
    return None


def softplus_of_relu(node: Node) -> Node | None:
    """``relu(x) + softplus(-|x|)``, also with other terms in between."""
    for total, small in sides(node, "add"):
        if small.op.name != "softplus":
            continue
        x = _minus_abs(small.inputs[0])
        if x is None:
            continue
        path: list[Node] = []  # relu(x) - x*y + …: down the left sides to the relu
        while total.op.name in ("add", "sub") and len(path) < 4:
            path.append(total)
            total = total.inputs[0]
        if total.op.name == "relu" and total.inputs[0] is x:
            made = node.graph.apply("softplus", x)
            for step in reversed(path):
                made = node.graph.apply(step.op.name, made, step.inputs[1])
            return made
    return None


def softplus_of_minus(node: Node) -> Node | None:
    """``softplus(-x)`` is ``-log_sigmoid(x)``: its slope is then ``p - 1``."""
    (x,) = node.inputs
    if x.op.name != "neg" or _minus_abs(x) is not None:
        return None
    return -node.graph.apply("log_sigmoid", x.inputs[0])


# -- ReLU ------------------------------------------------------------------------------


def _relu(x: Node) -> Node:
    return x.graph.apply("relu", x)


def relu_of_maximum(node: Node) -> Node | None:
    a, b = node.inputs
    for zero, x in ((a, b), (b, a)):
        if number_of(zero) == 0 and x.is_float:
            return _relu(x)
    return None


def relu_of_mask(node: Node) -> Node | None:
    for x, mask in sides(node, "mul"):
        if mask.op.name == "astype":
            mask = mask.inputs[0]
        if mask.dtype.kind == "b" and positive(mask) is x:
            return _relu(x)
    return None


def relu_of_where(node: Node) -> Node | None:
    condition, a, b = node.inputs
    if number_of(b) == 0 and positive(condition) is a:
        return _relu(a)
    if number_of(a) == 0 and negative(condition) is b:
        return _relu(b)
    return None


def relu_of_clip(node: Node) -> Node | None:
    x, low, high = node.inputs
    return _relu(x) if number_of(low) == 0 and number_of(high) == math.inf else None


def relu_of_abs(node: Node) -> Node | None:
    """``(x + |x|) / 2``."""
    double = scaled(node, 0.5)
    if double is None:
        return None
    for x, size in sides(double, "add"):
        if size.op.name == "abs" and size.inputs[0] is x:
            return _relu(x)
    return None
