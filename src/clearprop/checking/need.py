"""What the search for a mend is asked, and what it answers.

The judge has found a statement whose value is wrong and what it should have been. The
search knows nothing of traces: it gets the statement, what was in scope when it ran and
the arrays that were wanted, at several random replays, and gives edits of the
statement's own expression that produce them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

# Which of several values a statement gives: ``return dx, dw``, ``{"W": …}``. What lies
# within another is said by a path: of ``return loss, {"W": …}`` it is (1, "W").
Item = int | str | tuple[int | str, ...] | None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the statement at one replay.

    ``scope`` holds everything in scope just before the statement ran: arrays (float64),
    numbers, containers of them, objects whose attributes they are, functions of the
    program, modules. ``wanted`` is what the statement's target should have held after
    it. ``found`` is what it did hold.
    """

    scope: Mapping[str, Any]
    wanted: np.ndarray
    found: np.ndarray


@dataclass(frozen=True, slots=True)
class Role:
    """What the trace knows of a name in scope, to word and to rank edits.

    ``kind``: "weight", "updated-weight" (already moved in this step), "data", "target",
    "activation" (of ``name``, computed from ``source``), "pre-activation", "gradient"
    (of ``source``), "rate", "regularization", "count" (a number of examples), "other".
    ``activation`` names the function: "sigmoid", "tanh", "relu", "softmax".
    """

    kind: str
    source: str = ""
    activation: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A statement to be mended: ``runs[execution][replay]``.

    ``statement`` is the ``ast.Assign``, ``AugAssign``, ``Return`` or ``Expr`` of the
    user's file. ``target`` is the place whose value counts (``dW1``, ``self.dW``,
    ``grads['b']``, ``return``). ``item`` is the index of the wanted value where the
    statement gives several (``return dx, dw``), its key in ``{"W": …}``, else None.
    ``expected`` is the claim in words: "dL/d z1". ``helper`` holds the syntax trees of
    the program's own functions by name, so that an edit may look into a call.
    ``around`` is the function, or the whole script, that it stands in, ``cuts`` are the
    parts that this takes: ``[:, t]``, ``[:H]``, ``reads`` the entries that it reads:
    ``s[step - 1]``.
    ``derived`` is what clearprop itself would write there, up to sign and constant.
    """

    statement: ast.stmt
    target: str
    runs: Sequence[Sequence[Run]]
    item: Item = None
    expected: str = ""
    gradient_of: str = ""  # the forward name whose gradient the target is
    roles: Mapping[str, Role] = field(default_factory=dict)
    helpers: Mapping[str, ast.FunctionDef] = field(default_factory=dict)
    around: ast.AST | None = None
    cuts: Sequence[ast.expr] = ()
    reads: Sequence[ast.expr] = ()
    derived: Sequence[str] = ()
    tolerance: float = 1e-7  # relative, of the largest entry


BEFORE = "__before"  # ``W2__before``: the weight before this step moved it


@dataclass(frozen=True, slots=True)
class Edit:
    """A mended statement.

    ``statement`` is its new source text on one line (``unparse`` style, the user's own
    spelling wherever it wasn't touched). ``old`` and ``new`` are the smallest part that
    changed. ``mistake`` is the code, ``why`` one sentence in the program's own names.
    ``cost`` orders edits: one small edit is below 1.5, two below 3.
    ``inside`` names the helper function whose value is to change instead, when the
    edit replaces the value of a call ``inside(...)``; the caller may prefer to mend the
    helper. It gives ``factor`` times what was wanted, where the constant is free.
    """

    statement: str
    old: str
    new: str
    mistake: str
    why: str
    cost: float
    inside: str = ""
    factor: float = 1.0

    @property
    def parsed(self) -> list[ast.stmt]:
        """The mended statement's syntax, with a weight's old value as the weight."""
        return ast.parse(self.statement.replace(BEFORE, "")).body


ONE = 1.5  # the cost of one small edit is below this

SLOPE = "the slope"  # what the line of a helper is expected to give
# Which edits are searched: one small one, what takes more, this where there's none
# at all; the expression as a whole; the line derived anew, where no edit was found;
# whatever is plain to write, for a blank; of a line of which nobody knows what it owes
# the slight ones, then the others, or only what may go.
Reach = Literal[
    "near", "far", "any", "whole", "anew", "plain", "slight", "more", "fewer"
]
