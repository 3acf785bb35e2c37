"""Statements that give a slope: what a wrong product may have as its wrong factor."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.judgement import Read
from clearprop.checking.marks import Marked
from clearprop.checking.names import stem
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.trial import (
    Arrays,
    Blame,
    Other,
    Trial,
    cone_of,
    target_text,
)
from clearprop.graph import Node
from clearprop.trace.loss import identifier


def slopes(reading: Reading, trial: Trial, blame: Blame) -> Iterator[Blame]:
    """Statements that give a slope, which a blamed statement is a product with.

    ``delta = up * slope``: were the slope ``slope * wanted / delta``, delta were right.
    """
    scene = trial.scene
    if blame.kind == "update":
        return
    marks = [m for m in reading.observed.marks.marked if m.node not in scene.below]
    read = Other(scene, {**trial.others, **blame.wanted}).read
    as_it_is = trial.reader()
    passed: dict[tuple[int, Item], bool] = {}
    found: dict[tuple[int, Item], dict[Node, Arrays]] = {}
    sites = reading.observed.sites
    here = sites[blame.site].function
    for target in blame.wanted:
        source = target.inputs[0]
        cone = cone_of([source], scene)
        # what another run of the line is made of is that one's slope
        cone -= cone_of([n for n in blame.wanted if n in cone], scene)
        for marked in marks:
            if marked.node not in cone or marked.site == blame.site:
                continue
            place = marked.site, marked.item
            if place not in passed:  # one run of a line tells of all
                passed[place] = _is_gradient(reading, scene, as_it_is, marked)
            if passed[place]:
                continue
            values, now = read(marked.node), read(source)
            wanted = blame.wanted[target]
            shapes = {a[0].shape for a in (values, now, wanted)}
            if len(shapes) > 1:
                continue
            # any number is a multiple of any other: what a helper gives may be a slope
            gives = isinstance(sites[marked.site].statement, ast.Return)
            if not values[0].shape and not (
                gives and sites[marked.site].function != here
            ):
                continue
            with np.errstate(all="ignore"):
                new = [v * w / n for v, w, n in zip(values, wanted, now)]
            if not all(np.isfinite(a).all() for a in new):
                continue
            scaled = match(values, new, tolerance([marked.node])) is not None
            if scaled and slope_between(reading, scene, marked.node.shape, values):
                continue  # it is right: a sign or a factor is another line's
            key = marked.site, marked.item
            found.setdefault(key, {})[marked.node] = new
    for (site, item), others in found.items():
        yield Blame(site, item, others, "", kind="slope")


def true_slope(
    reading: Reading, scene: Scene, blame: Blame
) -> tuple[Node, Node] | None:
    """The two forward values between which what a line owes is the slope.

    The one that varies comes first.
    """
    mark, wanted = next(iter(blame.wanted.items()))
    return slope_between(reading, scene, mark.shape, wanted)


def slope_between(
    reading: Reading, scene: Scene, shape: tuple[int, ...], wanted: Arrays
) -> tuple[Node, Node] | None:
    """The two forward values between which an array is the slope, the inner first."""
    same = [n for n in forward(reading, scene) if n.shape == shape]
    for inner, outer in itertools.permutations(same, 2):
        above, below = (scene.values(scene.gradient[n]) for n in (outer, inner))
        with np.errstate(all="ignore"):
            slopes = [b / a for a, b in zip(above, below)]
        if all(np.allclose(s, w, rtol=1e-6) for s, w in zip(slopes, wanted)):
            return inner, outer
    return None


def _is_gradient(reading: Reading, scene: Scene, read: Read, marked: Marked) -> bool:
    """Whether a value is a gradient, by its name or by its numbers."""
    statement = reading.observed.sites[marked.site].statement
    named = stem(identifier(target_text(statement))) is not None
    return named or is_some_gradient(scene, read, marked)


def is_some_gradient(scene: Scene, read: Read, marked: Marked) -> bool:
    found = read(marked.node)
    for source, gradient in scene.gradient.items():
        if source.shape == marked.node.shape:
            how = match(found, scene.values(gradient), tolerance([marked.node]))
            if how is not None and how.varied is not None:
                return True
    return False
