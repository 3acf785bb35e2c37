"""A line that has another shape than the gradient that its name says it is.

``dxhat = g`` lost the rows that ``dy * g`` has. What comes after it was traced with the
lost shape, axes and all, so that no trial can put the right value there. But the name
says what the value should be. Comes in a judgement with something wrong; go out such
lines with what they owe, the earliest first.
"""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.claims import forward
from clearprop.checking.factors import convention_of
from clearprop.checking.judgement import Judgement
from clearprop.checking.names import gradient_of, likeness
from clearprop.checking.reading import Reading
from clearprop.checking.suspects import groups_of
from clearprop.checking.terms import alike
from clearprop.checking.trial import Blame, Trial, target_text
from clearprop.trace.loss import identifier

SURE = 0.95  # a name that says which forward value it belongs to


def misshapen(reading: Reading, trial: Trial, current: Judgement) -> Iterator[Blame]:
    """Lines that run once in a step, each with the gradient that its name says."""
    scene = trial.scene
    wrong = [o for o in current.outcomes if not o.right]
    factor = convention_of(reading, current)
    names = {n: identifier(name) for n, name in forward(reading, scene).items()}
    for (site, item), group in groups_of(reading, scene, wrong).items():
        word = gradient_of(target_text(reading.observed.sites[site].statement))
        if len(group) > 1 or item is not None or word is None:
            continue
        node = group[0].node
        called = [n for n, name in names.items() if likeness(word, name) >= SURE]
        if not called or any(alike(node.shape, n.shape) for n in called):
            continue
        for of in called:
            right = [factor * g for g in scene.values(scene.gradient[of])]
            yield Blame(site, item, {node: right}, names[of], factor, of)
