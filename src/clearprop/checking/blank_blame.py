"""What belongs into the blanks: the values that they should have.

Comes in a run of the program with stand-ins (see ``blank_fill``), its lines kept apart;
goes out what each blank should have held, so that the other lines are judged as if it
were filled in, and what is right for it can be searched like any mend.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clearprop.checking.blank_fill import of
from clearprop.checking.blanks import Blank
from clearprop.checking.claims import claimed
from clearprop.checking.judgement import Judgement
from clearprop.checking.marks import Marked
from clearprop.checking.names import likeness
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN
from clearprop.checking.suspects import forward_values
from clearprop.checking.terms import alike
from clearprop.checking.trial import Arrays, Blame, Trial, later
from clearprop.graph import Node
from clearprop.trace.loss import identifier

SECONDS = 4.0  # for the blanks whose names don't say what they are
SURE = 0.9  # a name that says which forward value it belongs to
_ARITHMETIC = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
}

Factor = tuple[float, float]  # at the program's own numbers, and at varied ones
Execution = tuple[str, list[Node]]  # a name and what it was, at each execution


def known(
    reading: Reading, judgement: Judgement, found: Sequence[Blank]
) -> list[Blame]:
    """The blanks with the values that belong there, as far as that can be told.

    A claim or a name says whose gradient a blank is; where neither does, it is the one
    with which most of the program comes right. The constant is the program's own: minus
    one where it keeps negative gradients.
    """
    search = _Search(reading, judgement)
    blanks = [b for b in found if b.kind == "value" and search.marks(b)]
    sure = [(b, named) for b in blanks for named in search.named(b)[:1]]
    best: list[Blame] = []
    most = search.rights([])
    for position, factor in enumerate(search.factors):
        made = [search.blame(blank, named, factor) for blank, named in sure]
        right = search.rights(made)
        if right > most or not position:
            best, most = made, max(right, most)
    for blank in blanks:
        mine = [b for b in best if search.is_at(b, blank)]
        rest = [b for b in best if b not in mine]
        other, right = search.extended(blank, rest, most)
        if right > most:  # layer_1_delta may be the gradient before the activation
            best, most = other, right
    return best


def righted(judgement: Judgement, blames: Sequence[Blame]) -> bool:
    """Whether all comes right with these values."""
    trial = Trial(judgement.scene, judgement.outcomes)
    judged = trial.tried({n: v for b in blames for n, v in b.wanted.items()})
    return judged is not None and judged.whole


def apart(
    reading: Reading, judgement: Judgement, blank: Blank, blames: Sequence[Blame]
) -> Judgement:
    """What can be judged without a blank, unless something is right with its value."""
    search = _Search(reading, judgement)
    if search.rights(blames) > search.rights([]):
        return judgement
    marks = frozenset(m.node for m in search.marks(blank))
    after = later(judgement.scene, marks) if marks else set()
    left = [o for o in judgement.outcomes if o.node not in after]
    return Judgement(judgement.scene, left)


class _Search:
    """What a blank may hold, and how much of the program is right with it."""

    def __init__(self, reading: Reading, judgement: Judgement) -> None:
        self.reading = reading
        self.scene = judgement.scene
        self.trial = Trial(judgement.scene, judgement.outcomes)
        self.patience = Patience(SECONDS)
        self.sources = forward_values(reading, self.scene)
        self.factors: list[Factor] = list(
            dict.fromkeys([(1.0, 1.0), (-1.0, -1.0), *self._usual(judgement)])
        )

    def _usual(self, judgement: Judgement) -> Iterator[Factor]:
        """The constants before the gradients that the program has right."""
        for claim in claimed(self.reading, judgement):
            how = claim.match
            if how is not None and claim.claim.status == "right":
                varied = how.factor if how.varied is None else how.varied
                yield round(how.factor, 9), round(varied, 9)
        for outcome in judgement.outcomes:
            if outcome.right and outcome.scale:  # what its rate leaves of an update
                scale = abs(round(outcome.scale, 9))
                yield from ((scale, scale), (-scale, -scale))

    def marks(self, blank: Blank) -> list[Marked]:
        """The executions of a blank in this step."""
        sites = self.reading.observed.sites
        step = self.scene.step
        first = max((n.index for n in step.befores.values()), default=-1)
        driven = self.reading.observed.driven[1]
        last = max((u.after.index for u in step.updates), default=None)
        return [
            m
            for m in self.reading.observed.marks.marked
            if sites[m.site].statement.lineno == blank.line
            and m.node not in self.scene.below
            and m.node.index >= driven
            and (not step.updates or m.node.index > first)
            and (last is None or m.node.index <= last)
        ]

    def is_at(self, blame: Blame, blank: Blank) -> bool:
        """Whether a blame is that of a blank."""
        return any(m.node in blame.wanted for m in self.marks(blank))

    def named(self, blank: Blank) -> list[Execution]:
        """The forward values that a blank's claim or name speaks of."""
        word = identifier(of(blank))
        enters = self._entering(word)
        return [
            (name, order)
            for name, order in self.fitting(blank)
            if likeness(word, identifier(name)) >= SURE or name in enters
        ]

    def _entering(self, word: str) -> set[str]:
        """What enters ``h`` and has no name, for ``h_in``: the name of exercises."""
        owner = word.removesuffix("_in")
        named = self.reading.named
        return {
            f"line {named[node].line}"
            for name, nodes in self.sources.items()
            if owner != word and likeness(owner, identifier(name)) >= SURE
            for node in nodes
            if node in named
        }

    def fitting(self, blank: Blank) -> Iterator[Execution]:
        """The forward values of a blank's shape, one for each of its executions."""
        marks = self.marks(blank)
        for name, nodes in self.sources.items():
            orders: list[list[Node]] = []
            if 1 in (len(nodes), len(marks)):
                orders = [[n] * len(marks) for n in nodes]
            if len(nodes) == len(marks) > 1:
                orders = [nodes[::-1], nodes]  # over time a backward pass runs back
            for order in orders:
                if all(alike(n.shape, m.node.shape) for n, m in zip(order, marks)):
                    yield name, order

    def blame(self, blank: Blank, execution: Execution, factor: Factor) -> Blame:
        """The blank with these gradients for values."""
        name, order = execution
        marks = self.marks(blank)
        factors = self._stated(blank) or [
            factor[0] if k < OWN else factor[1] for k in range(len(self.scene.replays))
        ]
        wanted: dict[Node, Arrays] = {}
        for marked, node in zip(marks, order):
            gradient = self.scene.values(self.scene.gradient[node])
            wanted[marked.node] = [
                f * g.reshape(marked.node.shape) for f, g in zip(factors, gradient)
            ]
        return Blame(
            marks[0].site, marks[0].item, wanted, name, factors[0], order[0], blank=True
        )

    def rights(self, blames: Sequence[Blame]) -> int:
        """How many outcomes are right with these values; -1 where they don't fit."""
        wanted = {node: values for b in blames for node, values in b.wanted.items()}
        judged = self.trial.tried(wanted)
        return -1 if judged is None else sum(o.right for o in judged.outcomes)

    def extended(
        self, blank: Blank, known: list[Blame], most: int
    ) -> tuple[list[Blame], int]:
        """The known blanks and one more, if some value for it rights anything."""
        best = known
        for execution in self.fitting(blank):
            for factor in self.factors:
                if self.patience.over:
                    return best, most
                made = [*known, self.blame(blank, execution, factor)]
                right = self.rights(made)
                if right > most:
                    best, most = made, right
        return best, most

    def _stated(self, blank: Blank) -> list[float] | None:
        """The constant in a blank's claim, in every replay."""
        if not blank.claim:
            return None
        lead = blank.claim.partition("dL")[0].strip().removesuffix("*").strip()
        tree = ast.parse({"": "1", "-": "-1"}.get(lead, lead), mode="eval").body
        names = {identifier(v): node for node, v in self.reading.labels.items()}
        found = []
        for replay in self.scene.replays:
            numbers = {
                name: float(np.asarray(replay.given[node]))
                for name, node in names.items()
                if node in replay.given and np.size(replay.given[node]) == 1
            }
            found.append(_number(tree, numbers))
        return found


def _number(code: ast.expr, names: Mapping[str, float]) -> float:
    """``-learnrate / n``: numbers, names and what joins them; what isn't known is 1."""
    if isinstance(code, ast.BinOp) and type(code.op) in _ARITHMETIC:
        join = _ARITHMETIC[type(code.op)]
        return float(join(_number(code.left, names), _number(code.right, names)))
    if isinstance(code, ast.UnaryOp) and isinstance(code.op, ast.USub):
        return -_number(code.operand, names)
    if isinstance(code, ast.Constant) and isinstance(code.value, int | float):
        return float(code.value)
    return names.get(ast.unparse(code), 1.0)
