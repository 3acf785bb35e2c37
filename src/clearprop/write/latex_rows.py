"""The pieces of the LaTeX spelling table: one function for each kind of row.

A row takes the node, the text of its operands and what spells a size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Dim, Size
from clearprop.write import expression as ex
from clearprop.write.expression import Text

Sizes = Callable[[Dim], str]
Row = Callable[[Node, list[Text], Sizes], Text]

LONGEST_ARRAY = 6  # a constant array of more entries is called by its shape
TOP = r"^{\top}"


def at(text: Text, level: int) -> str:
    """The text, in brackets that grow where it binds less tightly than ``level``."""
    return text.code if text.binds >= level else rf"\left({text.code}\right)"


def below(text: Text, index: str) -> str:
    """The text with an index below it, also where it has one already."""
    code = at(text, ex.ATOM)
    code = f"{{{code}}}" if "_" in code else code
    return f"{code}_{{{index}}}" if len(index) > 1 else f"{code}_{index}"


def number(value: Any) -> Text:
    """A number as it is printed: one half as a fraction, powers of ten as such."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.item()
    if isinstance(value, bool):
        return Text(rf"\text{{{value}}}")
    if value != value:
        return Text(r"\text{nan}")
    if value < 0 or (value == 0 and math.copysign(1, value) < 0):
        return Text(f"-{number(-value).code}", ex.UNARY)
    if value == math.inf:
        return Text(r"\infty")
    if value in _FRACTIONS:
        return Text(_FRACTIONS[value])
    digits = f"{value:.12g}"
    if "e" not in digits:
        return Text(digits)
    mantissa, exponent = digits.split("e")
    power = f"10^{{{int(exponent)}}}"
    return Text(power if mantissa == "1" else rf"{mantissa} \cdot {power}", ex.PRODUCT)


_FRACTIONS = {
    0.5: r"\tfrac{1}{2}", 0.25: r"\tfrac{1}{4}", 1 / 3: r"\tfrac{1}{3}",
}  # fmt: skip


def seen(node: Node) -> list[Node]:
    """The operands as they are printed: without what only stretches them."""
    if node.op.elementwise or node.op.name in ("index_add", "setitem"):
        return [n.inputs[0] if n.op.name == "broadcast" else n for n in node.inputs]
    return list(node.inputs)


def operator(symbol: str, level: int) -> Row:
    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        a, b = args
        right = at(b, level + 1)
        if right.startswith("-"):
            right = rf"\left({right}\right)"
        return Text(f"{at(a, level)} {symbol} {right}", level)

    return row


def add_row(node: Node, args: list[Text], s: Sizes) -> Text:
    a, b = args
    right = at(b, ex.SUM)
    if right.startswith("-"):
        return Text(f"{a.code} - {right[1:]}", ex.SUM)
    return Text(f"{at(a, ex.SUM)} + {right}", ex.SUM)


def mul_row(node: Node, args: list[Text], s: Sizes) -> Text:
    a, b = seen(node)
    one, two = args
    for column, row, left, right in ((a, b, one, two), (b, a, two, one)):
        if node.ndim == 2 and _is_column(column) and _is_row(row):
            return Text(f"{at(left, ex.POWER)}\\, {transposed(right)}", ex.PRODUCT)
    left, right = args
    code = at(right, ex.PRODUCT)
    if code.startswith("-"):
        code = rf"\left({code}\right)"
    if a.ndim and b.ndim:
        sign = r" \odot "
    elif code[0].isdigit() or code.startswith((r"\tfrac", r"\frac")):
        sign = r" \cdot "
    else:
        sign = r"\, "
    return Text(f"{at(left, ex.PRODUCT)}{sign}{code}", ex.PRODUCT)


def _is_column(node: Node) -> bool:
    return node.ndim == 2 and node.dims[1] == 1 and node.op.name == "reshape"


def _is_row(node: Node) -> bool:
    one_row = node.ndim == 2 and node.dims[0] == 1 and node.op.name == "reshape"
    return node.ndim == 1 or one_row


def transposed(text: Text) -> str:
    """The text with a transpose sign, or without the one it has."""
    if text.code.endswith(TOP) and text.binds == ex.POWER:
        return text.code.removesuffix(TOP)
    return f"{at(text, ex.POWER + 1)}{TOP}"


def div_row(node: Node, args: list[Text], s: Sizes) -> Text:
    return Text(rf"\frac{{{args[0].code}}}{{{args[1].code}}}", ex.POWER)


def neg_row(node: Node, args: list[Text], s: Sizes) -> Text:
    code = at(args[0], ex.PRODUCT)
    return Text(
        rf"-\left({code}\right)" if code.startswith("-") else f"-{code}", ex.UNARY
    )


def pow_row(node: Node, args: list[Text], s: Sizes) -> Text:
    base = args[0]
    if base.code.startswith("\\frac"):
        base = Text(base.code, ex.SUM)
    return Text(f"{at(base, ex.POWER + 1)}^{{{args[1].code}}}", ex.POWER)


def matmul_row(node: Node, args: list[Text], s: Sizes) -> Text:
    a, b = node.inputs
    left, right = args
    if a.ndim == 1 and b.ndim == 1:
        return Text(f"{transposed(left)} {at(right, ex.POWER)}", ex.PRODUCT)
    if a.ndim == 1:  # a row times a matrix, written as matrix times column
        return Text(f"{transposed(right)} {at(left, ex.POWER)}", ex.PRODUCT)
    return Text(f"{at(left, ex.PRODUCT)} {at(right, ex.POWER)}", ex.PRODUCT)


def transpose_row(node: Node, args: list[Text], s: Sizes) -> Text:
    axes = node.params["axes"]
    if sorted(axes[-2:]) == [len(axes) - 2, len(axes) - 1] and len(axes) > 1:
        code = transposed(args[0])
        return Text(code, ex.POWER if code.endswith(TOP) else ex.ATOM)
    order = ",".join(map(str, axes))
    return Text(rf"\operatorname{{transpose}}_{{{order}}}({args[0].code})")


def function(name: str) -> Row:
    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        inside = ", ".join(a.code for a in args)
        return Text(rf"{name}\left({inside}\right)")

    return row


def named(name: str) -> Row:
    return function(rf"\operatorname{{{name}}}")


def around(before: str, after: str) -> Row:
    return lambda node, args, s: Text(f"{before}{args[0].code}{after}")


def axes(node: Node) -> str:
    axis, ndim = node.params["axis"], node.inputs[0].ndim
    axis = axis if isinstance(axis, tuple) else (axis,)
    if len(axis) == ndim:
        return ""
    if ndim == 2:
        return r"_{\text{rows}}" if axis == (0,) else r"_{\text{columns}}"
    return rf"_{{\text{{axis }}{','.join(map(str, axis))}}}"


def over(symbol: str) -> Row:
    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        return Text(f"{symbol}{axes(node)} {at(args[0], ex.PRODUCT)}", ex.MATMUL)

    return row


def along(name: str) -> Row:
    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        return Text(rf"\operatorname{{{name}}}{axes(node)}\left({args[0].code}\right)")

    return row


def _key(node: Node, args: Sequence[Text], s: Sizes) -> str:
    """What stands below in ``x_{[...]}``; ``x[arange(N), y]`` is ``x_{[i, y_i]}``."""
    arrays = [n for n in node.inputs if n.op.name == "arange"]
    offset = len(node.inputs) - len(args)
    items = []
    for item in node.params["key"]:
        if item[0] == "slice":
            start, stop, step = ("" if p is None else s(p) for p in item[1:])
            items.append(f"{start}{{:}}{stop}" + (f"{{:}}{step}" if step else ""))
        elif item[0] == "int":
            items.append(s(item[1]))
        elif item[0] == "new":
            items.append(r"\text{new}")
        else:
            array, text = node.inputs[offset + item[1]], args[item[1]]
            if array in arrays and array.params["start"] == 0 and len(args) > 1:
                items.append("i")
            elif len(arrays) == 1 and array.ndim == 1:
                items.append(below(text, "i"))
            else:
                items.append(text.code)
    return r",\,".join(items)


def getitem_row(node: Node, args: list[Text], s: Sizes) -> Text:
    return Text(below(args[0], f"[{_key(node, args[1:], s)}]"), ex.ATOM - 1)


def _scatter(key: str, node: Node, args: list[Text]) -> Text:
    base, value = node.inputs[0], seen(node)[1]
    source = base.inputs[0] if base.op.name == "broadcast" else base
    empty = source.op.name == "const" and not np.any(source.params["value"])
    if not value.ndim:  # one number at each position
        ones = rf"\mathbf{{1}}_{{[{key}]}}"
        code = at(args[1], ex.PRODUCT)
        term = {"1": ones, "1.0": ones, "-1": f"-{ones}", "-1.0": f"-{ones}"}.get(code)
        added = Text(term if term is not None else rf"{code}\, {ones}", ex.PRODUCT)
    else:
        added = Text(
            rf"\operatorname{{scatter}}_{{[{key}]}}\left({args[1].code}\right)"
        )
    if empty:
        return added
    return add_row(node, [args[0], added], lambda dim: "")


def index_add_row(node: Node, args: list[Text], s: Sizes) -> Text:
    return _scatter(_key(node, args[2:], s), node, args)


def setitem_row(node: Node, args: list[Text], s: Sizes) -> Text:
    key = _key(node, args[2:], s)
    inside = rf"{args[0].code},\, {args[1].code}"
    return Text(rf"\operatorname{{set}}_{{[{key}]}}\left({inside}\right)")


def _along_key(node: Node, index: Text) -> str:
    axis = node.params["axis"]
    return r",\,".join(
        index.code if i == axis else "i" if node.ndim == 2 else f"i_{i}"
        for i in range(node.ndim)
    )


def take_along(node: Node, args: list[Text], s: Sizes) -> Text:
    return Text(below(args[0], f"[{_along_key(node, args[1])}]"), ex.ATOM - 1)


def where_row(node: Node, args: list[Text], s: Sizes) -> Text:
    condition, a, b = (t.code for t in args)
    return Text(
        rf"\begin{{cases}} {a} & \text{{where }} {condition} \\"
        rf" {b} & \text{{elsewhere}} \end{{cases}}",
        ex.SUM,
    )


def negation(node: Node, args: list[Text], s: Sizes) -> Text:
    return Text(rf"\lnot {at(args[0], ex.UNARY)}", ex.UNARY)


def comparison(symbol: str) -> Row:
    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        a, b = (at(t, ex.SUM) for t in args)
        return Text(rf"\left[{a} {symbol} {b}\right]")

    return row


def reshape_row(node: Node, args: list[Text], s: Sizes) -> Text:
    old = [d for d in node.inputs[0].dims if d != 1]
    new = [d for d in node.dims if d != 1]
    if old == new or not node.inputs[0].ndim:
        return args[0]
    shape = r" \times ".join(s(d) for d in node.dims) or "1"
    return Text(rf"\operatorname{{reshape}}_{{{shape}}}\left({args[0].code}\right)")


def broadcast_row(node: Node, args: list[Text], s: Sizes) -> Text:
    if node.inputs[0].ndim:
        return args[0]
    shape = r" \times ".join(s(d) for d in node.dims)
    ones = rf"\mathbf{{1}}_{{{shape}}}"
    plain = {"1": ones, "1.0": ones, "0": r"\mathbf{0}", "0.0": r"\mathbf{0}"}
    code = args[0].code
    return Text(plain.get(code, rf"{at(args[0], ex.PRODUCT)}\, {ones}"), ex.PRODUCT)


def const_row(node: Node, args: list[Text], s: Sizes) -> Text:
    value = node.params["value"]
    if np.ndim(value) == 0:
        return number(value)
    if np.ndim(value) > 2 or not 0 < np.size(value) <= LONGEST_ARRAY:
        shape = r" \times ".join(map(str, np.shape(value)))
        return Text(rf"\text{{constant}}_{{{shape}}}")
    return Text(matrix(value))


def matrix(value: Any, digits: int = 12) -> str:
    """Numbers as a column (1-D) or a matrix."""
    table = np.atleast_2d(value)
    if np.ndim(value) == 1:
        table = table.T
    rows = (
        " & ".join(number(float(f"{float(v):.{digits}g}")).code for v in row)
        for row in table
    )
    body = r" \\ ".join(rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def einsum_row(node: Node, args: list[Text], s: Sizes) -> Text:
    terms, result = node.params["subscripts"].split("->")
    names = terms.split(",")
    summed = "".join(dict.fromkeys(c for c in terms if c.isalpha() and c not in result))
    total = rf"\sum_{{{','.join(summed)}}} " if summed else ""
    factors = [
        below(a, term) if term else at(a, ex.PRODUCT) for a, term in zip(args, names)
    ]
    product = r"\, ".join(factors)
    if result and product:
        return Text(rf"\left[{total}{product}\right]_{{{result}}}")
    return Text(f"{total}{product}", ex.MATMUL)


def arange_row(node: Node, args: list[Text], s: Sizes) -> Text:
    start, stop, step = (node.params[p] for p in ("start", "stop", "step"))
    if step == 1:
        return Text(rf"({s(start)} \ldots {s(stop - 1)})")
    return Text(rf"({s(start)}, {s(start + step)} \ldots {s(stop)})")


def eye_row(node: Node, args: list[Text], s: Sizes) -> Text:
    rows, columns = s(node.params["rows"]), s(node.params["columns"])
    return Text(
        f"I_{{{rows}}}" if rows == columns else rf"I_{{{rows} \times {columns}}}"
    )


def shown(name: str, *params: str) -> Row:
    """A function with some of its parameters below it."""

    def row(node: Node, args: list[Text], s: Sizes) -> Text:
        below = ",".join(_param(node.params[p], s) for p in params)
        inside = ", ".join(a.code for a in args)
        return Text(rf"\operatorname{{{name}}}_{{{below}}}\left({inside}\right)")

    return row


def _param(value: Any, s: Sizes) -> str:
    if isinstance(value, tuple):
        return ",".join(_param(v, s) for v in value)
    if isinstance(value, int | Size):
        return s(value)
    return rf"\text{{{value}}}"
