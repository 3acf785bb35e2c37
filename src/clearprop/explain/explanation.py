"""``explain``: a written backward pass in, an ``Explanation`` with numbers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.explain.chain_rule import WIDTH
from clearprop.explain.context import Context
from clearprop.explain.html import to_html
from clearprop.explain.markdown import to_markdown
from clearprop.explain.numbers import Quantity, quantity
from clearprop.explain.original import remarks_on
from clearprop.explain.picture.graph import graph_svg
from clearprop.explain.picture.network import network_svg
from clearprop.explain.rate import rate_of
from clearprop.explain.remark import Remark
from clearprop.explain.remarks import remarks_of
from clearprop.explain.run import Run, Values, execute, leaf_values
from clearprop.explain.steps import Step, steps_of
from clearprop.explain.text import to_text
from clearprop.terminal import welcome
from clearprop.trace.result import Trace
from clearprop.write.latex import Equations, equations, to_latex
from clearprop.write.program import Program
from clearprop.write.reading import Reading, moved, read


class Derived(Protocol):
    """What an explanation needs: the written program, and the trace behind it."""

    @property
    def program(self) -> Program:
        """The written function."""

    @property
    def trace(self) -> Trace:
        """The forward pass it came from."""


@dataclass(slots=True, repr=False)
class Explanation:
    """The steps of a backward pass with numbers; ``print`` it or show it in a notebook.

    ``steps`` are dataclasses whose fields can all go into JSON
    (``dataclasses.asdict``), ``remarks`` what these numbers show, ``given`` what came
    in.
    """

    name: str
    given: list[tuple[str, Quantity]]
    steps: list[Step]
    remarks: list[Remark]
    equations: Equations
    _context: Context = field(repr=False)

    def __str__(self) -> str:
        return self.to_text(colour=welcome())

    def __repr__(self) -> str:
        return f"<explanation of {self.name}: {len(self.steps)} steps>"

    def to_text(self, colour: bool = False) -> str:
        """For a terminal: at most 80 columns, in colour if asked."""
        return to_text(self, colour)

    def to_markdown(self) -> str:
        """With code, tables and formulas."""
        return to_markdown(self)

    def to_latex(self) -> str:
        """The forward and backward equations, in matrix form and by index."""
        return to_latex(self._context.reading.program)

    def to_html(self) -> str:
        """One ``<div>`` with both pictures in it."""
        return to_html(self, network_svg(self._context))

    def graph_svg(self) -> str:
        """The graph, with each value and its gradient."""
        return graph_svg(self._context)

    def network_svg(self) -> str:
        """The units and their weights, of a program that is a chain of dense layers."""
        drawn = network_svg(self._context)
        if not drawn:
            raise ClearpropError(
                f"{self.name} is not a chain of dense layers, so it has no picture of "
                "units and weights; graph_svg() draws any program"
            )
        return drawn

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        makers = {
            "text/plain": self.to_text,
            "text/markdown": self.to_markdown,
            "text/html": self.to_html,
        }
        wanted = [m for m in makers if include is None or m in set(include)]
        left_out = set(exclude or ())
        return {m: makers[m]() for m in wanted if m not in left_out}


def explain(
    backward: Derived,
    values: Values | None = None,
    *,
    learning_rate: float | None = None,
) -> Explanation:
    """Execute the written program line by line and say what each line does.

    Parameters
    ----------
    backward
        What ``clearprop.derive`` returns.
    values
        The number for each leaf node; those of the trace where one is missing.
    learning_rate
        η of the weight steps. Left out, a number that the program itself calls
        ``learnrate``, ``learning_rate``, ``lr``, ``alpha`` or ``eta``, if there is one.
    """
    reading = read(backward.program)
    point = leaf_values(backward.program, values)
    run = execute(reading, backward.trace, point)
    elsewhere = moved(point)
    context = Context(
        reading,
        run,
        _attempt(reading, backward.trace, elsewhere),
        point,
        equations(backward.program, reading),
        rate_of(backward.trace, point, learning_rate),
        {b.place: b.line for b in reversed(backward.trace.log) if b.depth == 0},
        backward.trace.updated,
    )
    before = remarks_on(backward.trace, point)
    return Explanation(
        backward.program.request.forward_name,
        _given(reading, point),
        steps_of(context),
        remarks_of(context, before),
        context.equations,
        context,
    )


def _attempt(reading: Reading, trace: Trace, values: Values) -> Run | None:
    """The program at moved numbers, if its branches hold there."""
    try:
        return execute(reading, trace, values)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError):
        return None


def _given(reading: Reading, point: Values) -> list[tuple[str, Quantity]]:
    leaves = reading.program.request.leaves
    return [(leaf.label, quantity(point[leaf.node], WIDTH)) for leaf in leaves]
