"""The given half of a script: its lines up to the loss, those that the loss needs."""

from __future__ import annotations

import ast
import re

from clearprop.checking.exercise.about import paragraphs
from clearprop.checking.exercise.flatten import flatten
from clearprop.checking.exercise.half import Half, free, headed, slot_of
from clearprop.checking.exercise.pieces import Piece, loaded, needed, pieces_of
from clearprop.errors import SourceError
from clearprop.explain.rate import NAMES as RATES
from clearprop.trace.result import Trace
from clearprop.trace.source import Source


def of_script(source: Source, trace: Trace, given: str | None) -> Half:
    """The lines of a script that its loss needs; of a loop, the first round."""
    last = trace.log[-1]
    if last.depth or _only_calls(trace):
        raise _inside(source, last.function if last.depth else "", last.line)
    flat = flatten(source.text, last.line)
    expression = given or _implied(trace)
    name = given if given and given.isidentifier() else last.place
    roots = {name}
    if expression and not expression.isidentifier():
        roots = loaded(ast.parse(expression))
    slots = {slot_of(leaf, source) for leaf in trace.leaves}
    body = needed(flat.body, roots | set(RATES) - slots, slots)
    counted = flat.counters & set().union(*(loaded(s) for s in body))
    if counted:
        raise SourceError(
            f"{source.title}: the forward pass reads {min(counted)}, which its loop "
            "counts or deals out: write the forward pass of one step as plain lines"
        )
    pieces = pieces_of(flat.text, body, slots)
    missing = slots - {p.slot for p in pieces}
    if missing:
        raise SourceError(
            f"{source.title}: {min(missing)} has no line of its own, such as "
            f"{min(missing)} = 0.5, where fresh numbers could be put"
        )
    if expression and not expression.isidentifier():
        name = free("loss", trace.names)
        code = ast.unparse(ast.parse(expression))
        pieces.append(Piece("", f"{name} = {code}", "forward"))
    about = paragraphs(ast.get_docstring(source.tree))
    return Half(about, headed(pieces), name, flat.body)


def _implied(trace: Trace) -> str:
    """The loss of an error line; the square of a single number needs no sum."""
    if not trace.log[-1].node.ndim:
        return re.sub(r"np\.sum\((.*)\)$", r"\1", trace.assumed)
    return trace.assumed


def _inside(source: Source, function: str, line: int) -> SourceError:
    """The loss is computed in a function: which to name, or why none will do."""
    functions = [s.name for s in source.tree.body if isinstance(s, ast.FunctionDef)]
    function = function or _called(source.tree.body, line, functions)
    if function in functions:
        return SourceError(
            f"{source.title}: the loss is computed inside {function}(): make the "
            f"exercise of that function, {source.title}:{function}"
        )
    return SourceError(
        f"{source.title}: the loss is computed inside a method: an exercise is made of "
        "a script or of a plain function, so write the forward pass as one"
    )


def _only_calls(trace: Trace) -> bool:
    """Whether a script's own lines only call the function that computes its loss."""
    leaves = {leaf.node for leaf in trace.leaves}
    inner = any(b.depth for b in trace.log if b.place != "return")
    own = [b for b in trace.log[:-1] if not b.depth and b.node not in leaves]
    return inner and not own


def _called(body: list[ast.stmt], line: int, functions: list[str]) -> str:
    """The program's own function that is called in a line."""
    calls = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Call)]
    names = [
        ast.unparse(call.func)
        for call in calls
        if call.lineno <= line <= (call.end_lineno or 0)
    ]
    return next((name for name in names if name in functions), "")
