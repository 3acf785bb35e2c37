"""Every statement that could be the one to mend, with the values that it owes.

What goes in are a judged step and the marked run; what comes out are ``Blame``s: this
line should have been the gradient of that value, a part of it, or a sum of parts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.constants import named_factor
from clearprop.checking.entries import filled, stored, stores
from clearprop.checking.executions import OFFSETS, History, histories, smaller
from clearprop.checking.factors import factor_of, factors_for, held_factors, scaled_by
from clearprop.checking.judgement import Judgement, Outcome, fits_on
from clearprop.checking.local_derivatives import local_derivatives
from clearprop.checking.marks import Marked
from clearprop.checking.names import gradient_of, likeness, step_stem
from clearprop.checking.need import Item
from clearprop.checking.one_too_many import summed_in_parts, summed_too_much
from clearprop.checking.owed import owed
from clearprop.checking.owed_updates import owed_by_updates
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.roles import FEEDS
from clearprop.checking.rules import squares
from clearprop.checking.slopes import slope_between
from clearprop.checking.terms import alike, bare
from clearprop.checking.times_owed import times_owed
from clearprop.checking.trial import (
    Arrays,
    Blame,
    Other,
    Trial,
    cone_of,
    target_text,
)
from clearprop.checking.turned import turned
from clearprop.graph import Node
from clearprop.trace.loss import identifier

MANY = 8  # such constants


def suspects_of(reading: Reading, trial: Trial, current: Judgement) -> Iterator[Blame]:
    """Each statement that the wrong outcomes are made of, with what it may owe."""
    scene = trial.scene
    wrong = [o for o in current.outcomes if not o.right]
    stated = {o.node for o in current.outcomes if o.right and o.statement is not None}
    groups = {
        key: group
        for key, group in groups_of(reading, scene, wrong).items()
        if not any(m.node in stated for m in group)
    }
    yield from owed_by_updates(reading, trial, current, wrong)
    sources = forward_values(reading, scene)
    every = groups_of(reading, scene, current.outcomes)
    many = any(len(every[key]) > 1 for key in groups)
    lines = histories(reading, scene) if many else []
    afters = {o.update.after for o in current.outcomes if o.update is not None}
    for (site, item), group in groups.items():
        if all(m.node in trial.others for m in group):
            continue
        if len(group) > 1 and all(m.node in afters for m in group):
            continue  # p -= lr * dp moves all weights, and has its own blame
        whole = False
        # two turned signs make one run right that is as wrong as the others
        runs = [every[site, item], group]
        for several in runs if len(group) < len(runs[0]) else runs[:1]:
            if len(several) < 2:
                continue
            made = _several(reading, trial, current, site, item, several, lines)
            for blame in made:
                whole = whole or several is group or len(several) == len(group)
                yield blame
        told = whole
        for blame in chain(
            ()
            if whole
            else _gradients(reading, trial, current, site, item, group, sources),
            _sums(reading, trial, current, site, item, group),
            _added(reading, trial, current, site, item, group),
        ):
            told = True
            yield blame
        if not told or any(o.decay for o in wrong):  # no loss has the decay in it
            yield from _multiples(reading, trial, current, site, item, group)
        yield from summed_too_much(reading, trial, current, site, item, group)
        if not told:
            yield from summed_in_parts(reading, trial, current, site, item, group)
    yield from _entries(reading, trial, current, wrong, groups)
    yield from turned(reading, trial, current.outcomes, groups)
    yield from local_derivatives(reading, scene, groups)
    sites = dict.fromkeys(site for site, _ in groups)
    for site in sites:
        marks = [m for (s, _), g in groups.items() if s == site for m in g]
        yield from _parts(reading, trial, current, site, marks)


def _tops(outcomes: Iterable[Outcome]) -> list[Node]:
    """The values that outcomes are judged by."""
    return [o.update.after if o.update is not None else o.node for o in outcomes]


def groups_of(
    reading: Reading, scene: Scene, outcomes: Iterable[Outcome]
) -> dict[tuple[int, Item], list[Marked]]:
    """The marks that outcomes come from, by statement, in order of execution."""
    cone = cone_of(_tops(outcomes), scene)
    found: dict[tuple[int, Item], list[Marked]] = {}
    for marked in reading.observed.marks.marked:
        if marked.node in cone:
            found.setdefault((marked.site, marked.item), []).append(marked)
    return found


def forward_values(reading: Reading, scene: Scene) -> dict[str, list[Node]]:
    """The forward values by name, in the order in which they were bound."""
    found: dict[str, list[Node]] = {}
    for node, name in forward(reading, scene).items():
        found.setdefault(name, []).append(node)
    for nodes in found.values():
        nodes.sort(key=lambda n: n.index)
    unnamed = [
        n
        for n in scene.gradient
        if n not in reading.named and n.inputs and n.op.name in FEEDS
    ]
    for node in unnamed:
        found.setdefault(f"line {reading.observed.lines.get(node, 0)}", []).append(node)
    return found


def _gradients(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: list[Marked],
    sources: dict[str, list[Node]],
) -> Iterator[Blame]:
    """The statement gives the gradient of a forward value."""
    scene = trial.scene
    held = held_factors(reading, trial, current, site, group)
    if held is not None and held[1]:
        return
    place = target_text(reading.observed.sites[site].statement)
    # delta_h may be dL/d h
    word = gradient_of(place) or step_stem(identifier(place)) or ""
    bound: dict[str, list[str]] = {}  # the h of z in h = tanh(z), which has no name
    for value, given in forward(reading, scene).items():
        line = reading.observed.lines.get(value, 0)
        bound.setdefault(f"line {line}", []).append(given)
    for name, nodes in sources.items():
        if held is not None and name != held[0]:
            continue
        if not word:  # a rate is no gradient of the loss, which is 1
            nodes = [n for n in nodes if reading.inputs_of(scene.gradient[n])]
        own = any(
            likeness(word, identifier(n)) >= 0.9 for n in (name, *bound.get(name, ()))
        )
        orders: list[list[Node]] = []
        if len(nodes) > 1 and len(nodes) != len(group):
            shape = group[0].node.shape
            fitting = [n for n in nodes if alike(n.shape, shape)]
            if not fitting and word and len(group) == 1:
                # dh = dy, of another shape than any h: it begins with the last one
                fitting, own = nodes[-1:], _is_called(reading, nodes[-1], word)
            nodes = fitting
        if len(nodes) == 1 and len(group) > 1:
            # one of several executions gives it: the others give other gradients
            for marked in group[:6]:
                if alike(nodes[0].shape, marked.node.shape):
                    yield from _one(trial, current, site, item, marked, nodes[0], name)
            continue
        if len(nodes) == 1:
            orders.append(nodes)
        elif len(nodes) == len(group):
            orders += [nodes, nodes[::-1]]
        elif len(group) == 1:
            orders += [[n] for n in nodes]
        for order in orders:
            fits = all(alike(n.shape, m.node.shape) for n, m in zip(order, group))
            if not fits and not own and not _smaller(order, group):
                continue
            values = {
                m.node: [
                    g.reshape(m.node.shape) if fits and _fits_on(m, n) else g
                    for g in scene.values(scene.gradient[n])
                ]
                for n, m in zip(order, group)
            }
            for times in chain(
                _times(scene, current), _solved(trial, current, values, fits)
            ):
                scaled = {n: [times * a for a in v] for n, v in values.items()}
                factors = list(factors_for(trial, current, scaled))
                for factor in factors:
                    yield Blame(
                        site, item,
                        scaled_by(factor, scaled),
                        name, factor[0] * times, order[0],
                        free=not any(o.right and o.match for o in current.outcomes),
                    )  # fmt: skip
                if factors:
                    break


def _is_called(reading: Reading, node: Node, word: str) -> bool:
    """Whether a value has a name at any time: ``h`` of ``h, c = h_new, c_new``."""
    return any(
        likeness(word, identifier(b.place)) >= 0.9
        for b in reading.log
        if b.node is node
    )


def _solved(
    trial: Trial, current: Judgement, values: dict[Node, Arrays], fits: bool
) -> Iterator[float]:
    """The one constant with which a value does: ``beta`` comes after ``dkl``."""
    if len(values) == 1 and fits:
        ((node, wanted),) = values.items()
        times = times_owed(trial, current, node, wanted, alone=True)
        if times and not _is_plain(times):
            yield times


def _is_plain(times: float) -> bool:
    """Whether it is a whole number or one over it: what an L2 term may lack too."""
    return any(abs(n - round(n)) <= 1e-6 * max(1.0, abs(n)) for n in (times, 1 / times))


def _fits_on(marked: Marked, node: Node) -> bool:
    return fits_on(marked.node.shape, node.shape)


def _times(scene: Scene, current: Judgement) -> list[float]:
    """Constants that a gradient in between may have, where a term is added to it later.

    ``dW = dz.T @ x / m + reg * W`` comes right with m times the gradient in ``dz``, and
    with no other multiple of it.
    """
    found = {1.0: None}
    if squares(scene, {o.of for o in current.outcomes}):
        learned = set(scene.reading.parameters)
        for made in scene.reading.observed.made:
            if made.node in scene.below and made.node not in learned:
                found |= dict.fromkeys(map(float, made.node.shape[:2]))
        found |= {-n: None for n in found}
    return [n for n in found if n][:MANY]


def _smaller(nodes: Sequence[Node], group: Sequence[Marked]) -> bool:
    """Whether the statement gives less than the gradient: a number for each row."""
    return all(smaller(m.node.shape, n.shape) for n, m in zip(nodes, group))


def _several(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: list[Marked],
    lines: Sequence[History],
) -> Iterator[Blame]:
    """Each execution gives the gradient of what a forward line gave at its turn."""
    held = held_factors(reading, trial, current, site, group)
    if held is not None and held[1]:
        return
    scene = trial.scene

    def read(more: dict[Node, Arrays], node: Node) -> Arrays:
        others = {**trial.others, **more}
        return Other(scene, others).read(node) if others else scene.values(node)

    free = not any(o.right and o.match for o in current.outcomes)
    for one in owed(reading, scene, group, lines, read):
        for factor in factors_for(trial, current, one.values):
            wanted = scaled_by(factor, one.values)
            yield Blame(
                site, item, wanted, one.name, factor[0], one.of, kind=one.kind,
                free=free,
            )  # fmt: skip


def _one(
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    marked: Marked,
    node: Node,
    name: str,
) -> Iterator[Blame]:
    """One execution of a statement gives the gradient of one forward value."""
    grads = trial.scene.values(trial.scene.gradient[node])
    shape = marked.node.shape
    values = {marked.node: [g.reshape(shape) for g in grads]}
    for factor in factors_for(trial, current, values):
        yield Blame(site, item, scaled_by(factor, values), name, factor[0], node)


def _sums(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: list[Marked],
) -> Iterator[Blame]:
    """The statement adds up a parameter's gradient, one use of it at a time."""
    if len(group) < 2:
        return
    scene = trial.scene
    shape = group[0].node.shape
    for outcome in current.outcomes:
        if outcome.right or outcome.of.shape != shape:
            continue
        for sums in _totals(scene, outcome.of, group):
            for factor in factors_for(trial, current, sums):
                yield Blame(
                    site, item,
                    scaled_by(factor, sums),
                    scene.label(outcome.of), factor[0], outcome.of,
                    kind="sum", outcome=outcome,
                )  # fmt: skip


def _added(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: list[Marked],
) -> Iterator[Blame]:
    """One of several lines that add up a gradient: ``dx += dsigx * …`` adds a use."""
    statement = reading.observed.sites[site].statement
    adds = isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)
    if len(group) != 1 or not adds or group[0].source.op.name != "add":
        return
    scene, node = trial.scene, group[0].node
    held = trial.reader()(group[0].source.inputs[0])
    others = (o.match for o in current.outcomes if o.right and o.kind == "gradient")
    known = next((m for m in others if m is not None and m.varied is not None), None)
    here, there = (known.factor, known.varied or 1.0) if known else (1.0, 1.0)
    for outcome in current.outcomes:
        parts = contributions(scene, outcome.of)
        if outcome.right or outcome.of.shape != node.shape or len(parts) < 2:
            continue
        for part in parts:
            wanted = [
                h + factor_of((here, there), k) * p
                for k, (h, p) in enumerate(zip(held, scene.values(part)))
            ]
            yield Blame(
                site, item, {node: wanted}, scene.label(outcome.of), here,
                outcome.of, kind="sum", outcome=outcome,
            )  # fmt: skip


def _entries(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    wrong: Sequence[Outcome],
    groups: Mapping[tuple[int, Item], list[Marked]],
) -> Iterator[Blame]:
    """Each run stores its entries of a parameter's gradient: ``grad[j] = …``.

    Or it is what a step moves one entry by: ``w[j] -= rate * g``.
    """
    scene = trial.scene
    kept = stores(scene)
    cones = [cone_of(_tops([outcome]), scene) for outcome in wrong]
    for (site, item), group in groups.items():
        values: dict[Node, Arrays] = {}
        of: list[Node] = []
        for outcome, cone in zip(wrong, cones):
            if outcome.of not in scene.gradient:
                continue
            whole = scene.values(scene.gradient[outcome.of])
            for marked in group:
                store = kept.get(marked.node) or _moved_at(outcome, marked, group)
                if store not in cone or store.shape != outcome.of.shape:
                    continue
                parts = stored(scene, marked.node, store, whole)
                if parts is not None:
                    values[marked.node] = parts
                    of.append(outcome.of)
        held = held_factors(reading, trial, current, site, group) if values else None
        if not values or (held is not None and held[1]):
            continue  # dh is what it says: its rows are taken from it further on
        for factor in factors_for(trial, current, values):
            yield Blame(
                site, item,
                scaled_by(factor, values),
                scene.label(of[0]), factor[0], of[0],
            )  # fmt: skip


def _moved_at(outcome: Outcome, marked: Marked, group: Sequence[Marked]) -> Node | None:
    """The store of a step that moves one entry of a weight: ``w[j] -= rate * g``."""
    if outcome.update is None or len(group) > 1:
        return None
    store = bare(outcome.update.after)
    stored = store.op.name == "setitem" and store.index > marked.node.index
    return store if stored else None


def _multiples(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: list[Marked],
) -> Iterator[Blame]:
    """The statement gives a usual constant times what it should, whatever that is.

    ``dW = d.T @ x`` lacks its 1 / m before the decay is added, and is no gradient yet.
    """
    if len(group) > 1 or held_factors(reading, trial, current, site, group):
        return  # dmu is what it says
    scene, (marked,) = trial.scene, group
    held = trial.reader()(marked.node)
    times = times_owed(trial, current, marked.node, held)
    shapes = {n for m in scene.reading.observed.made for n in m.node.shape[:1]}
    usual = {0.5, 2.0, *(float(n) for n in shapes), *(1 / n for n in shapes if n)}
    if times is None or not any(abs(abs(times) - u) <= 1e-6 * u for u in {1.0, *usual}):
        return
    if _is_exact_as_is(current, marked.node):
        return
    if slope_between(reading, scene, marked.node.shape, held):
        return  # sigmoid_prime is what it should be: a sign is another line's
    wanted = {marked.node: [times * a for a in held]}
    if any(abs(a - 1) <= 1e-6 for a, _ in factors_for(trial, current, wanted)):
        yield Blame(
            site, item, wanted,
            target_text(reading.observed.sites[site].statement), times, None,
            kind="multiple",
        )  # fmt: skip


def _is_exact_as_is(current: Judgement, node: Node) -> bool:
    """Whether what comes of a value is a stated loss's gradient, constant included."""
    scene = current.scene
    return scene.bound and any(
        o.right
        and o.update is not None
        and abs((named_factor(scene, o) or 0.0) - 1) <= 1e-6
        and node in cone_of([o.update.after], scene)
        for o in current.outcomes
    )


def _totals(
    scene: Scene, of: Node, group: list[Marked]
) -> Iterator[dict[Node, Arrays]]:
    """What an array holds after each run that adds to it a use, or some entries."""
    parts = [scene.values(p) for p in contributions(scene, of)]
    nothing: Arrays = [np.zeros(group[0].node.shape) for _ in scene.replays]
    # the last runs of a loop over time may be of what the loss doesn't read
    more = len(group) - len(parts)
    if parts and 0 <= more <= OFFSETS:
        empty = [nothing] * more
        orders = [[*parts, *empty], [*empty, *parts[::-1]]]
        for order in orders:
            sums: dict[Node, Arrays] = {}
            total = nothing
            for marked, part in zip(group, order):
                total = [t + p for t, p in zip(total, part)]
                sums[marked.node] = total
            yield sums
    if of not in scene.gradient:
        return
    whole = scene.values(scene.gradient[of])
    several = [[whole], parts, parts[::-1]] if len(parts) > 1 else [[whole]]
    for goals in several:
        found = filled(scene, group, nothing, goals)
        if found is not None:
            yield found


def _parts(
    reading: Reading, trial: Trial, current: Judgement, site: int, every: list[Marked]
) -> Iterator[Blame]:
    """Each execution gives what one use of one parameter adds to its gradient."""
    if len(every) < 2:
        return
    scene = trial.scene
    every = sorted(every, key=lambda m: m.node.index)
    values: dict[Node, Arrays] = {}
    for outcome in current.outcomes:
        top = outcome.update.after if outcome.update is not None else outcome.node
        cone = cone_of([top], scene)
        own = [m for m in every if m.node in cone and m.node not in values]
        own = [m for m in own if alike(m.node.shape, outcome.of.shape)]
        parts = contributions(scene, outcome.of)
        if not own or len(parts) != len(own) or len(parts) < 2:
            continue
        for marked, part in zip(own, parts):
            if not alike(part.shape, marked.node.shape):
                return
            values[marked.node] = scene.values(part)
    if not values:
        return
    for factor in factors_for(trial, current, values):
        yield Blame(
            site, every[0].item,
            scaled_by(factor, values),
            target_text(reading.observed.sites[site].statement), factor[0], None,
            kind="part",
        )  # fmt: skip


def contributions(scene: Scene, node: Node) -> list[Node]:
    """What each use of a value adds to its gradient, in the order of the uses."""
    found = []
    for user in sorted(scene.below, key=lambda n: n.index):
        if node not in user.inputs or user not in scene.gradient:
            continue
        g = scene.gradient[user]
        if user.op.gradient is None:
            continue
        parts = user.op.gradient(g, user, *user.inputs, **user.params)
        parts = parts if isinstance(parts, tuple) else (parts,)
        for source, part in zip(user.inputs, parts):
            if source is node and part is not None:
                found.append(part)
    return found
