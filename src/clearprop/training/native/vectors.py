"""Elementwise operations on whole vectors, in C.

What comes in is a node of the graph and the C of its inputs; what goes out is an
expression of type ``vec``, or ``places`` (0 and -1) for what is true or false. All
numbers are of the network's dtype. The compiler isn't asked to find vectors in loops,
so that every compiler makes the same of it. The functions are those of ``mathlib``
(Tang 1989, fdlibm): 1 to 2 units in the last place, right at 0, inf and nan.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from string import Template
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Size
from clearprop.training.native.dense import Term
from clearprop.training.native.spelling import literal


class Unspelled(Exception):
    """A node that has no C in this form."""


_SPELLED = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / {1})",
    "neg": "(-{0})",
    "exp": "exp_of({0})",
    "expm1": "expm1_of({0})",
    "log": "log_of({0})",
    "log1p": "log1p_of({0})",
    "tanh": "tanh_of({0})",
    "logaddexp": "logaddexp_of({0}, {1})",
    "sqrt": "sqrt_of({0})",
    "abs": "size_of({0})",
    "sign": "sign_of({0})",
    "maximum": "most({0}, {1})",
    "minimum": "least({0}, {1})",
    "clip": "least(most({0}, {1}), {2})",
    "where": "either({0}, {1}, {2})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "gt": "({0} > {1})",
    "ge": "({0} >= {1})",
    "eq": "({0} == {1})",
    "ne": "({0} != {1})",
    "logical_and": "({0} & {1})",
    "logical_or": "({0} | {1})",
    "logical_not": "(~{0})",
}
_POWERS = {
    2.0: "({0} * {0})",
    3.0: "({0} * {0} * {0})",
    0.5: "sqrt_of({0})",
    -1.0: "(1 / {0})",
    1.0: "{0}",
}


def spelled(node: Term, inputs: Sequence[str], dtype: np.dtype) -> str:
    """The C of an elementwise node; raises ``Unspelled``."""
    name = node.op.name
    # a number apart from the arrays, such as 2 / size, becomes one of theirs
    if node.ndim and node.dtype != dtype and node.dtype.kind != "b":
        raise Unspelled(f"{name} in {node.dtype}")
    if name == "astype":
        return _as_number(node.inputs[0], inputs[0])
    if name == "pow":
        power = node.inputs[1].number
        if power is None or float(power) not in _POWERS:
            raise Unspelled("a power")
        return _POWERS[float(power)].format(inputs[0])
    if not node.op.elementwise or name not in _SPELLED:
        raise Unspelled(name)
    if name.startswith("logical"):
        if any(n.dtype.kind != "b" for n in node.inputs):
            raise Unspelled("the truth of a number")
        return _SPELLED[name].format(*inputs)
    known = [n.number for n in node.inputs]
    if name == "maximum" and 0 in known:  # one instruction, and nan passes
        return f"above_0({inputs[1 - known.index(0)]})"
    codes = [
        code if name == "where" and not at else _as_number(n, code)
        for at, (n, code) in enumerate(zip(node.inputs, inputs))
    ]
    return _SPELLED[name].format(*codes)


def _as_number(node: Term, code: str) -> str:
    return f"number_of({code})" if node.dtype.kind == "b" else code


def constant(node: Term, dtype: np.dtype, counted: Collection[Node]) -> str:
    """A constant or a size; the first axis of ``counted`` has ``rows`` entries."""
    if node.op.name == "const" and not node.ndim and node.dtype.kind in "iuf":
        return f"ALL({literal(node.params['value'], dtype)})"
    if node.op.name != "size":
        raise Unspelled(node.op.name)
    size, terms = node.params["size"], []
    for monomial, factor in size.terms if isinstance(size, Size) else [((), int(size))]:
        if any(atom.kind != "dim" for atom in monomial):
            raise Unspelled("a size that is no dimension")
        rows = [atom.args[0] in counted and atom.args[1] == 0 for atom in monomial]
        codes = ["rows" if r else str(a.value) for r, a in zip(rows, monomial)]
        terms.append(" * ".join([str(factor), *codes]))
    return f"ALL((real)({' + '.join(terms)}))"


def source(dtype: np.dtype) -> str:
    """The C of the functions."""
    single = np.dtype(dtype) == np.float32
    numbers = _FLOAT if single else _DOUBLE
    series = _series("r", [1 / n for n in numbers["factorials"]], dtype)
    logs = _series("z", numbers["logs"], dtype)
    return _FUNCTIONS.substitute(
        {k: v for k, v in numbers.items() if isinstance(v, str)},
        series=series,
        logs=logs,
    )


def _series(x: str, numbers: Sequence[float], dtype: np.dtype) -> str:
    """Horner's rule, the highest power first."""
    first, *rest = (literal(n, dtype) for n in numbers)
    lines = [f"vec p = ALL({first});", *(f"p = p * {x} + {n};" for n in rest)]
    return "\n".join("    " + line for line in lines)


_FLOAT: dict[str, Any] = {
    "f": "f", "kind": "ps", "magic": "0x1.8p23f", "one": "127", "digits": "23",
    "top": "89", "bottom": "-104", "flat": "-30", "half_tanh": "10",
    "log2e": "0x1.715476p0f", "ln2": "0x1.62e400p-1f", "ln2_rest": "0x1.7f7d1cp-20f",
    "factorials": (5040, 720, 120, 24, 6, 2),
    "tiny": "0x1p-126f", "raise": "0x1p25f", "raised": "25", "root": "0x3f3504f3",
    "logs": (0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693),
    "log_2": "0x1.62e430p-1f",
    "log_high": "6.9313812256e-01f", "log_low": "9.0580006145e-06f",
}  # fmt: skip
_DOUBLE: dict[str, Any] = {
    "f": "", "kind": "pd", "magic": "0x1.8p52", "one": "1023", "digits": "52",
    "top": "710", "bottom": "-746", "flat": "-60", "half_tanh": "20",
    "log2e": "0x1.71547652b82fep0",
    "ln2": "0x1.62e42fefa0000p-1", "ln2_rest": "0x1.cf79abc9e3b3ap-40",
    "factorials": (6227020800, 479001600, 39916800, 3628800, 362880, 40320, 5040, 720,
                   120, 24, 6, 2),
    "tiny": "0x1p-1022", "raise": "0x1p54", "raised": "54",
    "root": "0x3fe6a09e667f3bcd",
    "logs": (1.479819860511658591e-01, 1.531383769920937332e-01,
             1.818357216161805012e-01, 2.222219843214978396e-01,
             2.857142874366239149e-01, 3.999999999940941908e-01,
             6.666666666666735130e-01),
    "log_2": "0x1.62e42fefa39efp-1",
    "log_high": "6.93147180369123816490e-01", "log_low": "1.90821492927058770002e-10",
}  # fmt: skip

_FUNCTIONS = Template(
    """\
#define WIDE static inline __attribute__((always_inline, unused)) vec
#define ALL(x) ((x) - (vec){0})

WIDE either(places yes, vec a, vec b) {
    return (vec)((yes & (places)a) | (~yes & (places)b));
}
WIDE number_of(places yes) { return (vec)(yes & (places)ALL((real)1)); }
WIDE above_0(vec x) { return (vec)(~(x < 0) & (places)x); }
/* Where b is nan, it is b. In one instruction, which no compiler finds by itself. */
#ifdef __AVX512VL__
#define AS_ONE(name, a, b, c) __asm__(name " %2, %1, %0" : "=v"(c) : "v"(a), "v"(b))
WIDE larger(vec a, vec b) { vec c; AS_ONE("vmax$kind", a, b, c); return c; }
WIDE smaller(vec a, vec b) { vec c; AS_ONE("vmin$kind", a, b, c); return c; }
#else
WIDE larger(vec a, vec b) { return either(a > b, a, b); }
WIDE smaller(vec a, vec b) { return either(a < b, a, b); }
#endif
WIDE most(vec a, vec b) { return either(a != a, a, larger(a, b)); }
WIDE least(vec a, vec b) { return either(a != a, a, smaller(a, b)); }
static inline double sum_of(vec x) {
    double part[LANES];
    for (int l = 0; l < LANES; l++) part[l] = x[l];
    for (int n = LANES / 2; n > 0; n /= 2)
        for (int l = 0; l < n; l++) part[l] += part[l + n];
    return part[0];
}
WIDE within(vec x, real low, real high) { /* nan passes */
    return smaller(ALL(high), larger(ALL(low), x));
}
WIDE size_of(vec x) { return (vec)((places)x & ~(places)ALL((real)-0.0)); }
WIDE signed_as(vec x, vec s) {
    places bit = (places)ALL((real)-0.0);
    return (vec)(((places)x & ~bit) | ((places)s & bit));
}
WIDE sign_of(vec x) {
    return either((x == 0) | (x != x), x, signed_as(ALL((real)1), x));
}
WIDE sqrt_of(vec x) {
    for (int l = 0; l < LANES; l++) x[l] = sqrt$f(x[l]);
    return x;
}

/* x = k log 2 + r: expm1(r), and 2**k in two factors so that neither overflows */
WIDE parts_of(vec x, vec *power, vec *first, vec *second) {
    vec k = *power = (x * $log2e + $magic) - $magic;
    vec r = x - k * $ln2;
    r = r - k * $ln2_rest;
    places whole = (places)(k + $magic) - (places)ALL($magic), low = whole >> 1;
    *first = (vec)((low + $one) << $digits);
    *second = (vec)((whole - low + $one) << $digits);
$series
    return p * (r * r) + r;
}
WIDE exp_of(vec x) {
    vec k, a, b, p = parts_of(within(x, $bottom, $top), &k, &a, &b) + 1;
#ifdef __AVX512VL__
    AS_ONE("vscalef$kind", p, k, x); /* p 2**k */
    return x;
#else
    return p * a * b;
#endif
}
WIDE expm1_of(vec x) {
    vec k, a, b, p = parts_of(within(x, $flat, $top), &k, &a, &b);
    vec c = (vec)(((label)2 * $one << $digits) - (places)b); /* 1 / b */
    return (p * a + (a - c)) * b;
}
/* e / (e + 2) with e = expm1(2 |x|), so that e is never near -1 */
WIDE tanh_of(vec x) {
    vec e = expm1_of(within(size_of(x), 0, $half_tanh) * 2);
    return signed_as(e / (e + 2), x);
}
/* x = 2**k m with m from sqrt(1/2) to sqrt(2) */
WIDE log_of(vec x) {
    places tiny = x < $tiny;
    vec y = either(tiny, x * $raise, x);
    places e = ((places)y - $root) >> $digits;
    vec m = (vec)((places)y - (e << $digits));
    vec k = (vec)((places)ALL($magic) + e) - $magic;
    k = k - (vec)(tiny & (places)ALL((real)$raised));
    vec f = m - 1, s = f / (2 + f), z = s * s;
$logs
    vec h = f * f * (real)0.5;
    vec v = k * $log_high - ((h - (s * (h + p * z) + k * $log_low)) - f);
    v = either(x == 0, ALL((real)-__builtin_inf()), v);
    v = either((x < 0) | (x != x), ALL((real)__builtin_nan("")), v);
    return either(x == (real)__builtin_inf(), x, v);
}
/* log(1 + x), with what 1 + x lost put back (Kahan) */
WIDE log1p_of(vec x) {
    vec w = x + 1, lost = x - (w - 1);
    places whole = (w > 0) & (w < (real)__builtin_inf());
    return log_of(w) + either(whole, lost / w, none);
}
WIDE logaddexp_of(vec a, vec b) {
    vec sum = most(a, b) + log1p_of(exp_of(-size_of(a - b)));
    return either(a == b, a + $log_2, sum);
}
"""
)
