"""Errors that data weighs: ``(p - y) * sample_weight``, an advantage, or a mask.

Or that data divides: ``(y - f) / sigma``, of which the squares are added up.

Comes in a step of a program that states no loss, out come the losses of the closed list
with every term weighed as its error is. As ``error * x`` is the gradient of a weight,
too, such a loss is meant only where everything is right under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearprop.checking.anchors import Anchor
from clearprop.checking.losses import STANDARD, Candidate, paired, total, worded
from clearprop.checking.reading import Reading, Step
from clearprop.checking.terms import VIEWS, bare
from clearprop.errors import DeriveError
from clearprop.graph import Node, back_to, ordered
from clearprop.ops.elementwise import is_number
from clearprop.trace.loss import identifier

_RETURN = re.compile(
    r"^(G(_?t)?|R(_?t)?|ret|returns?|rewards?|r|gain|(norm_?)?adv(antages?)?|A)$"
)
_JOINS = VIEWS | {"stack", "concatenate"}
_SPLITS = frozenset(
    ("gt", "ge", "lt", "le", "eq", "ne", "getitem")
)  # piecewise constant


def weighted(reading: Reading, step: Step) -> Iterator[Candidate]:
    """The closed list with weights, where each error of a step has its own."""
    errors = {a.node: a for a in step.errors if a.target is not None}
    yield from _divided(reading, step, errors)
    yield from _rewarded(reading, step, errors)
    products = dict(_products(reading, step, errors))
    met = [n for joined, _ in products.values() for n in _within(joined, errors)]
    if not errors or sorted(n.index for n in met) != sorted(n.index for n in errors):
        return
    first = step.errors[0]
    for name, (build, text) in STANDARD.items():
        try:
            terms = {n: build(*paired(a)) for n, a in errors.items()}
            sums = [total(w * _carried(e, terms)) for e, w in products.values()]
        except DeriveError:
            continue
        whole = sums[0]
        for one in sums[1:]:
            whole = whole + one
        words, source = worded(reading, first, text)
        said = f"{words}, weighed as the error is"
        yield Candidate(
            whole, said, source, False, f"weighted {name}", tuple(step.errors)
        )


def _divided(
    reading: Reading, step: Step, errors: dict[Node, Anchor]
) -> Iterator[Candidate]:
    """Half the squares of the errors, each in units of its own (Bevington 1969)."""
    learned = set(reading.parameters)
    units = {
        n.inputs[0]: n.inputs[1]
        for n in reading.graph.nodes
        if n.op.name == "div"
        and n.inputs[0] in errors
        and n.inputs[1].ndim
        and not reading.inputs_of(n.inputs[1]) & learned
    }
    if not errors or units.keys() != errors.keys():
        return
    build, text = STANDARD["squared error"]
    sums = [total(build(*paired(errors[e])) / units[e] ** 2) for e in errors]
    whole = sums[0]
    for one in sums[1:]:
        whole = whole + one
    words, source = worded(reading, step.errors[0], text)
    said = f"{words}, divided as the error is"
    yield Candidate(whole, said, source, False, "divided error", tuple(step.errors))


def _rewarded(
    reading: Reading, step: Step, errors: dict[Node, Anchor]
) -> Iterator[Candidate]:
    """Cross-entropies, each times the return that followed: REINFORCE.

    ``theta += rate * G * np.outer(onehot - p, s)`` (Sutton and Barto 2018, section
    13.3). A name says that it is a return, and no weight has made it.
    """
    returns = _returns(reading, step, errors)
    if not errors or returns.keys() != errors.keys():
        return
    for name in ("softmax cross-entropy", "binary cross-entropy"):
        build, text = STANDARD[name]
        try:
            sums = [total(build(*paired(a))) * returns[n] for n, a in errors.items()]
        except DeriveError:
            continue
        whole = sums[0]
        for one in sums[1:]:
            whole = whole + one
        words, source = worded(reading, step.errors[0], text)
        said = f"{words}, times the return"
        anchors = tuple(errors.values())
        yield Candidate(whole, said, source, False, f"rewarded {name}", anchors)


def _returns(
    reading: Reading, step: Step, errors: dict[Node, Anchor]
) -> dict[Node, Node]:
    """The single number under a return's name that each error is multiplied by."""
    learned = set(reading.parameters)
    named = {
        bare(b.node)
        for b in reading.log
        if _RETURN.match(identifier(b.place))
        and not b.node.shape
        and not reading.inputs_of(b.node) & learned
    }
    edge = min((n.index for n in errors), default=0)
    last = max((u.after.index for u in step.updates), default=0)
    found: dict[Node, Node] = {}
    for node in reading.graph.nodes[edge : last + 1] if named else ():
        for side, other in zip(node.inputs, node.inputs[::-1]):
            if node.op.name != "mul" or bare(side).shape:
                continue
            given = named & back_to([side], named)
            below = errors.keys() & back_to([other], errors)
            if len(given) == 1 and len(below) == 1:
                found.setdefault(below.pop(), given.pop())
    return found


def _products(
    reading: Reading, step: Step, errors: dict[Node, Anchor]
) -> Iterator[tuple[Node, tuple[Node, Node]]]:
    """Each product of errors, one or many of them joined, and of data as large."""
    learned = set(reading.parameters)
    sides = {bare(a.target) for a in errors.values() if a.target is not None}
    targets = {n for n in sides if reading.inputs_of(n)}
    edge = min(n.index for n in errors) if errors else 0
    last = max((u.after.index for u in step.updates), default=0)
    for node in reading.graph.nodes[edge : last + 1]:
        for joined, weight in _factors(node):
            given = bool(weight.ndim) and not reading.inputs_of(weight) & learned
            if given and not _varies_with(weight, targets) and _within(joined, errors):
                yield node, (joined, weight)


def _factors(node: Node) -> list[tuple[Node, Node]]:
    """How a node is a product: ``np.where(mask, error, 0)`` is one with 0 and 1."""
    if node.op.name == "mul":
        a, b = node.inputs
        return [(a, b), (b, a)]
    if node.op.name == "where":
        mask, one, other = node.inputs
        if is_number(bare(other), 0.0):
            return [(one, mask.cast(node.dtype))]
        if is_number(bare(one), 0.0):
            return [(other, 1.0 - mask.cast(node.dtype))]
    return []


def _within(top: Node, errors: dict[Node, Anchor]) -> list[Node]:
    """The errors that a value only repeats, or joins."""
    stack, found = [top], []
    while stack:
        node = stack.pop()
        if node in errors:
            found.append(node)
        elif node.op.name in _JOINS:
            stack.extend(node.inputs)
        elif node.inputs:
            return []
    return found


def _carried(node: Node, terms: dict[Node, Node]) -> Node:
    """A value made of the terms as it is made of the errors."""
    if node in terms:
        return terms[node]
    if not node.inputs:
        return node
    inputs = [_carried(n, terms) for n in node.inputs]
    return node.graph.apply(node.op.name, *inputs, **node.params)


def _varies_with(weight: Node, targets: set[Node]) -> bool:
    """Whether a target's numbers are in it, as in ``y * (1 - y)``; its class may be."""
    ends = frozenset(n for n in ordered([weight]) if n.op.name in _SPLITS)
    stack, seen = [weight], set()
    while stack:
        node = stack.pop()
        if node in targets:
            return True
        if node in seen or node in ends:
            continue
        seen.add(node)
        stack.extend(node.inputs)
    return False
