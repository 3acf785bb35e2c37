"""Lines that aren't filled in: ``w0 = '????????'``, ``dW1 = None``, ``d_h = ...``.

Comes in a program's text; go out its blanks. Question marks and dots are blanks
wherever they stand for a number. None is common in honest code, so it counts only for
a gradient, by its name or by a comment that asks for it, that nothing else sets; or
where the program raised because of it (``behind``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clearprop.checking.blank_scope import (
    Function,
    bodies,
    claim,
    comments,
    hands_on,
    overridden,
)
from clearprop.checking.enclosing import statement_at
from clearprop.checking.names import stem
from clearprop.checking.observe import Observed
from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import assignments
from clearprop.trace.source import Source

_SURE = re.compile(r"\?{2,}|\.{3,}|…|(todo|fixme|your|fill|write|insert)\b.*", re.I)
_LOOSE = re.compile(r"[?_\s]*")
_NAME = re.compile(r"_{2,}|(your|fill)_.*|todo", re.I)  # dW = np.dot(____, ____)
_ASKED = re.compile(
    r"\bTODO\b|\bFIXME\b|clearprop:|your (code|turn|answer)|fill (it |this )?in|"
    r"implement|replace (none|this)|start code",
    re.IGNORECASE,
)
_TERM = re.compile(r"error_term|err_term|(^|_)deltas?(_|\d|$)|grad|nabla|signal", re.I)
_BACK = re.compile(r"back|grad|deriv|prime|^d_?[a-z]", re.I)
_CLEARS = re.compile(r"^_*(zero|clear|reset|empty)", re.I)  # def zero_grad(self): pass
_NOTHING = re.compile(
    r"NoneType|ellipsis|dtype\('<U|'str'|\bUFuncTypeError\b|object|enough dimensions|"
    r"tuple index out of range|dimension 0\b|zero-dimensional|0-dimensional"
)
_EMPTY = (ast.Pass, ast.Raise)


@dataclass(frozen=True, slots=True)
class Blank:
    """A place that waits for its value.

    ``kind``: "value" (``dW = None``), "step" (``w -= None`` or a weight's new value) or
    "body" (a function of nothing but ``pass``). ``node`` is what stands there.
    """

    line: int
    end_line: int
    variable: str
    kind: str
    statement: ast.stmt
    node: ast.expr | ast.stmt
    claim: str = ""  # "dL/d W1", where a comment states it
    function: str = ""


def blanks(source: Source) -> list[Blank]:
    """The blanks that the text shows, from the top down."""
    found: list[Blank] = []
    for body, function in bodies(source.tree):
        for statement in body:
            found += _of_statement(source, statement, function)
        if function is not None and not overridden(source.tree, function):
            empty = list(_of_body(function))
            found += [b for b in empty if not hands_on(source.tree, function)]
    unique = {(b.line, b.variable): b for b in found}
    return sorted(unique.values(), key=lambda b: b.line)


def behind(observed: Observed) -> list[Blank]:
    """The blanks that made a run raise: what its line reads was set to nothing.

    Where it reads none such, as in ``for p, g in zip(params, grads)``, all that is set
    to nothing and to nothing else.
    """
    source, error = observed.source, observed.problem
    if error is None or not _NOTHING.search(f"{type(error).__name__} {error}"):
        return []
    statement = statement_at(source.tree, observed.line)
    if statement is None or hasattr(statement, "body"):
        return []
    read = {ast.unparse(n) for n in ast.walk(statement) if _is_place(n)}
    found: list[Blank] = []
    others: list[Blank] = []
    for body, function in bodies(source.tree):
        if function is not None and function.name in read:
            found += _of_body(function, asked=True)
        for place, value, at in _nothings(body, function):
            blank = _blank(source, at, place, value, function)
            if blank.variable in read:
                found.append(blank)
            elif isinstance(place, ast.Name) and not _set_elsewhere(
                source.tree, place, value, function, afresh=True
            ):
                others.append(blank)
    return found or others


def _nothings(
    body: list[ast.stmt], function: Function | None
) -> Iterator[tuple[ast.expr, ast.expr, ast.stmt]]:
    """What is set to nothing, outside constructors and resets."""
    for statement in body if _may_ask(function) else []:
        for place, value in _pairs(statement):
            if _is_nothing(value) and not isinstance(statement, ast.Return):
                yield place, value, statement


# -- one statement ---------------------------------------------------------------------


def _of_statement(
    source: Source, statement: ast.stmt, function: Function | None
) -> Iterator[Blank]:
    if isinstance(statement, ast.AugAssign):
        if _is_nothing(statement.value) or _holds_blank(statement.value):
            yield _blank(source, statement, statement.target, statement.value, function)
        return
    for place, value in _pairs(statement):
        asked = _ASKED.search(comments(source, statement)) is not None
        if _holds_blank(value):
            yield _blank(source, statement, place, value, function)
            continue
        asked = asked or (_is_gradient(place) and _may_ask(function))
        if not asked or not _is_nothing(value):
            continue
        if not _set_elsewhere(source.tree, place, value, function):
            yield _blank(source, statement, place, value, function)


def _pairs(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is set to what: ``dx, dw = None, None`` gives two."""
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield ast.Name("return", ast.Load()), statement.value
    if isinstance(statement, ast.Assign):
        for target, value in assignments(statement):
            if not isinstance(target, ast.Tuple | ast.List):
                yield target, value


def _blank(
    source: Source,
    statement: ast.stmt,
    place: ast.expr,
    value: ast.expr,
    function: Function | None,
) -> Blank:
    variable = ast.unparse(place)
    scope = _scope(source.tree, place, function)
    step = isinstance(statement, ast.AugAssign) or _had_value(scope, place, value)
    return Blank(
        statement.lineno,
        statement.end_lineno or statement.lineno,
        variable,
        "step" if step else "value",
        statement,
        value,
        claim(source, statement, variable),
        function.name if function is not None else "",
    )


def _holds_blank(value: ast.expr) -> bool:
    """Whether question marks or dots stand where a number belongs."""
    if isinstance(value, ast.Constant):
        if value.value is ...:
            return True
        return isinstance(value.value, str) and bool(_SURE.fullmatch(value.value))
    if isinstance(value, ast.Name):
        return value.id == "Ellipsis" or _NAME.fullmatch(value.id) is not None
    if isinstance(value, ast.BinOp):
        return _holds_blank(value.left) or _holds_blank(value.right)
    if isinstance(value, ast.UnaryOp):
        return _holds_blank(value.operand)
    if isinstance(value, ast.Call):
        parts = value.args[: None if isinstance(value.func, ast.Attribute) else 0]
        return any(_holds_blank(part) for part in parts)
    return False


def _is_nothing(value: ast.expr) -> bool:
    """None, or a text that may stand for an answer."""
    if not isinstance(value, ast.Constant):
        return False
    word = value.value
    return word is None or (isinstance(word, str) and bool(_LOOSE.fullmatch(word)))


def _is_gradient(place: ast.expr) -> bool:
    """By its name, or by that of the dict that it is an item of."""
    name = identifier(ast.unparse(place))
    return stem(name) is not None or _TERM.search(ast.unparse(place)) is not None


def _may_ask(function: Function | None) -> bool:
    """``self.dW = None`` in a constructor or a reset is no blank."""
    return function is None or re.search("init|zero|reset", function.name) is None


def _set_elsewhere(
    tree: ast.Module,
    place: ast.expr,
    value: ast.expr,
    function: Function | None,
    afresh: bool = False,
) -> bool:
    """Whether something else gives a place its value: anywhere for an attribute.

    ``afresh``: not from what it was, as ``error = layer.backward(error)`` does.
    """
    name = ast.unparse(place)
    for node in ast.walk(_scope(tree, place, function)):
        if isinstance(node, ast.Assign):
            if any(
                _is_same(p, place)
                and v is not value
                and not _is_nothing(v)
                and not (afresh and name in _names(v))
                for p, v in _pairs(node)
            ):
                return True
            if name in _names_of_tuples(node):
                return True
        elif isinstance(node, ast.For | ast.AugAssign) and name in _names(node.target):
            return True
    return False


def _is_same(place: ast.expr, other: ast.expr) -> bool:
    """Whether two places are one; ``p.grad`` may be the ``self.grad`` of a class."""
    if isinstance(place, ast.Attribute) and isinstance(other, ast.Attribute):
        return place.attr == other.attr
    return ast.unparse(place) == ast.unparse(other)


def _scope(tree: ast.Module, place: ast.expr, function: Function | None) -> ast.AST:
    """Where a place can be set: a name in its function, an attribute anywhere."""
    return function if function is not None and isinstance(place, ast.Name) else tree


def _names_of_tuples(node: ast.Assign) -> set[str]:
    """``dW, db`` of ``dW, db = f(x)``."""
    if isinstance(node.value, ast.Tuple):
        return set()
    return {n for t in node.targets if isinstance(t, ast.Tuple) for n in _names(t)}


def _names(target: ast.expr) -> set[str]:
    return {ast.unparse(n) for n in ast.walk(target) if _is_place(n)}


def _had_value(scope: ast.AST, place: ast.expr, value: ast.expr) -> bool:
    """Whether a place was set before: what is blank then is its step."""
    name = ast.unparse(place)
    return any(
        ast.unparse(p) == name and v is not value and not _is_nothing(v)
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and node.lineno < value.lineno
        for p, v in _pairs(node)
    )


# -- functions -------------------------------------------------------------------------


def _of_body(function: Function, asked: bool = False) -> Iterator[Blank]:
    """A function that gives nothing: ``pass``, dots, ``raise NotImplementedError``."""
    body = function.body[1 if ast.get_docstring(function, False) else 0 :]
    if len(body) != 1 or not function.args.args:
        return
    last = body[0]
    empty = isinstance(last, _EMPTY) or (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Constant)
        and last.value.value is ...
    )
    if isinstance(last, ast.Raise) and "NotImplemented" not in ast.unparse(last):
        return
    backward = _BACK.search(function.name) and not _CLEARS.search(function.name)
    if empty and (asked or backward):
        yield Blank(
            last.lineno, last.end_lineno or last.lineno, function.name, "body",
            last, last, function=function.name,
        )  # fmt: skip


def _is_place(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
