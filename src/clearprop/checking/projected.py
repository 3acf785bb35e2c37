"""Steps that go on from the new weight: ``W = np.clip(W - rate * dW, 0, 1)``.

A projected step (Bertsekas 1999, section 2.3) moves the weight and takes it back to
where it may be; a proximal one (Parikh and Boyd 2014) shrinks it. Comes in: the move of
a weight from one value to another. Goes out: the weight as the step itself left it,
where all that comes after is made of that alone, and bounds it, shrinks it, centres it,
or scales it by its own norm. The step is judged there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from clearprop.checking.reading import Update
from clearprop.checking.replays import Scene
from clearprop.checking.terms import alike, bare, moved_from
from clearprop.graph import Node

_ROUNDED = 1e-9  # in means and differences
_NEAR = 1e-12  # rounding, in numbers that are kept or scaled by one factor


def stepped(scene: Scene, update: Update) -> Node:
    """The value that an update's step gives the weight, before it is projected."""
    after = _unhurried(scene, update.after)
    if after is not update.after:
        update = replace(update, after=after)
    last = bare(after)
    if last.op.name in ("add", "sub") and update.before in map(bare, last.inputs):
        return update.after  # as most are
    for node, bounds in _waists(scene, update):
        if moved_from(node, {update.before}.__contains__) is None:
            continue
        if _is_projection(scene.values(node), scene.values(update.after), bounds):
            return node
        if _is_centred(scene, node, update.after):
            return node
    return update.after


def _unhurried(scene: Scene, after: Node) -> Node:
    """``x`` of ``x + beta * (x - x_old)``: what comes after is how far it has come.

    FISTA goes on so (Beck and Teboulle 2009).
    """
    last = bare(after)
    if last.op.name != "add":
        return after
    for own, added in (last.inputs, last.inputs[::-1]):
        way = [n for n in map(bare, bare(added).inputs) if n.op.name == "sub"]
        ends = {bare(n) for n in way[0].inputs} if len(way) == 1 else set()
        if bare(own) in ends and not ends.isdisjoint(scene.lags):
            return own
    return after


def _waists(scene: Scene, update: Update) -> Iterator[tuple[Node, list[float]]]:
    """The values through which alone the new weight knows anything of the old one.

    With each go the numbers that take part in what comes after it.
    """
    moving = _made_of(scene, update)
    bounds: list[float] = []
    waiting = {update.after}
    while waiting:
        node = max(waiting, key=lambda n: n.index)
        if waiting == {node} and node is not update.after:
            if node is update.before:
                return
            if alike(node.shape, update.after.shape) and bare(node) is not bare(
                update.after
            ):
                yield node, bounds
        waiting.remove(node)
        for part in node.inputs:
            number = bare(part)
            if part in moving:
                waiting.add(part)
            elif number.ndim:
                return  # not of the weight alone
            elif number.op.name == "const":
                bounds.append(float(number.params["value"]))
        bounds += [float(v) for v in node.params.values() if isinstance(v, int | float)]


def _is_centred(scene: Scene, stepped: Node, after: Node) -> bool:
    """Whether only a mean was taken off: ``Y - Y.mean(0)``, where no weight matters.

    What is taken off is alike along an axis, and what is left has no mean there.
    """
    pairs = list(zip(scene.values(stepped), scene.values(after)))
    if any(u.shape != p.shape or not np.isfinite(p).all() for u, p in pairs):
        return False
    for axis in (*range(stepped.ndim), None):
        if all(
            np.any(u != p)
            and np.ptp(u - p, axis=axis).max() <= _ROUNDED * np.abs(u).max()
            and np.abs(p.mean(axis=axis)).max() <= _ROUNDED * np.abs(u).max()
            for u, p in pairs
        ):
            return True
    return False


def _made_of(scene: Scene, update: Update) -> set[Node]:
    """What depends on the old weight, up to the new one."""
    found = {update.before}
    for node in scene.graph.nodes[update.before.index : update.after.index + 1]:
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def _is_projection(
    stepped: list[np.ndarray], after: list[np.ndarray], bounds: list[float]
) -> bool:
    """Whether the entries were kept, bounded, shrunk, or scaled by what they are.

    One factor for all, in every replay, is none: that is a step of another size.
    """
    ratios = []
    for u, p in zip(stepped, after):
        p = p.reshape(u.shape)
        if not (np.isfinite(u).all() and np.isfinite(p).all()):
            return False
        whole = u != 0
        ratio = p[whole] / u[whole]
        ratios.append(ratio)
        if ratio.size and np.ptp(ratio) <= _NEAR * abs(ratio[0]) and ratio[0] > 0:
            continue
        shrunk = (np.abs(p) <= np.abs(u) * (1 + _NEAR)) & (p * u >= 0)
        if not (shrunk | np.isin(p, bounds)).all():
            return False
    every = np.concatenate(ratios)
    return not every.size or bool(np.ptp(every) > _NEAR * np.abs(every).max())
