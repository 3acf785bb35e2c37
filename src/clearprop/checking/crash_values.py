"""Words for values that aren't there or aren't numbers: names, keys, blanks, zeros.

Comes in the line that raised; goes out one or two sentences, or None where the line
doesn't show what it was.
"""

from __future__ import annotations

import ast
import builtins
import re
from difflib import get_close_matches

from clearprop.checking.crash_line import Crash, listed, spelled

_BLANK = re.compile(r"[?_.…\s]+|TODO.*|your code.*", re.IGNORECASE)
_GONE = {
    "float": "float", "int": "int", "bool": "bool", "object": "object", "str": "str",
    "complex": "complex", "long": "int", "Inf": "np.inf", "Infinity": "np.inf",
    "NaN": "np.nan", "float_": "np.float64", "product": "np.prod",
    "sometrue": "np.any", "alltrue": "np.all", "cumproduct": "np.cumprod",
    "in1d": "np.isin", "row_stack": "np.vstack", "trapz": "np.trapezoid",
}  # fmt: skip
_NOTHING = {"NoneType": "None", "ellipsis": "...", "str": "text"}


def blank(crash: Crash) -> str | None:
    """``error * '????????'``: the line waits to be filled in."""
    for node in crash.nodes():
        if not isinstance(node, ast.Constant):
            continue
        empty = isinstance(node.value, str) and bool(_BLANK.fullmatch(node.value))
        if empty or node.value is ...:
            return _unfilled(crash, ast.unparse(node))
    return None


def operand(crash: Crash) -> str | None:
    """``None * h``: an operand that is no number."""
    types = re.findall(r"'(\w+)'", crash.message.partition(":")[2])
    for node in crash.nodes():
        if not isinstance(node, ast.BinOp | ast.AugAssign):
            continue
        sides = (
            (node.target, node.value)
            if isinstance(node, ast.AugAssign)
            else (node.left, node.right)
        )
        for side in sides:
            if isinstance(side, ast.Constant) and side.value is None:
                return _unfilled(crash, "None")
        for side, kind in zip(sides, types if len(types) == 2 else []):
            known = crash.shape(side) is not None
            if kind in _NOTHING and not known:
                return _is_nothing(crash, ast.unparse(side), kind)
    found = next((kind for kind in _NOTHING if f"'{kind}'" in crash.message), None)
    if found is None:
        return None
    return (
        f"{crash.code}: {_NOTHING[found]} stands where a number belongs. Is a line "
        "above not filled in?"
    )


def sequence(crash: Crash) -> str | None:
    """``[0.1, 0.2] * rate``."""
    return (
        f"{crash.code}: a list or a text is multiplied. np.array makes numbers of a "
        "list; a text is a line above that isn't filled in."
    )


def integers(crash: Crash) -> str | None:
    """``W -= rate * dW`` where ``W`` was made of whole numbers."""
    if "to dtype('int" not in crash.message:
        return operand(crash)
    targets = [n.target for n in crash.nodes() if isinstance(n, ast.AugAssign)]
    place = ast.unparse(targets[0]) if targets else "the array"
    return (
        f"{crash.code}: {place} holds whole numbers and can't take fractions in place. "
        "Make it of floats, with dtype=float or .astype(float), where it is created."
    )


def assertion(crash: Crash) -> str | None:
    """The program's own test of itself."""
    return (
        f"{crash.code}: this doesn't hold{': ' * bool(crash.message)}{crash.message}."
    )


def text(crash: Crash) -> str | None:
    """NumPy asked to compute with text: a blank on a line above."""
    return (
        f"{crash.code}: text stands where numbers belong. Is a line above not filled "
        "in, or was a file read as text?"
    )


def name(crash: Crash) -> str | None:
    """A name that isn't there: a slip, or an import that was forgotten."""
    error = crash.error
    missing = getattr(error, "name", None) or _quoted(crash.message)
    if missing is None:
        return None
    if isinstance(error, UnboundLocalError):
        return (
            f"{crash.code}: {missing} is used before this function has set it. A name "
            "that a function sets anywhere is its own, whatever stands outside."
        )
    if missing == "np":
        return f"{crash.code}: np is not there: import numpy as np."
    known = {re.split(r"[.\[]", key)[0] for key in crash.shapes} | set(dir(builtins))
    known |= {n.id for n in crash.nodes() if isinstance(n, ast.Name)} - {missing}
    return _missing(crash, missing, sorted(known), "there is no {} at this point")


def key(crash: Crash) -> str | None:
    """A key that isn't in a dictionary, and those that are."""
    missing = crash.error.args[0] if crash.error.args else ""
    for node in crash.nodes():
        if not isinstance(node, ast.Subscript):
            continue
        literal = isinstance(node.slice, ast.Constant)
        if literal and node.slice.value != missing:  # type: ignore[attr-defined]
            continue
        owner = ast.unparse(node.value)
        has = [k[len(owner) + 1 : -1] for k in crash.shapes if _is_item(k, owner)]
        if has or literal:
            keys = f" It has {listed(has)}." if has else ""
            return f"{ast.unparse(node)}: {owner} has no key {missing!r}.{keys}"
    return f"{crash.code}: there is no key {missing!r}."


def attribute(crash: Crash) -> str | None:
    """``self.w1`` for ``self.W1``, ``np.float``, ``None.T``."""
    found = re.search(r"has no attribute '(\w+)'", crash.message)
    missing = getattr(crash.error, "name", None) or (found[1] if found else "")
    owner = next(
        (
            ast.unparse(node.value)
            for node in crash.nodes()
            if isinstance(node, ast.Attribute) and node.attr == missing
        ),
        "",
    )
    if not owner:
        return None
    whole = f"{owner}.{missing}"
    for kind in _NOTHING:
        if f"'{kind}' object" in crash.message:
            return _is_nothing(crash, owner, kind)
    if "'numpy'" in crash.message and missing in _GONE:
        return f"{whole}: newer NumPys have no {whole}: write {_GONE[missing]}."
    start = f"{owner}."
    has = [k.removeprefix(start) for k in crash.shapes if k.startswith(start)]
    known = has or list(dir(getattr(crash.error, "obj", None)))
    return _missing(crash, missing, known, f"{owner} has no {{}}")


def zero(crash: Crash) -> str | None:
    """What was divided by."""
    kinds = (ast.Div, ast.FloorDiv, ast.Mod)
    divisors = {
        ast.unparse(node.right if isinstance(node, ast.BinOp) else node.value)
        for node in crash.nodes()
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, kinds)
    }
    if len(divisors) != 1:
        return f"{crash.code}: it divides by zero."
    return f"{crash.code}: {divisors.pop()} is zero, and it divides by that."


def whole(crash: Crash) -> str | None:
    """An index or a size that is no whole number."""
    return (
        f"{crash.code}: a size or an index is a whole number, and this one isn't. "
        "/ gives a fraction even where it divides evenly, // a whole number; an array "
        "of labels becomes one with .astype(int)."
    )


def called(crash: Crash) -> str | None:
    """``h(1 - h)``: brackets after something that is no function."""
    for node in crash.nodes():
        if isinstance(node, ast.Call) and crash.shape(node.func) is not None:
            function = ast.unparse(node.func)
            return (
                f"{ast.unparse(node)}: {function} is "
                f"{spelled(crash.shape(node.func) or ())}, not a function. Is a * "
                "missing before the bracket?"
            )
    return None


def truth(crash: Crash) -> str | None:
    """``if z > 0`` of an array."""
    asked = crash.code
    for node in crash.nodes():
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            asked = ast.unparse(node.test)
    return (
        f"{crash.code}: {asked} has an answer for each entry, and one is needed. "
        "np.where chooses entry by entry; .any() and .all() sum the answers up."
    )


def one_number(crash: Crash) -> str | None:
    """``math.exp(z)`` of an array."""
    for node in crash.nodes():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        shape, function = crash.shape(node.args[0]), ast.unparse(node.func)
        if shape and function.startswith(("math.", "float", "int")):
            better = function.replace("math.", "np.")
            says = f" {better} takes an array." if better != function else ""
            return (
                f"{ast.unparse(node)}: {function} takes one number and "
                f"{ast.unparse(node.args[0])} is {spelled(shape)}.{says}"
            )
    return f"{crash.code}: one number is needed, and this is an array."


def _unfilled(crash: Crash, what: str) -> str:
    return f"{crash.code}: the line isn't filled in: {what} stands for an answer."


def _is_nothing(crash: Crash, code: str, kind: str) -> str:
    sentence = f"{crash.code}: {code} is {_NOTHING[kind]}: the line that sets it isn't "
    if kind == "NoneType":
        return sentence + "filled in, or a function returns nothing."
    return sentence + "filled in."


def _missing(crash: Crash, missing: str, known: list[str], says: str) -> str:
    close = get_close_matches(missing, known, 2, 0.6)
    folded = [k for k in known if k.lower() == missing.lower()]
    close = list(dict.fromkeys(folded + close))[:2]
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"{crash.code}: {says.format(missing)}.{meant}"


def _is_item(name: str, owner: str) -> bool:
    """Whether ``name`` is ``owner[...]``, and not an item of an item."""
    inner = name[len(owner) + 1 : -1]
    return name.startswith(f"{owner}[") and name.endswith("]") and "[" not in inner


def _quoted(message: str) -> str | None:
    found = re.search(r"'(\w+)'", message)
    return found[1] if found else None
