"""Marks: the value of every statement of a backward pass, kept apart from equal ones.

Equal nodes are shared, so ``dS2 = dO`` binds one node twice; to ask "what if only this
line were another value?" each statement's value must be a node of its own. A second
run of the program wraps them: ``dS2 = Mark(3, dO)`` is the identity to NumPy and a node
of its own to the graph. ``Scope(3)``, before the statement, notes what its names stood
for.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from clearprop.checking.names import passed_back
from clearprop.checking.need import Item
from clearprop.checking.records import exchange, parts, records
from clearprop.graph import Node, Op
from clearprop.trace.array import Traced
from clearprop.trace.leaves import attributes
from clearprop.trace.library import is_library_file, is_library_module
from clearprop.trace.loss import identifier
from clearprop.trace.numberlist import NumberList
from clearprop.trace.python import HANDLERS
from clearprop.trace.result import DICTS
from clearprop.trace.rewrite import appended, copied
from clearprop.trace.size import TracedSize
from clearprop.trace.views import Buffer

if TYPE_CHECKING:
    from clearprop.trace.instrument import Hooks

_NUMBERS = "numbers"  # how a mask is marked that has another array's place
MANY = 50  # longer containers aren't marked item by item
LONG = 400  # nor are longer ones noted
OFTEN = 64  # executions of one statement whose scope is kept
_NAME, _AT, _SCOPE = (
    "__clearprop_mark__", "__clearprop_mark_at__", "__clearprop_scope__",
)  # fmt: skip

MARKED = Op(
    "mark",
    lambda x, key: x,
    infer=lambda graph, inputs, params: (inputs[0].dims, inputs[0].dtype),
    gradient=lambda g, y, x, key: g,
    says="the same value, known as one line's own",
)


@dataclass(frozen=True, slots=True)
class Marked:
    """One value that a marked statement gave, at one execution of it."""

    site: int  # which statement
    turn: int  # its how-manieth execution, from 0
    item: Item  # which of several values
    node: Node  # the mark
    source: Node  # what was computed


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the program in a scope: its attributes, as they were."""

    kind: type
    parts: dict[str, Any]


class Book:
    """What the marks of one run have noted."""

    def __init__(self) -> None:
        self.marked: list[Marked] = []
        self.scopes: dict[tuple[int, int], dict[str, Any]] = {}
        self._turns: dict[int, int] = {}
        self._begun: dict[int, int] = {}

    def forget(self) -> None:
        """Begin again: a program's own calls come before those of its driver."""
        self.marked.clear()
        self.scopes.clear()
        self._turns.clear()
        self._begun.clear()

    def turn(self, site: int) -> int:
        """A new execution of a statement."""
        found = self._turns.get(site, 0)
        self._turns[site] = found + 1
        return found

    def coming(self, site: int) -> int:
        """The execution that a statement is in the middle of."""
        return self._turns.get(site, 0)

    def begin(self, site: int) -> int:
        found = self._begun.get(site, 0)
        self._begun[site] = found + 1
        return found


class Mark:
    """``Mark(site, value)``: see ``HANDLERS`` below."""


class MarkAt:
    """``MarkAt(site, owner, key)``: see ``HANDLERS`` below."""


class Scope:
    """``Scope(site)``: see ``HANDLERS`` below."""


def _mark(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    site, value, fresh, *path = args
    book: Book = hooks.script.book
    # what lies within a value is there before the whole of it
    turn = book.turn(site) if not path else book.coming(site)
    if type(value) is NumberList:
        return value

    def one(value: Any, item: Item) -> Any:
        if fresh == _NUMBERS and type(value) is Traced and value.is_array:
            value = value * 1.0  # type: ignore[operator]
        if type(value) is not Traced or not value.node.is_float:
            return value
        if fresh is None and value.is_array:
            return value  # another name of an array that other lines compute
        part = value.is_array and bool(value.steps)
        if part and not fresh and _is_kept(hooks, value.buffer.node):
            return value  # W1 = theta[:k].reshape(m, n): to mark it would be to write
        source = value.node
        node = set_apart(source, (site, turn, item))
        book.marked.append(Marked(site, turn, item, node, source))
        if fresh or not value.is_array:
            value = Traced(hooks.tracer, Buffer(node), (), value.value)  # type: ignore[arg-type]
        else:
            value.write(node)
        return value

    if path:
        return one(value, *path)
    kind = type(value)
    if kind is tuple and len(value) <= MANY:
        return tuple(one(v, i) for i, v in enumerate(value))
    if kind is list and len(value) <= MANY:
        for i, v in enumerate(value):
            value[i] = one(v, i)
        return value
    if kind in DICTS and len(value) <= MANY:
        for key, v in value.items():
            value[key] = one(v, key)
        return value
    return one(value, None)


def _mark_at(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> None:
    """Mark what stands at a key: the item of a list or dict, an array as a whole."""
    site, owner, key = args
    if type(owner) is Traced:
        if not _noted_as_moved(hooks, site, owner):
            _mark(hooks, function, (site, owner, False), kwargs)
    elif type(owner) in (list, dict):
        plain = hooks.tracer.plain(key)  # type: ignore[union-attr]
        value = owner[plain]
        if not _noted_as_moved(hooks, site, value):
            owner[plain] = _mark(hooks, function, (site, value, False), kwargs)


def _noted_as_moved(hooks: Hooks, site: int, value: Any) -> bool:
    """A parameter's new value: the node that its own line has made is its mark."""
    if type(value) is not Traced or value.node.op.name != "mark":
        return False
    after = value.node.inputs[0]
    if hooks.script.kept.get(after) is not value.node:
        return False
    book: Book = hooks.script.book
    book.marked.append(Marked(site, book.turn(site), None, after, after))
    return True


def _is_kept(hooks: Hooks, node: Node) -> bool:
    """Whether an array is one that the program was given, or learns."""
    return node.op.name == "input" or node in hooks.script.kept.values()


def set_apart(source: Node, key: tuple[Any, ...]) -> Node:
    """The same value as a node of its own, which nothing looks through."""
    graph = source.graph
    return Node(
        graph, MARKED, (source,), {"key": key}, source.dims, source.dtype, source.weak
    )


def _scope(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> None:
    (site,) = args
    book: Book = hooks.script.book
    turn = book.begin(site)
    if turn >= OFTEN:
        return
    frame = _user_frame()
    if frame is not None:
        book.scopes[site, turn] = scope_of(frame)


def _user_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and is_library_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def scope_of(frame: FrameType) -> dict[str, Any]:
    """What every name of a frame stands for: nodes for arrays, things for objects."""
    found: dict[str, Any] = {}
    memo: dict[int, Any] = {}
    both = [frame.f_globals, frame.f_locals]
    for names in both if both[0] is not both[1] else both[:1]:
        for name, value in list(names.items()):
            if not name.startswith("__"):
                found[name] = _noted(value, memo, 0)
    return found


def _is_plain(values: Sequence[Any]) -> bool:
    """Whether a list holds nothing that a trace knows, nor anything that may."""
    return all(type(v) in (int, float, bool, str, type(None)) for v in values)


def _noted(value: Any, memo: dict[int, Any], depth: int) -> Any:
    kind = type(value)
    if kind is Traced:
        return value.node
    if kind is TracedSize:
        return int(value)
    if kind in (int, float, bool, str, type(None), FunctionType, ModuleType):
        return value
    if kind is NumberList:
        return [_noted(v, memo, depth + 1) for v in value]
    if isinstance(value, np.ndarray | np.generic | type | MethodType):
        return value
    if id(value) in memo:
        return memo[id(value)]
    if depth > 4:
        return None
    if kind in (list, tuple):
        if _is_plain(value):
            return kind(value)
        if len(value) > LONG:
            return kind([None]) * len(value)  # what it holds would be traced further
        return kind(_noted(v, memo, depth + 1) for v in value)
    if isinstance(value, dict) and len(value) <= MANY:
        return {k: _noted(v, memo, depth + 1) for k, v in value.items()}
    if kind.__flags__ & (1 << 9) and not is_library_module(kind.__module__):
        made = memo[id(value)] = Thing(kind, {})
        for name, part in attributes(value):
            made.parts[name] = _noted(part, memo, depth + 1)
        return made
    return value


HANDLERS[Mark] = _mark
HANDLERS[MarkAt] = _mark_at
HANDLERS[Scope] = _scope


# -- putting the marks in --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that is marked."""

    number: int
    statement: ast.stmt  # as in the program
    function: str  # around it, "" at the top


def marked(
    tree: ast.Module, wanted: Callable[[ast.stmt], bool]
) -> tuple[ast.Module, list[Site]]:
    """A copy of the program with marks at the wanted statements, and where they are."""
    sites: list[Site] = []
    copy = copied(tree)
    in_place: dict[str, int] = {}
    for node, target in stores(tree):
        text, line = ast.unparse(target), getattr(node, "lineno", 0)
        in_place[text] = max(line, in_place.get(text, 0))
    indexes = {
        ast.unparse(n.slice) for n in ast.walk(tree) if isinstance(n, ast.Subscript)
    }
    _Marker(wanted, sites, in_place, indexes, records(tree)).visit(copy)
    return copy, sites


def namespace() -> dict[str, Any]:
    """What a program with marks needs to run."""
    return {_NAME: Mark, _AT: MarkAt, _SCOPE: Scope}


def stores(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.expr]]:
    """What writes into an array where it is, and the array: ``dh[h < 0] = 0``."""
    for node in ast.walk(tree):
        targets: Sequence[ast.expr] = ()
        if isinstance(node, ast.AugAssign):
            targets = (node.target,)
        elif isinstance(node, ast.Assign):
            targets = [t for t in node.targets if isinstance(t, ast.Subscript)]
        elif isinstance(node, ast.Call):
            targets = [k.value for k in node.keywords if k.arg == "out"]
            if ast.unparse(node.func).endswith((".at", "copyto", "fill", "put")):
                targets = [*targets, *node.args[:1]]
        for target in targets:
            while isinstance(target, ast.Subscript):
                target = target.value
            yield node, target


class _Marker(ast.NodeTransformer):
    def __init__(
        self,
        wanted: Callable[[ast.stmt], bool],
        sites: list[Site],
        in_place: dict[str, int],
        indexes: set[str],
        made_by: frozenset[str],
    ) -> None:
        self.wanted = wanted
        self.sites = sites
        self.in_place = in_place  # what is written into, and on which line at last
        self.indexes = indexes
        self.made_by = made_by  # the calls that make records
        self.functions: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.functions.append(node.name)
        self.generic_visit(node)
        self.functions.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def _site(self, node: ast.stmt) -> int:
        site = Site(len(self.sites), copied(node), (self.functions or [""])[-1])
        self.sites.append(site)
        return site.number

    def visit_Assign(self, node: ast.Assign) -> Any:
        if not self.wanted(node):
            return node
        alias = isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript)
        touched = {ast.unparse(t) for t in node.targets} | {ast.unparse(node.value)}
        # dq[rows] = …; dW2 = dq: what was written before goes by either name
        fresh = alias and all(self.in_place.get(t, 0) < node.lineno for t in touched)
        target = node.targets[0]
        same = ast.unparse(node.value) == ast.unparse(target)  # db = db
        alone = same or isinstance(node.value, ast.Name | ast.Constant)
        # do = dy.reshape(…) shows the array dy: known by itself where neither changes
        shown = not alias and _is_gradient(target) and not self._is_written(node)
        # dh[h <= 0] = 0, dW[:, j] = X[i]: the array as a whole is the value
        into = isinstance(target, ast.Subscript) and (
            _many(target.slice)
            or isinstance(node.value, ast.Constant)
            or (_is_row(target) and isinstance(node.value, ast.Subscript))
        )
        # dpool = self.w: a weight where a gradient belongs is this line's doing
        strays = alias and _strays(target, node.value)
        strays = strays and ast.unparse(target) not in self.in_place
        fresh = fresh or strays
        named = _only_names(node.value) and not (
            alone or strays or _is_part(node.value)
        )
        if not into and (named or (_only_names(node.value) and _unpacks(target))):
            # W2 = params['W2']; w, b = params; grads = {"dW": dW}: others compute
            return node
        site = self._site(node)
        if into and isinstance(target, ast.Subscript):
            return [_before(site, node), node, _at_key(site, target, node)]
        if alias and not fresh:
            if not isinstance(target, ast.Name | ast.Attribute):
                node.value = _call(_NAME, node.value, site, None)
                return [_before(site, node), node]
            return [_before(site, node), node, _again(site, target, node)]
        indexes = ast.unparse(target) in self.indexes  # dead = h <= 0; dh[dead] = 0
        if _compares(node.value) and _is_gradient(target) and not indexes:
            # dh = h > 0: a mask where a gradient belongs has numbers to be compared
            one = _placed(ast.Constant(1.0), node.value)
            node.value = _placed(ast.BinOp(node.value, ast.Mult(), one), node.value)
        # dh = keep: a mask where a gradient belongs has numbers to be compared
        masks = fresh and isinstance(node.value, ast.Name) and _is_gradient(target)
        how = _NUMBERS if masks else fresh or shown
        if self._holds(node.value):
            self._within(node.value, site)
        node.value = _call(_NAME, node.value, site, how)
        return [_before(site, node), node]

    def _is_written(self, node: ast.AST) -> bool:
        """Whether an array that a statement speaks of is written into anywhere."""
        return any(
            isinstance(n, ast.Name | ast.Attribute) and ast.unparse(n) in self.in_place
            for n in ast.walk(node)
        )

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        if not self.wanted(node):
            return node
        site = self._site(node)
        target = node.target
        if isinstance(target, ast.Subscript):
            return [_before(site, node), node, _at_key(site, target, node)]
        return [_before(site, node), node, _again(site, target, node)]

    def visit_Return(self, node: ast.Return) -> Any:
        if node.value is None or not self.wanted(node):
            return node
        if _only_names(node.value) and not isinstance(node.value, ast.Name):
            return node
        site = self._site(node)
        alias = isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript)
        fresh = alias and ast.unparse(node.value) not in self.in_place
        if self._holds(node.value):
            self._within(node.value, site)
        node.value = _call(_NAME, node.value, site, fresh)
        return [_before(site, node), node]

    def _within(
        self, value: ast.expr, site: int, path: tuple[int | str, ...] = ()
    ) -> None:
        """Marks where a value's parts are computed: ``return loss, {"W": X.T @ d}``."""
        record = isinstance(value, ast.Call)
        cached = isinstance(value, ast.Tuple | ast.List)  # (x, w, b): what they hold
        for key, part in parts(value).items():
            here = (*path, key)
            if self._holds(part):
                self._within(part, site, here)
            elif (path or record) and not (cached and _only_names(part)):
                exchange(value, part, _call(_NAME, part, site, False, here))

    def _holds(self, value: ast.expr) -> bool:
        """Whether an expression writes down several values."""
        if isinstance(value, ast.Call):
            return ast.unparse(value.func) in self.made_by
        return isinstance(value, ast.Tuple | ast.List | ast.Dict)

    def visit_Expr(self, node: ast.Expr) -> Any:
        """``np.add.at(dW, i, g)``, ``np.clip(dW, -5, 5, out=dW)``, ``ds.append(g)``."""
        call = node.value
        if not isinstance(call, ast.Call) or not self.wanted(node):
            return node
        put = appended(call)
        if put is not None and not _only_names(put[1]):
            site = self._site(node)
            call.args[-1] = _call(_NAME, put[1], site, False)
            return [_before(site, node), node]
        outs = [k.value for k in call.keywords if k.arg == "out"]
        name = ast.unparse(call.func)
        if not outs and name.endswith((".at", "copyto", ".fill", "put")):
            outs = [call.func.value] if name.endswith(".fill") else call.args[:1]  # type: ignore[attr-defined]
        if not outs or not isinstance(outs[0], ast.Name | ast.Attribute):
            return node
        site = self._site(node)
        # not bound anew: a function may write into an array that it doesn't own
        return [_before(site, node), node, _in_place(site, outs[0], node)]


def _only_names(value: ast.expr) -> bool:
    """An expression that only says where values are that other lines computed."""
    if isinstance(value, ast.Dict):
        return all(_only_names(v) for v in value.values)
    if isinstance(value, ast.Tuple | ast.List):
        return all(_only_names(v) for v in value.elts)
    if isinstance(value, ast.Call):  # p = getattr(self, name)
        return isinstance(value.func, ast.Name) and value.func.id == "getattr"
    return isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Constant)


def _is_part(value: ast.expr) -> bool:
    """``dctx = dz[:4]``, ``dW = dz[None]``: what is meant of it, this line says."""
    return isinstance(value, ast.Subscript) and any(
        isinstance(n, ast.Slice) or ast.unparse(n) in ("None", "np.newaxis")
        for n in ast.walk(value.slice)
    )


def _compares(value: ast.expr) -> bool:
    """``h > 0``, or that as whole numbers: ``np.int64(h > 0)``."""
    if isinstance(value, ast.Call):
        method = value.func.value if isinstance(value.func, ast.Attribute) else None
        inside = method if isinstance(method, ast.Compare) else None
        value = inside or (value.args[0] if len(value.args) == 1 else value)
    return isinstance(value, ast.Compare)


def _unpacks(target: ast.expr) -> bool:
    return isinstance(target, ast.Tuple | ast.List)


def _is_row(target: ast.Subscript) -> bool:
    """``dC[ix]``, a row of a gradient; ``grads["W"]`` is a gradient of a dict."""
    key = target.slice
    return _is_gradient(target) and isinstance(key, ast.Name | ast.Subscript)


def _is_gradient(target: ast.expr) -> bool:
    return passed_back(identifier(ast.unparse(target)))


def _strays(target: ast.expr, value: ast.expr) -> bool:
    """Whether the name speaks of a gradient, and nothing in the value's name does."""
    places = [n for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute)]
    said = any(passed_back(identifier(ast.unparse(n))) for n in places)
    return _is_gradient(target) and not said and not _is_gradient(value)


def _many(key: ast.expr) -> bool:
    """A key that may choose several entries."""
    return isinstance(key, ast.Slice | ast.Tuple | ast.Compare | ast.BoolOp)


def _at_key(site: int, target: ast.Subscript, node: ast.stmt) -> ast.stmt:
    """``MarkAt(3, dW, i)`` after ``dW[i]`` was changed."""
    whole = _many(target.slice)
    return _in_place(site, target.value, node, None if whole else target.slice)


def _in_place(
    site: int, array: ast.expr, node: ast.stmt, key: ast.expr | None = None
) -> ast.stmt:
    """``MarkAt(3, dW, None)`` after ``dW`` was written into as a whole."""
    owner = copied(array)
    owner.ctx = ast.Load()
    at = ast.Constant(None) if key is None else copied(key)
    call = ast.Call(ast.Name(_AT, ast.Load()), [ast.Constant(site), owner, at], [])
    return _placed(ast.Expr(call), node)


def _call(
    name: str, value: ast.expr, site: int, fresh: bool | str | None, *path: Item
) -> ast.expr:
    said = [ast.Constant(x) for x in (fresh, *path)]  # type: ignore[arg-type]
    arguments = [ast.Constant(site), value, *said]
    return _placed(ast.Call(ast.Name(name, ast.Load()), arguments, []), value)


def _before(site: int, node: ast.stmt) -> ast.stmt:
    call = ast.Call(ast.Name(_SCOPE, ast.Load()), [ast.Constant(site)], [])
    return _placed(ast.Expr(call), node)


def _again(site: int, target: ast.expr, node: ast.stmt) -> ast.stmt:
    """``dh = Mark(3, dh)`` after ``dh`` was changed in place."""
    load, store = copied(target), copied(target)
    load.ctx, store.ctx = ast.Load(), ast.Store()
    value = _call(_NAME, load, site, False)
    return _placed(ast.Assign([store], value, type_comment=None), node)


N = TypeVar("N", bound=ast.AST)


def _placed(node: N, like: Any) -> N:
    """The node and what is new in it, at the position of another one."""
    for part in ast.walk(node):
        if isinstance(part, ast.expr | ast.stmt) and not hasattr(part, "lineno"):
            ast.copy_location(part, like)
    return node


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement of a program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            yield node
