"""Operations that are written as statements: they change a fresh array in place."""

from __future__ import annotations

from collections.abc import Callable

from clearprop.graph import Node
from clearprop.ops.index import may_repeat
from clearprop.write import expression as ex
from clearprop.write.expression import Text
from clearprop.write.sizes import (
    Speller,
    key_items,
    key_text,
    size_text,
)

Statement = Callable[[Node, str, list[Text], Speller], list[str]]


def _augmented(value: Text) -> tuple[str, str]:
    """``+= value``, or ``-= value`` where the value is written with a minus."""
    if value.code.startswith("-") and value.binds >= ex.PRODUCT:
        return "-=", ex.unbracketed(value.code[1:])
    return "+=", value.code


def _index_add(node: Node, name: str, args: list[Text], s: Speller) -> list[str]:
    key = node.params["key"]
    if may_repeat(node.inputs[2:]):
        items = key_items(key, args[2:], s, bracketed=False)
        where = items[0] if len(items) == 1 else f"({', '.join(items)})"
        return [f"np.add.at({name}, {where}, {args[1].code})"]
    operator, value = _augmented(args[1])
    return [f"{name}[{key_text(key, args[2:], s)}] {operator} {value}"]


def _setitem(node: Node, name: str, args: list[Text], s: Speller) -> list[str]:
    return [f"{name}[{key_text(node.params['key'], args[2:], s)}] = {args[1].code}"]


def _add_windows(node: Node, name: str, args: list[Text], s: Speller) -> list[str]:
    """Overlapping windows added up: one line for each offset in a loop."""
    window, axis = node.params["window"], node.params["axis"]
    offsets = [s.fresh("ijklmn"[k]) for k in range(len(axis))]
    widths = [size_text(w, s).code for w in window]
    keys = [":"] * node.ndim
    for offset, a in zip(offsets, axis, strict=True):
        count = size_text(node.inputs[1].dims[a], s).code
        keys[a] = f"{offset} : {offset} + {count}"
    while keys[-1] == ":":
        keys.pop()
    loop = f"np.ndindex({', '.join(widths)})"
    names = ", ".join(offsets)
    target = names if len(offsets) > 1 else f"({names},)"
    if len(offsets) == 1:
        loop, target = f"range({widths[0]})", names
    return [
        f"for {target} in {loop}:",
        f"    {name}[{', '.join(keys)}] += {args[1].at(ex.ATOM)}[..., {names}]",
    ]


# Rows for operations that change a fresh copy of their first operand, called ``name``.
STATEMENTS: dict[str, Statement] = {
    "index_add": _index_add,
    "setitem": _setitem,
    "add_windows": _add_windows,
}


# Operations that have no row in either table, and why.
_LOWERED = "a named function: lowered to plain operations before anything is written"
NOT_SPELLED = {
    "input": "a leaf is written by its name",
    **dict.fromkeys(
        (
            "sigmoid", "softplus", "log_sigmoid", "relu", "softmax", "log_softmax",
            "logsumexp",
        ),
        _LOWERED,
    ),
}  # fmt: skip
