"""Does an edit give what was wanted, at every execution and every replay?

The first replay decides nearly always, at its largest entry; only an edit that passes
there is tried at the others. The values of the parts it doesn't touch are remembered.
Where nothing says with which constant the value is owed, any of several will do, the
same one everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..need import Run
from .evaluate import BINARY, evaluate
from .frame import Frame

Swap = tuple[ast.expr, ast.expr]  # the node as it stands, the node in its place


class Trial:
    """A frame and the runs it is tried on."""

    def __init__(
        self,
        frame: Frame,
        runs: Sequence[Run],
        tolerance: float,
        factors: Sequence[float] = (1.0,),
    ) -> None:
        self.frame = frame
        self.runs = runs
        self.factors = factors
        self._known: dict[int, dict[int, Any]] = {}
        self._around: dict[tuple[int, ...], dict[int, Any]] = {}
        self._goals = [Goal(np.asarray(r.wanted, float), tolerance) for r in runs]

    def known(self, which: int = 0) -> dict[int, Any]:
        """The value of each part of the statement as it stands, by identity."""
        if which not in self._known:
            values: dict[int, Any] = {}
            scope = self.runs[which].scope
            # From the leaves up, so that each part is computed once. A part that raises
            # has no value; what is mended around it may have one.
            for node in reversed(self.frame.nodes):
                if id(node) in self.frame.fresh:
                    continue
                try:
                    values[id(node)] = evaluate(node, scope, values)
                except Exception:
                    continue
            self._known[which] = values
        return self._known[which]

    def value(self, which: int, swaps: Sequence[Swap]) -> Any:
        """What the target would hold; raises what the mended statement raises."""
        scope = self.runs[which].scope
        memo = self._without(which, swaps)
        if swaps:
            known = self.known(which)
            memo = dict(memo)
            for old, new in swaps:
                if id(old) in self.frame.fresh:
                    raise ValueError("a call that writes has no value to work with")
                memo[id(old)] = evaluate(new, scope, known)
        return self.frame.result(scope, memo)

    def fits(self, swaps: Sequence[Swap]) -> float:
        """The factor times which it gives what was wanted, or 0."""
        try:
            first = self.value(0, swaps)
            for factor in self.factors:
                if self._goals[0].met_by(first, factor) and all(
                    goal.met_by(self.value(which, swaps), factor)
                    for which, goal in enumerate(self._goals[1:], 1)
                ):
                    return factor
        except Exception:
            pass
        return 0.0

    def fits_after(self, step: ast.AugAssign) -> bool:
        """Whether one more step behind the statement gives what was wanted."""
        apply = BINARY[type(step.op)]
        try:
            return all(
                goal.met_by(
                    apply(self.value(k, ()), evaluate(step.value, run.scope, {}))
                )
                for k, (run, goal) in enumerate(zip(self.runs, self._goals))
            )
        except Exception:
            return False

    def goal(self, which: int = 0) -> Goal:
        return self._goals[which]

    def _without(self, which: int, swaps: Sequence[Swap]) -> dict[int, Any]:
        """The known values, less those that the swapped nodes are a part of."""
        if not swaps:
            return self.known(which)
        key = (which, *(id(old) for old, _ in swaps))
        if key not in self._around:
            values = dict(self.known(which))
            for old, _ in swaps:
                for above in self.frame.ancestors(old):
                    values.pop(id(above), None)
            self._around[key] = values
        return self._around[key]


class Goal:
    """The wanted array, and a quick way to see that a value isn't it."""

    def __init__(self, wanted: np.ndarray, tolerance: float) -> None:
        self.wanted = wanted
        self.probe = int(np.argmax(np.abs(wanted))) if wanted.size else 0
        largest = float(np.abs(wanted.flat[self.probe])) if wanted.size else 0.0
        self.slack = tolerance * largest

    def met_by(self, value: Any, factor: float = 1.0) -> bool:
        array = np.asarray(value)
        if array.shape != self.wanted.shape or array.dtype.kind not in "fiub":
            return False
        if not array.size:
            return True
        slack = self.slack * abs(factor)
        probe = factor * float(self.wanted.flat[self.probe])
        if not abs(float(array.flat[self.probe]) - probe) <= slack:
            return False
        return bool(np.all(np.abs(array - factor * self.wanted) <= slack))
