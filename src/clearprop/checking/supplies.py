"""What fills a blank whose value nobody can say: tried, with all that depends on it.

A blank may owe no gradient: ``dscores = ____`` that the next line changes in place, an
accumulator, a part of a sum. Then expressions of what is in scope are put in its place
in the graph, the plainest first, and count if every outcome comes right. Comes in: a
marked run with stand-ins, its judged step and what is known of other lines. Go out: the
edits with their statements. The program with one is still to be run and judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from clearprop.checking.blanks import Blank
from clearprop.checking.findings import Found, plainly_found
from clearprop.checking.judged import Judged, judgements, under_best_loss
from clearprop.checking.judgement import Judgement
from clearprop.checking.losses import candidates
from clearprop.checking.mending import applied, patched
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.report import Finding
from clearprop.checking.shared import kept_apart
from clearprop.checking.slips import slipped
from clearprop.checking.suspects import groups_of
from clearprop.checking.trial import Blame, Trial, target_text

if TYPE_CHECKING:
    from clearprop.checking.verdict import Check

TRIED = 4  # expressions, in the program


def says_the_loss(reading: Reading, one: Judged, blanks: Sequence[Blank]) -> bool:
    """Whether what a step descends on was made with a stand-in."""
    sites, lines = reading.observed.sites, {b.line for b in blanks}
    made = [
        m.node
        for m in reading.observed.marks.marked
        if sites[m.site].statement.lineno in lines
    ]
    made += [n for n, binding in reading.named.items() if binding.line in lines]
    return any(n in one.judgement.scene.below for n in made)


def supply(
    check: Check,
    reading: Reading,
    one: Judged,
    blanks: Sequence[Blank],
    made: Sequence[Found],
) -> Finding | None:
    """The one blank that nothing fills, with what rights all the program.

    ``made`` are the others' mends. Where no loss is stated, the program may be right
    under another one of the list.
    """
    several = len(blanks) > 1
    done = [f for f in made if f.mend is not None and (several or not f.left)]
    full = {f.finding.line for f in done}
    empty = [b for b in blanks if b.line not in full]
    if len(empty) != 1:
        return None
    found = _under(check, reading, one.judgement, empty[0], done)
    if found is not None or one.candidate.bound:
        return found
    before = check.judged
    for other in candidates(reading, one.step):
        if check.late or not other.name or other.name == one.candidate.name:
            continue
        meant = under_best_loss(reading, one.step, check.seed, other.name)
        check.judged = judgements(check.reading, check.seed, other.name)
        if check.judged and meant is not None:
            found = _under(check, reading, meant.judgement, empty[0], done)
            if found is not None:
                return found
    check.judged = before
    return None


def _under(
    check: Check,
    reading: Reading,
    judgement: Judgement,
    blank: Blank,
    done: Sequence[Found],
) -> Finding | None:
    """The same under one loss."""
    changes = [c for f in done for c in f.finding.changes]
    known = [f.blame for f in done]
    if check.late or check.supplying.over:
        return None
    tried = supplied(reading, judgement, blank, known, check.supplying.left)
    for site, edit in islice(tried, TRIED):
        statement = reading.observed.sites[site].statement
        mend = applied(check.source, statement, edit)
        if mend is None:
            continue
        text = patched(check.source.text, [*changes, *mend.changes])
        if check.still_wrong(text) == 0:
            return plainly_found(reading, site, mend)
    return None


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
