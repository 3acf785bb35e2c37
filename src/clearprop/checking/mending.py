"""From blame to a finding: the mend is searched, put into the program and tried."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from clearprop.checking.apart import executes
from clearprop.checking.as_written import as_written
from clearprop.checking.comprehension import element, inside, whole
from clearprop.checking.derived import derived, slope, times
from clearprop.checking.enclosing import function_around
from clearprop.checking.likewise import likewise
from clearprop.checking.local_derivatives import LOCAL
from clearprop.checking.marking import stores
from clearprop.checking.marks import OFTEN, Marked
from clearprop.checking.masks import of_the_mask, written_within
from clearprop.checking.mend import mends
from clearprop.checking.need import BEFORE, SLOPE, Edit, Need, Reach, Role, Run
from clearprop.checking.numbered import makers
from clearprop.checking.patience import Patience
from clearprop.checking.plainly import Plain, bound_in, read_from_outside
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, Scene, match, tolerance
from clearprop.checking.report import Change
from clearprop.checking.roles import places, roles
from clearprop.checking.scopes import scope_at, seen
from clearprop.checking.slopes import true_slope
from clearprop.checking.trial import Blame, Other
from clearprop.graph import Node
from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import appended, copied
from clearprop.trace.source import Source

SECONDS = 0.8  # for the search of one mend
RUNS = 12  # of a statement that an edit is tried on
_OLD = re.compile(r"([A-Za-z_][\w.]*(?:\[[^\[\]]+\])?)" + BEFORE)


@dataclass(slots=True)
class Mend:
    """An edit of one statement, and the changes of the file that make it."""

    edit: Edit
    changes: tuple[Change, ...]
    text: str  # of the whole program, mended


@executes
def searched(
    reading: Reading,
    scene: Scene,
    blame: Blame,
    others: Mapping[Node, Any],
    every: bool = False,
    reach: Reach = "any",
    *,
    seconds: float = SECONDS,
) -> list[Edit]:
    """Edits of the blamed statement that give what was wanted, the best first.

    Where the constant is free, ``every`` one that conventions know is tried. The search
    takes at most so many ``seconds``.
    """
    if every and not blame.free:
        return []
    if every and len(blame.wanted) > 1:
        return _of_a_chain(reading, scene, blame, others, seconds, reach)
    need = need_of(reading, scene, blame, others)
    if need is None:
        return []
    if blame.through is not None:
        mask = reading.observed.sites[blame.site].statement
        edits = mends(need, seconds, reach=reach)
        found = (of_the_mask(edit, need.statement, mask) for edit in edits)
        return [edit for edit in found if edit is not None]
    if reach == "anew":
        need = replace(
            need, derived=_derived(reading, scene, blame, others, need.target)
        )
        if not need.derived:
            return []
    if reach == "plain":
        need = replace(need, derived=likened(reading, need, blame.site))
    if isinstance(blame.item, int | str) and element(need.statement) is not None:
        return _of_elements(need, blame.item, blame.kind == "update", seconds, reach)
    # nothing says with which constant: the one that needs the smallest edit
    tried = (*_present(need), *scales(reading, scene)) if every else (1.0,)
    return mends(need, seconds, tried, reach)


def _of_a_chain(
    reading: Reading,
    scene: Scene,
    blame: Blame,
    others: Mapping[Node, Any],
    seconds: float,
    reach: Reach,
) -> list[Edit]:
    """Edits with any usual constant, where later runs go on from earlier ones.

    ``dA`` comes from the layer above, and has its constant: ``m * dL/dA`` all the way.
    """
    patience = Patience(seconds)
    for scale in scales(reading, scene):
        if patience.over:
            break
        one = replace(blame, wanted=blame.times(scale), free=False)
        edits = searched(
            reading, scene, one, others, False, reach, seconds=patience.left
        )
        if edits:
            return edits
    return []


def _of_elements(
    need: Need, item: int | str, moves: bool, seconds: float, reach: Reach
) -> list[Edit]:
    """Edits of a comprehension, found at the element that is wrong."""
    statement = element(need.statement)
    runs = [
        [
            replace(run, scope=scope)
            for run in replays
            if (scope := inside(need.statement, run.scope, item)) is not None
        ]
        for replays in need.runs
    ]
    if statement is None or not all(runs):
        return []
    target = ast.unparse(statement.targets[0])
    known = {**need.roles, **({target: Role("weight")} if moves else {})}
    one = replace(
        need, statement=statement, runs=runs, target=target, item=None, roles=known
    )
    found = [whole(need.statement, edit) for edit in mends(one, seconds, reach=reach)]
    return [edit for edit in found if edit is not None]


def _present(need: Need) -> list[float]:
    """The constant that a line has by now, if that and a sign are all it has wrong."""
    pairs = [(run.found, run.wanted) for replays in need.runs for run in replays]
    found, wanted = zip(*pairs, strict=True)
    how = match(found, wanted, need.tolerance)
    return [abs(how.factor)] if how is not None and np.isfinite(how.factor) else []


def scales(reading: Reading, scene: Scene) -> tuple[float, ...]:
    """Constants by which conventions differ: counts of examples, and two."""
    sizes: dict[int, None] = {}
    for m in reading.observed.made:
        if m.node in scene.below and m.node not in reading.parameters:
            for n in m.node.shape[:2]:
                sizes.setdefault(n)
            total = int(np.prod(m.node.shape))
            sizes.setdefault(total)
    whole = [n for n in sizes if n > 1][:4]
    return (0.5, 2.0, *(float(n) for n in whole), *(1.0 / n for n in whole))


def likened(reading: Reading, need: Need, site: int) -> list[str]:
    """Expressions for a line that are made like those of other lines."""
    kinds = (np.ndarray, int, float)
    scope = need.runs[0][0].scope
    names = {n: np.shape(v) for n, v in scope.items() if isinstance(v, kinds)}
    statement = reading.observed.sites[site].statement
    return likewise(reading.observed.source.tree, statement, names)


def need_of(
    reading: Reading, scene: Scene, blame: Blame, others: Mapping[Node, Any]
) -> Need | None:
    """What the search is told of a blamed statement; None where no run is known."""
    book = reading.observed.marks
    user = blame.site if blame.through is None else blame.through
    site = reading.observed.sites[user]
    statement = copied(site.statement)
    if blame.through is not None:
        mask = reading.observed.sites[blame.site].statement
        statement = written_within(statement, copied(mask))
    # what earlier mends, and earlier executions of this one, leave to a scope
    read = Other(scene, {**others, **blame.wanted}).read
    runs: list[list[Run]] = []
    plain = Plain(reading.observed)
    tree = reading.observed.source.tree
    functions = helpers(tree)
    around = function_around(tree, site.statement) or tree
    own = bound_in(around) if around is not tree else set()
    shared = read_from_outside(tree) - own
    known: dict[str, Any] = {}
    for marked in _executions(book.marked, blame):
        if (user, marked.turn) not in book.scopes:
            continue
        scope = scope_at(reading, scene, replace(marked, site=user), blame.blank)
        known = known or scope
        wanted = blame.wanted[marked.node]
        found = read(marked.source)
        at = makers(scope, shared, read, plain)
        runs.append(
            [Run(m.scope(scope, k), wanted[k], found[k]) for k, m in enumerate(at)]
        )
    if not runs:
        return None
    target = _target(site.statement, known, next(iter(blame.wanted)).shape)
    known_roles = roles(reading, scene, known, site.function)
    role = known_roles.get(target)
    learned = role is not None and role.kind in ("weight", "updated-weight")
    if blame.kind == "update" and not learned:  # params[k] is one, whatever k is
        known_roles[target] = Role("weight", blame.name)
    return Need(
        statement=statement,
        target=target,
        runs=runs,
        item=blame.item,
        expected=_expected(blame),
        gradient_of=blame.name if blame.kind not in ("slope", LOCAL) else "",
        roles=known_roles,
        helpers=functions,
        around=around,
        cuts=_cuts(around),
        reads=_reads(around),
        tolerance=tolerance([n for n in (*blame.wanted, blame.of) if n is not None]),
    )


def _derived(
    reading: Reading,
    scene: Scene,
    blame: Blame,
    others: Mapping[Node, Any],
    target: str,
) -> list[str]:
    """The gradient that a line owes, written anew."""
    if blame.kind == "slope":
        return _derived_slope(reading, scene, blame)
    if blame.of is None or blame.kind not in ("gradient", "sum"):
        return []
    book, tree = reading.observed.marks, reading.observed.source.tree
    gradient = scene.values(scene.gradient[blame.of])
    for marked in _executions(book.marked, blame):
        owed = [w.ravel() for w in blame.wanted[marked.node]]
        grads = [blame.factor * g.ravel() for g in gradient]
        if all(map(np.array_equal, owed[:OWN], grads[:OWN])):
            scope = book.scopes.get((blame.site, marked.turn))
            around = function_around(tree, reading.observed.sites[blame.site].statement)
            read = Other(scene, {**others, **blame.wanted}).read
            known = seen(scope or {}, around, tree if blame.blank else None)
            texts = derived(scene, known, blame.of, target, read)
            always = all(map(np.allclose, owed, grads))  # at other rates too
            return [*texts, *(times(texts, blame.factor) if always else ())]
    return []


def _derived_slope(reading: Reading, scene: Scene, blame: Blame) -> list[str]:
    """The slope of an activation, as the helper that owes it would write it."""
    pair = true_slope(reading, scene, blame)
    executions = _executions(reading.observed.marks.marked, blame)
    if pair is None or not executions:
        return []
    around = function_around(
        reading.observed.source.tree, reading.observed.sites[blame.site].statement
    )
    scope = reading.observed.marks.scopes.get((blame.site, executions[0].turn), {})
    return slope(scene, seen(scope, around), *pair)


def _cuts(tree: ast.AST) -> list[ast.expr]:
    """The parts of arrays that a program takes: ``h[:, t]``, ``a[:H]``, ``us[s]``."""
    found = {
        ast.unparse(n.slice): n.slice
        for n in ast.walk(tree)
        if isinstance(n, ast.Subscript)
        and (
            isinstance(n.slice, ast.Name | ast.BinOp)
            or any(isinstance(e, ast.Slice) for e in (n.slice, *_axes(n.slice)))
        )
    }
    return list(found.values())


def _reads(tree: ast.AST) -> list[ast.expr]:
    """The entries that a function reads at an index of its own: ``s[step - 1]``."""
    found = {
        ast.unparse(n): n
        for n in ast.walk(tree)
        if isinstance(n, ast.Subscript)
        and isinstance(n.ctx, ast.Load)
        and isinstance(n.slice, ast.Name | ast.BinOp)
        and isinstance(n.value, ast.Name | ast.Attribute)
    }
    return list(found.values())


def _axes(index: ast.expr) -> list[ast.expr]:
    return index.elts if isinstance(index, ast.Tuple) else []


def _executions(marks: Sequence[Marked], blame: Blame) -> list[Marked]:
    """The first runs of a blamed statement of which the scope is known."""
    runs = (
        m
        for m in marks
        if m.node in blame.wanted and m.turn < OFTEN and m.item == blame.item
    )
    return list(islice(runs, RUNS))


def helpers(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    """The program's own functions by name."""
    return {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def _target(
    statement: ast.stmt, scope: Mapping[str, Any], shape: tuple[int, ...]
) -> str:
    """Where a value of this shape goes: ``dE`` of ``dE[rows] += g``, ``d[j] = e``."""
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    if isinstance(statement, ast.AugAssign):
        target = statement.target
    if isinstance(target, ast.Subscript):
        owner = ast.unparse(target.value)
        held = [v for p, v in places(scope) if p == owner and type(v) is Node]
        if any(v.shape == shape for v in held):
            return owner
    if target is not None:
        return ast.unparse(target)
    if isinstance(statement, ast.Return):
        return "return"
    put = appended(statement)
    if put is not None:
        call = statement.value  # type: ignore[attr-defined]
        by_name = len(call.args) == 3  # setattr(layer, name, value)
        place = ", ".join(map(ast.unparse, call.args[:2]))
        return f"getattr({place})" if by_name else ast.unparse(put[0])
    for call, written in stores(statement):  # np.add.at(dE, rows, g)
        if isinstance(call, ast.Call):
            return ast.unparse(written)
    return ast.unparse(statement)


def _expected(blame: Blame) -> str:
    if blame.kind == "slope":
        return SLOPE
    if blame.kind == LOCAL:
        return blame.name
    return f"dL/d {blame.name}" if blame.name else ""


# -- into the program ------------------------------------------------------------------


def applied(source: Source, statement: ast.stmt, edit: Edit) -> Mend | None:
    """The edit as changes of whole lines, and the program with them."""
    changes: list[Change] = []
    for place in sorted(set(_OLD.findall(edit.statement))):
        kept = _kept(source, statement, edit, place)
        if kept is None:
            return None
        edit = kept[0]
        changes.append(kept[1])
    last = statement.end_lineno or statement.lineno
    lines = source.text.splitlines()
    head = lines[statement.lineno - 1].encode()[: statement.col_offset].decode()
    tail = lines[last - 1].encode()[statement.end_col_offset :].decode()
    written = _annotated(statement, edit.statement)
    before = ast.get_source_segment(source.text, statement)
    loose = " ** " in source.text
    written = as_written(before, written, loose) if before else written
    written = written.replace("\n", f"\n{_indent(source, statement.lineno)}")
    text = f"{head}{written}{tail}"
    changes.append(Change(statement.lineno, last, text))
    made = patched(source.text, changes)
    try:
        ast.parse(made)
    except SyntaxError:
        return None
    return Mend(edit, tuple(changes), made)


def _annotated(statement: ast.stmt, text: str) -> str:
    """``x: float = 1`` for ``x = 1``, where it was written so."""
    note = getattr(statement, "annotation", None)
    if note is None or not isinstance(statement, ast.Assign):
        return text
    target = ast.unparse(statement.targets[0])
    return text.replace(f"{target} = ", f"{target}: {ast.unparse(note)} = ", 1)


def _kept(
    source: Source, statement: ast.stmt, edit: Edit, place: str
) -> tuple[Edit, Change] | None:
    """A copy of a weight, taken before it is moved, under a name of its own."""
    first = _first_update(source.tree, place, statement)
    if first is None:
        return None
    old = re.sub(r"\W+", "_", identifier(place)).strip("_") + "_before"
    target = next(t for t in _targets(first) if _is_of(t, place))
    part = ast.unparse(target).removeprefix(place)  # of P[u] += … one row is moved
    if edit.statement.count(place + BEFORE + part) < edit.statement.count(BEFORE):
        part = ""
    text = edit.statement.replace(place + BEFORE + part, old)
    why = edit.why.replace(place + BEFORE, old)
    if part:
        why = why.replace(f"{place} ", f"{place}{part} ", 1)
    # a new object takes the name of the old one, which stays as it is; what is
    # written in place needs a copy
    anew = isinstance(first, ast.Assign) and not isinstance(target, ast.Subscript)
    copy = f"{old} = {place}{part}" + ("" if anew else " + 0")
    why += f". Put {copy} before line {first.lineno}"
    lead = _indent(source, first.lineno)
    change = Change(first.lineno, first.lineno - 1, f"{lead}{copy}")
    return replace(edit, statement=text, why=why), change


def patched(text: str, changes: Sequence[Change]) -> str:
    """A program's text with changes made, from the last line up."""
    lines = text.splitlines()
    for change in sorted(changes, key=lambda c: (c.first, c.last), reverse=True):
        lines[change.first - 1 : change.last] = change.text.splitlines()
    return "\n".join(lines) + "\n"


def _first_update(tree: ast.AST, name: str, before: ast.stmt) -> ast.stmt | None:
    """The last statement above that gives a name, or a part of it, its new value."""
    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if not any(_is_of(t, name) for t in _targets(node)):
            continue
        assert isinstance(node, ast.stmt)
        later = found is None or node.lineno > found.lineno
        if node.lineno < before.lineno and later:
            found = node
    return found


def _targets(node: ast.AST) -> list[ast.expr]:
    """What a statement gives a value to, one by one: ``W, b = W - dW, b - db``."""
    if not isinstance(node, ast.Assign):
        return [node.target] if isinstance(node, ast.AugAssign) else []
    sequence = ast.Tuple | ast.List
    parts = [t.elts if isinstance(t, sequence) else [t] for t in node.targets]
    return [target for several in parts for target in several]


def _is_of(target: ast.expr, name: str) -> bool:
    while ast.unparse(target) != name and isinstance(target, ast.Subscript):
        target = target.value
    return ast.unparse(target) == name


def _indent(source: Source, line: int) -> str:
    text = source.text.splitlines()[line - 1]
    return text[: len(text) - len(text.lstrip())]
