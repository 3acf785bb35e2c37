"""Whether a step goes the way that the forward pass was followed.

The written code looks at the sizes and the branches itself and is derived again where
they differ. Who computes on the graph, or compiles it once, asks here: otherwise the
numbers would be those of another way, in silence.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Node, SizeGuard, ValueGuard, evaluate, ordered
from clearprop.sizes import Atom, Dim, Size
from clearprop.training.plan import Plan


def strayed(
    plan: Plan, decisions: Sequence[ValueGuard], values: Mapping[Node, Any]
) -> str | None:
    """What goes another way at these values of the leaves, in the user's words."""
    guards = plan.backward.trace.graph.guards
    if not guards and not decisions:
        return None
    computed = dict(values)

    def number(atom: Atom) -> int:
        node = atom.args[0]
        if atom.kind == "dim":
            return int(np.shape(evaluate([node], {}, computed)[0])[atom.args[1]])
        return int(evaluate([node], {}, computed)[0])

    def size(dim: Dim) -> int:
        return int(dim.substitute(number)) if isinstance(dim, Size) else dim

    with np.errstate(all="ignore"):
        for guard in guards:
            if not guard.holds(size):
                return f"a size ({spelled(plan, guard)})"
        for decision in decisions:
            (found,) = evaluate([decision.node], {}, computed)
            if not np.array_equal(np.asarray(found), np.asarray(decision.value)):
                return f"line {decision.line}: {decision.code.rstrip(':')}"
    return None


def spelled(plan: Plan, guard: SizeGuard) -> str:
    """What the trace relied on, in the user's words: ``x.shape[0] == 8``."""
    leaves = [*(p.leaf for p in plan.parameters), *(i.leaf for i in plan.inputs)]
    labels = {leaf.node: leaf.label for leaf in leaves}

    def factor(atom: Atom) -> str:
        if atom.kind not in ("dim", "int") or atom.args[0] not in labels:
            return str(atom.value)
        label = labels[atom.args[0]]
        return label if atom.kind == "int" else f"{label}.shape[{atom.args[1]}]"

    def side(dim: Dim) -> str:
        if not isinstance(dim, Size):
            return str(dim)
        terms = []
        for atoms, number in dim.terms:
            front = [str(number)] if number != 1 or not atoms else []
            terms.append(" * ".join([*front, *map(factor, atoms)]))
        return " + ".join(terms)

    return f"{side(guard.left)} {guard.relation} {side(guard.right)}"


def number_for_a_size(plan: Plan, among: Container[str]) -> str | None:
    """The argument among these whose number is a size or a count of a step, if any."""
    labels = {i.leaf.node: i.leaf.label for i in plan.inputs if i.leaf.path[0] in among}
    guards = plan.backward.trace.graph.guards
    gradients = [p.gradient for p in plan.parameters if p.gradient is not None]
    dims = [side for guard in guards for side in (guard.left, guard.right)]
    params = (p for n in ordered([plan.loss, *gradients]) for p in n.params.values())
    for param in (*dims, *params):
        for atom in _atoms(param):
            if atom.kind == "int" and atom.args[0] in labels:
                return labels[atom.args[0]]
    return None


def _atoms(param: Any) -> Iterator[Atom]:
    if isinstance(param, Size):
        yield from param.atoms()
    elif isinstance(param, tuple):
        for part in param:
            yield from _atoms(part)


__all__ = ["number_for_a_size", "spelled", "strayed"]
