"""What fills a blank whose value nobody can say: tried, with all that depends on it.

A blank may owe no gradient: ``dscores = ____`` that the next line changes in place, an
accumulator, a part of a sum. Then expressions of what is in scope are put in its place
in the graph, the plainest first, and count if every outcome comes right. Comes in: a
marked run with stand-ins, its judged step and what is known of other lines. Go out: the
edits with their statements. The program with one is still to be run and judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clearprop.checking.blanks import Blank
from clearprop.checking.judgement import Judgement
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.shared import kept_apart
from clearprop.checking.slips import slipped
from clearprop.checking.suspects import groups_of
from clearprop.checking.trial import Blame, Trial, target_text


def supplied(
    reading: Reading,
    judgement: Judgement,
    blank: Blank,
    known: Sequence[Blame],
    seconds: float,
) -> Iterator[tuple[int, Edit]]:
    """Edits of a blank with which every outcome comes right."""
    tree, sites = reading.observed.source.tree, reading.observed.sites
    others = {node: values for b in known for node, values in b.wanted.items()}
    trial = Trial(judgement.scene, judgement.outcomes, others)
    groups = groups_of(reading, judgement.scene, judgement.outcomes)
    for (site, item), group in groups.items():
        statement = sites[site].statement
        here = target_text(statement) == blank.variable or item is not None
        if statement.lineno != blank.line or not here:
            continue
        for edit in slipped(reading, trial, site, item, group, True, seconds=seconds):
            yield site, kept_apart(tree, statement, edit)
