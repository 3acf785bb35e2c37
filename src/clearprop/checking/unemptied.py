"""A gradient that is summed up from step to step, and never set to zero.

``dW += x.T @ d`` where nothing sets ``dW`` to zero between two updates: each step goes
along all gradients so far. In its first step that is the gradient, and right as such.
Comes in a run that was judged right; go out the lines that add, each with a line below
the update that sets the sum to zero; the checker tries them.

A velocity goes on as well, but shrinks: ``v = 0.9 * v + dW``. An average that exchanges
its parts (SAGA, Defazio, Bach and Lacoste-Julien 2014) takes something off.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clearprop.checking.enclosing import statement_at
from clearprop.checking.judgement import Judgement
from clearprop.checking.names import gradient_of
from clearprop.checking.reading import Reading, Update
from clearprop.checking.replays import match, tolerance
from clearprop.checking.report import Change
from clearprop.checking.roots import PLACES, Assignment, target_of
from clearprop.checking.terms import bare
from clearprop.graph import Node, back_to
from clearprop.trace.result import Binding
from clearprop.trace.source import Source

if TYPE_CHECKING:  # a right program needs no search for mends
    from clearprop.checking.mending import Mend

_DEEP = 400  # terms of a sum over examples


def unemptied(
    reading: Reading, judged: Sequence[Judgement]
) -> Iterator[tuple[Assignment, Mend]]:
    """The first line that adds, with a program that sets all such sums to zero."""
    source = reading.observed.source
    adding: list[Assignment] = []
    zeros: dict[int, tuple[ast.stmt, list[str]]] = {}  # below which updates
    places: list[str] = []
    for binding, update in _carried(reading, judged[0]) if judged else ():
        adds = statement_at(source.tree, binding.line)
        moves = statement_at(source.tree, update.lines[-1])
        used = _used(moves, binding.place) if moves is not None else None
        if not isinstance(adds, Assignment) or moves is None or used is None:
            continue
        if _exchanges(source.tree, adds):
            continue
        adding.append(adds)
        below = zeros.setdefault(moves.lineno, (moves, []))[1]
        if used not in below:
            below.append(used)
            places.append(used)
    if not adding:
        return
    *others, name = places
    names = f"{', '.join(others)} and {name} go" if others else f"{name} goes"
    ends = sorted(moves.end_lineno or 0 for moves, _ in zeros.values())
    lines = f"line{'s' if len(ends) > 1 else ''} {' and '.join(map(str, ends))}"
    why = (
        f"{names} on from the step before: nothing sets {'them' if others else 'it'} "
        f"to zero. The mend stands below {lines}"
    )
    mend = _emptied(source, list(zeros.values()), why)
    if mend is not None:
        yield min(adding, key=lambda statement: statement.lineno), mend


def _used(moves: ast.stmt, place: str) -> str | None:
    """What an update calls a sum: ``grads[k]`` may be ``grads['W']``."""
    base = place.partition("[")[0]
    names = [ast.unparse(n) for n in ast.walk(moves) if isinstance(n, PLACES)]
    same = [n for n in names if n == place]
    return next(iter((*same, *(n for n in names if n.startswith(f"{base}[")))), None)


def _emptied(
    source: Source, zeros: Sequence[tuple[ast.stmt, list[str]]], why: str
) -> Mend | None:
    """The program with zeros below its updates."""
    from clearprop.checking.mending import Mend, applied, patched
    from clearprop.checking.need import Edit

    changes: list[Change] = []
    all_of_them = "; ".join(f"{place} *= 0" for _, some in zeros for place in some)
    for moves, places in zeros:
        code = ast.get_source_segment(source.text, moves) or ast.unparse(moves)
        whole = "\n".join([code, *(f"{place} *= 0" for place in places)])
        edit = Edit(whole, "", all_of_them, "overwritten-accumulator", why, 1.0)
        mend = applied(source, moves, edit)
        if mend is None:
            return None
        changes += mend.changes
    return Mend(edit, tuple(changes), patched(source.text, changes))


def _carried(
    reading: Reading, judgement: Judgement
) -> Iterator[tuple[Binding, Update]]:
    """Sums that a later update reads, and that hold what an earlier one read."""
    by_leaf: dict[Node, list[Update]] = {}
    for update in reading.updates:
        by_leaf.setdefault(update.leaf, []).append(update)
    scene = judgement.scene
    for outcome in judgement.outcomes:
        first = outcome.update
        moves = by_leaf.get(first.leaf, []) if first is not None else []
        gradient = scene.gradient.get(outcome.of)
        if first is None or gradient is None or first not in moves:
            continue
        later = moves[moves.index(first) + 1 :]
        if not later:
            continue
        for binding in _gradients(reading, first):
            near = tolerance([binding.node, gradient])
            how = match(scene.values(binding.node), scene.values(gradient), near)
            if how is None:
                continue
            for after in _gradients(reading, later[0]):
                if after.place == binding.place and _holds(after.node, binding.node):
                    yield after, later[0]


def _gradients(reading: Reading, update: Update) -> Iterator[Binding]:
    """What an update goes along, by a gradient's name: the last value of each place."""
    way = set(back_to([update.after], frozenset([update.before])))
    found: dict[str, Binding] = {}
    for binding in reading.log[: update.binding.serial]:
        if gradient_of(binding.place) is None or binding.node not in way:
            continue
        if binding.node.shape == update.before.shape:
            found[binding.place] = binding
    yield from found.values()


def _holds(node: Node, old: Node) -> bool:
    """Whether a sum goes on from an older one."""
    here, old = bare(node), bare(old)
    for _ in range(_DEEP):
        if here is old:
            return here is not bare(node)
        if here.op.name == "mark":
            here = bare(here.inputs[0])
        elif here.op.name in ("add", "index_add"):
            first, second = map(bare, here.inputs[:2])
            turned = second is old or (_goes_on(second) and not _goes_on(first))
            here = second if turned else first
        else:
            return False
    return False


def _goes_on(node: Node) -> bool:
    return node.op.name in ("add", "index_add", "mark")


def _exchanges(tree: ast.AST, statement: Assignment) -> bool:
    """Whether an old part is taken off: ``dw += (g - table[i]) / n``."""
    kept = {
        ast.unparse(target.value)
        for node in ast.walk(tree)
        if isinstance(node, Assignment)
        and isinstance(target := target_of(node), ast.Subscript)
    }
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and isinstance(node.right, ast.Subscript)
        and ast.unparse(node.right.value) in kept
        for node in ast.walk(statement)
    )


__all__ = ["unemptied"]
