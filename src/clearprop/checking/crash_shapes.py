"""Words for arrays that don't fit: what is which shape, and what would fit.

Comes in the line that raised; goes out one or two sentences, or None where the line
doesn't show what it was. Only what has been tried on the shapes is proposed.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from itertools import zip_longest

from clearprop.checking.crash_line import Crash, listed, spelled
from clearprop.checking.shapeof import (
    Shape,
    argument,
    broadcast,
    is_dot,
    is_numpy,
    is_product,
    operands,
    product,
)


def mismatch(crash: Crash) -> str | None:
    """The first operation whose operands don't fit each other."""
    for node in crash.nodes():
        pair = operands(node)
        if pair is None or not isinstance(node, ast.expr) or _is_step(crash, node):
            continue
        a, b = crash.shape(pair[0]), crash.shape(pair[1])
        if a is None or b is None:
            continue
        names = ast.unparse(pair[0]), ast.unparse(pair[1])
        head = f"{ast.unparse(node)}: {_are(names, a, b)}: "
        if not is_product(node):
            if broadcast(a, b) is None:
                return head + _unaligned(names, a, b)
        elif is_dot(node) and (not (a and b) or max(len(a), len(b)) > 2):
            continue  # np.dot takes a number too; what it makes of stacks isn't told
        elif not (a and b):
            return f"{head}@ multiplies arrays only. * takes a number."
        elif product(a, b) is None:
            return head + _unmultiplied(names, a, b)
    return _moved(crash)


def stored(crash: Crash) -> str | None:
    """``dW[:, 0] = v``, where ``v`` is longer than a column."""
    found = re.search(r"from shape (\(.*?\)) into shape (\(.*?\))", crash.message)
    if found is None:
        return None
    value, place = (_shape(text) for text in found.groups())
    return (
        f"{crash.code}: what is stored is {spelled(value)} and its place is "
        f"{spelled(place)}."
    )


def reshaped(crash: Crash) -> str | None:
    """As many numbers before as after."""
    found = re.search(r"of size (\d+) into shape (\(.*?\))", crash.message)
    if found is None:
        return None
    size, wanted = int(found[1]), _shape(found[2])
    what, owed = "the array has", f"and {wanted} wants {math.prod(wanted)}"
    for node in crash.nodes():
        array = _reshaped_array(node)
        shape = crash.shape(array) if array is not None else None
        if array is not None and "-1" in ast.unparse(node):
            owed = f"which {math.prod(wanted)} doesn't divide"
        if array is not None and shape is not None and math.prod(shape) == size:
            what = f"{ast.unparse(array)} is {spelled(shape)}, that is"
    return f"{crash.code}: {what} {size} numbers, {owed}."


def axis(crash: Crash) -> str | None:
    """A sum along an axis that isn't there."""
    found = re.search(r"axis (-?\d+) is out of bounds .*dimension (\d+)", crash.message)
    if found is None:
        return None
    asked, count = int(found[1]), int(found[2])
    has = listed([str(n) for n in range(count)])
    have = f"ax{'is' if count == 1 else 'es'} {has} only" if count else "no axis"
    for node in crash.nodes():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        free = is_numpy(node.func.value) and bool(node.args)
        array = node.args[0] if free else node.func.value
        shape = crash.shape(array)
        if argument(node, "axis", int(free)) is None or shape is None:
            continue
        if len(shape) == count:
            return (
                f"{ast.unparse(node)}: {ast.unparse(array)} is {spelled(shape)}, which "
                f"has {have}."
            )
    return f"{crash.code}: there is no axis {asked}: the array has {have}."


def index(crash: Crash) -> str | None:
    """An entry past the end."""
    if "index out of range" in crash.message:
        return f"{crash.code}: there are fewer entries than that index asks for."
    found = re.search(
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", crash.message
    )
    if found is None:
        return None
    asked, along, size = (int(n) for n in found.groups())
    has = f"has {size} entries, numbered 0 to {size - 1}" if size else "is empty"
    for node in crash.nodes():
        shape = crash.shape(node.value) if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Subscript) and shape and shape[along:][:1] == (size,):
            array = ast.unparse(node.value)
            where = f"{ast.unparse(node)}: axis {along} of {array}"
            return f"{where} {has}: there is no entry {asked}."
    return f"{crash.code}: there is no entry {asked}: axis {along} {has}."


def indices(crash: Crash) -> str | None:
    """More indices than axes."""
    found = re.search(r"is (\d+)-dimensional, but (\d+) were indexed", crash.message)
    if found is None:
        return None
    has, asked = int(found[1]), int(found[2])
    axes = f"{has} ax{'is' if has == 1 else 'es'}"
    for node in crash.nodes():
        shape = crash.shape(node.value) if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Subscript) and shape is not None and len(shape) == has:
            what = f"{ast.unparse(node.value)} is {spelled(shape)}"
            return f"{ast.unparse(node)}: {what}: {axes}, and {asked} are asked for."
    return f"{crash.code}: the array has {axes}, and {asked} are asked for."


def _are(names: tuple[str, str], a: Shape, b: Shape) -> str:
    if names[0] == names[1]:
        return f"{names[0]} is {spelled(a)}"
    return f"{names[0]} is {spelled(a)} and {names[1]} is {spelled(b)}"


def _unmultiplied(names: tuple[str, str], a: Shape, b: Shape) -> str:
    """Why two arrays have no matrix product, and which transposes have."""
    if len(a) == len(b) == 1:
        return (
            "two vectors of different lengths have no inner product. "
            f"np.outer({', '.join(names)}) is {(*a, *b)}."
        )
    inner = a[-1], b[-2 if len(b) > 1 else 0]
    if inner[0] == inner[1]:
        return f"the stacks {a[:-2]} and {b[:-2]} differ."
    says = f"the inner sizes {inner[0]} and {inner[1]} differ."
    turned = [(_turned(name), shape[::-1]) for name, shape in zip(names, (a, b))]
    if names[0] == names[1]:
        return f"{says} {turned[0][0]} is {turned[0][1]}, which fits on either side."
    fits: list[tuple[str, Shape]] = []
    if len(b) == 2 and product(a, turned[1][1]) is not None:
        fits.append(turned[1])
    if len(a) == 2 and product(turned[0][1], b) is not None:
        fits.append(turned[0])
    if fits:
        return f"{says} {_fitting(fits)}"
    both = product(turned[0][1], turned[1][1])
    if len(a) == len(b) == 2 and both is not None:
        found = [f"{name} is {shape}" for name, shape in turned]
        return f"{says} {listed(found)}: these fit, and so do the two swapped."
    return f"{says} No transpose of them fits."


def _unaligned(names: tuple[str, str], a: Shape, b: Shape) -> str:
    """Why two arrays can't be combined entry by entry, and what can."""
    meet = next(
        (m, n)
        for m, n in zip_longest(reversed(a), reversed(b), fillvalue=1)
        if m != n and 1 not in (m, n)
    )
    says = f"lined up from the right, {meet[0]} meets {meet[1]}, and neither is 1."
    fits: list[tuple[str, Shape]] = []
    for name, shape, other in zip(reversed(names), (b, a), (a, b)):
        if len(shape) == 2 and broadcast(shape[::-1], other) is not None:
            fits.append((_turned(name), shape[::-1]))
        if len(shape) == 1 and broadcast((*shape, 1), other) is not None:
            fits.append((f"{_bracketed(name)}[:, None]", (*shape, 1)))
    return f"{says} {_fitting(fits)}".rstrip()


def _steps(crash: Crash) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is moved and by what: ``W -= step``, and ``W = W - step``."""
    for node in crash.nodes():
        if isinstance(node, ast.AugAssign):
            yield node.target, node.value
        if isinstance(node, ast.Assign) and _is_step(crash, node.value):
            assert isinstance(node.value, ast.BinOp)
            yield node.value.left, node.value.right


def _is_step(crash: Crash, code: ast.expr) -> bool:
    """Whether it is the ``W - step`` of ``W = W - step``."""
    if not isinstance(code, ast.BinOp) or not isinstance(code.op, ast.Add | ast.Sub):
        return False
    return any(
        isinstance(node, ast.Assign)
        and node.value is code
        and ast.unparse(node.targets[0]) == ast.unparse(code.left)
        for node in crash.nodes()
    )


def _moved(crash: Crash) -> str | None:
    """``db += dz``, where ``dz`` is larger: what is moved can't grow."""
    for target, step in _steps(crash):
        place, value = crash.shape(target), crash.shape(step)
        if place is None or value is None or broadcast(place, value) == place:
            continue
        names = ast.unparse(target), ast.unparse(step)
        head = f"{crash.code}: {_are(names, place, value)}: "
        fits: list[tuple[str, Shape]] = []
        if len(value) == 2 and value[::-1] == place:
            fits.append((_turned(names[1]), place))
        for lost in range(len(value)):
            if value[:lost] + value[lost + 1 :] == place:
                fits.append((f"{_bracketed(names[1])}.sum(axis={lost})", place))
        says = "what is moved keeps its shape."
        return f"{head}{says} {_fitting(fits if crash.alone else [])}".rstrip()
    return None


def _fitting(fits: list[tuple[str, Shape]]) -> str:
    """``W2.T is (1, 3), which fits.``"""
    if not fits:
        return ""
    others = [f"{name}, which is {shape}" for name, shape in fits[1:]]
    more = f"; so does {listed(others)}" if others else ""
    return f"{fits[0][0]} is {fits[0][1]}, which fits{more}."


def _turned(name: str) -> str:
    """``W.T`` of ``W``, and ``W`` of ``W.T``."""
    return name[:-2] if name.endswith(".T") else f"{_bracketed(name)}.T"


def _bracketed(name: str) -> str:
    loose = ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.IfExp
    return f"({name})" if isinstance(ast.parse(name, mode="eval").body, loose) else name


def _reshaped_array(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr != "reshape":
        return None
    return node.args[0] if is_numpy(node.func.value) else node.func.value


def _shape(text: str) -> Shape:
    return tuple(int(n) for n in re.findall(r"-?\d+", text))
