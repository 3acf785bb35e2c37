"""Numbers, sizes, shapes and index keys as Python text.

A ``Speller`` knows the program that is being written: how ``x.shape[0]`` is called in
it, and which arrays are in reach.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from clearprop.sizes import Atom, Dim, Size
from clearprop.write import expression as ex
from clearprop.write.expression import Text

# Longer sizes get a variable of their own.
LONG_SIZE = 24


class Speller(Protocol):
    """What a spelling may ask about the program being written."""

    def atom(self, atom: Atom) -> str | None:
        """How a size atom is written, if the array it belongs to is in reach."""

    def like(self, dims: Sequence[Dim], dtype: np.dtype | None) -> str | None:
        """The name of an array in reach with these dims (and this dtype)."""

    def whole(self, size: Size) -> str | None:
        """The name of an array in reach that has exactly this many entries."""

    def size(self, size: Size, code: str | None = None) -> str | None:
        """The variable that holds a size; with ``code``, a new one if that is good."""

    def generator(self, source: Any) -> str:
        """How the owner of a random draw is written: ``np.random``, or an argument."""

    def fresh(self, wish: str) -> str:
        """A name that nothing else has, for a loop variable."""


def number(value: Any) -> str:
    """A number as Python text: the shortest that reads back the same."""
    if isinstance(value, np.generic):
        if value.dtype.kind == "f":
            value = float(str(value)) if np.isfinite(value) else float(value)
        else:
            value = value.item()
    if isinstance(value, float):
        if value != value:
            return "np.nan"
        if value in (float("inf"), float("-inf")):
            return "np.inf" if value > 0 else "-np.inf"
        return _shortest(value)
    return repr(value)


def _shortest(value: float) -> str:
    """``1e-5`` and ``1e9``, where Python prints 1e-05 and 1000000000.0."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    if exponent and float(f"{mantissa}e{exponent}") == value:
        return f"{mantissa}e{int(exponent)}"
    return repr(value)


def key_literal(item: Any) -> str:
    """A dict key or a default as it is written."""
    return f'"{item}"' if isinstance(item, str) and '"' not in item else repr(item)


def access_text(path: Sequence[Any]) -> str:
    """How a part of an argument is reached: ``params["W"][0]``."""
    code = str(path[0])
    for kind, item in path[1:]:
        code += f".{item}" if kind == "attr" else f"[{key_literal(item)}]"
    return code


def number_text(value: Any) -> Text:
    """A number with its sign's precedence."""
    code = number(value)
    return Text(code, ex.UNARY if code.startswith("-") else ex.ATOM)


def size_text(dim: Dim, speller: Speller, named: bool = True) -> Text:
    """A size as Python text, such as ``x.shape[0] - 1``, or its variable."""
    if not isinstance(dim, Size):
        return number_text(int(dim))
    whole = speller.whole(dim) if dim.atom is None else None
    if whole is not None:
        return Text(f"{whole}.size")
    known = speller.size(dim) if named else None
    if known is not None:
        return Text(known)
    total = _sum_text(dim, speller, named)
    if named and len(total.code) > LONG_SIZE:
        name = speller.size(dim, total.code)
        return total if name is None else Text(name)
    return total


def _sum_text(dim: Size, speller: Speller, named: bool = True) -> Text:
    total: Text | None = None
    for monomial, coefficient in dim.terms:
        factors = [_atom_text(a, speller, named) for a in monomial]
        if not factors or abs(coefficient) != 1:
            factors.insert(0, number_text(abs(coefficient)))
        part = factors[0]
        for factor in factors[1:]:
            part = ex.infix("*", ex.PRODUCT, part, factor)
        if total is None:
            total = ex.negated(part) if coefficient < 0 else part
        else:
            total = ex.infix("-" if coefficient < 0 else "+", ex.SUM, total, part)
    assert total is not None
    return total


def _atom_text(atom: Atom, speller: Speller, named: bool) -> Text:
    if atom.kind in ("//", "%"):
        a, b = (size_text(d, speller) for d in atom.args)
        return ex.infix(atom.kind, ex.PRODUCT, a, b)
    if atom.kind in ("max", "min"):
        a, b = (size_text(d, speller) for d in atom.args)
        return Text(f"{atom.kind}({a.code}, {b.code})")
    known = speller.size(Size({(atom,): 1})) if named else None
    if known is not None:
        return Text(known)
    code = speller.atom(atom)
    return Text(code if code is not None else str(atom.value))


def shape_text(dims: Sequence[Dim], speller: Speller) -> str:
    """A shape as a tuple, or as ``x.shape`` where an array in reach has it."""
    like = speller.like(dims, None)
    if like is not None and any(isinstance(d, Size) for d in dims):
        return f"{like}.shape"
    return tuple_text([size_text(d, speller).code for d in dims])


def tuple_text(items: Sequence[str]) -> str:
    """Items as a tuple display."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def key_items(
    key: Any, arrays: Sequence[Text], speller: Speller, bracketed: bool = True
) -> list[str]:
    """The items of an index key; ``bracketed``: as they stand in ``x[...]``."""
    items = []
    for item in key:
        if item[0] == "slice":
            bounds = [
                None if s is None else size_text(s, speller).code for s in item[1:]
            ]
            items.append(_slice(*bounds) if bracketed else _slice_call(*bounds))
        elif item[0] == "int":
            items.append(size_text(item[1], speller).code)
        elif item[0] == "new":
            items.append("None")
        else:
            items.append(arrays[item[1]].code)
    return items


def _slice(start: str | None, stop: str | None, step: str | None) -> str:
    """``start:stop:step``, with the formatter's spaces around a bound that is a sum."""
    wide = any(s is not None and not _SIMPLE.match(s) for s in (start, stop, step))
    if not wide:
        return f"{start or ''}:{stop or ''}" + ("" if step is None else f":{step}")
    parts = [start or "", stop or ""] + ([] if step is None else [step])
    return " : ".join(parts).replace(" :  : ", " :: ").strip()


_SIMPLE = re.compile(r"-?\w+\Z")


def _slice_call(start: str | None, stop: str | None, step: str | None) -> str:
    """``slice(start, stop)``, for a key that stands outside brackets."""
    if step is not None:
        return f"slice({start}, {stop}, {step})"
    return f"slice({stop})" if start is None else f"slice({start}, {stop})"


def key_text(key: Any, arrays: Sequence[Text], speller: Speller) -> str:
    """What stands between the brackets of ``x[...]``."""
    return ", ".join(key_items(key, arrays, speller))
