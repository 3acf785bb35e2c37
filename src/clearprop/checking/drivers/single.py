"""One call that does everything: a loss with gradients, a training loop, ``--call``.

In comes what is to be called, out comes the text of its driver.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.checking.drivers import results
from clearprop.checking.drivers.calls import Callee, settled, slots
from clearprop.checking.drivers.finding import constructor
from clearprop.checking.drivers.objects import possible
from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.scene import SEED
from clearprop.checking.drivers.search import Assigned, Attempt, best
from clearprop.checking.drivers.sizes import USUAL, Sizes
from clearprop.checking.drivers.trial import Program
from clearprop.errors import SourceError


def drive_loss(
    program: Program, target: Callee, made: Callee | None = None, variable: str = ""
) -> Attempt | None:
    """``loss, dW = svm_loss(W, X, y, reg)``."""

    def attempt(assigned: Assigned) -> Attempt:
        lines, given = _begun(program, assigned, made, variable)
        call = target.call(given)
        outcome = program.run("\n".join([*lines, f"whole_result = {call}"]))
        if not outcome.ran:
            level = 1 if _has_loss(outcome.error, target) else 0
            names = [program.free(n) for n in results.returned(target.function) if n]
            text = "\n".join([*lines, f"{', '.join(names) or 'whole_result'} = {call}"])
            return Attempt(level, outcome.reached, text, outcome.called)
        value = outcome.names["whole_result"]
        said = results.returned(target.function)
        place = _loss_in(value, said)
        if place is None:
            return Attempt(0, outcome.reached)
        leaves = {
            n: outcome.names.get(given[n])
            for n in target.names
            if n in given and role(n) != "target"
        }
        rest = [v for i, v in enumerate(value) if i != place]
        if len(said) == len(value):
            said.pop(place)
        names = results.named(said, rest, leaves)
        fit = results.fits(names, rest, leaves)
        names = [program.free(n) for n in names]
        names.insert(place, program.free("loss"))
        text = f"{', '.join(names)} = {call}"
        level = {1: 4, 0: 2, -1: 3}[fit]
        return Attempt(
            level, outcome.reached, "\n".join([*lines, text]), outcome.called
        )

    return _first(program, target, made, attempt)


def _has_loss(error: BaseException | None, target: Callee) -> bool:
    """Whether a function raised after it had computed its loss."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        code, scope = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_name == target.text.rpartition(".")[2]:
            losses = [v for n, v in scope.items() if results.is_loss(n, v)]
            return any(np.all(np.isfinite(v)) for v in losses)
        trace = trace.tb_next
    return False


def _loss_in(value: Any, said: list[str]) -> int | None:
    """Which of several results is the loss; None where none is a finite number."""
    if not isinstance(value, tuple) or len(value) < 2:
        return None
    for i, item in enumerate(value):
        if isinstance(item, dict | list | tuple | str) or np.size(item) != 1:
            continue
        name = said[i] if len(said) == len(value) else ""
        if results.is_loss(name, item) and np.all(np.isfinite(item)):
            return i
    return None


def drive_training(
    program: Program, target: Callee, made: Callee | None = None, variable: str = ""
) -> Attempt | None:
    """``net = Net(3, 4, 2)`` and ``net.train(X, y)``."""

    def attempt(assigned: Assigned) -> Attempt:
        lines, given = _begun(program, assigned, made, variable)
        text = "\n".join([*lines, target.call(given)])
        outcome = program.run(text)
        if not outcome.ran:
            return Attempt(0, outcome.reached, text)
        if made is None:
            return Attempt(4, outcome.reached, text, outcome.called)
        before = program.run("\n".join(lines)).names.get(variable)
        if not _moved(before, outcome.names.get(variable)):
            return Attempt(0, outcome.reached)
        return Attempt(4, outcome.reached, text, outcome.called)

    return _first(program, target, made, attempt)


def _first(
    program: Program,
    target: Callee,
    made: Callee | None,
    attempt: Callable[[Assigned], Attempt],
) -> Attempt | None:
    """The best attempt with the first sizes that fit."""
    found = None
    for sizes in possible(program, made):
        found = best(slots(program, _needed(target, made), sizes), attempt)
        if found is not None and found.level:
            break
    return found


def _needed(target: Callee, made: Callee | None) -> list[tuple[Callee, list[str]]]:
    needed = [(target, target.needs())]
    return [(made, made.needs()), *needed] if made is not None else needed


def _begun(
    program: Program, assigned: Assigned, made: Callee | None, variable: str
) -> tuple[list[str], dict[str, str]]:
    lines, given = settled(program, assigned)
    lines.insert(0, SEED)
    if made is not None:
        lines.append(f"{variable} = {made.call(given)}")
    return lines, given


def _moved(before: Any, after: Any) -> bool:
    """Whether training changed a number of the object to another finite one."""
    old, new = results.arrays(before), results.arrays(after)
    if any(not np.all(np.isfinite(v)) for v in new.values()):
        return False
    return any(n not in old or not _same(old[n], v) for n, v in new.items())


def _same(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and bool(np.all(one == other))


# -- --call ----------------------------------------------------------------------------


def drive_call(program: Program, text: str) -> Attempt:
    """The user's own call, with the names that the program doesn't have."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise SourceError(f"--call {text}: {error.msg}") from None
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    missing = _missing(program, tree)
    needed: list[tuple[Callee, list[str]]] = []
    objects: list[tuple[str, Callee]] = []
    for call in calls:
        base = call.func
        if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
            owner = base.value.id
            kind = _kind(program, base.attr) if owner in missing else None
            if kind is not None:
                made = constructor(program, kind)
                missing.remove(owner)
                objects.append((owner, made))
                needed.append((made, made.needs()))
    function = _function(program, calls)
    needed.append((Callee(text, function), missing))

    def attempt(assigned: Assigned) -> Attempt:
        lines, given = settled(program, assigned)
        plain = [f"{n} = {given[n]}" for n in missing if given[n] != n]
        made = [f"{name} = {c.call(given)}" for name, c in objects]
        whole = "\n".join([SEED, *lines, *plain, *made, text])
        outcome = program.run(whole)
        level = 4 if outcome.ran else 0
        return Attempt(level, outcome.reached, whole, outcome.called)

    for sizes in _sizes(program, tree):
        wanted = slots(program, needed, sizes)
        found = best(wanted, attempt)
        if found is not None and found.level:
            return found
    return attempt({(s.name, s.key): s.options[s.firsts[0]] for s in wanted})


def _sizes(program: Program, tree: ast.AST) -> list[Sizes]:
    """Sizes that fit the program's own data, where the call uses it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        value = program.namespace.get(node.id)
        if isinstance(value, np.ndarray) and value.ndim == 2:
            a, b = value.shape
            if role(node.id) == "input":
                return [replace(USUAL, N=a, D=b), replace(USUAL, N=b, D=a)]
            if role(node.id) == "target":
                return [replace(USUAL, N=a, C=b), replace(USUAL, N=b, C=a)]
    return [USUAL]


def _missing(program: Program, tree: ast.AST) -> list[str]:
    import builtins

    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    known = {*program.namespace, *dir(builtins), "np"}
    return [n for n in dict.fromkeys(names) if n not in known]


def _kind(program: Program, method: str) -> str | None:
    """The class that has a method."""
    return next((k for k in program.classes if program.method(k, method)), None)


def _function(program: Program, calls: list[ast.Call]) -> ast.FunctionDef | None:
    """The function of the program that a call is of, for what its text tells."""
    for call in calls:
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in program.functions:
            return program.functions[name]
        for kind in program.classes:
            method = program.method(kind, name)
            if method is not None:
                return method
    return None
