"""``=`` where ``+=`` is needed: the one mistake that is found by trying the program.

What an execution overwrote is lost to the graph, so that no value of a single statement
can mend it. Candidates are the statements of a loop whose earlier values went nowhere,
those that give a place its second value, the gradient along a second path, and an
indexed ``+=``, which loses all but one of the rows that its index repeats.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clearprop.checking.judgement import Judgement
from clearprop.checking.mend.kinds_store import unbuffered
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.terms import unmarked
from clearprop.checking.trial import cone_of
from clearprop.checking.unsummed import is_gradient
from clearprop.checking.zeros import started_at_zero

MOST = 8  # statements that are tried


def overwritten(reading: Reading, judgement: Judgement) -> Iterator[tuple[int, Mend]]:
    """Edits that add where a statement keeps only the last part, with their site."""
    source = reading.observed.source
    loops = _in_loops(source.tree)
    zeros = started_at_zero(source.tree)
    turns = _turns(reading, judgement)
    rows = _at_arrays(reading)
    moved = _moved(judgement)
    made: list[tuple[bool, int, Mend]] = []
    places: set[str] = set()  # that have a value already
    for site in reading.observed.sites:
        statement = site.statement
        edit, sure = None, True
        if isinstance(statement, ast.AugAssign) and site.number in turns:
            if site.number not in rows:
                continue
            edit = _at_rows(statement)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            looped = turns.get(site.number, 0) > 1 and statement.lineno in loops
            again = ast.unparse(target) in places
            places.update(map(ast.unparse, getattr(target, "elts", [target])))
            if statement.lineno in moved:
                edit = added(statement, target, "the steps", True)
            elif looped or again:
                sure = not zeros.isdisjoint((ast.unparse(target), _base(target)))
                along = "the loop" if looped and (sure or not again) else "two paths"
                edit = added(statement, target, along, sure)
        mend = applied(source, statement, edit) if edit is not None else None
        if mend is not None:
            made.append((not sure, site.number, mend))
    made.sort(key=lambda one: one[:2])  # what begins as zeros is there to be added to
    for _, number, mend in made[:MOST]:
        yield number, mend


def _moved(judgement: Judgement) -> set[int]:
    """The lines that should move a weight, and don't."""
    wrong = [o for o in judgement.outcomes if not o.right and o.match is None]
    return {n for o in wrong if o.update is not None for n in o.update.lines}


def _turns(reading: Reading, judgement: Judgement) -> dict[int, int]:
    """How often each statement ran in the backward pass of a wrong outcome."""
    scene = judgement.scene
    wrong = [o for o in judgement.outcomes if not o.right]
    tops = [o.update.after if o.update is not None else o.node for o in wrong]
    cone = cone_of(tops, scene)
    turns: dict[int, int] = {}
    read: set[int] = set()
    for marked in reading.observed.marks.marked:
        if marked.node not in scene.below:
            turns[marked.site] = turns.get(marked.site, 0) + 1
        if marked.node in cone or marked.source in cone:
            read.add(marked.site)
    return {site: many for site, many in turns.items() if site in read}


def _at_arrays(reading: Reading) -> set[int]:
    """The statements that store at an array of indices, which may repeat a row."""
    found = set()
    for marked in reading.observed.marks.marked:
        node = unmarked(marked.source)
        key = node.params.get("key", ()) if node.op.name == "setitem" else ()
        if any(part[0] == "array" for part in key):
            found.add(marked.site)
    return found


def added(
    statement: ast.Assign, target: ast.expr, along: str, sure: bool
) -> Edit | None:
    """``dW += ...`` in place of ``dW = ...``."""
    place = ast.unparse(target)
    if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        return None
    if isinstance(statement.value, ast.ListComp):
        return _added_in_each(statement, statement.value, place, along)
    if isinstance(statement.value, ast.List | ast.Constant):
        return None  # dh[h <= 0] = 0 adds nothing up
    if any(
        isinstance(n, ast.expr) and ast.unparse(n) == place
        for n in ast.walk(statement.value)
    ):
        return None
    if not sure and (isinstance(statement.value, ast.Name) or not is_gradient(target)):
        return None
    return Edit(
        statement=f"{place} += {ast.unparse(statement.value)}",
        old="=",
        new="+=",
        mistake="overwritten-accumulator",
        why=f"{place} is added up over {along}: = keeps only the last part of it",
        cost=1.0,
    )


def _added_in_each(
    statement: ast.Assign, made: ast.ListComp, place: str, along: str
) -> Edit | None:
    """``dws = [dw + new for dw, new in zip(dws, news)]``, where ``dw`` isn't read."""
    (loop, *more) = made.generators
    walked = loop.iter.args if isinstance(loop.iter, ast.Call) else []
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
    held = [n for n, w in zip(names, walked) if ast.unparse(w) == place]
    if more or len(held) != 1 or not isinstance(held[0], ast.Name):
        return None
    old = held[0].id
    if any(isinstance(n, ast.Name) and n.id == old for n in ast.walk(made.elt)):
        return None
    element = ast.unparse(made.elt)
    whole = ast.ListComp(ast.BinOp(held[0], ast.Add(), made.elt), made.generators)
    return Edit(
        statement=f"{ast.unparse(statement.targets[0])} = {ast.unparse(whole)}",
        old=element,
        new=f"{old} + {element}",
        mistake="overwritten-accumulator",
        why=f"{place} is added up over {along}: without {old} only the last part of it "
        "is kept",
        cost=1.0,
    )


def _at_rows(statement: ast.AugAssign) -> Edit | None:
    """``np.add.at(dE, rows, g)`` in place of ``dE[rows] += g``."""
    made = unbuffered(statement)
    if made is None:
        return None
    assert isinstance(statement.target, ast.Subscript)
    sign = "+=" if isinstance(statement.op, ast.Add) else "-="
    name = "np.add.at" if isinstance(statement.op, ast.Add) else "np.subtract.at"
    rows = ast.unparse(statement.target.slice)
    return Edit(
        statement=ast.unparse(made),
        old=sign,
        new=name,
        mistake="overwritten-accumulator",
        why=f"where {rows} repeats a row, {sign} keeps only one of its contributions: "
        f"{name} takes them all",
        cost=1.0,
    )


def _base(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript):
        target = target.value
    return ast.unparse(target)


def _in_loops(tree: ast.AST) -> set[int]:
    return {
        part.lineno
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For | ast.While)
        for part in ast.walk(loop)
        if isinstance(part, ast.stmt)
    } | {
        part.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for part in ast.walk(function)
        if isinstance(part, ast.stmt)
    }
