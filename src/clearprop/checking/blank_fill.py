"""A program with blanks, made to run: each blank gets a stand-in of a fitting shape.

Comes in a program; goes out the same program, line for line, in which every blank holds
a number that is certainly not the right one: some function of the forward value whose
gradient it should be. So the other lines run and are judged, and what would have been
right in the blank's place can be found like the right value of any other wrong line.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeGuard

from clearprop.checking.blank_scope import Function
from clearprop.checking.blanks import Blank, behind, blanks
from clearprop.checking.enclosing import function_around
from clearprop.checking.names import likeness, stem, step_stem
from clearprop.checking.observe import Observed
from clearprop.checking.patience import Patience
from clearprop.checking.stated import without_claims
from clearprop.trace.loss import identifier
from clearprop.trace.source import Source
from clearprop.trace.weights import is_weight

ROUNDS = 6  # of blanks that only show when the program runs
TRIES = 24  # stand-ins for one blank
SECONDS = 3.0  # for trying them
_OF = re.compile(r"dL\s*/\s*d\s*\(?(?P<of>[\w.\[\]'\"]+)")
_PART = re.compile(r"[a-z]+|\d+")
_NUMBER = re.compile(
    r"rate|size|count|alpha|gamma|^(lr|eta|eps|lam|reg)$|^n_|^num|norm"
)
_OUTPUT = re.compile(r"^(error|err|outputs?|out|pred\w*|y_hat|y_pred)$")
_TARGET = re.compile(r"^(y|t|targets?|labels?|y_true)$")
_ERRORS = frozenset(("error", "err", "residual", "resid", "diff"))
_TERMS = _ERRORS | frozenset(("term", "delta", "grad", "gradient", "g", "local"))

Run = Callable[[Source], Observed]


@dataclass(frozen=True, slots=True)
class Filled:
    """A program that runs in spite of its blanks, and its run."""

    source: Source  # with stand-ins
    blanks: list[Blank]
    observed: Observed


def filled(source: Source, run: Run, more: Sequence[Blank] = ()) -> Filled:
    """The program with stand-ins, and how it ran; without blanks as it is.

    ``more`` are lines that are to be treated as blanks.
    """
    found = sorted([*blanks(source), *more], key=lambda b: b.line)
    for _ in range(ROUNDS):
        made, observed = _runs_on(source, found, run)
        known = {(b.line, b.variable) for b in found}
        late = [b for b in behind(observed) if (b.line, b.variable) not in known]
        if not late:
            break
        found = sorted([*found, *_as_written(source, late)], key=lambda b: b.line)
    return Filled(made, found, observed)


def without(source: Source, found: Sequence[Blank], likes: Sequence[str]) -> Source:
    """The program with a stand-in for each blank, made of the place it should be like.

    Lines keep their numbers. A claim about a blank isn't one about its stand-in.
    """
    for blank in found:
        source = without_claims(source, blank.line, blank.variable)
    lines = source.text.splitlines()
    spots = sorted(
        zip(found, likes), key=lambda s: (s[0].node.lineno, s[0].node.col_offset)
    )
    for blank, like in reversed(spots):
        if not like:
            continue
        node = blank.node
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = lines[first].encode()[: node.col_offset].decode()
        tail = lines[last].encode()[node.end_col_offset :].decode()
        rest = ["\\"] * (last - first)
        lines[first : last + 1] = [
            *[f"{head}{line}" for line in rest[:1]], *rest[1:],
            f"{'' if rest else head}{_standin(blank, like)}{tail}",
        ]  # fmt: skip
    text = "\n".join(lines) + "\n"
    return replace(source, text=text, tree=ast.parse(text))


def _standin(blank: Blank, like: str) -> str:
    number = f"(0.37 * {like} + 0.29) ** 2"
    if blank.kind == "body":
        return f"return {number}"
    whole = blank.kind == "step" and isinstance(blank.statement, ast.Assign)
    if whole and like == blank.variable:
        return f"{like} - {number}"
    return number


@contextmanager
def in_place(source: Source) -> Iterator[None]:
    """Let code that quotes the file's lines see this text."""
    before = linecache.cache.get(source.file)
    lines = source.text.splitlines(keepends=True)
    linecache.cache[source.file] = (len(source.text), None, lines, source.file)
    try:
        yield
    finally:
        linecache.cache.pop(source.file, None)
        if before is not None:
            linecache.cache[source.file] = before


def _as_written(source: Source, found: Sequence[Blank]) -> list[Blank]:
    """Blanks of a program with stand-ins, as blanks of the program itself."""
    statements = {
        (type(n), n.lineno, n.col_offset): n
        for n in ast.walk(source.tree)
        if isinstance(n, ast.stmt)
    }
    made = []
    for blank in found:
        old = blank.statement
        new = statements.get((type(old), old.lineno, old.col_offset))
        if new is None:
            continue
        for a, b in zip(ast.walk(old), ast.walk(new)):
            if a is blank.node and isinstance(b, ast.expr | ast.stmt):
                made.append(replace(blank, statement=new, node=b))
    return made


# -- which stand-in --------------------------------------------------------------------


def _runs_on(
    source: Source, found: Sequence[Blank], run: Run
) -> tuple[Source, Observed]:
    """The stand-ins with which the program gets farthest."""
    options = [_likes(source, blank)[:TRIES] or [""] for blank in found]
    chosen = [option[0] for option in options]
    best, observed = _run(source, found, chosen, run)
    patience = Patience(SECONDS)
    for index, option in enumerate(options):
        for like in option[1:]:
            if observed.problem is None or patience.over:
                return best, observed
            other = [*chosen[:index], like, *chosen[index + 1 :]]
            made, again = _run(source, found, other, run)
            if _reach(again) > _reach(observed):
                chosen, best, observed = other, made, again
    return best, observed


def _run(
    source: Source, found: Sequence[Blank], likes: Sequence[str], run: Run
) -> tuple[Source, Observed]:
    made = without(source, found, likes) if found else source
    with in_place(made):
        return made, run(made)


def _reach(observed: Observed) -> tuple[bool, int]:
    return observed.problem is None, len(observed.log)


def _likes(source: Source, blank: Blank) -> list[str]:
    """Places whose shape a blank may have, the likeliest first."""
    if blank.kind == "body":
        function = next(
            node
            for node in ast.walk(source.tree)
            if isinstance(node, Function) and blank.statement in node.body
        )
        return _arguments(function)
    if isinstance(blank.statement, ast.Return):
        taken = function_around(source.tree, blank.statement)
        return [*_arguments(taken), *_places(source, blank)]
    meant = [*_siblings(source, blank), *_meant(source, blank)]
    word = of(blank) if not meant else ""
    counters = {ast.unparse(f.target) for f in _loops(source.tree)}
    places = sorted(
        dict.fromkeys([*meant, *_places(source, blank)]),
        key=lambda p: -_score(word, blank, p) - (p in meant) + (p in counters),
    )
    places += _parts(source, blank, places)
    return [blank.variable, *places] if _has_own_shape(blank) else places


def _arguments(function: Function | None) -> list[str]:
    given = function.args.args if function is not None else []
    return [a.arg for a in given if a.arg not in ("self", "cls")]


def _parts(source: Source, blank: Blank, places: Sequence[str]) -> list[str]:
    """``ys[t]`` within a loop over t, of the places that the program reads so."""
    found: dict[str, None] = {}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
            continue
        if ast.unparse(node.value) in places[:6] and node.lineno < blank.line:
            found[ast.unparse(node)] = None
    return list(found)


def _siblings(source: Source, blank: Blank) -> list[str]:
    """``layer['b']`` of ``layer['db']``, ``params[k]`` of ``grads[k]``."""
    targets = getattr(blank.statement, "targets", [None])
    word = of(blank)
    around = _names_at(source, blank)
    found: dict[str, None] = {}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute | ast.Subscript):
            continue
        text = ast.unparse(node)
        named = _is_simple(node) and identifier(text) == word
        keyed = (
            isinstance(node, ast.Subscript)
            and not isinstance(node.slice, ast.Constant)
            and any(_has_key(target, node.slice) for target in targets)
        )
        inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if (named or keyed) and text != blank.variable and inside <= around:
            found[text] = None
    return list(found)


def _has_key(target: ast.expr | None, key: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and ast.dump(target.slice) == ast.dump(key)


def _names_at(source: Source, blank: Blank) -> set[str]:
    """The names that the function of a blank speaks of, or the program."""
    around = function_around(source.tree, blank.statement)
    return {
        n.id if isinstance(n, ast.Name) else n.arg
        for n in ast.walk(around or source.tree)
        if isinstance(n, ast.Name | ast.arg)
    }


def _meant(source: Source, blank: Blank) -> list[str]:
    """What a blank is like whose name says nothing but what kind of value it is.

    An ``error_term`` is like the output, a ``gradient`` like the weight that it moves.
    """
    words = set(_PART.findall(identifier(blank.variable).lower()))
    counters = {ast.unparse(f.target) for f in _loops(source.tree)}
    if words - _TERMS - counters:
        return []
    if words & _ERRORS:
        kinds = [_TARGET, _OUTPUT]
        kinds = kinds[::-1] if words - _ERRORS else kinds  # error_term is no error
        places = _places(source, blank)
        return [p for kind in kinds for p in places if kind.match(identifier(p))]
    return [
        ast.unparse(node.target)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AugAssign)
        and blank.variable in map(ast.unparse, ast.walk(node.value))
    ]


def _loops(tree: ast.AST) -> list[ast.For]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.For)]


def _has_own_shape(blank: Blank) -> bool:
    """``w = None`` for a weight, ``dx[mask] = None``: what was there has the shape."""
    if blank.kind == "step":
        return True
    targets = getattr(blank.statement, "targets", [])
    return any(isinstance(t, ast.Subscript) and not _is_simple(t) for t in targets)


def of(blank: Blank) -> str:
    """The forward value whose gradient a blank is, by its claim or its name."""
    match = _OF.search(blank.claim)
    if match:
        return match["of"]
    name = identifier(blank.variable)
    return stem(name) or step_stem(name) or name


def _score(word: str, blank: Blank, place: str) -> float:
    name = identifier(place)
    if word in (place, name):
        return 3.0
    ours = set(_PART.findall(identifier(blank.variable).lower())) - _TERMS
    theirs = set(_PART.findall(name.lower()))
    shared = len(ours & theirs) / (1 + len(theirs))
    apart = 0.5 * (is_weight(name) or bool(theirs & _TERMS))
    apart += bool(_NUMBER.search(name))
    return likeness(word, name) + shared - apart


def _places(source: Source, blank: Blank) -> list[str]:
    """What there is above a blank in its function, and what is known everywhere."""
    everything = list(ast.walk(source.tree))
    around = [
        node
        for node in everything
        if isinstance(node, Function)
        and node.lineno < blank.line <= (node.end_lineno or 0)
    ]
    apart = {id(n.func) for n in everything if isinstance(n, ast.Call)}
    places = [n for n in everything if _is_simple(n) and id(n) not in apart]
    found: dict[str, None] = {}
    for node in ast.walk(around[-1] if around else source.tree):
        if isinstance(node, ast.arg):
            found[node.arg] = None
    inside = {id(n) for n in ast.walk(around[-1] if around else source.tree)}
    for place in places:
        if id(place) in inside and place.lineno < blank.line:
            found[ast.unparse(place)] = None
    for place in places if around else []:
        if isinstance(place, ast.Attribute) or ast.unparse(place) in _globals(source):
            found[ast.unparse(place)] = None
    modules = {ast.unparse(n.value) for n in places if isinstance(n, ast.Attribute)}
    return [p for p in found if p not in {blank.variable, "np", "self", *modules}]


def _globals(source: Source) -> set[str]:
    """The names that the program sets outside its functions."""
    return {
        node.id
        for statement in source.tree.body
        if not isinstance(statement, Function | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _is_simple(node: ast.AST) -> TypeGuard[ast.expr]:
    """``W1``, ``self.W1``, ``cache['A1']``; no function of a module."""
    if isinstance(node, ast.Subscript):
        key = node.slice
        return isinstance(key, ast.Constant) and isinstance(key.value, str)
    if isinstance(node, ast.Attribute):
        owner = node.value
        return isinstance(owner, ast.Name) and owner.id == "self"
    return isinstance(node, ast.Name)
