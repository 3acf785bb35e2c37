"""Entries of an array that a number is added to: ``x[i] += eps``, ``votes[k] += 1``.

Neither moves a weight: the first tries another one, as a numerical gradient does, the
second counts. Comes in the array with the entry stored in it, or a whole graph; goes
out whether it is one of them, and what was computed from weights that were only tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from clearprop.checking.terms import bare
from clearprop.graph import Node, back_to, ordered

STORES = ("setitem", "index_add")
NUDGE = 0.1  # a difference is taken over less; db[k] += 1 counts


def is_nudged(node: Node) -> bool:
    """Whether ``x[i] = old + eps`` was stored: an entry of x with a number added."""
    found = added_to_entry(node)
    if found is None:
        return False
    entry, by = found
    small = by.op.name == "const" and bool(np.all(np.abs(by.params["value"]) < NUDGE))
    return entry.inputs[0].op.name == "input" and (
        small or (by.op.name == "input" and not by.shape)
    )


def stepped(
    nudged: Mapping[Node, Node], moves: Iterable[tuple[Node, Node]]
) -> set[Node]:
    """Arrays of which an entry is moved by the rate of other weights, and nothing more.

    ``P[u] -= lr`` beside ``Q[i] -= lr * dq``: a gradient was forgotten. In come arrays
    with the stores into them, and how weights moved.
    """
    if not nudged:
        return set()
    rates = {
        bare(side)
        for before, after in moves
        for node in ordered([after])
        if node.op.name == "mul" and node.index > before.index
        for side in node.inputs
        if bare(side).op.name == "input" and not bare(side).shape
    }
    by = {whole: added_to_entry(node) for whole, node in nudged.items()}
    return {whole for whole, found in by.items() if found and found[1] in rates}


def tried_out(
    nodes: Sequence[Node], learned: Collection[Node], versions: Collection[Node]
) -> frozenset[Node]:
    """What was computed from ``W[i] = old + eps``, where that is no update."""
    changed: set[Node] = set()
    found: set[Node] = set()
    steps = _parts_of_steps(nodes, versions)
    for node in nodes:
        if node in versions or node in steps:
            continue
        whole = node.inputs[0] if node.op.name == "setitem" else None
        own = whole in learned and _is_of_itself(node, learned)
        tried = own or (whole is not None and is_nudged(node))
        if tried or whole in changed or _is_shifted(node, learned):
            changed.add(node)
            found.add(node)
        elif not found.isdisjoint(node.inputs):
            found.add(node)
    return frozenset(found)


def _parts_of_steps(nodes: Sequence[Node], versions: Collection[Node]) -> set[Node]:
    """Stores that move some entries of a weight, before others move the rest.

    Of ``w[1:] += rate``, ``w[0] += rate * e.sum()`` nothing reads the first but the
    second; what a numerical gradient has stored a loss reads.
    """
    readers: dict[Node, set[Node]] = {}
    for node in nodes:
        for given in node.inputs:
            readers.setdefault(given, set()).add(node)
    found: set[Node] = set()
    for after in versions:
        store = bare(after)
        while store.op.name in STORES and bare(store.inputs[0]).op.name in STORES:
            before = store.inputs[0]
            others = readers[before] - {store}
            if before in found or (others and not others <= set(ordered([store]))):
                break
            found |= {before, bare(before)}
            store = bare(before)
    return found


def _is_of_itself(node: Node, learned: Collection[Node]) -> bool:
    """Whether what is stored into a weight is made of that weight and of numbers.

    ``out = b.copy(); out[i] += x @ w`` adds up what a layer puts out.
    """
    whole, value = node.inputs[:2]
    return not any(
        n.shape and n is not whole and (n.op.name == "input" or n in learned)
        for n in back_to([value], {whole})
    )


def _is_shifted(node: Node, learned: Collection[Node]) -> bool:
    """Whether it is a weight with plain numbers added to it: ``w + delta``."""
    by = added_to_whole(node)
    if by is None or bare(node).inputs[0] not in learned:
        return False
    return not any(
        n.op.impure or (n.shape and n.op.name == "input") for n in ordered([by])
    )


def added_to_whole(node: Node) -> Node | None:
    """What an array is added to, entry by entry: ``delta`` of ``theta + delta``."""
    node = bare(node)
    if node.op.name not in ("add", "sub") or not node.shape:
        return None
    by = node.inputs[1]
    return by if by.shape and by.op.name not in ("broadcast", "const") else None


def is_counted(node: Node) -> bool:
    """Whether ``votes[label[i]] += 1`` was stored: that moves no weight."""
    found = added_to_entry(node)
    if found is None or found[1].op.name != "const":
        return False
    by = np.asarray(found[1].params["value"])
    return bool(np.all(by == np.round(by)))


def added_to_entry(node: Node) -> tuple[Node, Node] | None:
    """The entry of an array and what it was stored with more."""
    store = bare(node)
    if store.op.name != "setitem":
        return None
    part = bare(store.inputs[1])
    if part.op.name not in ("add", "sub"):
        return None
    entry, by = map(bare, part.inputs)
    return (entry, by) if entry.op.name == "getitem" else None
