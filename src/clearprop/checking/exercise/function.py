"""The given half of a function: its body as plain lines, its arguments as numbers.

A student who writes a backward pass line by line wants to print what each line gives;
so the body is laid open, and ``return`` becomes ``loss =``.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace

from clearprop.checking.exercise.about import paragraphs
from clearprop.checking.exercise.half import Half, free, headed, slot_of
from clearprop.checking.exercise.pieces import Piece, bound, loaded, needed, pieces_of
from clearprop.errors import SourceError
from clearprop.trace.result import Trace
from clearprop.trace.source import Source


def of_function(source: Source, trace: Trace, name: str) -> Half:
    """The function's body as plain lines, its arguments as numbers above them."""
    own = next(
        (
            s
            for s in source.tree.body
            if isinstance(s, ast.FunctionDef) and s.name == name
        ),
        None,
    )
    if own is None:
        raise SourceError(
            f"{source.title}: {name} is a method, or isn't defined there: an exercise "
            "is made of a script or of a plain function"
        )
    returns = [n for n in ast.walk(own) if isinstance(n, ast.Return)]
    if len(returns) != 1 or returns[0] is not own.body[-1]:
        raise SourceError(
            f"{source.title}: {name} doesn't end with its only return: for an "
            "exercise, let its last line be the one that returns"
        )
    slots = {slot_of(leaf, source) for leaf in trace.leaves}
    start = 1 if ast.get_docstring(own) is not None else 0
    first = own.body[start].lineno if start < len(own.body) else own.lineno
    lines = source.text.splitlines()
    while lines[first - 2].lstrip().startswith("#"):
        first -= 1
    text = textwrap.dedent("\n".join(lines[first - 1 : own.end_lineno]))
    body = ast.parse(text).body
    loss = free("loss", {a.arg for a in own.args.args} | _bound_in(body))
    forward = _flat(text, body, loss)
    if not forward[-1].code:
        loss = ast.unparse(_returned(body))
        forward.pop()
    outside = needed(source.tree.body, loaded(own), ())
    outside = [s for s in outside if s is not own and not bound(s) & slots]
    pieces = pieces_of(source.text, outside, ())
    pieces = [replace(p, lead=_spaced(p.lead)) for p in pieces]
    settings = [
        Piece("", f"{word} = {value!r}", "numbers")
        for word, value in trace.statics.items()
        if word.isidentifier() and isinstance(value, str | int | float | bool)
    ]
    arguments = [a.arg for a in own.args.args + own.args.kwonlyargs]
    order = sorted(
        slots, key=lambda s: arguments.index(s) if s in arguments else len(arguments)
    )
    given = [Piece("", "", "numbers", slot) for slot in order] + settings
    apart = "\n" if not pieces or "import" in pieces[-1].code[:6] else "\n\n"
    given[0] = replace(given[0], lead=f"{apart}# The numbers\n")
    about = paragraphs(ast.get_docstring(own))
    return Half(about, headed(pieces + given + forward), loss, source.tree.body)


def _flat(text: str, body: list[ast.stmt], loss: str) -> list[Piece]:
    """The lines of the body, with ``loss =`` for ``return``; "" if that has a name."""
    pieces = [replace(p, part="forward") for p in pieces_of(text, body, ())]
    pieces[0] = replace(pieces[0], lead=pieces[0].lead.lstrip("\n"))
    value = _returned(body)
    code = pieces[-1].code.replace("return", f"{loss} =", 1)
    if isinstance(value, ast.Name):
        code = ""
    elif isinstance(body[-1], ast.Return) and body[-1].value is not value:
        code = f"{loss} = {ast.unparse(value)}"
    pieces[-1] = replace(pieces[-1], code=code)
    return pieces


def _returned(body: list[ast.stmt]) -> ast.expr:
    """What the last line returns; of a tuple, the loss in front."""
    last = body[-1]
    assert isinstance(last, ast.Return) and last.value is not None
    return last.value.elts[0] if isinstance(last.value, ast.Tuple) else last.value


def _spaced(lead: str) -> str:
    return "\n" * min(len(lead) - len(lead.lstrip("\n")), 2) + lead.lstrip("\n")


def _bound_in(body: list[ast.stmt]) -> set[str]:
    return set().union(*(bound(s) for s in body))
