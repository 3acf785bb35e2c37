"""How each operation is written in LaTeX: the spelling table.

Vectors are columns, as in the textbooks: ``x @ W`` with one example ``x`` reads
``W^T x``, and a batch ``X @ W`` reads ``X W``. What NumPy does by broadcasting is left
unsaid, as in print.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from clearprop.graph import Node
from clearprop.sizes import Atom, Dim, Size
from clearprop.write import expression as ex
from clearprop.write import latex_rows as rows
from clearprop.write.expression import Text
from clearprop.write.latex_rows import Sizes
from clearprop.write.symbols import escaped

# Operations that have no spelling, and why.
NOT_SPELLED = {"input": "a leaf is written by its name"}


def sizes(letters: Mapping[Atom, str]) -> Sizes:
    """What writes sizes with these letters, and with the example's number elsewhere."""

    def atom(a: Atom) -> str:
        if a in letters:
            return letters[a]
        if a.kind == "//":
            top, below = a.args
            return rf"\lfloor {size(top)} / {size(below)} \rfloor"
        if a.kind == "%":
            return rf"({size(a.args[0])} \bmod {size(a.args[1])})"
        if a.kind in ("max", "min"):
            return rf"\{a.kind}({size(a.args[0])}, {size(a.args[1])})"
        return str(a.value)

    def size(dim: Dim) -> str:
        if not isinstance(dim, Size):
            return str(int(dim))
        total = ""
        for monomial, coefficient in dim.terms:
            factors = [atom(a) for a in monomial]
            if not factors or abs(coefficient) != 1:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+" if total else ""
            total += f" {sign} " if total else sign
            total += r"\,".join(factors)
        return total

    return size


def spell(
    root: Node, symbols: Mapping[Node, str], sizes: Sizes, opened: Collection[Node] = ()
) -> Text:
    """A value as LaTeX, written out down to the nodes that have symbols.

    The root, and what is in ``opened``, is written out although it has a symbol.
    """
    texts: dict[Node, Text] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in texts:
            stack.pop()
            continue
        if node in symbols and node is not root and node not in opened:
            texts[node] = Text(symbols[node])
            continue
        if node.op.name == "input":
            texts[node] = Text(symbols.get(node, escaped(str(node.params["label"]))))
            continue
        operands = rows.seen(node)
        waiting = [n for n in operands if n not in texts]
        if waiting:
            stack.extend(waiting)
            continue
        texts[node] = LATEX[node.op.name](node, [texts[n] for n in operands], sizes)
    return texts[root]


LATEX: dict[str, rows.Row] = {
    "const": rows.const_row,
    "size": lambda node, args, s: Text(s(node.params["size"]), ex.SUM),
    "add": rows.add_row,
    "sub": rows.operator("-", ex.SUM),
    "mul": rows.mul_row,
    "div": rows.div_row,
    "neg": rows.neg_row,
    "pow": rows.pow_row,
    "mod": rows.operator(r"\bmod", ex.MATMUL),
    "floor_divide": lambda node, args, s: Text(
        rf"\left\lfloor \frac{{{args[0].code}}}{{{args[1].code}}} \right\rfloor"
    ),
    "lt": rows.comparison("<"),
    "le": rows.comparison(r"\le"),
    "gt": rows.comparison(">"),
    "ge": rows.comparison(r"\ge"),
    "eq": rows.comparison("="),
    "ne": rows.comparison(r"\ne"),
    "logical_and": rows.operator(r"\land", ex.AND),
    "logical_or": rows.operator(r"\lor", ex.OR),
    "logical_xor": rows.operator(r"\oplus", ex.XOR),
    "bitwise_and": rows.operator(r"\land", ex.AND),
    "bitwise_or": rows.operator(r"\lor", ex.OR),
    "bitwise_xor": rows.operator(r"\oplus", ex.XOR),
    "logical_not": rows.negation,
    "invert": rows.negation,
    "matmul": rows.matmul_row,
    "transpose": rows.transpose_row,
    "einsum": rows.einsum_row,
    "inv": lambda node, args, s: Text(f"{rows.at(args[0], ex.ATOM)}^{{-1}}", ex.POWER),
    "solve": lambda node, args, s: Text(
        rf"{rows.at(args[0], ex.ATOM)}^{{-1}} {rows.at(args[1], ex.POWER)}", ex.PRODUCT
    ),
    "det": rows.function(r"\det"),
    "logabsdet": rows.around(r"\log\left|\det ", r"\right|"),
    "signdet": lambda node, args, s: Text(
        rf"\operatorname{{sign}}\left(\det {rows.at(args[0], ex.ATOM)}\right)"
    ),
    "cholesky": rows.named("cholesky"),
    "reshape": rows.reshape_row,
    "broadcast": rows.broadcast_row,
    "astype": lambda node, args, s: args[0],
    "getitem": rows.getitem_row,
    "setitem": rows.setitem_row,
    "index_add": rows.index_add_row,
    "take_along_axis": rows.take_along,
    "arange": rows.arange_row,
    "eye": rows.eye_row,
    "where": rows.where_row,
    "clip": rows.named("clip"),
    "concatenate": rows.shown("concat", "axis"),
    "stack": rows.shown("stack", "axis"),
    "pad": rows.shown("pad", "widths"),
    "flip": rows.shown("flip", "axis"),
    "roll": rows.shown("roll", "shift"),
    "repeat": rows.shown("repeat", "repeats"),
    "tile": rows.shown("tile", "reps"),
    "triu": rows.shown("triu", "k"),
    "tril": rows.shown("tril", "k"),
    "sliding_window_view": rows.shown("windows", "window"),
    "add_windows": rows.shown("overlap", "window"),
    "nonzero": rows.named("nonzero"),
    "searchsorted": rows.named("searchsorted"),
    "random": lambda node, args, s: Text(
        rf"\operatorname{{{escaped(node.params['draw'])}}}()"
    ),
    "sum": rows.over(r"\sum"),
    "prod": rows.over(r"\prod"),
    "max": rows.over(r"\max"),
    "min": rows.over(r"\min"),
    "mean": rows.along("mean"),
    "any": rows.along("any"),
    "all": rows.along("all"),
    "argmax": rows.along(r"arg\,max"),
    "argmin": rows.along(r"arg\,min"),
    "argsort": rows.along("argsort"),
    "argpartition": rows.along("argpartition"),
    "cummax": rows.along("cummax"),
    "cummin": rows.along("cummin"),
    "cumsum": rows.along("cumsum"),
    "cumprod": rows.along("cumprod"),
    "abs": rows.around(r"\left|", r"\right|"),
    "floor": rows.around(r"\left\lfloor ", r" \right\rfloor"),
    "ceil": rows.around(r"\left\lceil ", r" \right\rceil"),
    "sqrt": rows.around(r"\sqrt{", "}"),
    "cbrt": rows.around(r"\sqrt[3]{", "}"),
    "exp": lambda node, args, s: Text(f"e^{{{args[0].code}}}", ex.POWER),
    "exp2": lambda node, args, s: Text(f"2^{{{args[0].code}}}", ex.POWER),
    "expm1": lambda node, args, s: Text(f"e^{{{args[0].code}}} - 1", ex.SUM),
    "log1p": rows.around(r"\log\left(1 + ", r"\right)"),
    "log2": rows.function(r"\log_{2}"),
    "log10": rows.function(r"\log_{10}"),
    "logaddexp": lambda node, args, s: Text(
        rf"\log\left(e^{{{args[0].code}}} + e^{{{args[1].code}}}\right)"
    ),
    "maximum": rows.function(r"\max"),
    "minimum": rows.function(r"\min"),
    "arctan2": rows.named("atan2"),
    "sigmoid": rows.function(r"\sigma"),
    "log_sigmoid": rows.function(r"\log \sigma"),
    "log_softmax": rows.function(r"\log \operatorname{softmax}"),
    "relu": rows.named("ReLU"),
    "logsumexp": lambda node, args, s: Text(
        rf"\log \sum{rows.axes(node)} e^{{{args[0].code}}}", ex.MATMUL
    ),
    **{name: rows.function(rf"\{name}") for name in (
        "log", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh",
    )},
    **{name: rows.named(name) for name in (
        "arcsinh", "arccosh", "arctanh", "erf", "sign", "rint", "trunc", "hypot",
        "isnan", "isfinite", "isinf", "signbit", "softplus", "softmax",
    )},
}  # fmt: skip
