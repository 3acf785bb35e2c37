"""Values for an argument, best first: the expressions that a driver may write for it.

In comes an argument with what is known of it, out come lines like
``np.random.randn(4, 6)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.shapes import Layout, Shape, Wanted, anything, shapes
from clearprop.checking.drivers.sizes import IMAGE, USUAL

_D, _H, _C, _K = USUAL.D, USUAL.H, USUAL.C, USUAL.K
_FIXED: Mapping[str, list[str]] = {
    "flag": ["False"],
    "seed": ["1"],
    "generator": ["np.random.RandomState(1)", "np.random.default_rng(1)"],
    "batch": [str(USUAL.N), "2"],
    "epochs": ["3"],
    "rate": ["0.1"],
    "strength": ["0.3"],
    "keep": ["0.6"],
    "momentum": ["0.9"],
    "eps": ["1e-05"],
    "slope": ["0.1"],
    "scalar": ["1.0", f"np.random.randn({_D})"],
    "sizes": [
        f"[{_D}, {_H}, {_C}]",
        f"[{_D}, {_H}, 1]",
        f"[{_H}, {_K}]",
        f"[{_D}, {_H}, {_K}, {_C}]",
        f"[({_D}, {_H}, 'tanh'), ({_H}, {_C}, 'sigmoid')]",
        str(_H),
    ],
    "filters": [str(IMAGE["F"])],
    "kernel": ["3", "2", "(3, 3)"],
    "pool": ["2", "(2, 2)"],
    "stride": ["1", "2"],
    "pad": ["1", "0"],
    "params": ["{}", f"np.random.randn({_H * (_D + 1) + _C * (_H + 1)})"],  # unrolled
}
_COUNTS = (
    (r"vocab|word", USUAL.V),
    (r"channel", IMAGE["C"]),
    (r"hid|middle|n_?[ha]$|^[hm]$", _H),
    (r"class|^c$|outp|^n_?[yo]$|labels|n_?out|out_|^o|action|^k$", _C),
    (r"in", _D),
    (r"neurons|units|nodes", _H),
    (r"seq|time|^t$", USUAL.T),
)
_LABELS = (0, 2, 1, 0, 1, 2, 2, 0, 1, 1)
_SLOPE = re.compile(r"_?(prime|derivative|deriv|grad)$|^(d|grad_|d_)(?=[a-z])")


def values(wanted: Wanted, layout: Layout) -> list[str]:
    """The expressions for an argument under a layout, best first."""
    known = wanted.hints
    kind = wanted.kind or role(wanted.name, wanted.constructor)
    found: list[str] = ["2"] if kind == "stride" and wanted.pool else []
    if wanted.name in known.shapes and not wanted.constructor:
        found += _of_shape(kind, known.shapes[wanted.name], layout)
    words = sorted(known.words.get(wanted.name, []), key=lambda word: word != "train")
    found += [repr(word) for word in words]
    found += _lists(wanted, kind, layout)
    possible = shapes(kind, wanted, layout)
    if possible is not None:
        for shape in possible:
            found += _of_shape(kind, shape, layout)
        if kind == "input":  # numbers of words, after the likeliest shape
            found.insert(3, whole((wanted.sizes.N,)))
    elif kind in _FIXED:
        found += _FIXED[kind]
    elif kind == "target":
        found += _targets(wanted, layout)
    elif kind == "size":
        found.append(str(_size(wanted.name)))
    elif kind == "function":
        found += _functions(wanted)
    elif kind == "pairs":
        found += _pairs(wanted)
    else:
        numbers = layout.name == "numbers" and wanted.numbers
        found += [array(())] if numbers else []  # the m and c of m * x + c
        found += [array(s) for s in anything(wanted.sizes)] + [array(()), "3"]
    return list(dict.fromkeys(found))


def _lists(wanted: Wanted, kind: str, layout: Layout) -> list[str]:
    """A list of arrays, where the program goes through an argument."""
    if wanted.name not in wanted.hints.listed or kind not in ("weight", "bias"):
        return []
    s = wanted.sizes
    # one of a list is no list, though it be called w as the list is
    hints = replace(wanted.hints, listed=set())
    parts = [
        replace(wanted, name=wanted.name[0], between=b, hints=hints)
        for b in ((s.D, s.H), (s.H, s.C))
    ]
    return ["[" + ", ".join(values(p, layout)[0] for p in parts) + "]"]


def array(shape: Sequence[int]) -> str:
    """Random numbers of a shape."""
    if not shape:
        return "0.7"
    return f"np.random.randn({', '.join(map(str, shape))})"


def whole(shape: Sequence[int], below: int = _C) -> str:
    """Random whole numbers of a shape, some of them twice."""
    return f"np.random.randint(0, {below}, {tuple(shape)})"


def between(shape: Sequence[int]) -> str:
    """Random numbers in (0, 1), away from its ends."""
    return f"np.random.uniform(0.1, 0.9, {tuple(shape)})"


def zeros_and_ones(shape: Sequence[int]) -> str:
    """Random zeros and ones of a shape."""
    return f"(np.random.rand({', '.join(map(str, shape))}) > 0.4) * 1.0"


def _of_shape(kind: str, shape: Shape, layout: Layout) -> list[str]:
    """The values of one shape: numbers of the kind, then others."""
    if not shape:
        return [array(shape)]
    if kind == "target" and len(shape) == 1:
        return [whole(shape), array(shape)]
    if kind == "target":
        return [*_one_hot(shape, layout), whole(shape), array(shape)]
    if kind == "mask":
        return [zeros_and_ones(shape)]
    if kind == "ids":
        return [whole(shape)]
    if kind == "probability":
        return [between(shape), array(shape)]
    if kind in ("input", "unknown"):
        return [array(shape), whole(shape), between(shape)]
    return [array(shape)]


def _one_hot(shape: Shape, layout: Layout) -> list[str]:
    if len(shape) != 2:
        return []
    many, of = shape if layout.name != "columns" else shape[::-1]
    if of == 1:
        return [zeros_and_ones(shape)]
    rows = f"np.eye({of})[{_classes(many, of)}]"
    return [rows if layout.name != "columns" else f"{rows}.T"]


def _classes(many: int, of: int) -> str:
    """A class for each example."""
    if many > len(_LABELS):
        return whole((many,), of)
    return str([i % of for i in _LABELS[:many]])


def _targets(wanted: Wanted, layout: Layout) -> list[str]:
    s, outputs = wanted.sizes, wanted.outputs(layout)
    classes = 2 if wanted.binary else max(outputs, 2)
    labels = _classes(s.N, classes)
    labels = f"np.array({labels})" if labels.startswith("[") else labels
    if layout.name.startswith("picture"):
        return ["1"]
    if wanted.plain and layout == Layout("rows"):
        found = _one_hot((s.N, s.D), layout)
    elif layout.name == "rows, labels":
        found = [labels]
    elif layout.name == "numbers" and wanted.numbers:
        found = [array((s.N,))]
    elif layout.name == "rows, weights in a vector":
        found = [labels if wanted.binary else array((s.N,))]
    elif layout.name == "columns":
        found = _one_hot((outputs, wanted.examples(layout)), layout)
    elif "vector" in layout.name:
        found = [f"np.eye({outputs})[{outputs - 1}]", "1"]
    elif layout.name == "sequence":
        found = [whole((s.N, s.T)), array((s.N, s.T, s.H))]
    else:
        found = _one_hot((s.N, outputs), layout)
    found += [labels, array((s.N,)), array((s.N, s.D)), array((s.N, s.H))]
    return found if wanted.hints.ranks.get(wanted.name) != 1 else found[::-1]


def _functions(wanted: Wanted) -> list[str]:
    """Functions of the program: a slope for a slope, else one that has a slope."""
    slopes = [f for f in wanted.functions if _SLOPE.search(f)]
    if _SLOPE.search(wanted.name):
        return slopes or ["np.ones_like"]
    plain = [_SLOPE.sub("", f).strip("_") for f in slopes]
    return [f for f in plain if f in wanted.functions] or ["np.tanh"]


def _pairs(wanted: Wanted) -> list[str]:
    """Training data as a list of pairs, as Nielsen's programs take it."""
    s = wanted.sizes
    labels = "for i in (0, 2, 1, 0)]"
    return [
        f"[(np.random.randn({s.D}, 1), np.eye({s.C})[:, [i]]) {labels}",
        f"[(np.random.randn({s.D}), np.eye({s.C})[i]) {labels}",
        array((s.N, s.D)),
        array((s.D, s.N)),
    ]


def _size(name: str) -> int:
    """How many, by the word: inputs, hidden units, outputs."""
    for pattern, size in _COUNTS:
        if re.search(pattern, name, re.I):
            return size
    return _D


def is_inline(expression: str) -> bool:
    """Sizes, words and switches stand in the call; arrays and rates get a name."""
    try:
        value = ast.literal_eval(expression)
    except ValueError:
        return expression.isidentifier() or expression.startswith("np.random.d")
    return not isinstance(value, float) and not isinstance(value, dict)
