"""Numbers that nobody calls a loss: ``chi2``, ``total``, ``history.append(energy(u))``.

Comes in a step of a program that states no loss, out come the single numbers that all
of the moved weights go into, the latest first: those that have a name, then those that
are only put into a list or printed. Nothing promises that they are meant, so that one
is only where everything is its gradient.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from clearprop.checking.anchors import Anchor
from clearprop.checking.enclosing import statements_around
from clearprop.checking.losses import Candidate, stated, turned
from clearprop.checking.names import passed_back
from clearprop.checking.reading import Reading, Step
from clearprop.checking.terms import bare
from clearprop.checking.weighted import weighted
from clearprop.graph import Node, back_to, ordered
from clearprop.trace.loss import identifier, is_error
from clearprop.trace.result import Binding

_RISES = {"gt": True, "ge": True, "lt": False, "le": False}
_BETTER = re.compile(  # the more of it
    r"^(expected|mean|avg|average|total)?_?(reward|return|profit|welfare|fitness)$",
    re.IGNORECASE,
)
_BASELINE = re.compile(r"value|score|reward|return|fitness", re.IGNORECASE)
BRANCH = "the branch"  # what is decided by a comparison
MOST = 3  # of the last numbers of a step


def unnamed(reading: Reading, step: Step) -> list[Candidate]:
    """What a step may descend on besides what its names say."""
    moved = {u.before for u in step.updates}
    if not moved:
        return []
    found = {c.name: c for c in _decided(reading, step, moved)}
    weighed = weighted(reading, step)
    compared = {n for c in found.values() for n in (c.node, *c.node.inputs)}
    used = set(ordered([u.after for u in step.updates]))
    for binding in numbers(reading, step):
        if binding.node in compared:
            continue  # its sign is decided
        if binding.place not in found and moved <= set(
            back_to([binding.node], frozenset(step.befores.values()))
        ):
            anchor = Anchor(binding, binding.node, line=binding.line)
            text, where = stated(reading, anchor)
            one = binding.node.reshape(()) if binding.node.dims else binding.node
            if _BETTER.match(identifier(binding.place)) or binding.node in used:
                one, text = -one, turned(text)
            found[binding.place] = Candidate(one, text, where, False, binding.place)
        if len(found) > MOST:
            break
    for node, line in _without_names(reading):
        if node in compared:
            continue
        befores = frozenset(step.befores.values())
        if len(found) < 2 * MOST and moved <= set(back_to([node], befores)):
            code = reading.observed.source.lines.get(line, "").strip()
            one = node.reshape(()) if node.dims else node
            where = f"{reading.observed.source.named(line)}: {code}"
            found[where] = Candidate(one, _appended(code), where, False, where)
    return [*weighed, *found.values()]


def _decided(reading: Reading, step: Step, moved: set[Node]) -> Iterator[Candidate]:
    """What a step pushes back to where its branch is decided: ``if s > 0``.

    A perceptron only moves where its output is wrong, a support vector machine where
    the margin is too small: both descend on the distance from where another branch
    is taken.
    """
    befores = frozenset(step.befores.values())
    first = min(u.after.index for u in step.updates)
    for guard in reversed(reading.graph.value_guards):
        node = guard.node
        if node.op.name not in _RISES or node.index > first or node.shape:
            continue
        if _watches(reading.observed.tree, guard.line or 0):
            continue
        z = node.inputs[0] - node.inputs[1]
        if not z.is_float or not moved <= set(back_to([z], befores)):
            continue
        above = _RISES[node.op.name] == bool(guard.value)
        named, edge = (reading.named.get(n) for n in node.inputs)
        at = reading.number(node.inputs[1])
        by = f" - {edge.place}" if edge is not None else f" - {at:g}" if at else ""
        text = f"np.abs({named.place}{by})" if named is not None else guard.code
        where = f"{reading.observed.source.named(guard.line or 0)}: {guard.code}"
        node = z if above else guard.node.inputs[1] - guard.node.inputs[0]
        yield Candidate(node, text, where, False, BRANCH)
        return


def _watches(tree: ast.AST, line: int) -> bool:
    """Whether a branch only ends a loop, or keeps what was best: nothing is learned.

    ``if last - cost < tol: break``, and ``if cost < best: best = cost``.
    """
    around = statements_around(tree, line)
    node = around[-1] if around else None
    if isinstance(node, ast.For | ast.While):
        return True
    if not isinstance(node, ast.If):
        return False
    compared = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
    within = [n for part in node.body for n in ast.walk(part)]
    looped = any(isinstance(n, ast.For | ast.While) for n in around)
    ends = ast.Break | ast.Return | ast.Raise
    stored = {
        n.id for n in within if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return bool(stored & compared) or (
        looped and any(isinstance(n, ends) for n in within)
    )


def _without_names(reading: Reading) -> list[tuple[Node, int]]:
    """Single numbers that no value is made of and no name was given, the latest first.

    What was derived since the run ended has no line. A mark reads nothing: a number
    that a marked line reports is what it is without.
    """
    lines = reading.observed.lines
    nodes = [n for n in reading.graph.nodes if n in lines and n.op.name != "mark"]
    read = {k for n in nodes for i in n.inputs for k in (i, bare(i))}
    return [
        (n, lines[n])
        for n in reversed(nodes)
        if n not in read
        and n not in reading.named
        and n.is_float
        and n.inputs
        and all(k == 1 for k in n.shape)
    ]


def _appended(code: str) -> str:
    """What is returned, or put into a list: the ``e`` of ``energies.append(e)``."""
    found = re.match(r"[\w.\[\]']+\.append\((.*)\)$|return (.*)$", code)
    return found[1] or found[2] if found else code


def numbers(reading: Reading, step: Step) -> Iterator[Binding]:
    """Single numbers that are only reported, the latest first.

    What the weights are moved by, such as an output, is no such number. But the value
    of a policy is its own baseline: ``p * (r - value)``.
    """
    used = set(ordered([u.after for u in step.updates]))
    for binding in reversed(reading.log[step.first : step.last + 1]):
        node, name = binding.node, identifier(binding.place)
        one = node.is_float and bool(node.inputs) and all(n == 1 for n in node.shape)
        named = not binding.place.startswith("return")
        plain = named and not passed_back(name) and not is_error(name)
        if one and plain and (node not in used or _BASELINE.search(name)):
            yield binding
