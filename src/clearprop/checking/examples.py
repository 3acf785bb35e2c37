"""A loss that is reported over more examples than a step is made of.

``if epoch % 5 == 0: print(np.mean([model.loss(x, y) for x, y in data]))``, and then a
step for each of them: at the first weights the forward pass of the first example is a
part of both. Comes in a stated loss and a step; goes out what that step descends on:
the terms of its own examples. Where every step is made of the same example, and the
loss of more, the others were forgotten: then the whole loss is meant.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from clearprop.checking.anchors import Anchor, behind_marks
from clearprop.checking.reading import Reading, Step
from clearprop.graph import Node, back_to, ordered
from clearprop.trace.loss import rank_of_function


def of_its_examples(reading: Reading, step: Step, anchor: Anchor) -> Anchor:
    """The part of a loss that is made of what the step runs forward once more."""
    if anchor.binding is None or not step.updates:
        return anchor
    serial = anchor.binding.serial
    later = reading.log[serial + 1 : step.last + 1]
    again = {n for b in later for n in behind_marks(b.node)}
    befores = set(step.befores.values())
    learned = set(reading.parameters)
    made = [
        n
        for n in ordered([anchor.node])
        if n in reading.cone(anchor.node)
        and n not in befores
        and n.inputs
        and reading.inputs_of(n) & learned
    ]
    if again.isdisjoint(made):
        return anchor
    used = set(back_to([u.after for u in step.updates], befores))
    own = again & used & set(made)
    others = _likewise(reading, step, serial, own, set(made) - again)
    if not others or not _goes_on(reading, step, used, reading.inputs_of(anchor.node)):
        return anchor
    terms = list(dict.fromkeys(_terms(made, own, others)))
    losses = {
        b.node
        for b in reading.log[step.first : serial]
        if b.place == "return" and rank_of_function(b.function) is not None
    }
    if not terms or not losses.issuperset(terms):
        return anchor  # a state that is run once more is no example
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return replace(anchor, node=whole)


def _likewise(
    reading: Reading, step: Step, serial: int, own: set[Node], rest: set[Node]
) -> set[Node]:
    """What the lines that made the step's own forward values made of others."""
    log = reading.log[step.first : serial]
    spots = {(b.line, b.place) for b in log if not own.isdisjoint(behind_marks(b.node))}
    return {
        n
        for b in log
        if (b.line, b.place) in spots
        for n in behind_marks(b.node)
        if n in rest
    }


def _goes_on(
    reading: Reading, step: Step, used: Iterable[Node], read: Container[Node]
) -> bool:
    """Whether the next step is made of other data, of what the loss has read."""
    later = [u.after for u in reading.updates if u.binding.serial > step.last]
    if not later:
        return False
    later = later[: len(step.updates)]
    following = back_to(later, reading.versions.keys() - set(later))
    return _data(reading, following, read) != _data(reading, used, read)


def _data(
    reading: Reading, nodes: Iterable[Node], read: Container[Node]
) -> set[object]:
    """The data that values are made of, and the rows that are looked up."""
    return {
        str(n.params["key"]) if n.op.name == "getitem" else n
        for n in nodes
        if n.op.name == "getitem" or (n in read and n not in reading.parameters)
    }


def _terms(made: Iterable[Node], own: set[Node], others: set[Node]) -> Iterator[Node]:
    """The numbers that are made of the step's own examples alone."""
    mine: set[Node] = set()
    mixed: set[Node] = set()
    for node in made:
        below = node.inputs
        if node in others or not mixed.isdisjoint(below):
            mixed.add(node)
        if node in own or not mine.isdisjoint(below):
            mine.add(node)
        if node in mixed:
            for part in below:
                number = all(n == 1 for n in part.shape)
                if part in mine and part not in mixed and number:
                    yield part.reshape(()) if part.dims else part
