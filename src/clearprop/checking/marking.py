"""The program with marks put in: ``dS2 = Mark(3, dO)`` for ``dS2 = dO``.

Comes in a program's tree and which of its statements are wanted; goes out a copy of it
that says at each of them what was computed, and the places of the marks.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from clearprop.checking.marks import GATHERED, NUMBERS, Mark, MarkAt, Scope
from clearprop.checking.names import passed_back
from clearprop.checking.need import Item
from clearprop.checking.records import exchange, parts, records, unpacked_into
from clearprop.checking.zeros import started_at_zero
from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import appended, copied

_NAME, _AT, _SCOPE = (
    "__clearprop_mark__", "__clearprop_mark_at__", "__clearprop_scope__",
)  # fmt: skip


LOOKED_UP = "looked up"  # asked of a line that only names what others compute


def wanted(lines: frozenset[int]) -> Callable[[ast.stmt], bool | str]:
    """Which statements get marks: those of lines, of ``-n`` what line n looks up."""
    return lambda s: LOOKED_UP if -s.lineno in lines else s.lineno in lines


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that is marked."""

    number: int
    statement: ast.stmt  # as in the program
    function: str  # around it, "" at the top


def marked(
    tree: ast.Module, wanted: Callable[[ast.stmt], bool | str]
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
    marker = _Marker(
        wanted, sites, in_place, indexes, records(tree), started_at_zero(tree)
    )
    marker.visit(copy)
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
        wanted: Callable[[ast.stmt], bool | str],
        sites: list[Site],
        in_place: dict[str, int],
        indexes: set[str],
        made_by: frozenset[str],
        begun: set[str],
    ) -> None:
        self.wanted = wanted
        self.sites = sites
        self.in_place = in_place  # what is written into, and on which line at last
        self.indexes = indexes
        self.begun = begun  # what begins as zeros
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
        # so are dy1, dy2 = dy[:c], dy[:c], which are one array by mistake
        gradients = all(map(_is_gradient, getattr(target, "elts", [target])))
        shown = not alias and gradients and not self._is_written(node)
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
        # db = d_out[t], where db began as zeros: what is kept of it, this line says
        kept = isinstance(node.value, ast.Subscript) and (
            ast.unparse(target) in self.begun
        )
        named = _only_names(node.value) and not (
            alone or strays or kept or _is_part(node.value)
        )
        unpacks = _unpacks(target)
        unpacked = unpacks and not _is_part(node.value)
        if not into and (named or (_only_names(node.value) and unpacked)):
            # W2 = params['W2']; w, b = params; grads = {"dW": dW}: others compute
            looked_up = self.wanted(node) == LOOKED_UP and self._is_read(node)
            if not (looked_up or _gathers(target, node.value)):
                return node
            site = self._site(node)
            how: str | bool = True if looked_up else GATHERED
            node.value = _call(_NAME, node.value, site, how)
            return [_before(site, node), node]
        site = self._site(node)
        if into and isinstance(target, ast.Subscript):
            whole = [_before(site, node), node, _at_key(site, target, node)]
            return [*self._part(node, target), *whole]
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
        how = NUMBERS if masks else fresh or shown
        if unpacks and isinstance(node.value, ast.GeneratorExp):
            node.value = _listed(node.value)  # W, b = (w - rate * g for …)
        each = unpacked_into(node.value) if self._holds(node.value) else None
        if each is not None and isinstance(each.value, ast.GeneratorExp | ast.ListComp):
            # Params(*(w - rate * g for w, g in zip(p, grads)))
            each.value = _call(_NAME, _listed(each.value), site, how)
            return [_before(site, node), node]
        if self._holds(node.value):
            self._within(node.value, site)
        node.value = _call(_NAME, node.value, site, how)
        return [_before(site, node), node]

    def _part(self, node: ast.Assign, target: ast.Subscript) -> list[ast.stmt]:
        """``dz[t, :, d:] = g * dh[t]``: of its part of the array a line may say enough.

        Then it has a second mark, which other lines' parts are nothing to.
        """
        cut = isinstance(target.slice, ast.Slice | ast.Tuple)
        if not cut or isinstance(node.value, ast.Constant) or _only_names(node.value):
            return []
        site = self._site(node)
        node.value = _call(_NAME, node.value, site, False)
        return [_before(site, node)]

    def _is_read(self, node: ast.Assign) -> bool:
        """``dz = dzs[-t]``, where nothing is written into one of them by then."""
        base = node.value
        while isinstance(base, ast.Subscript):
            base = base.value
        texts = {ast.unparse(n) for n in (*node.targets, node.value, base)}
        return all(self.in_place.get(t, 0) < node.lineno for t in texts)

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
            return self._returned(node, node.value)
        site = self._site(node)
        alias = isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript)
        fresh = alias and ast.unparse(node.value) not in self.in_place
        if self._holds(node.value):
            self._within(node.value, site)
        node.value = _call(_NAME, node.value, site, fresh)
        return [_before(site, node), node]

    def _returned(self, node: ast.Return, value: ast.expr) -> Any:
        """``return dx[:-1], f, dW``: what no line before called a gradient."""
        found = [p for p in parts(value).items() if _is_own(p[1], value)]
        if not found:
            return node
        site = self._site(node)
        for key, part in found:
            fresh = ast.unparse(part) not in self.in_place
            exchange(value, part, _call(_NAME, part, site, fresh, key))
        node.value = _call(_NAME, value, site, None)
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


def _gathers(target: ast.expr, value: ast.expr) -> bool:
    """``dz = dproto[member]``, which may be a row for each of an array of places."""
    at = value.slice if isinstance(value, ast.Subscript) else None
    return isinstance(at, ast.Name | ast.Attribute) and _is_gradient(target)


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
    if isinstance(value, ast.Tuple | ast.List):
        return any(map(_is_part, value.elts))
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


def _listed(values: ast.expr) -> ast.expr:
    """``(*values,)``, which a mark can look into where ``values`` run out."""
    each = ast.Starred(values, ast.Load())
    return _placed(ast.Tuple([each], ast.Load()), values)


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


def _is_own(part: ast.expr, whole: ast.expr) -> bool:
    """Whether a returned value is a part, or a stray: no gradient among gradients."""
    others = any(map(_is_gradient, parts(whole).values()))
    return _is_part(part) or (others and not _is_gradient(part))


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
