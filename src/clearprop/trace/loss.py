"""Finding the loss of a script, from its text before it runs and from its log after.

In this order: what ``--loss`` says; a single number that is assigned to a name with
"loss" or "cost" in it, then "error", then ``C``, ``E``, ``J``, ``L`` or ``E_total``;
what a function of such a name returns; the squared error of an error line
(``error = target - output``); and the squared error of a difference with a target in
an update line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from clearprop.graph import Node, ordered
from clearprop.trace.literals import numbers_in
from clearprop.trace.result import Binding
from clearprop.trace.rewrite import assignments, place_of

# gradients, records of past losses, losses on other data
_NOT = re.compile(
    r"^d_?(loss|cost|err)|grad|deriv|delta|prime|hist|list|^all_|losses|costs|errors"
    r"|^(best|prev|old|last|val|test|valid|validation)_|_(fn|func|val|test)$|term|signal",
    re.IGNORECASE,
)
_FUNCTION = re.compile(r"_(fn|func|function)$", re.IGNORECASE)
_SUMS = re.compile(r"^(total|avg|average|mean|running|epoch|train|smooth|sum)_", re.I)
_RANKS = (
    re.compile(r"^(loss|cost)$", re.I),
    re.compile(r"loss", re.I),
    re.compile(r"cost", re.I),
    re.compile(r"error|^err|_err", re.I),
    re.compile(r"^[CEJL]$|^[CEJL]_?(total|tot)$|^total_?[CEJL]$"),
    re.compile(
        r"^(mse|sse|rss|nll|bce|cross_entropy|objective|obj|misfit|chi_?(2|sq|squared?)"
        r"|_?\w*deviance|neg\w*lik\w*|n(eg_?)?lml|nlog_?l\w*)$",
        re.I,
    ),
)
_CARRIES = frozenset(
    ("add", "sub", "mul", "div", "neg", "reshape", "astype", "broadcast")
)
_TARGETS = re.compile(
    r"^(targets?|labels?|expected|desired|truth|y|t|Y|T|y_true|ytrue|y_train|outputs?_true)$"
)
_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp | ast.DictComp
_ERROR = re.compile(r"error|^err|_err|^(diff|residuals?|delta)$", re.I)

# what a program's text is read as, walked once: its nodes, and each target of a store
# with the value and the statement that stores it
Nodes = Sequence[ast.AST]
Stores = Sequence[tuple[ast.expr, ast.expr, ast.stmt]]


@lru_cache(maxsize=4096)  # asked of the same names at each step of a program
def rank(name: str) -> int | None:
    """How much a name promises to be the loss: 0 the most, None not at all."""
    if _NOT.search(name):
        return None
    for i, pattern in enumerate(_RANKS):
        if pattern.search(name):
            return 2 * i + (1 if _SUMS.search(name) else 0)
    return None


def rank_of_function(name: str) -> int | None:
    """The same for what a function returns: ``cost_fn(out, y)`` gives a cost."""
    return rank(_FUNCTION.sub("", name))


def is_error(name: str) -> bool:
    """Whether a name promises to be a difference from the target."""
    return _ERROR.search(name) is not None and not re.search("hist|list|grad", name)


@lru_cache(maxsize=4096)
def identifier(place: str) -> str:
    """The last name of a place: ``W1`` of ``self.W1`` and of ``params['W1']``."""
    key = re.search(r"\['(\w+)'\]$", place)
    if key:
        return key[1]
    return re.sub(r"\[.*\]$", "", place).rpartition(".")[2]


@dataclass(frozen=True)
class Plan:
    """What the text of a program tells before it runs."""

    numbers: frozenset[str]  # whole numbers that are no sizes
    updated: frozenset[str]  # names that are moved from their old value
    stepped: frozenset[str]  # names that are moved by a product: w -= rate * dw
    sums: frozenset[str]  # losses that are summed up from a number
    buffers: frozenset[str]  # arrays that are filled by stores
    implied: tuple[str, int] | None  # a difference with a target, and its line
    has_loss: bool  # some assignment or function is named like a loss or an error
    loads: bool  # it does more than define functions and classes
    begun: frozenset[str] = frozenset()  # names that only say where a weight begins
    looped: frozenset[int] = frozenset()  # the lines that stand in loops
    settled: frozenset[tuple[str, int]] = frozenset()  # see checking/settled.py
    bystanders: frozenset[str] = frozenset()  # names that only look like a loss


def plan(tree: ast.Module) -> Plan:
    """Read the program's text."""
    nodes = list(ast.walk(tree))
    stores = list(_stores(nodes))
    updated = frozenset(_updated(stores))
    return Plan(
        numbers=numbers_in(tree),
        updated=updated,
        stepped=frozenset(_stepped(stores)) - frozenset(_bounds(nodes)),
        sums=frozenset(n for n in updated if rank(n) is not None),
        buffers=frozenset(_buffers(stores, updated)),
        implied=_implied(nodes),
        has_loss=any(
            rank(name) is not None or (is_error(name) and differs)
            for name, differs in [*_assigned(stores), *_defined(nodes)]
        ),
        loads=any(
            not isinstance(
                s, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
            )
            and not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
            for s in tree.body
        ),
        looped=frozenset(_looped(nodes)),
    )


def _looped(nodes: Nodes) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, ast.For | ast.While):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _stores(nodes: Nodes) -> Iterator[tuple[ast.expr, ast.expr, ast.stmt]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target, value in assignments(node):
                yield target, value, node
        elif isinstance(node, ast.AugAssign):
            yield node.target, node.value, node


def _assigned(stores: Stores) -> Iterator[tuple[str, bool]]:
    """Names of values, and whether the value is a difference."""
    for target, value, _ in stores:
        if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
            differs = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)
            yield identifier(place_of(target)), differs


def _defined(nodes: Nodes) -> Iterator[tuple[str, bool]]:
    """The same for functions, which are no difference."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            yield _FUNCTION.sub("", node.name), False


def _updated(stores: Stores) -> Iterator[str]:
    for target, value, statement in stores:
        if isinstance(target, ast.Tuple | ast.List | ast.Starred):
            continue
        place = place_of(target)
        if isinstance(statement, ast.AugAssign):
            moved = isinstance(statement.op, ast.Sub | ast.Add) and not is_list(value)
        else:
            moved = any(_is_step(part, place) for part in _parts(value))
        if moved:
            yield identifier(place)
            while isinstance(target, ast.Subscript):
                target = target.value
                yield identifier(place_of(target))


def _stepped(stores: Stores) -> Iterator[str]:
    """Names that are moved by a product; a counter is moved by a number."""
    products = {
        target.id
        for target, value, _ in stores
        if isinstance(target, ast.Name) and _multiplies(value)
    }
    for target, value, statement in stores:
        if isinstance(target, ast.Tuple | ast.List | ast.Starred):
            continue
        word = identifier(place_of(target))
        product = _multiplies(value) or not products.isdisjoint(_terms(value))
        moved = isinstance(statement, ast.AugAssign) or _is_step(
            value, place_of(target)
        )
        if product and moved:
            yield word
            while isinstance(target, ast.Subscript):  # neuron['weights'][j]
                target = target.value
                yield identifier(place_of(target))


def _multiplies(value: ast.expr) -> bool:
    return any(
        isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) for n in ast.walk(value)
    )


def _terms(value: ast.expr) -> Iterator[str]:
    """The names that are added up: ``w`` and ``step`` of ``w - step``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        yield from _terms(value.left)
        yield from _terms(value.right)
    elif isinstance(value, ast.Name):
        yield value.id


def _bounds(nodes: Nodes) -> Iterator[str]:
    """Names that say where a slice begins or ends: ``at += a * b`` is a place."""
    for node in nodes:
        if isinstance(node, ast.Slice):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """The value itself, or what a tuple of weights is rebuilt from."""
    yield value
    if isinstance(value, ast.Call):  # Params(*(w - rate * g for w, g in zip(p, dp)))
        for part in value.args:
            part = part.value if isinstance(part, ast.Starred) else part
            if isinstance(part, _COMPREHENSIONS):
                yield part


def _is_step(value: ast.expr, place: str) -> bool:
    """``place - …`` or ``place + …``, or a list of such things."""
    if isinstance(value, _COMPREHENSIONS):
        around = " ".join(ast.unparse(g.iter) for g in value.generators)
        made = value.value if isinstance(value, ast.DictComp) else value.elt
        parts = made.elts if isinstance(made, ast.Tuple) else [made]
        return place in around and any(isinstance(p, ast.BinOp) for p in parts)
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Sub | ast.Add):
        return False
    if is_list(value.left) or is_list(value.right):
        return False  # context[1:] + [ix]
    sides = [value.left, value.right] if isinstance(value.op, ast.Add) else [value.left]
    return any(
        isinstance(s, ast.Name | ast.Attribute | ast.Subscript) and place_of(s) == place
        for s in sides
    ) or any(_is_step(s, place) for s in sides)


def is_list(value: ast.expr) -> bool:
    """Whether what is added is a list: then the sum is a longer list."""
    return isinstance(value, ast.List | ast.Tuple | ast.ListComp)


def _buffers(stores: Stores, moved: Set[str]) -> Iterator[str]:
    """``out = np.zeros(…)`` with ``out[i] = …`` somewhere.

    A bias that is moved later may begin with ``b[n : 2 * n] = 1``.
    """
    empty = set()
    for target, value, _ in stores:
        if isinstance(target, ast.Name) and isinstance(value, ast.Call):
            function = place_of(value.func) if _dotted(value.func) else ""
            word = function.rpartition(".")[2]
            if word in ("zeros", "empty", "ones", "zeros_like", "empty_like", "full"):
                empty.add(target.id)
    for target, value, statement in stores:
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            name = target.value.id
            mentions = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
            added = isinstance(statement, ast.AugAssign)
            starts = isinstance(value, ast.Constant) and name in moved
            if name in empty and name not in mentions and not (added or starts):
                yield name


def _dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _implied(nodes: Nodes) -> tuple[str, int] | None:
    """The first difference between a target and something else."""
    found: list[tuple[int, str]] = []
    places = ast.Name | ast.Attribute | ast.Subscript
    moves = {id(n.value) for n in nodes if isinstance(n, ast.Assign) and _moves(n)}
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = node.left, node.right
            if id(node) in moves:
                continue
            if not (isinstance(left, places) and isinstance(right, places)):
                continue
            pair = {identifier(place_of(left)), identifier(place_of(right))}
            output_y = pair in ({"y", "t"}, {"Y", "T"})  # then t is the target
            if output_y or _is_target(left) != _is_target(right):
                found.append((node.lineno, ast.unparse(node)))
    return (min(found)[1], min(found)[0]) if found else None


def _moves(node: ast.Assign) -> bool:
    """``y = y - step``: y itself goes on."""
    value = node.value
    return isinstance(value, ast.BinOp) and (
        ast.unparse(value.left) == ast.unparse(node.targets[0])
    )


def _is_target(node: ast.expr) -> bool:
    return _TARGETS.match(identifier(place_of(node))) is not None


def continues(node: Node, before: Node, depth: int = 3) -> bool:
    """Whether a value is the one before with something added: ``loss += …``."""
    if node is before:
        return True
    if node.op.name == "mark":  # the same value, as a line's own
        return continues(node.inputs[0], before, depth)
    if depth == 0 or node.op.name not in _CARRIES:
        return False
    return any(continues(i, before, depth - 1) for i in node.inputs)


@dataclass(frozen=True, slots=True)
class Found:
    """The binding that is the loss, and what is to be made of its value."""

    binding: Binding
    squared: bool = False  # half the sum of its squares


def find(
    log: Sequence[Binding],
    on_leaf: set[Node],
    moved: set[Node],
    shaped: bool = False,
) -> Found | None:
    """The loss in a log: see the module's first paragraph.

    A loss that is computed after the parameters have ``moved`` only reports: it comes
    last. With ``shaped``, a binding of the right name that is no single number is found
    too: to say what is wrong with it.
    """
    best: tuple[int, Binding] | None = None
    for binding in log:
        node = binding.node
        name = identifier(binding.place)
        level = rank(name)
        if binding.place == "return":
            name = binding.function
            level = rank_of_function(name)
        if level is None or node not in on_leaf or not node.is_float:
            continue
        if node.op.name == "input":  # data that is called an error
            continue
        if int(_count(node)) != 1 and not shaped:
            continue
        if is_error(name) and (_is_difference(node) or _is_term(node)):
            continue
        level += 100 if binding.place == "return" else 0
        level += 1000 if moved and not moved.isdisjoint(ordered([node])) else 0
        if best is None or level < best[0]:
            best = level, binding
    if best is not None and best[0] < 1000:
        return Found(_last_of_sum(log, best[1]))
    for binding in log:
        node = binding.node
        if node not in on_leaf or not node.is_float or not _is_difference(node):
            continue
        if is_error(identifier(binding.place)) and moved.isdisjoint(ordered([node])):
            return Found(binding, squared=True)
    return None if best is None else Found(_last_of_sum(log, best[1]))


def _count(node: Node) -> int:
    total = 1
    for n in node.shape:
        total *= n
    return total


def _is_difference(node: Node) -> bool:
    while node.op.name in ("reshape", "astype", "neg"):
        node = node.inputs[0]
    return node.op.name == "sub"


def _is_term(node: Node) -> bool:
    """An error times something else: ``error * output * (1 - output)``."""
    while node.op.name in ("mul", "div", "neg", "broadcast", "matmul"):
        a, b = node.inputs[0], node.inputs[-1]
        if a is not b and any(map(_is_difference, (a, b))):
            return node.op.name in ("mul", "matmul")
        node = a if a.op.name != "const" and _inner(a).op.name != "const" else b
    return False


def _inner(node: Node) -> Node:
    return node.inputs[0] if node.op.name == "broadcast" else node


def _last_of_sum(log: Sequence[Binding], first: Binding) -> Binding:
    """``loss += …`` goes on until it starts again: the last of that chain."""
    last = first
    for binding in log[first.serial + 1 :]:
        if binding.place == last.place and binding.function == last.function:
            if not continues(binding.node, last.node):
                break
            last = binding
    return last
