"""``derive``: the forward pass goes in, a proved and written backward pass comes out.

This module joins the stages: trace, recognise, walk back, simplify, lower, write and
prove.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropWarning, DeriveError
from clearprop.graph import Node
from clearprop.passes import choose, request_for
from clearprop.prove import Prover, explain_non_finite, own_values
from clearprop.trace.arguments import (
    arguments_at,
    current,
    left_out,
    same_draws,
    same_options,
    same_structure,
)
from clearprop.trace.result import Leaf, Trace
from clearprop.write.program import Program
from clearprop.write.writer import write

if TYPE_CHECKING:
    from clearprop.explain import Explanation

STYLES = ("fused", "atomic")

# How many versions for other sizes or branches are kept.
MOST_VERSIONS = 8


def derive(
    function: Callable[..., Any],
    *args: Any,
    wrt: str | int | Sequence[str | int] | None = None,
    style: str = "fused",
    **kwargs: Any,
) -> Backward:
    """Write the backward pass of a forward pass.

    Parameters
    ----------
    function
        A function or method, written in NumPy, that returns its loss: one number. A
        tuple whose first entry is the loss will do.
    *args, **kwargs
        Example arguments: arrays, lists, numbers, and nested dicts, lists and tuples of
        them. Their sizes stay free where the forward pass leaves them free.
    wrt
        Names (or positions) of the arguments whose gradients are wanted; left out,
        every floating-point argument and captured array.
    style
        ``"fused"``: what an expert would leave. ``"atomic"``: every operation's
        gradient on a line of its own.

    Returns
    -------
    Backward
        ``.source`` is a standalone NumPy function; calling the object runs it.

    Raises
    ------
    ClearpropError
        With the line, the code and a remedy, where the forward pass can't be derived.
    """
    from clearprop.trace.function import trace_function

    return Backward(trace_function(function, args, kwargs), wrt, style, function)


def derive_trace(
    trace: Trace,
    *,
    wrt: str | int | Sequence[str | int] | None = None,
    style: str = "fused",
) -> Backward:
    """The same for a trace that was made from a script or a notebook."""
    return Backward(trace, wrt, style, None)


class Backward:
    """A written backward pass: ``source`` to read, the object itself to call.

    ``trace`` is what it was derived from, ``request`` what the writer was told, and
    ``doubtful`` whether a warning was given.
    """

    def __init__(
        self,
        trace: Trace,
        wrt: str | int | Sequence[str | int] | None,
        style: str,
        function: Callable[..., Any] | None,
    ) -> None:
        """Use ``clearprop.derive``."""
        if style not in STYLES:
            raise DeriveError(f"style={style!r} is unknown: use one of {STYLES}")
        self.trace = trace
        self.style = style
        self._wrt = wrt
        self._forward = function
        self._versions: list[Backward] = []
        self._with_loss: Callable[..., Any] | None = None
        self.wanted = choose(trace, wrt)
        self.request = request_for(trace, self.wanted, style)
        self.program: Program = write(self.request)
        self._function = _compiled(self.program)
        self.doubtful = False
        self._check()

    @property
    def name(self) -> str:
        """The function that ``source`` defines."""
        return self.program.name

    @property
    def source(self) -> str:
        """The written module: one function that needs only NumPy."""
        return self.program.source

    @property
    def graph(self) -> Any:
        """The graph that everything was read from."""
        return self.trace.graph

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(leaf.label for leaf in self.wanted)}>"

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The gradients at these arguments: {argument name: gradient}.

        Where sizes, branches or options differ from the traced ones, the forward pass
        is traced again.
        """
        found: dict[str, Any] = self._run(False, args, kwargs)
        return found

    def loss_and_gradients(
        self, *args: Any, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The loss and the gradients, computed together."""
        found: tuple[Any, dict[str, Any]] = self._run(True, args, kwargs)
        return found

    def _run(self, with_loss: bool, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run what is written, or a version for arguments that it isn't written for."""
        if self._forward is None:
            return self._written(with_loss)(*args, **kwargs)
        for version in (self, *self._versions):
            try:
                return version._at(with_loss, args, kwargs)
            except Exception:  # a guard, or NumPy meets sizes that don't fit
                continue
        again = derive(self._forward, *args, wrt=self._wrt, style=self.style, **kwargs)
        self._versions = [again, *self._versions[: MOST_VERSIONS - 1]]
        return again._at(with_loss, args, kwargs)

    def _at(self, with_loss: bool, args: Any, kwargs: dict[str, Any]) -> Any:
        trace = self.trace
        if not same_structure(trace, args, kwargs) or not same_options(trace):
            raise ValueError("the arguments are nested otherwise than the traced ones")
        kwargs = {**kwargs, **left_out(self.trace, args, kwargs)}
        return self._written(with_loss)(*args, **kwargs, **self._captured())

    def _written(self, with_loss: bool) -> Callable[..., Any]:
        if not with_loss:
            return self._function
        if self._with_loss is None:
            self._with_loss = _compiled(write(replace(self.request, with_loss=True)))
        return self._with_loss

    def _captured(self) -> dict[str, Any]:
        """The captured arrays as they are now."""
        leaves = [leaf for leaf in self.trace.leaves if leaf.captured]
        return {leaf.name: current(self.trace, leaf) for leaf in leaves}

    def at_leaves(self, values: Mapping[Node, Any]) -> tuple[Any, dict[Node, Any]]:
        """The loss, and the gradient for each wanted leaf, at values of the leaves."""
        args, kwargs, captured = arguments_at(self.trace, values)
        try:
            loss, found = self._written(True)(*args, **kwargs, **captured)
        except Exception:
            if self._forward is None:
                raise
            loss, found = self._run(True, args, kwargs)
        return loss, {leaf.node: _lookup(found, leaf) for leaf in self.wanted}

    def explain(self, *args: Any, **kwargs: Any) -> Explanation:
        """Each step of the backward pass with the numbers of these arguments.

        Without arguments, the numbers of the trace.
        """
        from clearprop.explain import explain

        if (args or kwargs) and self._forward is not None:
            at = derive(self._forward, *args, wrt=self._wrt, style=self.style, **kwargs)
            return explain(at)
        return explain(self)

    def _check(self) -> None:
        explain_non_finite(self.trace, own_values(self.trace))
        proof = Prover(self.trace, self.wanted, self._gradients_at).prove()
        if not proof.points:
            self._warn(
                f"the gradients of {self.trace.name} could not be compared with "
                "differences: the forward pass is not smooth near these numbers"
            )
        with np.errstate(all="ignore"):
            found = self._gradients_at(own_values(self.trace))
        for leaf in self.wanted:
            if not np.isfinite(np.asarray(found[leaf.node])).all():
                self._warn(
                    f"the gradient of {leaf.label} is not finite at these numbers: the "
                    f"slope of {self.trace.name} is infinite there (a square root or a "
                    "norm at 0?)"
                )

        for leaf, gradient in self.request.wanted:
            if gradient is None:
                self._warn(
                    f"the loss of {self.trace.name} does not depend on {leaf.label}: "
                    "its gradient is zero"
                )

    def _warn(self, message: str) -> None:
        self.doubtful = True
        warnings.warn(message, ClearpropWarning, stacklevel=5)

    def _gradients_at(self, values: Mapping[Node, Any]) -> dict[Node, Any]:
        """Run the written source at values of the leaves."""
        args, kwargs, captured = arguments_at(self.trace, values)
        with same_draws(self.trace):
            found = self._function(*args, **kwargs, **captured)
        return {leaf.node: _lookup(found, leaf) for leaf in self.wanted}


def _lookup(found: Any, leaf: Leaf) -> Any:
    if leaf.captured:
        return found[leaf.label]
    value = found[leaf.path[0]]
    for _, item in leaf.path[1:]:
        value = value[item]
    return value


def _compiled(program: Program) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    code = compile(program.source, f"<{program.name}>", "exec")
    exec(code, namespace)
    function: Callable[..., Any] = namespace[program.name]
    return function


__all__ = ["Backward", "derive", "derive_trace"]
