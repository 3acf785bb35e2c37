"""What a function's text tells about its arguments before it is called.

In comes a function's syntax tree and its text, out come the shapes that its docstring,
its comments and lines like ``N, D = x.shape`` state, the keys that it takes out of a
dictionary and the words that it compares an argument with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.sizes import shape_of


@dataclass(slots=True)
class Hints:
    """Of each argument of one function, by name."""

    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)  # W1, b1 = weights
    listed: set[str] = field(default_factory=set)  # zip(weights, biases)
    image: bool = False
    multiplied: set[str] = field(default_factory=set)  # v of x @ v
    batched: bool = False  # it sums or averages along an axis


def hints(functions: list[ast.FunctionDef], text: str) -> Hints:
    """What the functions (one, and those that it hands its arguments on to) tell."""
    found = Hints()
    found.image = any(_is_image(f) for f in functions)
    found.batched = any(_sums_along_an_axis(f) for f in functions)
    known: dict[str, int] = {}
    for function in functions:
        found.multiplied |= set(_right_factors(function))
        names = [a.arg for a in _arguments(function)]
        said = prose(function, text)
        for name, shape in _unpacked(function):
            found.ranks.setdefault(name, shape.count(",") + 1)
            _keep(found, name, shape, known)
        for name, items in _opened(function):
            found.items.setdefault(name, items)
        found.listed |= set(_listed(function))
        for name in names:
            for shape in stated(name, said):
                _keep(found, name, shape, known)
            if re.search(rf"(?<!\w){name}\s*(--|:)[^\n]*\bscalar\b", said):
                found.shapes.setdefault(name, ())
        for name, letters in _einsum(function):
            _keep(found, name, ", ".join(letters), known)
        for name, rank in _ranks(function):
            found.ranks.setdefault(name, rank)
        for name, key in _keys(function):
            keys = found.keys.setdefault(name, [])
            if key not in keys:
                keys.append(key)
        for name, word in _words(function):
            words = found.words.setdefault(name, [])
            if word not in words:
                words.append(word)
    for function in functions[:1]:
        for key, shape in _stated_keys(prose(function, text)):
            _keep(found, key, shape, known)
    return found


_PRODUCTS = ("dot", "matmul")
_WEIGHTS = ("weight", "recurrent", "input_weight", "output_weight")
_SUMS = ("sum", "mean", "max", "var", "std")


def _right_factors(function: ast.FunctionDef) -> Iterator[str]:
    """``v`` of ``x @ v``, ``x.dot(v)`` and ``np.dot(x, v)``, where x is no weight.

    What weighs the values of an attention is none of its arguments; a bias is no factor
    of anything.
    """
    given = {a.arg for a in _arguments(function)}
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            left, right = node.left, node.right
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            sides = [node.func.value, *node.args][-2:]
            if node.func.attr not in _PRODUCTS or len(sides) < 2:
                continue
            left, right = sides
        else:
            continue
        if not isinstance(left, ast.Name) or not isinstance(right, ast.Name):
            continue
        if role(left.id) in _WEIGHTS or re.match("x|h$", right.id, re.I):
            continue
        if left.id in given or role(right.id) == "bias":
            yield right.id


def _sums_along_an_axis(function: ast.FunctionDef) -> bool:
    """``(x**2).sum(axis=1)``: what is written for many rows, or columns."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _SUMS
        and any(k.arg == "axis" for k in node.keywords)
        for node in ast.walk(function)
    )


def _keep(found: Hints, name: str, text: str, known: dict[str, int]) -> None:
    try:
        shape = shape_of(text, known, found.image)
    except (ValueError, SyntaxError):
        return
    found.shapes.setdefault(name, shape)


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    a = function.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs]


def prose(function: ast.FunctionDef, text: str) -> str:
    """A function's docstring and comments."""
    segment = ast.get_source_segment(text, function) or ""
    comments = re.findall(r"#(.*)", segment)
    return "\n".join([ast.get_docstring(function) or "", *comments])


def stated(name: str, said: str) -> Iterator[str]:
    """The shapes that prose gives a name: ``- x: data, of shape (N, D)``."""
    pattern = (
        rf"(?<![\w.'\"]){re.escape(name)}(?:, ?\w+)*\s*(?::|--|-|=|is|are|of)?"
        rf"[^()\n:]*(?:\n(?!\s*[-*]?\s*\w+\s*(?:--|:))[^()\n:]*)?\(([^()]*)\)"
    )
    for match in re.finditer(pattern, said):
        if "," in match[1]:
            yield match[1]
    if re.search(r"\([^()]*,[^()]*\) each", said):
        yield re.findall(r"\(([^()]*,[^()]*)\) each", said)[0]


def _stated_keys(said: str) -> Iterator[tuple[str, str]]:
    """``Wax -- Weight matrix, numpy array of shape (n_a, n_x)``."""
    for match in re.finditer(r"(\w+)\s*(?:--|:)[^()\n]*?\(([^()]*,[^()]*)\)", said):
        yield match[1], match[2]


def _is_image(function: ast.FunctionDef) -> bool:
    if re.search(r"conv|pool", function.name, re.I):
        return True
    return any(shape.count(",") == 3 for _, shape in _unpacked(function))


def _unpacked(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """``N, D = x.shape``."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Attribute):
            continue
        if value.attr != "shape" or not all(
            isinstance(e, ast.Name) for e in target.elts
        ):
            continue
        name = ast.unparse(value.value)
        yield name, ", ".join(ast.unparse(e) for e in target.elts)


def _ranks(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """``x[:, t, :]`` has three axes, and so has ``x.transpose(0, 2, 1)``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            axes = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
            sliced = any(isinstance(axis, ast.Slice) for axis in axes)
            if sliced and not any(_adds_axis(axis) for axis in axes):
                yield node.value.id, len(axes)
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            name, _, method = ast.unparse(node.func).rpartition(".")
            if method == "transpose":
                yield name, len(node.args)


def _opened(function: ast.FunctionDef) -> Iterator[tuple[str, list[str]]]:
    """``W1, b1, W2, b2 = weights``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            target = node.targets[0]
            if isinstance(target, ast.Tuple | ast.List):
                names = [e.id for e in target.elts if isinstance(e, ast.Name)]
                if len(names) == len(target.elts):
                    yield node.value.id, names


_THROUGH = ("zip", "len", "enumerate", "reversed")


def _listed(function: ast.FunctionDef) -> Iterator[str]:
    """``zip(weights, biases)``, ``range(len(weights))``; not the w of ``x @ w``."""
    multiplied = {
        side.id
        for node in ast.walk(function)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult)
        for side in (node.left, node.right)
        if isinstance(side, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _THROUGH:
            names = {a.id for a in node.args if isinstance(a, ast.Name)}
            yield from sorted(names - multiplied)


def _einsum(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """``np.einsum('ni,kij->nkj', x, W)`` tells the axes of ``x`` and ``W``."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        spec = node.args[0]
        if not ast.unparse(node.func).endswith("einsum") or not isinstance(
            spec, ast.Constant
        ):
            continue
        parts = str(spec.value).replace(" ", "").partition("->")[0].split(",")
        for letters, argument in zip(parts, node.args[1:], strict=False):
            if isinstance(argument, ast.Name) and letters.isalpha():
                yield argument.id, letters


def _adds_axis(item: ast.expr) -> bool:
    return ast.unparse(item) in ("None", "np.newaxis", "numpy.newaxis", "...")


def _keys(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """``params['W1']`` and ``conv_param.get('stride', 1)``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                continue
            name, key = ast.unparse(node.value), node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and len(node.args) == 1
        ):
            name, key = ast.unparse(node.func.value), node.args[0]
        else:
            continue
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield name, key.value
        elif isinstance(key, ast.BinOp | ast.JoinedStr | ast.Call):
            for part in ast.walk(key):  # params['W' + str(l)]
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    letters = re.match(r"[A-Za-z_]+", part.value)
                    if letters:
                        yield from ((name, f"{letters[0]}{i}") for i in (1, 2))
        elif isinstance(key, ast.Name):
            yield from ((name, word) for word in _taken_from(function, key.id))


def _taken_from(function: ast.FunctionDef, name: str) -> list[str]:
    """``[params[k] for k in ('Wz', 'Uz')]``: the words that ``k`` goes through."""
    for node in ast.walk(function):
        if not isinstance(node, ast.comprehension | ast.For):
            continue
        if ast.unparse(node.target) != name:
            continue
        if isinstance(node.iter, ast.Tuple | ast.List):
            values = [e.value for e in node.iter.elts if isinstance(e, ast.Constant)]
            return [v for v in values if isinstance(v, str)]
    return []


def _words(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """``if activation == "relu"``."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Compare) or len(node.comparators) != 1:
            continue
        name, other = ast.unparse(node.left), node.comparators[0]
        options = other.elts if isinstance(other, ast.Tuple | ast.List) else [other]
        for option in options:
            if isinstance(option, ast.Constant) and isinstance(option.value, str):
                yield name, option.value
