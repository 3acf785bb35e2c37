"""The search: every kind of edit in turn, each proposal tried, the survivors in order.

One edit first, then the expression written anew. Where neither is found, two edits,
both of the kinds that people make most.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ..mistakes import RANK
from ..need import Edit, Need, Reach, Run
from ..patience import Patience
from . import kinds_axis as axis
from . import kinds_einsum as einsum
from . import kinds_factor as factor
from . import kinds_formula as formula
from . import kinds_operand as operand
from . import kinds_product as product
from . import kinds_slope as slope
from . import kinds_solved as solved
from . import kinds_term as term
from .frame import frame
from .kinds_jacobian import jacobian
from .kinds_rebuild import anew, rebuild
from .kinds_softmax import softmax_step
from .kinds_store import store
from .kinds_supply import supply
from .kinds_turned import turned
from .naming import renamed
from .proposal import Kind, Proposal
from .scene import Scene
from .slopes import Slope, slopes
from .spelling import distance, smallest_change, spell, substituted
from .trial import Trial
from .view import View

# In the order in which they are tried: what people do most, and what is cheap, first.
FIRST: tuple[Kind, ...] = (
    operand.before_the_update,
    store,
    factor.sign,
    product.transpose,
    einsum.letters,
    axis.wrong_axis,
    operand.wrong_operand,
    factor.removal,
    operand.another_index,
    operand.another_slice,
    operand.another_container,
    operand.exchanged,
    turned,
    formula.misspelt,
    slope.wrong_point,
    softmax_step,
    jacobian,
    slope.missing_derivative,
    slope.wrong_derivative,
    slope.other_helper,
    slope.wrong_step,
    slope.compared,
    term.missing_term,
    term.penalty,
    factor.scale,
    factor.another_constant,
    factor.scaled_after,
    axis.missing_sum,
    axis.centred,
    axis.counted,
    axis.shape,
)
# Tried only where none of those fits.
SECOND: tuple[Kind, ...] = (
    formula.helper_formula,
    slope.called_with_upstream,
    product.product_or_elementwise,
    product.another_operator,
    operand.another_expression,
    product.missing_factor,
    product.not_chained,
    product.dropped_upstream,  # with many weights in sight there are thousands
    solved.solved_operand,
    solved.through_a_product,
)
LAST: tuple[Kind, ...] = (rebuild,)
# What a hand slips into: another name, index or sign, too much or too little of it.
SLIGHT: tuple[Kind, ...] = (
    store,
    factor.sign,
    product.transpose,
    axis.wrong_axis,
    operand.wrong_operand,
    factor.removal,
    operand.another_index,
    operand.another_slice,
    operand.another_container,
    operand.exchanged,
    formula.misspelt,
    product.another_operator,
    operand.another_expression,
)
MORE = tuple(kind for kind in (*FIRST, *SECOND) if kind not in SLIGHT)
SLIPS: dict[Reach, tuple[Kind, ...]] = {
    "slight": SLIGHT,
    "more": MORE,
    "fewer": (factor.removal,),
}
# Of two edits, both are of these.
PAIRED: tuple[Kind, ...] = (
    factor.sign,
    product.transpose,
    axis.wrong_axis,
    slope.missing_derivative,
    formula.misspelt,
    factor.removal,
    slope.wrong_derivative,
    operand.wrong_operand,
    operand.another_index,
    factor.scale,
    term.penalty,
    axis.missing_sum,
)

_ONE, _TWO = 1.0, 2.0  # what an edit costs before its size is counted
_LONGEST = 0.49
ENOUGH = 3  # expressions for a blank


class Search:
    """One need, and the clock."""

    def __init__(
        self, need: Need, seconds: float, factors: Sequence[float] = (1.0,)
    ) -> None:
        self.need = need
        self.factors = factors
        self.patience = Patience(seconds)
        self.runs: list[Run] = [run for runs in need.runs for run in runs]
        self.old = spell(need.statement)
        self.scene = Scene(need)
        self._slopes: list[Slope] | None = None
        self.found: dict[str, Edit] = {}

    def slopes(self) -> list[Slope]:
        """Every slope that could be owed, once a kind of edit asks for them."""
        if self._slopes is None:
            walked = ast.walk(self.need.statement)
            mentioned = {spell(n) for n in walked if isinstance(n, ast.expr)}
            self._slopes = slopes(self.scene, mentioned)
        return self._slopes

    def view(self, statement: ast.stmt) -> View | None:
        made = frame(statement, self.need.target, self.need.item)
        if made is None:
            return None
        trial = Trial(made, self.runs, self.need.tolerance, self.factors)
        return View(made, trial, self.scene, self.slopes)

    @property
    def late(self) -> bool:
        return self.patience.over

    def edits(self, reach: Reach = "any") -> list[Edit]:
        view = self.view(self.need.statement)
        if view is None:
            return []
        if reach == "anew":
            self._try(view, anew(view), _TWO)
            return sorted(self.found.values(), key=_merit)
        if reach == "plain":
            return self.plainest(view)
        if reach in SLIPS:
            self._try(view, self._proposals(view, SLIPS[reach]), _ONE)
            return sorted(self.found.values(), key=_merit)[:5]
        for kinds in (FIRST, SECOND) if reach in ("near", "any") else ():
            self._try(view, self._proposals(view, kinds), _ONE)
            if self.found:
                break
        if reach != "near" and not self.found:
            self._try(view, self._proposals(view, LAST), _TWO)
            if reach != "whole":
                self._pairs(view)
        return sorted(self.found.values(), key=_merit)[:5]

    def plainest(self, view: View) -> list[Edit]:
        """What fits among what a blank may be, as plain as the first that does."""
        plain = 1.0
        for proposal in self._proposals(view, (supply,)):
            if proposal.prior > plain:
                break
            self._try(view, [proposal], _TWO)
            plain = proposal.prior if self.found else plain
        return list(self.found.values())[:ENOUGH]

    def _proposals(self, view: View, kinds: Iterable[Kind]) -> Iterator[Proposal]:
        for kind in kinds:
            for proposal in kind(view):
                if self.late:
                    return
                yield proposal

    def _try(self, view: View, proposals: Iterable[Proposal], cost: float) -> None:
        for proposal in proposals:
            factor = self._fits(view, proposal)
            if factor:
                self._keep(view, proposal, cost, factor)

    def _fits(self, view: View, proposal: Proposal) -> float:
        if proposal.after is not None:
            return float(view.trial.fits_after(proposal.after))
        if proposal.statement is None:
            return view.trial.fits(proposal.swaps)
        other = self.view(proposal.statement)
        return other.trial.fits(()) if other is not None else 0.0

    def _keep(
        self, view: View, proposal: Proposal, cost: float, factor: float,
        first: Proposal | None = None,
    ) -> None:  # fmt: skip
        whole = mended(view, proposal)
        text = spell(whole)
        old, new = smallest_change(self.need.statement, whole)
        if proposal.after is not None:
            text = f"{text}\n{spell(proposal.after)}"
        size = proposal.prior + 0.01 * distance(self.old, text)
        mistake, why = renamed(view, proposal, whole), proposal.why()
        if first is not None:
            size += first.prior
            put = {spell(new) for _, new in first.swaps}
            if (
                all(spell(old) in put for old, _ in proposal.swaps)
                and mistake == "wrong-axis"
            ):
                mistake = first.mistake  # sum(w) for n: no sum was forgotten
            mistake = min(mistake, first.mistake, key=lambda code: RANK[code])
            why = f"{first.why()}; and {why}"
        edit = Edit(
            statement=text,
            old=spell(old),
            new=spell(new),
            mistake=mistake,
            why=why,
            cost=cost + max(0.0, min(size, _LONGEST if cost < _TWO else 2 * _LONGEST)),
            inside=proposal.inside,
            factor=factor,
        )
        known = self.found.get(text)
        if known is None or _order(edit) < _order(known):
            self.found[text] = edit

    # Two edits ----------------------------------------------------------------

    def _pairs(self, view: View) -> None:
        fitted = False
        for first in self._proposals(view, PAIRED):
            if self.late or fitted:
                return
            text = spell(mended(view, first))
            try:
                (statement,) = ast.parse(text).body
            except SyntaxError:
                continue
            inner = self.view(statement)
            if inner is None:
                continue
            for second in self._proposals(inner, PAIRED):
                factor = inner.trial.fits(second.swaps)
                if factor:
                    self._keep(inner, second, _TWO, factor, first)
                    fitted = True


def _merit(edit: Edit) -> tuple[bool, float, int]:
    return edit.mistake == "unknown", edit.cost, RANK[edit.mistake]


def _order(edit: Edit) -> tuple[int, float]:
    """Of two names for one change, the earlier in the table."""
    return RANK[edit.mistake], edit.cost


def mended(view: View, proposal: Proposal) -> ast.stmt:
    """The statement with a proposal's edit in it."""
    if proposal.statement is not None:
        return proposal.statement
    swaps = {id(old): new for old, new in proposal.swaps}
    return substituted(view.frame.statement, swaps)
