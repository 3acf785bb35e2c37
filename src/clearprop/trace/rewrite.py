"""Rewriting the user's syntax tree, so that what happens in it can be seen.

Calls, reads of attributes and items, and ``%`` become calls of the hooks; after every
assignment its targets are reported to the binding log. Positions are kept, so that
tracebacks and line numbers stay right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

MARK = "\x00clearprop's hooks\x00"  # stands for the hooks until the code is compiled
PLAIN_CALLS = {"super", "locals", "globals", "vars", "eval", "exec", "dir"}


def copied(value: Any) -> Any:
    """A deep copy of syntax: the rewriter changes nodes, the parsed tree is kept."""
    if isinstance(value, list):
        return [copied(v) for v in value]
    if not isinstance(value, ast.AST):
        return value
    made = value.__class__.__new__(value.__class__)
    for name, part in value.__dict__.items():
        setattr(made, name, copied(part))
    return made


def place_of(node: ast.expr) -> str:
    """The text of an assignment target: ``h``, ``self.W1``, ``grads['b']``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{place_of(node.value)}.{node.attr}"
    return ast.unparse(node)


def assignments(
    statement: ast.Assign,
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target with its value: ``a, b = 1, 2`` has two, ``a = b = 1`` too."""
    value = statement.value
    for target in statement.targets:
        if (
            isinstance(target, ast.Tuple | ast.List)
            and isinstance(value, ast.Tuple | ast.List)
            and len(target.elts) == len(value.elts)
            and not any(isinstance(e, ast.Starred) for e in target.elts + value.elts)
        ):
            yield from zip(target.elts, value.elts)
        else:
            yield target, value


_INTO_LISTS = {"append": 1, "appendleft": 1, "insert": 2}  # and their arguments


def appended(node: ast.AST | None) -> tuple[ast.expr, ast.expr] | None:
    """The list, and what is put into it: ``dws.append(x.T @ g)``, ``insert(0, …)``.

    Or the object, and the value that ``setattr(layer, name, value)`` gives it.
    """
    call = node.value if isinstance(node, ast.Expr) else node
    if isinstance(call, ast.Call) and _is_call(call, "setattr", 3):
        return call.args[0], call.args[2]
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if len(call.args) != _INTO_LISTS.get(call.func.attr) or call.keywords:
        return None
    return call.func.value, call.args[-1]


def _at(node: Any) -> dict[str, int]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


def _hook(name: str, at: dict[str, int], *arguments: ast.expr) -> ast.Call:
    hooks = ast.Constant(MARK, kind=None, **at)
    method = ast.Attribute(hooks, name, ast.Load(), **at)
    return ast.Call(method, list(arguments), [], **at)


def _constant(value: Any, at: dict[str, int]) -> ast.Constant:
    return ast.Constant(value, kind=None, **at)


def pure(node: ast.expr | None) -> bool:
    """Whether an expression can be evaluated again without anyone noticing."""
    if node is None or isinstance(node, ast.Constant | ast.Name):
        return True
    if isinstance(node, ast.Attribute):
        return pure(node.value)
    if isinstance(node, ast.Subscript):
        return pure(node.value) and pure(node.slice)
    if isinstance(node, ast.BinOp):
        return pure(node.left) and pure(node.right)
    if isinstance(node, ast.UnaryOp):
        return pure(node.operand)
    if isinstance(node, ast.Tuple):
        return all(pure(e) for e in node.elts)
    if isinstance(node, ast.Slice):
        return pure(node.lower) and pure(node.upper) and pure(node.step)
    if isinstance(node, ast.JoinedStr):
        return all(
            isinstance(v, ast.Constant)
            or (
                isinstance(v, ast.FormattedValue)
                and pure(v.value)
                and not v.format_spec
            )
            for v in node.values
        )
    if isinstance(node, ast.Call):  # str(l)
        plain = isinstance(node.func, ast.Name) and node.func.id == "str"
        return plain and not node.keywords and all(pure(a) for a in node.args)
    return False


class Rewriter(ast.NodeTransformer):
    """Puts the hooks in. ``script`` turns assigned values into leaves on the way."""

    def __init__(self, script: bool, updated: frozenset[str] = frozenset()) -> None:
        self.script = script
        self.updated = updated
        self.classes: list[str] = []
        self.functions: list[str] = []  # around the statement

    # -- expressions

    def visit_Call(self, node: ast.Call) -> ast.expr:
        func = node.func
        if isinstance(func, ast.Name) and func.id in PLAIN_CALLS:
            node.args = [self.visit(a) for a in node.args]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
            return node
        if isinstance(func, ast.Attribute):  # the method itself is no array
            func.value = self.visit(func.value)
        else:
            func = self.visit(func)
        made = _hook("call", _at(node), func, *(self.visit(a) for a in node.args))
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        made.keywords = node.keywords
        return made

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            at = _at(node)
            name = _constant(self._mangled(node.attr), at)
            return _hook("attribute", at, value, name)
        node.value = value
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        at = _at(node)
        value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            return _hook("item", at, value, self._key(node.slice))
        node.value = _hook("base", at, value)
        node.slice = self.visit(node.slice)
        return node

    def _key(self, node: ast.expr) -> ast.expr:
        """A subscript as a value: ``a:b`` becomes ``slice(a, b, None)``."""
        if isinstance(node, ast.Slice):
            at = _at(node)
            parts = [
                _constant(None, at) if p is None else self.visit(p)
                for p in (node.lower, node.upper, node.step)
            ]
            return _hook("slice", at, *parts)
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(e) for e in node.elts]
            return node
        made: ast.expr = self.visit(node)
        return made

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod):
            return _hook("percent", _at(node), node.left, node.right)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        at = _at(node)
        node.value = _hook(
            "named", at, self.visit(node.value), *self._spot(node.target, at)
        )
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._defaults(node.args)
        self.functions.append("<lambda>")
        at = _at(node.body)
        node.body = _hook(
            "returned", at, self.visit(node.body), _constant(at["lineno"], at)
        )
        self.functions.pop()
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.ifs = [self.visit(i) for i in node.ifs]
        at = _at(node.target)
        if not node.is_async:
            node.iter = _hook("each", _at(node.iter), self.visit(node.iter))
            names = self._logged(self._names(node.target), at)
            if names is not None:
                node.ifs.insert(0, names)
        else:
            node.iter = self.visit(node.iter)
        return node

    # -- statements

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is not None:
            at = _at(node.value)
            line = _constant(node.lineno, at)
            node.value = _hook("returned", at, self.visit(node.value), line)
        return node

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        after = [s for t in node.targets for s in self._after(t)]
        node.value = self.visit(node.value)
        node.targets = [self.visit(t) for t in node.targets]
        return [node, *after]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        after = self._after(node.target)
        node.value = self.visit(node.value)
        node.target = self.visit(node.target)
        return [node, *after]

    def visit_For(self, node: ast.For) -> ast.stmt:
        at = _at(node.target)
        names = self._logged(self._names(node.target), at)
        node.iter = _hook("each", _at(node.iter), self.visit(node.iter))
        node.target = self.visit(node.target)
        node.body = self._body(node.body)
        if names is not None:
            node.body.insert(0, ast.Expr(names, **at))
        node.orelse = self._body(node.orelse)
        return node

    def visit_With(self, node: ast.With) -> ast.stmt:
        names = [
            n
            for i in node.items
            if i.optional_vars
            for n in self._names(i.optional_vars)
        ]
        logged = self._logged(names, _at(node.body[0]))
        for item in node.items:
            item.context_expr = self.visit(item.context_expr)
            if item.optional_vars is not None:
                item.optional_vars = self.visit(item.optional_vars)
        node.body = self._body(node.body)
        if logged is not None:
            node.body.insert(0, ast.Expr(logged, **_at(logged)))
        return node

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        """``np.add.at(dW, rows, g)`` may change what ``dW`` means."""
        if isinstance(node.value, ast.Constant):
            return [node]
        changed: list[str] = []
        call = node.value
        if isinstance(call, ast.Call) and not (
            isinstance(call.func, ast.Name) and call.func.id == "print"
        ):
            given = [*call.args, *(k.value for k in call.keywords)]
            if isinstance(call.func, ast.Attribute):
                given.append(call.func.value)
            names = [a.id for a in given if isinstance(a, ast.Name)]
            changed = [n for n in dict.fromkeys(names) if n != "self"]
        named = [*self._set_by_name(call), *self._appended(call)]
        for target in _written(call):
            if isinstance(target, ast.Name):
                changed = [n for n in changed if n != target.id]
                written = self._logged([target.id], _at(node))
                assert written is not None
                named.append(ast.Expr(written, **_at(node)))
            else:
                named += self._after(target)
        node.value = self.visit(call)
        logged = self._logged(changed, _at(node), "changed")
        if logged is not None:
            named.insert(0, ast.Expr(logged, **_at(node)))
        return [node, *named]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        self._defaults(node.args)
        self.functions.append(node.name)
        arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        rebound = {
            n.id
            for s in node.body
            for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        names = [a.arg for a in arguments if a.arg in rebound]
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        logged = self._logged(names, _at(node), "enter")
        node.body = self._body(node.body)
        if logged is not None:
            node.body.insert(first, ast.Expr(logged, **_at(logged)))
        self.functions.pop()
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node  # runs as it is: protocols alone serve

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.bases = [self.visit(b) for b in node.bases]
        self.classes.append(node.name)
        node.body = self._body(node.body)
        self.classes.pop()
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = self._body(node.body)
        return node

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in statements:
            visited = self.visit(statement)
            if isinstance(visited, list):
                made += visited
            else:
                made.append(visited)
        return made

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [
            None if d is None else self.visit(d) for d in arguments.kw_defaults
        ]

    # -- the binding log

    def _mangled(self, name: str) -> str:
        """``__W`` inside ``class Net`` is ``_Net__W``."""
        if self.classes and name.startswith("__") and not name.endswith("__"):
            stripped = self.classes[-1].lstrip("_")
            return f"_{stripped}{name}" if stripped else name
        return name

    def _names(self, target: ast.expr) -> list[str]:
        return [
            n.id
            for n in ast.walk(target)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        ]

    def _spot(self, target: ast.expr, at: dict[str, int]) -> list[ast.expr]:
        return [_constant(at["lineno"], at), _constant(place_of(target), at)]

    def _logged(
        self, names: list[str], at: dict[str, int], hook: str = "log"
    ) -> ast.Call | None:
        """``hooks.log(line, "a", a, "b", b)``."""
        if not names:
            return None
        pairs: list[ast.expr] = []
        for name in names:
            pairs += [_constant(name, at), ast.Name(name, ast.Load(), **at)]
        return _hook(hook, at, _constant(at["lineno"], at), *pairs)

    def _after(self, target: ast.expr) -> list[ast.stmt]:
        """What follows an assignment: its targets are read back and logged."""
        at = _at(target)
        if isinstance(target, ast.Name):
            if self.script and self._makes_leaves(target.id):
                value = _hook(
                    "leaf",
                    at,
                    ast.Name(target.id, ast.Load(), **at),
                    *self._spot(target, at),
                )
                name = ast.Name(target.id, ast.Store(), **at)
                return [ast.Assign([name], value, type_comment=None, **at)]
            logged = self._logged([target.id], at)
            assert logged is not None
            return [ast.Expr(logged, **at)]
        if isinstance(target, ast.Tuple | ast.List):
            return [s for e in target.elts for s in self._after(e)]
        if isinstance(target, ast.Starred):
            return self._after(target.value)
        if isinstance(target, ast.Subscript):
            named = self._by_name(target)
            if named is not None:
                return named
        if not pure(target):
            return []
        again = _loaded(target)
        spot = self._spot(target, at)
        if isinstance(again, ast.Attribute):
            attr = _constant(self._mangled(again.attr), at)
            stored = _hook("stored_attribute", at, self.visit(again.value), attr, *spot)
            return [ast.Expr(stored, **at)]
        if isinstance(again, ast.Subscript):
            base = _constant(place_of(again.value), at)
            key = self._key(again.slice)
            stored = _hook("stored_item", at, self.visit(again.value), key, *spot, base)
            made: list[ast.stmt] = [ast.Expr(stored, **at)]
            return made
        return []

    def _by_name(self, target: ast.Subscript) -> list[ast.stmt] | None:
        """``vars(self)[name] = …`` and ``getattr(self, name)[i] = …``, or None."""
        owner = _attributes_of(target.value)
        if owner is not None:
            return self._stored_by_name("stored_name", target, owner, target.slice)
        if _is_call(target.value, "getattr", 2):
            assert isinstance(target.value, ast.Call)
            owner, name = target.value.args
            return self._stored_by_name(
                "stored_in_name", target, owner, name, target.slice
            )
        return None

    def _set_by_name(self, call: ast.expr) -> list[ast.stmt]:
        """``setattr(self, name, value)``."""
        if not _is_call(call, "setattr", 3):
            return []
        assert isinstance(call, ast.Call)
        return self._stored_by_name("stored_name", call, *call.args[:2])

    def _appended(self, call: ast.expr) -> list[ast.stmt]:
        """``self.W.append(np.random.randn(2, 3))`` makes a weight."""
        found = appended(call)
        method = getattr(getattr(call, "func", None), "attr", None)
        if not self.script or found is None or method != "append":
            return []
        owner, _ = found
        if not pure(owner) or isinstance(owner, ast.Constant):
            return []
        at = _at(call)
        again = self.visit(_loaded(owner))
        return [ast.Expr(_hook("appended", at, again, *self._spot(owner, at)), **at)]

    def _stored_by_name(
        self, hook: str, at: ast.expr, owner: ast.expr, *keys: ast.expr
    ) -> list[ast.stmt]:
        """A store whose place only the run knows: the owner's text tells a part."""
        if not all(map(pure, (owner, *keys))):
            return []
        here = _at(at)
        parts = [self.visit(_loaded(owner)), *(self._key(copied(k)) for k in keys)]
        text = [_constant(here["lineno"], here), _constant(place_of(owner), here)]
        return [ast.Expr(_hook(hook, here, *parts, *text), **here)]

    def _makes_leaves(self, name: str) -> bool:
        if not self.functions:
            return not self.classes
        return self.functions == ["main"] or name in self.updated


def _attributes_of(node: ast.expr) -> ast.expr | None:
    """The object whose attributes a dictionary holds: ``self`` of ``vars(self)``."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if _is_call(node, "vars", 1):
        assert isinstance(node, ast.Call)
        return node.args[0]
    return None


def _is_call(node: ast.expr, name: str, arguments: int) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and len(node.args) == arguments
        and not node.keywords
    )


def _loaded(target: ast.expr) -> ast.expr:
    """A copy of a target that reads what was stored there."""
    made: ast.expr = copied(target)
    if isinstance(made, ast.Attribute | ast.Subscript):
        made.ctx = ast.Load()
    return made


def _written(call: ast.expr) -> list[ast.expr]:
    """What a call writes into: ``out=h``, ``np.add.at(self.dW, i, g)``."""
    if not isinstance(call, ast.Call):
        return []
    targets = [k.value for k in call.keywords if k.arg == "out"]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("at", "copyto"):
        targets += call.args[:1]
    places = (ast.Name, ast.Attribute, ast.Subscript)
    return [t for t in targets if isinstance(t, places)]
