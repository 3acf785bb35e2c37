"""Single edits of a line that raised: another name, a transpose, another axis.

Comes in the statement with the shapes in scope; go out the program's lines with one
small thing changed, likeliest first. Nothing here is run: the caller tries them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches

from clearprop.checking.crash_line import Crash
from clearprop.checking.enclosing import function_around
from clearprop.checking.report import Change
from clearprop.checking.shapeof import (
    Shape,
    broadcast,
    is_numpy,
    is_product,
    operands,
    product,
    shape_of,
)
from clearprop.trace.loss import identifier
from clearprop.trace.source import Source

_SUMS = {"sum", "mean", "max", "min", "prod"}
_NAMED = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


@dataclass(frozen=True, slots=True)
class Patch:
    """One edit: the line of its statement, the lines that change, what it says then."""

    line: int
    changes: tuple[Change, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Site:
    """A statement to be edited."""

    source: Source
    statement: ast.stmt

    def text(self, node: ast.expr) -> str:
        """An expression as it was written."""
        return ast.get_source_segment(self.source.text, node) or ast.unparse(node)

    def swapped(self, node: ast.expr, text: str) -> Patch | None:
        """The statement with one of its expressions written differently."""
        last = node.end_lineno or node.lineno
        lines = self.source.text.splitlines()
        head = lines[node.lineno - 1].encode()[: node.col_offset].decode()
        tail = lines[last - 1].encode()[node.end_col_offset :].decode()
        change = Change(node.lineno, last, f"{head}{text}{tail}")
        lines[node.lineno - 1 : last] = change.text.split("\n")
        try:
            tree = ast.parse("\n".join(lines))
        except SyntaxError:
            return None
        return Patch(self.statement.lineno, (change,), self._says(tree, lines))

    def _says(self, tree: ast.Module, lines: list[str]) -> str:
        """The new value, or the new statement where it has no plain target."""
        new = next(
            node
            for node in ast.walk(tree)
            if type(node) is type(self.statement)
            and (node.lineno, node.col_offset)
            == (self.statement.lineno, self.statement.col_offset)
        )
        shown: ast.AST = new
        if isinstance(new, ast.Assign | ast.Return) and new.value is not None:
            shown = new.value
        return ast.get_source_segment("\n".join(lines), shown) or ast.unparse(shown)


def edits(
    source: Source,
    statement: ast.stmt,
    crash: Crash,
    names: Set[str],
    made: Sequence[ast.stmt] = (),
) -> Iterator[Patch]:
    """Every single edit that may let the program run on, the likeliest first.

    ``made`` may have made what the statement reads, wherever they stand.
    """
    site = Site(source, statement)
    found = [*_names(site, crash, names)]
    if isinstance(crash.error, IndexError | KeyError):
        found += _indexes(site)
    if isinstance(crash.error, ValueError | IndexError) or not found:
        found += [*_shapes(site, crash.shapes), *_columns(site, crash.shapes)]
        before = [*_before(source.tree, statement), *made]
        for earlier in dict.fromkeys(before):
            there = Site(source, earlier)
            found += [*_sums(there), *_products(there, {}), *_whole(there)]
            found += [*_columns(there, crash.shapes), *_indexes(there)]
    seen = set()
    for patch in found:
        if patch is not None and patch.changes not in seen:
            seen.add(patch.changes)
            yield patch


# -- names -----------------------------------------------------------------------------


def _names(site: Site, crash: Crash, names: Set[str]) -> Iterator[Patch | None]:
    """What a name, an attribute or a key that isn't there was meant to be."""
    error = crash.error
    missing = getattr(error, "name", None)
    for node in ast.walk(site.statement):
        if isinstance(error, NameError) and isinstance(node, ast.Name):
            if node.id == missing:
                meant = [p for p in crash.shapes if identifier(p) == missing]
                for place in sorted(meant, key=lambda p: not p.startswith("self.")):
                    yield site.swapped(node, place)  # or cache['a1']
                for name in _close(missing, names - {missing}):
                    yield site.swapped(node, name)
        elif isinstance(error, AttributeError) and isinstance(node, ast.Attribute):
            if node.attr == missing:
                owner = ast.unparse(node.value)
                known = _inside(crash, f"{owner}.") | _attributes(error)
                for name in _close(missing, known - {missing}):
                    yield site.swapped(node, f"{site.text(node.value)}.{name}")
        elif isinstance(error, KeyError) and isinstance(node, ast.Subscript):
            key = node.slice
            if isinstance(key, ast.Constant) and key.value in error.args:
                known = _inside(crash, f"{ast.unparse(node.value)}['")
                for name in _close(str(key.value), known):
                    yield site.swapped(key, repr(name))


def _close(word: str, known: Set[str]) -> list[str]:
    """Names like this one, those that differ in their case first."""
    folded = [k for k in sorted(known) if k.lower() == word.lower()]
    return list(dict.fromkeys(folded + get_close_matches(word, sorted(known), 3, 0.5)))


def _inside(crash: Crash, start: str) -> set[str]:
    """``W1`` for the shape of ``self.W1`` or of ``cache['W1']``."""
    words = (re.match(r"\w+", k[len(start) :]) for k in crash.shapes if start in k[:99])
    return {word[0] for word in words if word}


def _attributes(error: AttributeError) -> set[str]:
    return {name for name in dir(error.obj) if not name.startswith("_")}


# -- indexes ---------------------------------------------------------------------------


def _indexes(site: Site) -> Iterator[Patch | None]:
    """One step earlier or later: ``hs[t + 1]`` for ``hs[t + 2]``."""
    for node in ast.walk(site.statement):
        if not isinstance(node, ast.Subscript):
            continue
        whole = node.slice
        for index in whole.elts if isinstance(whole, ast.Tuple) else [whole]:
            match index:
                case ast.Name():
                    yield site.swapped(index, f"{index.id} - 1")
                    yield site.swapped(index, f"{index.id} + 1")
                case ast.UnaryOp(ast.USub(), ast.Name(id=name)):
                    yield site.swapped(index, f"-{name} + 1")
                    yield site.swapped(index, f"-{name} - 1")
                case ast.BinOp(ast.Name(id=name), op, ast.Constant(value=int(n))):
                    far = n if isinstance(op, ast.Add) else -n
                    for near in (far - 1, far + 1):
                        step = (
                            f" {'+' if near > 0 else '-'} {abs(near)}" if near else ""
                        )
                        yield site.swapped(index, f"{name}{step}")


# -- shapes ----------------------------------------------------------------------------


def _shapes(site: Site, shapes: Mapping[str, Shape]) -> Iterator[Patch | None]:
    yield from _products(site, shapes)
    yield from _indexes(site)  # the weights of the next layer
    yield from _sums(site)
    yield from _elementwise(site, shapes)


def _products(site: Site, shapes: Mapping[str, Shape]) -> Iterator[Patch | None]:
    """The operands of a matrix product turned, then swapped, where that fits."""
    for node in ast.walk(site.statement):
        pair = operands(node)
        if pair is None or not isinstance(node, ast.expr) or not is_product(node):
            continue
        if any(isinstance(part, ast.Starred) for part in pair):
            continue  # np.dot(*parts)
        if product_fits(pair, shapes):
            continue
        for a, b in (pair, pair[::-1]):
            for left, right in ((0, 1), (1, 0), (0, 0), (1, 1)):
                turned = (
                    _turned(site, a) if left else site.text(a),
                    _turned(site, b) if right else site.text(b),
                )
                if _as_expressions_fit(turned, shapes):
                    yield site.swapped(node, _joined(site, node, turned))


def product_fits(pair: tuple[ast.expr, ast.expr], shapes: Mapping[str, Shape]) -> bool:
    """Whether the operands of a product are known to fit."""
    a, b = (shape_of(part, shapes) for part in pair)
    return a is not None and b is not None and product(a, b) is not None


def _as_expressions_fit(pair: tuple[str, str], shapes: Mapping[str, Shape]) -> bool:
    trees = [ast.parse(text.strip(), mode="eval").body for text in pair]
    a, b = (shape_of(tree, shapes) for tree in trees)
    return a is None or b is None or product(a, b) is not None


def _turned(site: Site, node: ast.expr) -> str:
    """``W.T`` for ``W`` and ``W`` for ``W.T``."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return site.text(node.value)
    text = site.text(node)
    return f"{text}.T" if isinstance(node, _NAMED) else f"({text}).T"


def _joined(site: Site, node: ast.expr, pair: tuple[str, str]) -> str:
    """A product in the spelling of another one: ``a @ b``, ``np.dot``, ``a.dot(b)``."""
    a, b = pair
    if isinstance(node, ast.BinOp):
        return f"{_in_brackets(a)} @ {_in_brackets(b)}"
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if is_numpy(node.func.value):
        return f"{site.text(node.func)}({a}, {b})"
    return f"{_in_brackets(a)}.{node.func.attr}({b})"


def _in_brackets(text: str) -> str:
    tree = ast.parse(text.strip(), mode="eval").body
    return text if isinstance(tree, _NAMED) else f"({text})"


# sum(axis=0), d.sum(0) and np.sum(d, 0)
_AXIS = re.compile(r"(axis\s*=\s*|\.(?:sum|mean)\(|,\s*)([01])(?=\s*[,)])")


def _sums(site: Site) -> Iterator[Patch | None]:
    """A sum along the other axis, or with its axis kept."""
    for node in ast.walk(site.statement):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _SUMS:
            continue
        text = site.text(node)
        other = _AXIS.sub(_other_axis, text)
        kept = re.sub(r",?\s*keepdims\s*=\s*(True|False)", "", text)
        turned = _AXIS.sub(_other_axis, kept)
        for new in (other, _keeping(kept), _keeping(turned), kept):
            if new != text:
                yield site.swapped(node, new)


def _other_axis(axis: re.Match[str]) -> str:
    return f"{axis[1]}{1 - int(axis[2])}"


def _keeping(text: str) -> str:
    return f"{text[:-1]}, keepdims=True)" if _AXIS.search(text) else text


def _elementwise(site: Site, shapes: Mapping[str, Shape]) -> Iterator[Patch | None]:
    """``*`` between arrays that don't fit: turned, as a column, or multiplied."""
    for node in ast.walk(site.statement):
        pair = operands(node)
        if pair is None or not isinstance(node, ast.BinOp) or is_product(node):
            continue
        a, b = (shape_of(part, shapes) for part in pair)
        if a is None or b is None or broadcast(a, b) is not None:
            continue
        for part, shape in ((pair[0], a), (pair[1], b)):
            if len(shape) == 1:
                yield site.swapped(part, f"{_in_brackets(site.text(part))}[:, None]")
            else:
                yield site.swapped(part, _turned(site, part))
        for left in (site.text(pair[0]), _turned(site, pair[0])):
            for right in (site.text(pair[1]), _turned(site, pair[1])):
                if _as_expressions_fit((left, right), shapes):
                    yield site.swapped(node, f"({left} @ {right})")


def _before(tree: ast.Module, statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements that gave the names of this one their values, the last first.

    Where one only renames, ``da = dout``, what gave that its value as well.
    """
    names = {ast.unparse(n) for n in ast.walk(statement) if isinstance(n, ast.Name)}
    latest: dict[str, ast.Assign] = {}
    earlier = [
        node
        for node in ast.walk(function_around(tree, statement) or tree)
        if isinstance(node, ast.Assign) and node.lineno < statement.lineno
    ]
    for node in sorted(earlier, key=lambda s: -s.lineno):
        name = ast.unparse(node.targets[0])
        if name in names and name not in latest:
            latest[name] = node
            if isinstance(node.value, ast.Name):
                names.add(node.value.id)
    yield from latest.values()


def _columns(site: Site, shapes: Mapping[str, Shape]) -> Iterator[Patch | None]:
    """A column minus a row, a whole table: ``(p - y)[:, None]``, ``p - y[:, None]``."""
    for node in ast.walk(site.statement):
        if not isinstance(node, ast.BinOp) or not isinstance(
            node.op, ast.Add | ast.Sub
        ):
            continue
        sign = "-" if isinstance(node.op, ast.Sub) else "+"
        pair = node.left, node.right
        bare = [_of_column(part) or part for part in pair]
        left, right = (_in_brackets(site.text(part)) for part in bare)
        if list(pair) != bare:
            yield site.swapped(node, f"({left} {sign} {right})[:, None]")
            yield site.swapped(node, f"({left} {sign} {right})")
            continue
        a, b = (shape_of(part, shapes) for part in pair)
        for one, other, row in ((a, b, pair[1]), (b, a, pair[0])):
            if one and other and len(one) == 2 and one == (other[0], 1):
                text = _in_brackets(site.text(row))
                yield site.swapped(row, f"{text}[:, None]")


def _of_column(node: ast.expr) -> ast.expr | None:
    """The ``y`` of ``y[:, None]``."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        texts = [ast.unparse(e) for e in node.slice.elts]
        return node.value if texts in ([":", "None"], [":", "np.newaxis"]) else None
    return None


def _whole(site: Site) -> Iterator[Patch | None]:
    """A product entry by entry that was made of turned arrays, turned back."""
    value = getattr(site.statement, "value", None)
    if isinstance(value, ast.BinOp) and ".T" in site.text(value):
        yield site.swapped(value, _turned(site, value))
