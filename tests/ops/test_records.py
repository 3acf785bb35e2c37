"""Every operation's record: NumPy's own shapes and dtypes, and the slope of its values.

Each row of the table builds one node over inputs whose axes are letters. A letter is a
free size: the node and its gradients are built at one draw of sizes and evaluated at
another, as the written code will be. Gradients are compared entry by entry with central
differences (Richardson-extrapolated).
"""

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clearprop.ops  # noqa: F401
from clearprop.graph import OPS, Graph, Node, evaluate
from clearprop.sizes import Size

STEP = 1e-3
# Before NumPy 2 a single float32 that meets a Python number became a float64.
OLD_PROMOTION = np.lib.NumpyVersion(np.__version__) < "2.0.0"
LETTERS = string.ascii_uppercase


@dataclass
class Row:
    """One way to apply an operation.

    axes    the inputs' axes: letters are free sizes, digits fixed ones
    build   build(graph, dims, *nodes) gives the node; dims maps letters to sizes
    draw    how each input is filled: a name in DRAWS
    least   the smallest size of a letter (0 where it isn't named)
    name    what sets this row apart from others of its operation
    """

    op: str
    axes: tuple[str, ...]
    build: Callable[..., Node]
    draw: tuple[str, ...]
    least: dict[str, int] = field(default_factory=dict)
    name: str = ""

    @property
    def id(self) -> str:
        return f"{self.op}-{','.join(self.axes)}{self.name and '-' + self.name}"

    @property
    def letters(self) -> list[str]:
        return sorted({c for axes in self.axes for c in axes if c in LETTERS})


ROWS: list[Row] = []


def row(op, *axes, draw=None, least=None, name="", build=None, **params):
    """Add a row; params that are callable are given the sizes by letter."""

    def apply(graph, dims, *nodes):
        made = {k: v(dims) if callable(v) else v for k, v in params.items()}
        return graph.apply(op, *nodes, **made)

    draws = (draw or "normal").split()
    draws = draws * len(axes) if len(draws) == 1 else draws
    ROWS.append(Row(op, axes, build or apply, tuple(draws), least or {}, name))


def apart(rng, shape):
    """Distinct numbers, no two closer than 0.1 and none near 0: no ties, no kinks."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) - count // 2 + 0.4) * 0.3).reshape(shape)


def well_conditioned(rng, shape):
    return rng.normal(size=shape) * 0.3 + 2 * np.eye(*shape[-2:])


def covariance(rng, shape):
    root = well_conditioned(rng, shape)
    return root @ root.swapaxes(-1, -2)


DRAWS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "positive": lambda rng, shape: rng.uniform(0.5, 2.0, shape),
    "unit": lambda rng, shape: rng.uniform(-0.8, 0.8, shape),
    "above1": lambda rng, shape: rng.uniform(1.5, 3.0, shape),
    "above-1": lambda rng, shape: rng.uniform(-0.5, 2.0, shape),
    "steps": lambda rng, shape: (
        rng.integers(-3, 3, shape) + rng.uniform(0.1, 0.4, shape)
    ),
    "nonzero": lambda rng, shape: (
        rng.choice([-1.0, 1.0], shape) * rng.uniform(0.3, 1.5, shape)
    ),
    "apart": apart,
    "shifted": lambda rng, shape: apart(rng, shape) + 0.15,
    "bool": lambda rng, shape: rng.random(shape) < 0.5,
    "int": lambda rng, shape: rng.integers(0, 4, shape),
    "square": well_conditioned,
    "covariance": covariance,
}
for _n in range(1, 9):
    DRAWS[f"below{_n}"] = lambda rng, shape, n=_n: rng.integers(-n, n, shape)


# -- the table -------------------------------------------------------------------------

ROWS_OF_ONE = {
    "normal": "neg exp exp2 expm1 sin cos arctan sinh cosh tanh erf arcsinh sigmoid "
    "softplus log_sigmoid isnan isfinite isinf signbit",
    "positive": "log log2 log10 sqrt",
    "nonzero": "abs relu cbrt",
    "unit": "tan arcsin arccos arctanh",
    "above1": "arccosh",
    "above-1": "log1p",
    "steps": "sign floor ceil rint trunc",
    "bool": "invert logical_not",
}
for _draw, _names in ROWS_OF_ONE.items():
    for _name in _names.split():
        for _axes in ("AB", ""):
            row(_name, _axes, draw=_draw)

ROWS_OF_TWO = {
    "nonzero": "arctan2 hypot",
    "normal": "add sub mul logaddexp lt le gt ge eq ne",
    "positive": "div pow",
    "apart": "maximum minimum",
    "bool": "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor",
}
BROADCASTS = [("AB", "AB"), ("AB", "B"), ("A1", "AB"), ("", "AB"), ("AB", ""), ("", "")]
for _draw, _names in ROWS_OF_TWO.items():
    for _name in _names.split():
        for _axes in BROADCASTS:
            if _draw == "apart":  # one draw for both, so that no two entries tie
                row(_name, *_axes, draw="apart shifted")
            else:
                row(_name, *_axes, draw=_draw)
row("add", "AB", "AB", draw="normal int", name="int")
row("mul", "AB", "B", draw="normal bool", name="mask")
row("div", "AB", "AB", draw="normal nonzero", name="signs")
row("mod", "AB", "B", draw="steps", name="signs", build=lambda g, d, a, b: a_mod(a, b))
row("mod", "AB", "AB", draw="positive", name="apart",
    build=lambda g, d, a, b: g.apply("mod", a + 0.05, b * 0.25 + 3))  # fmt: skip
row("floor_divide", "AB", "AB", draw="positive", name="apart",
    build=lambda g, d, a, b: g.apply(
        "floor_divide", a + 0.05, b * 0.25 + 3))  # fmt: skip
for _n in (2, 3, 2.0, 3.0, 1, 0, -1, -2, -1.0):
    row("pow", "AB", draw="nonzero", name=f"to{_n!r}",
        build=lambda g, d, x, n=_n: x**n)  # fmt: skip
for _n in (0.5, 1.5, -0.5):
    row("pow", "AB", draw="positive", name=f"to{_n}", build=lambda g, d, x, n=_n: x**n)
for _n in (2, 2.718281828459045, 0.3):
    row("pow", "AB", name=f"base{_n}", build=lambda g, d, x, n=_n: g.apply("pow", n, x))
row("pow", "AB", "B", draw="nonzero int", name="ints")
row("clip", "AB", draw="apart", name="numbers",
    build=lambda g, d, x: g.apply("clip", x, -0.4, 0.5))  # fmt: skip
row("clip", "AB", "A1", "B", draw="apart normal normal", name="arrays")
row("where", "AB", "AB", "AB", draw="bool normal normal")
row("where", "A1", "B", "AB", draw="bool normal normal")
row("where", "AB", "AB", draw="bool normal", name="zero",
    build=lambda g, d, c, x: g.apply("where", c, x, 0.0))  # fmt: skip
row("where", "AB", "AB", "", draw="normal normal normal", name="float-condition")
row("astype", "AB", dtype=np.dtype(np.float32), name="to32")
row("astype", "AB", dtype=np.dtype(np.float64), name="to64")
row("astype", "AB", dtype=np.dtype(int), draw="steps", name="to-int")
row("astype", "AB", dtype=np.dtype(float), draw="bool", name="from-bool")


def a_mod(a, b):
    """Both signs of the divisor, away from the jumps."""
    return a.graph.apply("mod", a, a.graph.apply("sign", b + 0.5) * 1.5)


for _keepdims in (False, True):
    for _axis in ((0,), (1,), (0, 2), (0, 1, 2)):
        for _op, _draw, _least in (
            ("sum", "normal", {}), ("mean", "normal", dict(A=1, B=1, C=1)),
            ("max", "apart", dict(A=1, B=1, C=1)),
            ("min", "apart", dict(A=1, B=1, C=1)),
            ("prod", "normal", {}), ("any", "bool", {}), ("all", "bool", {}),
            ("logsumexp", "normal", dict(A=1, B=1, C=1)),
        ):  # fmt: skip
            row(_op, "ABC", draw=_draw, least=_least, axis=_axis, keepdims=_keepdims,
                name=f"{_axis}{_keepdims}")  # fmt: skip
    for _op in ("argmax", "argmin"):
        row(_op, "AB", draw="apart", least=dict(A=1, B=1), axis=(1,),
            keepdims=_keepdims, name=str(_keepdims))  # fmt: skip
row("sum", "AB", draw="bool", axis=(0,), keepdims=False, name="of-bools")
row(
    "mean", "AB", draw="int", least=dict(A=1), axis=(0,), keepdims=False, name="of-ints"
)
row("prod", "AB", draw="int", axis=(0,), keepdims=False, name="with-zeros",
    build=lambda g, d, x: g.apply(
        "prod", x.cast(float), axis=(0,), keepdims=False))  # fmt: skip
for _axis in (0, 1):
    row("cumsum", "AB", axis=_axis, name=str(_axis))
    row("cumprod", "AB", axis=_axis, name=str(_axis))
    row("cumsum", "AB", draw="bool", axis=_axis, name=f"{_axis}-of-bools")
    row("cummax", "AB", draw="apart", axis=_axis, name=str(_axis))
    row("cummin", "AB", draw="apart", axis=_axis, name=str(_axis))
    row("argsort", "AB", draw="apart", axis=_axis, name=str(_axis))
    row("argpartition", "AB", draw="apart", least={"AB"[_axis]: 2}, kth=1, axis=_axis,
        name=str(_axis))  # fmt: skip
    for _op in ("softmax", "log_softmax"):
        row(_op, "AB", axis=(_axis,), least=dict(A=1, B=1), name=str(_axis))
row("softmax", "ABC", axis=(1, 2), least=dict(A=1, B=1, C=1))

row("reshape", "AB", dims=lambda d: (d["A"] * d["B"],))
row("reshape", "ABC", dims=lambda d: (d["A"], 1, d["B"] * d["C"]))
row("reshape", "A", dims=lambda d: (1, d["A"], 1))
row("reshape", "6", dims=(2, 3))
row("broadcast", "B", "A", build=lambda g, d, x, _: x.broadcast((3, d["A"], d["B"])))
row("broadcast", "A1", "B", build=lambda g, d, x, _: x.broadcast((d["A"], d["B"])))
row("broadcast", "", "AB", build=lambda g, d, x, y: x.broadcast(y.dims))
for _axes in ((1, 0, 2), (2, 0, 1), (0, 1, 2)):
    row("transpose", "ABC", axes=_axes, name=str(_axes))
row("concatenate", "AC", "BC", "2C", axis=0)
row("concatenate", "AB", "AC", "AB", axis=1)
row("stack", "AB", "AB", axis=0)
row("stack", "AB", "AB", "AB", axis=2)
row("stack", "", "", axis=0)
row("pad", "AB", widths=((1, 2), (0, 0)), value=0.0, name="rows")
row("pad", "AB", widths=((0, 1), (2, 0)), value=1.5, name="ends")
row("pad", "AB", widths=lambda d: ((d["A"], 1), (0, d["B"])), value=0, name="sizes")
row("flip", "AB", axis=(0,))
row("flip", "AB", axis=(0, 1), name="both")
row("roll", "AB", shift=(1,), axis=(0,))
row("roll", "AB", shift=(-2, 5), axis=(1, 0), name="both")
row("roll", "AB", shift=lambda d: (d["B"],), axis=(0,), name="by-size")
row("repeat", "AB", repeats=3, axis=0)
row("repeat", "AB", repeats=lambda d: d["A"], axis=1, name="size")
row("repeat", "AB", repeats=0, axis=1, name="none")
row("tile", "AB", reps=(2, 1))
row("tile", "AB", reps=lambda d: (1, d["A"]), name="size")
for _op in ("triu", "tril"):
    row(_op, "AB", k=0)
    row(_op, "ABC", k=-1)
    row(_op, "ABB", k=1)

MATRICES = [
    ("A", "A"), ("A", "AB"), ("BA", "A"), ("BA", "AC"), ("A", "DAB"), ("DBA", "A"),
    ("A", "EDAB"), ("EDBA", "A"), ("DBA", "AC"), ("BA", "DAC"), ("DBA", "DAC"),
    ("1BA", "DAC"), ("EDBA", "AC"), ("EDBA", "DAC"), ("DBA", "EDAC"), ("E1BA", "1DAC"),
    ("BA", "EDAC"),
]  # fmt: skip
for _axes in MATRICES:
    row("matmul", *_axes)
for _formula, *_axes in [
    ("ij,jk->ik", "AB", "BC"), ("bqd,bkd->bqk", "ABC", "ADC"), ("ij->ji", "AB"),
    ("i,i->", "A", "A"), ("ij,ij->", "AB", "AB"), ("ij->", "AB"), ("ij->j", "AB"),
    ("ii->", "AA"), ("ii->i", "AA"), ("bii->bi", "BAA"), ("iji->j", "ABA"),
    ("iji->ij", "ABA"), ("ijij->ij", "ABAB"), ("iij->ij", "AAB"), ("iii->i", "AAA"),
    ("ij,j->i", "A1", "B"), ("ij,ij->ij", "AB", "1B"), ("i,i->", "A", "1"),
    ("i,j->ij", "A", "B"), (",i->i", "", "A"), ("i,i,i->i", "A", "A", "A"),
    ("ij,jk,kl->il", "AB", "BC", "CD"), ("ijk,kl->ijl", "ABC", "CD"),
    ("i,ij,j->", "A", "AB", "B"), ("ij,k->i", "AB", "C"), ("ii,i->i", "11", "A"),
]:  # fmt: skip
    row("einsum", *_axes, subscripts=_formula, name=_formula)
row("einsum", "AB", name="twice",
    build=lambda g, d, x: g.apply("einsum", x, x, subscripts="ij,kj->ik"))  # fmt: skip
for _n in "12":
    for _op in ("inv", "det", "logabsdet", "signdet"):
        row(_op, _n * 2, draw="square")
for _op in ("inv", "det", "logabsdet", "signdet"):
    row(_op, "ABB", draw="square")
row("solve", "AA", "A", draw="square normal")
row("solve", "AA", "AB", draw="square normal")
row("solve", "BAA", "BAC", draw="square normal")
if not OLD_PROMOTION:  # NumPy 1 would take b for a stack of vectors
    row("solve", "BAA", "A", draw="square normal")
    row("solve", "BAA", "AC", draw="square normal")
row("cholesky", "AA", draw="covariance")
row("cholesky", "BAA", draw="covariance")

ALL = ("slice", None, None, None)


def cut(start=None, stop=None, step=None):
    return ("slice", start, stop, step)


# key, axes of x, axes and draws of the index arrays, least sizes
KEYS = {
    "int": ([("int", 1)], "AB", [], dict(A=2)),
    "last": ([ALL, ("int", -1)], "AB", [], dict(B=1)),
    "from1": ([cut(1)], "AB", [], dict(A=1)),
    "inner": ([ALL, cut(1, -1)], "AB", [], dict(B=2)),
    "last2": ([cut(-2)], "AB", [], dict(A=2)),
    "first2": ([cut(None, 2)], "AB", [], dict(A=2)),
    "even": ([cut(None, None, 2)], "AB", [], {}),
    "odd": ([cut(1, None, 2), ALL], "AB", [], dict(A=1)),
    "backwards": ([ALL, cut(None, None, -1)], "AB", [], {}),
    "back-by-2": ([cut(None, None, -2)], "AB", [], {}),
    "back-to-1": ([cut(None, 0, -1)], "AB", [], dict(A=1)),
    "back-inner": ([cut(-2, 0, -1)], "AB", [], dict(A=2)),
    "new": ([("new",), ALL, ("new",), cut(1)], "AB", [], dict(B=1)),
    "empty": ([cut(2, 1)], "AB", [], {}),
    "half": ([cut(None, "A//2")], "AB", [], {}),
    "other-half": ([cut("A//2")], "AB", [], {}),
    "array": ([("array", 0)], "AB", [("D", "below2")], dict(A=2)),
    "matrix": ([ALL, ("array", 0)], "AB", [("DE", "below2")], dict(B=2)),
    "number": ([("array", 0)], "AB", [("", "below2")], dict(A=2)),
    "pairs": ([("array", 0), ("array", 1)], "AB", [("D", "below2"), ("D", "below3")],
              dict(A=2, B=3)),
    "grid": ([("array", 0), ("array", 1)], "AB", [("D1", "below2"), ("E", "below3")],
             dict(A=2, B=3)),
    "apart": ([("array", 0), ALL, ("array", 1)], "ABC",
              [("D", "below2"), ("D", "below3")], dict(A=2, C=3)),
    "int-apart": ([("int", 0), ALL, ("array", 0)], "ABC", [("D", "below3")],
                  dict(A=1, C=3)),
    "int-array": ([ALL, ("int", 0), ("array", 0)], "ABC", [("D", "below3")],
                  dict(B=1, C=3)),
    "array-new": ([("array", 0), ("new",), ("array", 1)], "ABC",
                  [("D", "below2"), ("D", "below2")], dict(A=2, B=2)),
    "slice-array": ([cut(1), ("array", 0), cut(None, None, -1)], "ABC",
                    [("D", "below2")], dict(A=1, B=2)),
}  # fmt: skip


def key_of(items, dims):
    half = lambda n: n[:-3] if isinstance(n, str) else None  # noqa: E731
    return tuple(
        tuple(dims[half(part)] // 2 if half(part) in dims else part for part in item)
        for item in items
    )


def indexing_rows():
    for name, (items, axes, arrays, least) in KEYS.items():
        index_axes = [a for a, _ in arrays]
        draws = [d for _, d in arrays]

        def read(g, d, x, *index, items=items):
            return g.apply("getitem", x, *index, key=key_of(items, d))

        row("getitem", axes, *index_axes, draw=" ".join(["normal", *draws]),
            least=least, name=name, build=read)  # fmt: skip

        def write(g, d, x, v, *index, op, whole, items=items):
            key = key_of(items, d)
            if whole:
                v = g.apply("getitem", x, *index, key=key) * 0.5 + v
            return g.apply(op, x, v, *index, key=key)

        for op in ("setitem", "index_add"):
            for whole in (False, True):
                row(op, axes, "", *index_axes, draw=f"normal normal {' '.join(draws)}",
                    least=least, name=f"{name}-{'array' if whole else 'number'}",
                    build=partial(write, op=op, whole=whole))  # fmt: skip


indexing_rows()
row("setitem", "AB", "B", key=(("int", 0),), least=dict(A=1), name="row")
row("setitem", "AB", "1B", key=(("int", 0),), least=dict(A=1), name="row-of-1")
row("setitem", "AB", "A1", key=(ALL, cut(1)), least=dict(B=1), name="stretched")
row("setitem", "AB", "B", key=(ALL,), name="everything")
row("index_add", "AB", "1B", key=(ALL,), name="everything")
row("setitem", "AB", "", "AB", draw="normal normal bool", key=(("array", 0),),
    name="mask-number", counts=lambda d: (0,))  # fmt: skip


def masked(op, after=()):
    """An operation under a boolean mask, whose count the data decides."""

    def build(g, d, x, mask, *value):
        total = mask.sum(range(mask.ndim))
        example = int(evaluate([total], {mask: EXAMPLES[mask]})[0])
        count = Size.of("int", total, value=example)
        params = dict(key=(("array", 0), *after), counts=(count,))
        taken = g.apply("getitem", x, mask, **params)
        if op == "getitem":
            return taken
        return g.apply(
            op, x, taken * 2 if op == "setitem" else taken**2, mask, **params
        )

    return build


EXAMPLES: dict[Node, np.ndarray] = {}  # what data-dependent counts are counted from
for _op in ("getitem", "setitem", "index_add"):
    row(_op, "AB", "AB", draw="normal bool", name="mask", build=masked(_op))
    row(_op, "AB", "A", draw="normal bool", name="row-mask", build=masked(_op))
    row(_op, "AB", "A", draw="normal bool", name="row-mask-cut", least=dict(B=1),
        build=masked(_op, [cut(1)]))  # fmt: skip


def positions(g, d, mask):
    total = mask.sum((0, 1))
    example = int(evaluate([total], {mask: EXAMPLES[mask]})[0])
    return g.apply("nonzero", mask, axis=1, count=Size.of("int", total, value=example))


row("nonzero", "AB", draw="bool", build=positions)
row("searchsorted", "3", "AB", side="left")
row("take_along_axis", "AB", "DB", draw="normal below2", axis=0, least=dict(A=2))
row("take_along_axis", "AB", "A1", draw="normal below3", axis=1, least=dict(B=3))
row("take_along_axis", "A2", "1D", draw="normal below2", axis=1)
row("take_along_axis", "12", "AD", draw="normal below2", axis=1)
row("take_along_axis", "2", "D", draw="normal below2", axis=0)
row("take_along_axis", "ABC", draw="apart", name="sorted",
    build=lambda g, d, x: g.apply(
        "take_along_axis", x, g.apply("argsort", x, axis=1), axis=1))  # fmt: skip
row(
    "arange", "A", build=lambda g, d, x: g.apply("arange", start=0, stop=d["A"], step=1)
)
row("arange", "A", name="odd", least=dict(A=1),
    build=lambda g, d, x: g.apply("arange", start=1, stop=d["A"], step=2))  # fmt: skip
row("arange", "A", name="down",
    build=lambda g, d, x: g.apply("arange", start=d["A"], stop=0, step=-2))  # fmt: skip
row("eye", "AB", build=lambda g, d, x: g.apply(
    "eye", rows=d["A"], columns=d["B"], k=1, dtype=np.dtype(np.float32)))  # fmt: skip
row("size", "AB", build=lambda g, d, x: g.number(d["A"] * d["B"] + 1))
row("sliding_window_view", "AB", window=(2,), axis=(0,), least=dict(A=2))
row("sliding_window_view", "ABC", window=(2, 3), axis=(1, 2), least=dict(B=2, C=3))
row("sliding_window_view", "B", "A", least=dict(B=4, A=1), name="size",
    build=lambda g, d, x, w: g.apply(
        "sliding_window_view", x, window=(d["A"],), axis=(0,)))  # fmt: skip
row("add_windows", "A", "B2", window=(2,), axis=(0,), least=dict(A=2),
    build=lambda g, d, x, _: g.apply(
        "add_windows", x,
        g.apply("sliding_window_view", x, window=(2,), axis=(0,)) * 3,
        window=(2,), axis=(0,)))  # fmt: skip
row("const", "A", build=lambda g, d, x: g.constant(np.arange(3.0)))
row("input", "AB", build=lambda g, d, x: x)

# Random draws have tests of their own: their values can't be compared.
ELSEWHERE = {name for name, op in OPS.items() if op.impure}


# -- the tests -------------------------------------------------------------------------


def test_every_operation_has_a_row():
    assert {r.op for r in ROWS} | ELSEWHERE == set(OPS)


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_every_operation_says_what_its_gradient_does(op):
    assert op.says
    assert op.says == op.says.strip(" .")


def shape_of(axes, sizes):
    return tuple(sizes[c] if c in sizes else int(c) for c in axes)


def draw_values(row, sizes, rng, dtype=np.float64):
    values = []
    for axes, how in zip(row.axes, row.draw, strict=True):
        value = np.asarray(DRAWS[how](rng, shape_of(axes, sizes)))
        values.append(value.astype(dtype) if value.dtype.kind == "f" else value)
    return values


def built(row, sizes, values):
    """The node over inputs whose free sizes are letters."""
    graph = Graph()
    nodes, dims = [], {}
    for i, (axes, value) in enumerate(zip(row.axes, values, strict=True)):
        node = graph.input(f"x{i}", value)
        own = tuple(
            d if c in LETTERS else int(c) for c, d in zip(axes, node.dims, strict=True)
        )
        node = graph.input(f"x{i}", value, own)
        own = list(own)
        for axis, c in enumerate(axes):
            if c in LETTERS:
                own[axis] = Size.of("dim", node, axis, value=int(own[axis]))
                if c in dims:
                    graph.tie(dims[c], own[axis])
                dims.setdefault(c, own[axis])
        node.dims = tuple(own)
        nodes.append(node)
        EXAMPLES[node] = value
    y = row.build(graph, dims, *nodes)
    return graph, nodes, y


def holds(graph, at):
    """Whether the guards allow the sizes of these values."""

    def number(atom):
        value = evaluate([atom.args[0]], at)[0]
        return int(value) if atom.kind == "int" else np.shape(value)[atom.args[1]]

    def now(dim):
        return dim.substitute(number) if isinstance(dim, Size) else dim

    compare = {"==": int.__eq__, "!=": int.__ne__, ">=": int.__ge__, "<=": int.__le__,
               ">": int.__gt__, "<": int.__lt__}  # fmt: skip
    return all(compare[g.relation](now(g.left), now(g.right)) for g in graph.guards)


def dims_at(graph, node, at):
    def number(atom):
        value = evaluate([atom.args[0]], at)[0]
        return int(value) if atom.kind == "int" else np.shape(value)[atom.args[1]]

    return tuple(d.substitute(number) if isinstance(d, Size) else d for d in node.dims)


def gradients(graph, nodes, y):
    """g, and the gradient of each floating-point input, through what build() made."""
    g = graph.input("g", np.zeros(y.shape, y.dtype), y.dims)
    total = {y: g}
    for node in reversed(graph.nodes[: y.index + 1]):
        if node in total and node.inputs:
            parts = node.op.gradient(total[node], node, *node.inputs, **node.params)
            parts = parts if isinstance(parts, tuple) else (parts,)
            for source, part in zip(node.inputs, parts, strict=True):
                if part is None or not source.is_float:
                    continue
                assert graph.same(part.dims, source.dims), (node, source, part)
                if part.dtype != source.dtype:  # the reverse walk casts it, too
                    assert source.dtype != node.dtype or OLD_PROMOTION, (node, part)
                    part = part.cast(source.dtype)
                so_far = total.get(source)
                total[source] = part if so_far is None else so_far + part
    return g, [total.get(n) for n in nodes]


def difference(f, value):
    """The Jacobian of f, contracted by f itself: one number for each entry of value."""
    found = np.zeros(value.shape)
    for i in np.ndindex(*value.shape):

        def at(h, i=i):
            moved = value.copy()
            moved[i] += h
            return f(moved)

        wide = (at(STEP) - at(-STEP)) / (2 * STEP)
        narrow = (at(STEP / 2) - at(-STEP / 2)) / STEP
        found[i] = (4 * narrow - wide) / 3
    return found


def check_shape_and_dtype(row, traced, run, rng, dtype):
    values = draw_values(row, traced, rng, dtype)
    graph, nodes, y = built(row, traced, values)
    graph.verify([y])
    now = dict(zip(nodes, values))
    result = evaluate([y], now)[0]
    assert np.shape(result) == y.shape
    assert np.asarray(result).dtype == y.dtype
    if y.is_float and y.op.gradient is not None:
        g, found = gradients(graph, nodes, y)
        now[g] = np.ones(y.shape, y.dtype)
        for node, gradient in zip(nodes, found, strict=True):
            if node.is_float and gradient is not None:
                result = evaluate([gradient], now)[0]
                assert np.asarray(result).dtype == gradient.dtype
    now = dict(zip(nodes, draw_values(row, run, rng, dtype)))
    if holds(graph, now):
        result = evaluate([y], now)[0]
        assert np.shape(result) == dims_at(graph, y, now)
        assert np.asarray(result).dtype == y.dtype


def check_gradient(row, traced, run, rng):
    graph, nodes, y = built(row, traced, draw_values(row, traced, rng))
    if not y.is_float:  # the reverse walk goes through floating-point values only
        return
    if y.op.gradient is None:
        assert not any(n.is_float for n in y.inputs)
        return
    g, found = gradients(graph, nodes, y)
    graph.verify([n for n in found if n is not None])
    values = draw_values(row, run, rng)
    now = dict(zip(nodes, values))
    if not holds(graph, now):
        return
    incoming = rng.normal(size=dims_at(graph, y, now)).astype(y.dtype)
    for node, gradient, value in zip(nodes, found, values, strict=True):
        if not node.is_float:
            continue
        if gradient is not None:
            actual = evaluate([gradient], {**now, g: incoming})[0]
            assert np.shape(actual) == value.shape
            assert np.asarray(actual).dtype == value.dtype
        else:
            actual = np.zeros(value.shape)
        if y.dtype == np.float64:

            def loss(moved, node=node):
                return np.sum(evaluate([y], {**now, node: moved})[0] * incoming)

            np.testing.assert_allclose(actual, difference(loss, value), 1e-6, 1e-6)


def fixed_draws(row):
    """Sizes to build at and sizes to run at: small to large, large to small, ones."""
    least = {c: row.least.get(c, 0) for c in row.letters}
    large = {c: n + 2 + i % 2 for i, (c, n) in enumerate(least.items())}
    ones = {c: max(n, 1) for c, n in least.items()}
    return [(large, least), (least, large), (ones, large), (large, ones)]


@pytest.mark.parametrize("row", ROWS, ids=[r.id for r in ROWS])
def test_record(row):
    for draw, (traced, run) in enumerate(fixed_draws(row)):
        rng = np.random.default_rng([crc32(row.id.encode()), draw])
        dtype = (np.float32, np.float64)[draw % 2]
        check_shape_and_dtype(row, traced, run, rng, dtype)
        check_gradient(row, traced, run, rng)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(row=st.sampled_from(ROWS), data=st.data())
def test_record_at_any_sizes(row, data):
    sizes = st.fixed_dictionaries(
        {
            c: st.integers(row.least.get(c, 0), row.least.get(c, 0) + 3)
            for c in row.letters
        }
    )
    traced, run = data.draw(sizes), data.draw(sizes)
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    check_shape_and_dtype(row, traced, run, rng, np.float32)
    check_gradient(row, traced, run, rng)


def test_rows_are_refused_for_few_sizes_only():
    """Guards may refuse sizes where NumPy would do something else, and no others."""
    rng = np.random.default_rng(0)
    for row in ROWS:
        sizes = {c: row.least.get(c, 0) + 2 for c in row.letters}
        graph, nodes, _ = built(row, sizes, draw_values(row, sizes, rng))
        for change in (-2, 1, 3):
            others = {c: n + change for c, n in sizes.items()}
            now = dict(zip(nodes, draw_values(row, others, rng)))
            assert holds(graph, now), (row.id, others, graph.guards)
