"""Where a right program updates its parameters and where it goes backward.

Comes in: a program. Goes out: its statements, sorted by their names and by what flows
into what: the updates (``W -= rate * dW``), the lines of the backward pass, the helper
functions that give slopes. It reads the tree alone and knows nothing of the checker,
so that the checker is not examined by its own opinion.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .names import (
    LOSS,
    RATE,
    SLOPE,
    asks,
    is_gradient,
    is_reference,
    is_slope_call,
    leaf,
    reads,
    reads_of_targets,
    target_of,
    value_of,
)
from .text import Program, same

DRAWN = re.compile(r"^(rand|randn|random|normal|standard_normal|uniform)$")
DIFFERS = ("diff", "d2", "dist")  # no gradients, whatever they begin with
STATED = re.compile(r"loss|cost|^J\d?$|^L$|mse", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Update:
    """A statement that moves a parameter: ``target`` becomes ``source`` ± a step.

    ``value`` is the new value, or in ``W -= step`` the step.
    """

    statement: ast.Assign | ast.AugAssign
    target: ast.expr
    source: ast.expr
    value: ast.expr

    @property
    def step(self) -> ast.expr:
        """``rate * dW`` of ``W - rate * dW``."""
        own = isinstance(self.statement, ast.AugAssign)
        if own or not isinstance(self.value, ast.BinOp):
            return self.value
        return self.value.right


@dataclass(frozen=True)
class Known:
    """What the author of a program says of it: what is updated, what is a gradient.

    Places are meant, as Python spells them: ``self.W1``, ``grads['W1']``.
    """

    updates: frozenset[str] = frozenset()
    gradients: frozenset[str] = frozenset()

    def moves(self, place: ast.expr) -> bool:
        """Whether a place is updated, or a part of it: ``w`` of ``w[i, j]``."""
        if ast.unparse(place) in self.updates:
            return True
        if not isinstance(place, ast.Subscript) or isinstance(
            place.slice, ast.Constant
        ):
            return False
        held = ast.unparse(place.value)  # params[key] is params['W1'] at a turn
        entries = re.compile(re.escape(held) + r"\['[^]]*'\]")
        return any(map(entries.fullmatch, self.updates)) or self.moves(place.value)


@dataclass
class Reading:
    """A program and what its statements are for."""

    program: Program
    updates: list[Update] = field(default_factory=list)
    backward: list[ast.stmt] = field(default_factory=list)
    slope_returns: list[ast.Return] = field(default_factory=list)

    def is_gradient(self, name: str) -> bool:
        return is_gradient(name) or name in self.gradient_names

    @functools.cached_property
    def gradient_names(self) -> set[str]:
        """Names that hold gradients here and nothing else, whatever they are called."""
        made = {_target_name(statement) for statement in self.backward}
        backward = set(map(id, self.backward))
        others = {
            _target_name(node)
            for node in ast.walk(self.program.tree)
            if isinstance(node, ast.Assign) and id(node) not in backward
        }
        return made - others - {""}

    @functools.cached_property
    def stated(self) -> set[int]:
        """The lines that a stated loss is computed from: ``diff`` of ``diff ** 2``.

        What the loss is made of says what it is; another value there is another loss,
        and the lines that follow are the ones that are wrong.
        """
        made = [
            n
            for n in ast.walk(self.program.tree)
            if isinstance(n, ast.Assign | ast.Return)
        ]
        made.sort(key=lambda statement: statement.lineno)
        moving = {update.statement for update in self.updates}
        returns = self._returns()
        read: set[str] = set()
        direct: set[str] = set()
        found: set[int] = set()
        for statement in reversed(made):
            value = statement.value
            if value is None or statement in moving:
                continue
            name = returns.get(statement) or _target_name(statement)
            if isinstance(statement, ast.Return) and isinstance(value, ast.Tuple):
                value = value.elts[0]  # the loss, and then its gradients
            if name.lower().endswith("prime"):
                continue
            if STATED.search(name) and not is_gradient(name):
                read |= reads(value)
                direct |= reads(value)
            elif name in read:
                made_there = name in direct or not is_gradient(name) or name in DIFFERS
                if made_there and statement in self.backward:
                    found.add(statement.lineno)
                if not is_gradient(name):
                    read |= reads(value)
        return found

    def _returns(self) -> dict[ast.stmt, str]:
        """Of which function a statement gives the value."""
        functions = [n for n in ast.walk(self.program.tree) if isinstance(n, Function)]
        return {
            node: function.name
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Return)
        }

    def lines(self) -> Iterator[tuple[ast.stmt, ast.expr]]:
        """Each statement of the backward pass with the expression that it gives."""
        for statement in self.backward:
            value = value_of(statement)
            if value is not None and not _is_drawn(value):
                yield statement, value

    def expressions(self) -> Iterator[tuple[ast.stmt, ast.expr]]:
        """The same, and the steps of updates that do more than scale a gradient."""
        yield from self.lines()
        for update in self.updates:
            step = update.step
            names = reads(step) - {"np", "dot", "T", "self", leaf(update.target)}
            if len([name for name in names if not RATE.match(name)]) > 1:
                yield update.statement, step


def _is_drawn(value: ast.expr) -> bool:
    """``dout = np.random.randn(6, 4)``: any other would do as well, minus it too."""
    return isinstance(value, ast.Call) and DRAWN.search(leaf(value.func)) is not None


def _target_name(statement: ast.stmt) -> str:
    target = target_of(statement)
    return leaf(target) if target is not None else ""


NOTHING_KNOWN = Known()


def read(program: Program, known: Known = NOTHING_KNOWN) -> Reading:
    reading = Reading(program)
    reading.updates = list(_updates(program, known))
    others = {id(update.statement) for update in reading.updates}
    others |= _of_own_checks(program.tree)
    scopes: list[ast.AST] = [program.tree]
    scopes += [n for n in ast.walk(program.tree) if isinstance(n, Function)]
    for scope in scopes:
        if isinstance(scope, Function) and _gives_slope(scope):
            reading.slope_returns += _slope_returns(program, scope)
        else:
            reading.backward += _backward(scope, others, _defined(program), known)
    reading.backward.sort(key=lambda statement: statement.lineno)
    return reading


def _updates(program: Program, known: Known) -> Iterator[Update]:
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        for target, value in _assignments(node):
            source = _source(node, target, value, known)
            if source is None:
                continue
            step = _clipped(value, source)
            value = value if step is None else step
            if _steps_at_a_rate(value):
                moved = True
            elif known != NOTHING_KNOWN:
                moved = known.moves(target)
            else:
                moved = _looks_like_parameter(program, target)
            if moved:
                yield Update(node, target, source, value)


def _assignments(
    node: ast.Assign | ast.AugAssign,
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The places and their values, also of ``W, b = W - rate * dW, b - rate * db``."""
    target = target_of(node)
    if target is None:
        return
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        yield from zip(target.elts, node.value.elts)
    elif is_reference(target):
        yield target, node.value


def _source(
    node: ast.Assign | ast.AugAssign,
    target: ast.expr,
    value: ast.expr,
    known: Known,
) -> ast.expr | None:
    """Where the parameter was before the step; None if this is no step."""
    if isinstance(node, ast.AugAssign):
        steps = isinstance(node.op, ast.Add | ast.Sub)
        return target if steps and _steps(value) else None
    if _moves_a_list(value, target):
        return target
    moved = known.moves(target) or _steps_at_a_rate(value)
    drawn = any(_is_drawn(part) for part in ast.walk(value) if part is not value)
    if moved and isinstance(value, ast.BinOp) and is_reference(value.left):
        if drawn and not same(value.left, target):
            return None  # x = truth + 0.1 * rng.normal(), where it starts
        return value.left
    if known.moves(target) and _clipped(value, target) is not None:
        return target
    return _moved_from(value, leaf(target))


def _clipped(value: ast.expr, place: ast.expr) -> ast.expr | None:
    """``w - rate * dw`` of ``np.clip(w - rate * dw, -1, 1)``."""
    if not isinstance(value, ast.Call):
        return None
    return next((a for a in value.args if _moved_from(a, leaf(place))), None)


def _steps_at_a_rate(value: ast.expr) -> bool:
    """``w - rate * dw``, whatever the place that it goes to is called."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return False
    names = reads(value.right)
    rated = any(re.search(r"^lr$|eta$|rate$|Rate$|^learn", name) for name in names)
    plain = is_reference(value.left) and not is_gradient(leaf(value.left))
    return plain and rated and any(map(is_gradient, names))


def _looks_like_parameter(program: Program, target: ast.expr) -> bool:
    name = leaf(target)
    other = is_gradient(name) or LOSS.search(name)
    return not other and _is_parameter(program, target)


def _steps(value: ast.expr) -> bool:
    return not isinstance(value, ast.Constant) and len(reads(value)) > 0


def _moved_from(value: ast.expr, name: str) -> ast.expr | None:
    """``W`` of ``W - rate * dW``, also where it comes out of a dict of parameters."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return None
    sides = [value.left] + ([value.right] if isinstance(value.op, ast.Add) else [])
    for side in sides:
        if is_reference(side) and leaf(side) == name:
            return side
    if isinstance(value.left, ast.BinOp):
        return _moved_from(value.left, name)
    return None


def _moves_a_list(value: ast.expr, target: ast.expr) -> bool:
    """``weights = [w - rate * dw for w, dw in zip(weights, dws)]``."""
    return (
        isinstance(value, ast.ListComp)
        and isinstance(value.elt, ast.BinOp)
        and isinstance(value.elt.op, ast.Sub | ast.Add)
        and leaf(target) in reads(value.generators[0].iter)
    )


def _is_parameter(program: Program, target: ast.expr) -> bool:
    """A parameter is read elsewhere; a loop that walks over them counts as well."""
    name = leaf(target)
    if re.search(r"^(i|j|k|t|n|step|epoch|count|it|iteration)$|^(v|m|s|vel|mom)", name):
        return False
    for node in ast.walk(program.tree):
        if isinstance(node, ast.For) and name in reads_of_targets(node.target):
            return True
        if isinstance(node, ast.Call) and any(name in reads(a) for a in node.args):
            return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult):
            sides = [node.left, node.right]
            if any(leaf(side) == name for side in sides if is_reference(side)):
                return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            statement = program.statement(node)
            place = target_of(statement)
            elsewhere = place is None or not same(place, target)
            if elsewhere and leaf(node.right) == name:
                return True
    return False


def _gives_slope(function: Function) -> bool:
    names = [a.arg for a in function.args.args if a.arg != "self"]
    if any(map(asks, names[1:])):
        return True
    owed = len(names) - len(function.args.defaults)
    of_loss = re.search("cost|loss|error", function.name, re.IGNORECASE)
    named = SLOPE.search(function.name) and not of_loss and owed <= 1
    return bool(named) and not any(map(is_gradient, names))


def _slope_returns(program: Program, function: Function) -> list[ast.Return]:
    found = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
    if SLOPE.search(function.name):
        return found
    return [
        node
        for node in found
        if any(
            isinstance(parent, ast.If)
            and node in parent.body
            and any(map(asks, reads(parent.test)))
            for parent in program.above(node)
        )
    ]


def _own(scope: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a function or module without those of functions inside."""
    for part in ast.iter_child_nodes(scope):
        if isinstance(part, Function | ast.ClassDef):
            continue
        if isinstance(part, ast.stmt):
            yield part
        if isinstance(part, ast.stmt | ast.excepthandler):
            yield from _own(part)


def _defined(program: Program) -> set[str]:
    kinds = Function | ast.ClassDef
    return {n.name for n in ast.walk(program.tree) if isinstance(n, kinds)}


def _of_own_checks(tree: ast.Module) -> set[int]:
    """The statements of a numerical gradient: no line of a backward pass.

    A place is kept, moved a little, and put back: ``old = w[i]``, ``w[i] = old + eps``,
    ``w[i] = old``. What the program's own check gets wrong changes no step.
    """
    found: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        made = [s for s in body if isinstance(s, ast.Assign) and len(s.targets) == 1]
        pairs = [(ast.unparse(s.targets[0]), ast.unparse(s.value)) for s in made]
        kept = {name: place for name, place in pairs if name.isidentifier()}
        if any(kept.get(value) == place for place, value in pairs):
            found |= {id(s) for s in body}
    return found


def _backward(
    scope: ast.AST, others: set[int], defined: set[str], known: Known
) -> list[ast.stmt]:
    """The statements that give a gradient, or use one, without those of ``others``."""
    tainted: set[str] = set()
    if isinstance(scope, Function) and scope.name != "__init__":
        tainted |= {a.arg for a in scope.args.args if is_gradient(a.arg)}
    found: list[ast.stmt] = []
    for statement in _own(scope):
        if isinstance(statement, ast.For) and reads(statement.iter) & tainted:
            tainted |= reads_of_targets(statement.target)
        value, target = value_of(statement), target_of(statement)
        if value is None or id(statement) in others:
            continue
        flows = bool(reads(value) & tainted) or (
            target is not None and ast.unparse(target) in known.gradients
        )
        if _calls(value, defined):
            if flows and target is not None:
                tainted |= reads_of_targets(target)
            continue
        name = leaf(target) if target is not None else ""
        if _is_other(statement, value, target, name):
            continue
        if flows or is_gradient(name):
            if not isinstance(statement, ast.Return):
                tainted.add(name)
            found.append(statement)
    return found


def _calls(value: ast.expr, defined: set[str]) -> bool:
    """A call of one of the program's own functions, a slope's apart."""
    if not isinstance(value, ast.Call) or is_slope_call(value):
        return False
    return leaf(value.func) in defined


def _is_other(
    statement: ast.stmt, value: ast.expr, target: ast.expr | None, name: str
) -> bool:
    """A loss, a start value, a result handed on: nothing to plant a mistake in."""
    if _is_start(value) and not _is_masking(target, value):
        return True
    if target is None:
        return not isinstance(statement, ast.Return) or not _computes(value)
    sizes = re.search(r"\.(shape|size)(\[\d\])?$|^len\(", ast.unparse(value))
    if isinstance(value, ast.Tuple) or _is_average(value, target) or sizes:
        return True
    return bool(LOSS.search(name)) and not re.match("d(_?loss|L_?)", name)


def _is_average(value: ast.expr, target: ast.expr) -> bool:
    """``v = mu * v - rate * dW`` belongs to the rule of the update."""
    place = ast.unparse(target)
    return isinstance(value, ast.BinOp) and any(
        isinstance(part, ast.BinOp)
        and isinstance(part.op, ast.Mult)
        and place in (ast.unparse(part.left), ast.unparse(part.right))
        and isinstance(value.op, ast.Add | ast.Sub)
        for part in (value.left, value.right)
    )


def _computes(value: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp | ast.Call) for part in ast.walk(value))


def _is_masking(target: ast.expr | None, value: ast.expr) -> bool:
    """``dh[h <= 0] = 0`` and ``dscores[rows, y] -= 1``, but not ``grads['W'] = 0``."""
    if not isinstance(target, ast.Subscript) or not isinstance(value, ast.Constant):
        return False
    return is_gradient(leaf(target)) and isinstance(
        target.slice, ast.Compare | ast.Tuple | ast.Name
    )


def _is_start(value: ast.expr) -> bool:
    """``np.zeros_like(W)``, ``0``, ``{}``: a place to add up in, or a constant."""
    if isinstance(value, ast.Call) and re.match(
        r"(zeros|empty|full)|(list|dict|defaultdict)$", leaf(value.func)
    ):
        return True
    if isinstance(value, ast.ListComp | ast.DictComp):
        return "zeros" in ast.unparse(value)
    if isinstance(value, ast.Tuple):
        return all(map(_is_start, value.elts))
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.List):
        return True
    return isinstance(value, ast.Constant | ast.List | ast.Dict) and not any(
        isinstance(part, ast.BinOp) for part in ast.walk(value)
    )
