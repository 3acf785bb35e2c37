"""What in a program can be driven: training, losses with gradients, pairs, layers.

In comes a program, out come the things to call, the ones that use the others first:
what an outer pass has run needs no driver of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from clearprop.checking.drivers import results
from clearprop.checking.drivers.calls import Callee, callee, reached
from clearprop.checking.drivers.roles import is_upstream, role
from clearprop.checking.drivers.scene import Pairing
from clearprop.checking.drivers.trial import Program
from clearprop.checking.names import stem
from clearprop.trace.loss import rank, rank_of_function

_FORWARD = (
    r"forward(_?(prop\w*|pass))?|feed_?forward|fwd|predict|call|__call__|compute"
    r"|apply|f|propagate"
)
_BACKWARD = (
    r"backward(_?(prop\w*|pass))?|back_?prop\w*|bwd|backward_pass|gradients?|grads?"
    r"|compute_grad\w*|df|backpropagate|derivative|bptt"
)
_STEP = re.compile(r"(\w*_)?(step|update\w*|apply_grad\w*|optimi[sz]e)", re.I)
_TRAIN = re.compile(
    r"train\w*|fit|partial_fit|sgd|gd|learn|gradient_?descent\w*|batch_gd|optimi[sz]e"
    r"|\w*_model|model|\w*_(descent|train|fit)|run|main|update_mini_batch|\w*regression",
    re.I,
)
_NO_TRAINING = re.compile(
    r"\w*(data|test|split|forward|predict|backward|state|error"
    r"|step_size|loader|init\w*|load\w*)\w*",
    re.I,
)
_OF_COST = re.compile(r"(\w+_)?(gradients?|grads?|gradiente)(_of)?(_\w+)?", re.I)
# what says of a name that it is a cost's or its gradient's, and not whose
_ANYBODYS = re.compile(
    r"(compute|get|calc(ulate)?|eval(uate)?|cost[eo]?|loss|objective|func(tion)?|fn"
    r"|gradients?|grads?|gradiente|of)(?=_|$)",
    re.I,
)
_PARTS = re.compile(r"_+")


def pairs(program: Program) -> list[Pairing]:
    """Pairs of functions by their names, those that call others first."""
    found = []
    for name, backward in program.functions.items():
        forward = _forward_of(program, name)
        if forward is None:
            continue
        pairing = Pairing(
            callee(forward, program.functions[forward]), callee(name, backward)
        )
        if not _is_slope(pairing) or is_of_cost(program, pairing):
            pairing.cost = _cost(program.functions, "", pairing)
            found.append(pairing)
    calls = {p.title: _size(program, p) for p in found}
    return sorted(found, key=lambda p: -calls[p.title])


def _size(program: Program, pairing: Pairing) -> int:
    function = pairing.backward.function
    return len(reached(program, function)) if function is not None else 0


def _forward_of(program: Program, name: str) -> str | None:
    """The forward function that a backward function belongs to."""
    for pattern in (
        r"^(?P<of>\w*?)_?(backward_?(prop\w*|pass)?|back_?prop\w*|bwd|grads?|gradients?"
        r"|prime|derivative|vjp)(?P<end>_?\w*)$",
        r"^(?P<of>)(backward_?(prop\w*|pass)?|back_?prop\w*|grad|d)_(?P<end>\w+)$",
    ):
        match = re.match(pattern, name, re.I)
        if match is None:
            continue
        start, end = match["of"], match["end"]
        for other in program.functions:
            if other == name:
                continue
            plain = re.sub(
                r"forward_?(prop\w*?|pass)?(?=_|$)|feed_?forward|fwd",
                "",
                other,
                flags=re.I,
            )
            marked = plain != other
            if _same(plain, start + end) and (marked or start or end):
                return other
    if _OF_COST.fullmatch(name):
        costs = [f for f in program.functions if _is_cost_of(program, f, name)]
        if len(costs) == 1:
            return costs[0]
    forwards = [f for f in program.functions if re.search("forward", f, re.I)]
    if re.search("back", name, re.I) and len(forwards) == 1:
        return forwards[0]
    return None


def is_of_cost(program: Program, pairing: Pairing) -> bool:
    """Whether a pair is the program's own loss and the gradient of that."""
    forward, backward = pairing.forward.text, pairing.backward.text
    return (
        _OF_COST.fullmatch(backward) is not None
        and forward in program.functions
        and backward in program.functions
        and _is_cost_of(program, forward, backward)
    )


def may_be_of_cost(tree: ast.Module) -> bool:
    """Whether a function is named as the gradient of a loss."""
    return any(
        isinstance(s, ast.FunctionDef) and _OF_COST.fullmatch(s.name) for s in tree.body
    )


def _is_cost_of(program: Program, name: str, gradient: str) -> bool:
    """``cost(X, y, theta)`` beside ``gradient(X, y, theta)``."""
    if rank_of_function(name) is None or name == gradient:
        return False
    of, whose = (_ANYBODYS.sub("", n).strip("_").lower() for n in (name, gradient))
    own, others = (_arguments(program.functions[n]) for n in (name, gradient))
    if re.sub("__+", "_", of) == re.sub("__+", "_", whose):
        return bool(own) and own == others
    # mse(x, y, w) beside gradient(x, y, w) may be a metric, and the loss another one;
    # but no loss that reads y has a gradient that doesn't
    cost, slope = (_reads(program.functions[n]) for n in (name, gradient))
    return not whose and own == others and not own & cost <= slope


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {a.arg for a in function.args.args}


def _reads(function: ast.FunctionDef) -> set[str]:
    """The names that a function reads."""
    return {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }


def _same(one: str, other: str) -> bool:
    def key(name: str) -> str:
        return _PARTS.sub("", name).lower()

    return key(one) == key(other)


def _is_slope(pairing: Pairing) -> bool:
    """``sigmoid_prime(z)`` takes no upstream gradient and belongs to no loss."""
    backward = pairing.backward.names
    if any(is_upstream(n) for n in backward):
        return False
    if any(role(n) == "target" for n in backward):
        forward = pairing.forward
        return len(forward.names) < 2 and len(backward) < 2
    return rank(pairing.forward.text) is None or len(backward) < 2


def _cost(
    functions: Mapping[str, ast.FunctionDef], owner: str, pairing: Pairing
) -> Callee | None:
    """The program's own loss, where the backward pass takes the targets."""
    kind = "method" if owner else ""
    found: list[Callee] = []
    for name, function in functions.items():
        made = callee(f"{owner}{name}", function, kind)
        if made.text in (pairing.forward.text, pairing.backward.text):
            continue
        tuple_like = len(results.returned(function)) > 1
        grads = re.search(r"grad|prime|deriv|back", name, re.I)
        if (
            rank_of_function(name) is not None
            and not tuple_like
            and not grads
            and made.needs()
        ):
            found.append(made)
    return min(
        found, key=lambda c: _strengths(c) != _strengths(pairing.backward), default=None
    )


def _strengths(target: Callee) -> bool:
    """Whether it knows of regularization: the cost and its gradient have to agree."""
    return any(role(n) == "strength" for n in target.names)


def losses(program: Program) -> list[Callee]:
    """Functions that return a loss and its gradients."""
    return [
        callee(name, function)
        for name, function in program.functions.items()
        if _is_loss_with_gradients(name, function)
    ]


def _is_loss_with_gradients(name: str, function: ast.FunctionDef) -> bool:
    said = results.returned(function)
    if len(said) < 2:
        return False
    costs = [n for n in said if rank(n) is not None]
    gradients = [n for n in said if n not in costs and (is_upstream(n) or stem(n))]
    if rank_of_function(name) is not None:
        return not said[0] or bool(costs and (gradients or "" in said))
    return bool(costs and gradients)


def training(program: Program) -> list[Callee]:
    """Functions that train, those that nothing else calls first."""
    found = [
        callee(name, function)
        for name, function in program.functions.items()
        if _TRAIN.fullmatch(name)
        and not _NO_TRAINING.fullmatch(name)
        and any(_moves(f) for f in reached(program, function))
    ]
    sizes = {
        c.text: len(reached(program, c.function)) if c.function is not None else 0
        for c in found
    }
    return sorted(found, key=lambda c: -sizes[c.text])


def _moves(function: ast.FunctionDef) -> bool:
    """Whether something is moved from its old value: ``W -= lr * dW``."""
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub | ast.Add):
            moves = not isinstance(node.value, ast.Constant)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            moves = ast.unparse(node.value.left) == ast.unparse(node.targets[0])
        else:
            continue
        if moves:
            return True
    return False


def kinds(program: Program) -> Iterator[str]:
    """The classes that can be made: not those that only others are made from."""
    bases = {ast.unparse(b) for c in program.classes.values() for b in c.bases}
    for name in program.classes:
        if name in bases and _is_abstract(program, name):
            continue
        yield name


def _is_abstract(program: Program, name: str) -> bool:
    own = [
        s
        for s in program.classes[name].body
        if isinstance(s, ast.FunctionDef) and s.name != "__init__"
    ]
    return all(
        any(isinstance(n, ast.Raise) for n in ast.walk(s))
        or all(isinstance(b, ast.Pass | ast.Expr) for b in s.body)
        or ast.unparse(s.body[-1]) == "return []"
        for s in own
    )


def constructor(program: Program, kind: str) -> Callee:
    return callee(kind, program.method(kind, "__init__"), "constructor")


def trainers(program: Program, kind: str, variable: str) -> list[Callee]:
    """A class's methods that train."""
    methods = program.methods(kind)
    return [
        callee(f"{variable}.{name}", function, "method")
        for name, function in methods.items()
        if _TRAIN.fullmatch(name)
        and not _NO_TRAINING.fullmatch(name)
        and len(callee(name, function, "method").needs()) >= 1
    ]


def loss_methods(program: Program, kind: str, variable: str) -> list[Callee]:
    """A class's methods that return a loss and its gradients."""
    return [
        callee(f"{variable}.{name}", function, "method")
        for name, function in program.methods(kind).items()
        if _is_loss_with_gradients(name, function)
    ]


def method_pairs(program: Program, kind: str, variable: str) -> list[Pairing]:
    """A class's forward and backward methods."""
    methods = program.methods(kind)
    forwards = [m for m in methods if re.fullmatch(_FORWARD, m, re.I)]
    forwards.sort(key=lambda m: not re.search("forward|fwd", m, re.I))
    backwards = [m for m in methods if re.fullmatch(_BACKWARD, m, re.I)]
    losses = [
        m
        for m in methods
        if rank_of_function(m) is not None
        and m not in backwards
        and len(_names(methods[m])) > 1
    ]
    primes = [m for m in methods if re.search(r"prime|grad|deriv", m, re.I)]
    found = []
    for back in backwards or primes:
        alone = any(role(n) == "target" for n in _names(methods[back]))
        if alone and losses and not any(is_upstream(n) for n in _names(methods[back])):
            fore = losses[0]
        elif forwards:
            fore = forwards[0]
        else:
            continue
        forward = callee(_called(variable, fore), methods[fore], "method")
        backward = callee(f"{variable}.{back}", methods[back], "method")
        pairing = Pairing(forward, backward, constructor(program, kind), variable)
        if back in primes and back not in backwards and not alone:
            continue
        if fore not in losses:
            pairing.cost = _cost(methods, f"{variable}.", pairing)
        pairing.step = _step(methods, variable)
        found.append(pairing)
    return found[:1]


def _called(variable: str, method: str) -> str:
    """``layer(x)`` is how ``__call__`` is called."""
    return variable if method == "__call__" else f"{variable}.{method}"


def _names(function: ast.FunctionDef) -> list[str]:
    return callee("", function, "method").names


def _step(methods: Mapping[str, ast.FunctionDef], variable: str) -> Callee | None:
    for name, function in methods.items():
        if _STEP.fullmatch(name) and _moves(function):
            return callee(f"{variable}.{name}", function, "method")
    return None
