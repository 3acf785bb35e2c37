"""A line that has nothing but its sign wrong, though it gives no gradient by itself.

``delta_W = -(dW + l2 * W)`` is the gradient with a decay that the loss leaves out, and
``grad_row += -(g * row)`` adds up what belongs to one row of a weight: no forward value
has exactly that gradient. But where a weight only moves uphill, the line comes right
with all its values turned round. Comes in: the wrong outcomes and the marks that they
come from. Goes out: every such line that speaks of gradients, or of steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clearprop.checking.judgement import Outcome
from clearprop.checking.marks import Marked
from clearprop.checking.names import passed_back, step_stem
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading, Update
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.trial import (
    Arrays,
    Blame,
    Trial,
    cone_of,
    signs_of,
    target_text,
)
from clearprop.graph import Node, recompute
from clearprop.trace.loss import identifier, is_error

_VELOCITY = re.compile(r"vel|moment", re.IGNORECASE)


def turned(
    reading: Reading,
    trial: Trial,
    outcomes: Sequence[Outcome],
    groups: Mapping[tuple[int, Item], list[Marked]],
) -> Iterator[Blame]:
    """Every line that may owe minus what it gives."""
    uphill = [
        (o, o.update)
        for o in outcomes
        if not o.right and o.update is not None and o.uphill and o.match is not None
    ]
    right = [o.update for o in outcomes if o.right and not o.zero and o.update]
    if not uphill:
        return
    yield from _read_by_the_loss(reading, trial, groups)
    kind = "turned" if _as_right_ones(reading, right, uphill[0][1]) else "sum"
    read = trial.reader()
    afters = {u.after for _, u in uphill}
    cone = cone_of(list(afters), trial.scene)
    for (site, item), group in groups.items():
        statement = reading.observed.sites[site].statement
        if not _speaks_of_steps(identifier(target_text(statement))):
            continue
        nodes = [m.node for m in group if m.node in cone]
        if not nodes or any(m.node in afters or m.source in afters for m in group):
            continue  # an update has its own blame
        wanted = {node: [-a for a in read(node)] for node in nodes}
        yield _named(
            reading, trial, Blame(site, item, wanted, "", kind=kind), uphill[0][0]
        )


def _read_by_the_loss(
    reading: Reading, trial: Trial, groups: Mapping[tuple[int, Item], list[Marked]]
) -> Iterator[Blame]:
    """An error that the loss squares: ``error = out - y``, where ``W += …`` is meant.

    To the loss its sign is nothing, and every step goes on from it.
    """
    scene = trial.scene
    marked: dict[tuple[int, Item], list[Marked]] = {}
    for one in reading.observed.marks.marked:
        if one.node in scene.below:
            marked.setdefault((one.site, one.item), []).append(one)
    for (site, item), group in marked.items():
        statement = reading.observed.sites[site].statement
        if len(group) > 1 or not is_error(identifier(target_text(statement))):
            continue
        node = group[0].node
        wanted = {node: [-a for a in scene.values(node)]}
        if _same_loss(scene, wanted):
            yield Blame(site, item, wanted, "", kind="turned")


def _same_loss(scene: Scene, wanted: dict[Node, Arrays]) -> bool:
    """Whether the loss stays what it is where values that it reads are others."""
    loss = scene.values(scene.loss)[0]
    later = set(wanted)
    for node in sorted(scene.below, key=lambda n: n.index):
        if any(i in later for i in node.inputs):
            later.add(node)
    known = scene.replays[0].computed
    then = {n: v for n, v in known.items() if n not in later}
    then |= {node: values[0] for node, values in wanted.items()}
    recompute(sorted(later - wanted.keys(), key=lambda n: n.index), then)
    return bool(np.allclose(then[scene.loss], loss))


def _as_right_ones(reading: Reading, right: Sequence[Update], wrong: Update) -> bool:
    """Whether weights that move downhill are moved with the same signs.

    Then no line before says rightly that it gives a gradient and leaves it to the
    update: a line in between is turned.
    """
    signs = {
        site.statement.lineno: signs_of(site.statement)
        for site in reading.observed.sites
    }
    own = signs.get(wrong.binding.line)
    return any(signs.get(u.binding.line) == own is not None for u in right)


def _named(reading: Reading, trial: Trial, blame: Blame, outcome: Outcome) -> Blame:
    """The blame with the gradient that it would be, where it would be one."""
    scene = trial.scene
    blame.name = scene.label(outcome.of)
    last = max(blame.wanted, key=lambda n: n.index)
    gradient = scene.gradient.get(outcome.of)
    if gradient is None:
        return blame
    how = match(
        blame.wanted[last], scene.values(gradient), tolerance([last]), scene.floor
    )
    if how is not None and how.factor == how.factor:
        blame.of, blame.factor = outcome.of, how.factor
    return blame


def _speaks_of_steps(name: str) -> bool:
    return (
        passed_back(name)
        or step_stem(name) is not None
        or _VELOCITY.search(name) is not None
    )
