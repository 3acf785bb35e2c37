"""From what ``train`` is given to a ``Plan``: trace, derive, and sort the leaves.

The backward pass is derived at an example of the data, a batch or a single row, and
proved as every derivation is; its sizes stay free, so that it serves batches of any
size.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.backward import Backward
from clearprop.errors import ClearpropError, ClearpropWarning
from clearprop.gradient.reverse import active_nodes
from clearprop.graph import Node, ordered
from clearprop.trace.function import trace_function
from clearprop.trace.muting import muted
from clearprop.trace.replay import current_state, random_state
from clearprop.trace.result import Leaf, Trace
from clearprop.training.binding import Bound
from clearprop.training.crossed import crossed
from clearprop.training.examples import Undecided, averaged, takes_one_example
from clearprop.training.numbers import positive
from clearprop.training.plan import Input, Parameter, Plan
from clearprop.training.recording import recorded
from clearprop.training.returned import losses_of
from clearprop.training.rules import Rule
from clearprop.training.sequential import in_turn

# A full batch is traced and proved at its first rows only: the sizes stay free.
_ENOUGH_ROWS = 64


def plan_for(
    bound: Bound,
    *,
    rule: Rule,
    batch_size: int | None = None,
    l2: float | Mapping[str, float] = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    sequential: bool = False,
    record: Sequence[str] = (),
    per_example: bool | None = None,
) -> Plan:
    """Derive the step. Raises ``ClearpropError`` where it can't be."""
    by_row, rows = _rows(bound, batch_size)
    try:
        one, network = _reading(bound, by_row, batch_size, per_example)
    except Undecided:
        _refuse_crossed(bound, by_row)
        raise
    if batch_size is None and not one:
        by_row = set()
    trace = _traced(bound, network, by_row, one, batch_size)
    order = {path: i for i, path in enumerate(bound.paths())}
    leaves = [replace(leaf, path=bound.path_of(leaf)) for leaf in trace.leaves]
    moved = [leaf for leaf in leaves if leaf.path in order]
    reached = active_nodes(trace.loss, [leaf.node for leaf in moved])
    moved.sort(key=lambda leaf: order[leaf.path])
    if not moved:
        raise ClearpropError(
            f"{bound.name} reads none of the params: there is nothing to train"
        )
    if not any(p.node in reached for p in moved):
        raise ClearpropError(
            f"the loss of {bound.name} doesn't depend on the params: there is nothing "
            "to train"
        )
    backward = Backward(trace, [leaf.label for leaf in moved], "fused", network)
    for told in ("" if one else crossed(trace, leaves, bound), _unread(trace, bound)):
        if told:
            backward.doubtful = True
            warnings.warn(told, ClearpropWarning, stacklevel=3)
    request = backward.request
    gradients = {leaf.node: gradient for leaf, gradient in request.wanted}
    loss = request.loss
    current: dict[Node, int] = {}
    if sequential:
        if one:
            raise ClearpropError(
                "update='sequential' needs a forward pass that takes the batch at once"
            )
        if clip_norm is not None:
            raise ClearpropError(
                "clip_norm needs all gradients before the first update: use clip_value "
                "with update='sequential'"
            )
        loss = trace.loss
        gradients, current = in_turn(trace, moved)
    decay = _decays(moved, l2)
    parameters = tuple(
        Parameter(
            leaf, gradients[leaf.node], _own(leaf.value), decay.get(leaf.label, 0.0)
        )
        for leaf in moved
    )
    inputs = tuple(
        Input(leaf, _value(bound, leaf), leaf.path[0] in by_row)
        for leaf in leaves
        if leaf.node not in gradients
    )
    return Plan(
        backward=backward,
        loss=loss,
        parameters=parameters,
        inputs=inputs,
        rule=rule,
        recorded=recorded(backward, parameters, loss, record, sequential),
        rows=rows if by_row else None,
        batch_size=min(batch_size, rows) if batch_size and rows and by_row else None,
        per_example=one,
        clip_norm=clip_norm,
        clip_value=clip_value,
        current=current,
    )


def _unread(trace: Trace, bound: Bound) -> str:
    """What to say where the loss depends on no entry of an array of the data."""
    asked = [*(g.node for g in trace.graph.value_guards), trace.loss]
    used = set(ordered(asked))
    arrays = {k for k, v in bound.data.items() if np.ndim(v) > 0}
    own = [leaf for leaf in trace.leaves if not leaf.captured]
    unread = [n.label for n in own if n.label in arrays and n.node not in used]
    if not unread:
        return ""
    return (
        f"what {bound.name} returns doesn't depend on {' and '.join(unread)}: is it "
        "the loss? Return the loss first, then what else there is"
    )


def _refuse_crossed(bound: Bound, by_row: set[str]) -> None:
    """Rows that depend on each other: because of the shape of the targets?"""
    try:
        trace = _traced(bound, bound.network, by_row, False, _ENOUGH_ROWS)
    except ClearpropError:  # there is another question to answer first
        return
    leaves = [replace(leaf, path=bound.path_of(leaf)) for leaf in trace.leaves]
    told = crossed(trace, leaves, bound)
    if told:
        raise ClearpropError(told)


def _rows(bound: Bound, batch_size: int | None) -> tuple[set[str], int | None]:
    """The entries of the data that have rows, and how many."""
    arrays = {k: len(v) for k, v in bound.data.items() if np.ndim(v) > 0}
    counts = set(arrays.values())
    if batch_size is not None:
        _refuse_nested(bound, counts)
    if len(counts) == 1:
        (rows,) = counts
        if rows == 0:
            raise ClearpropError("the data has no rows")
        return set(arrays), rows
    if batch_size is not None and arrays:
        each = ", ".join(f"{k} has {n}" for k, n in arrays.items())
        raise ClearpropError(
            f"batches take rows, and the arrays of data differ in their rows: {each}. "
            "With batch_size=None they are taken whole."
        )
    if batch_size is not None:
        raise ClearpropError(
            "the data are single numbers, one example: leave batch_size out"
        )
    return set(), None


def _refuse_nested(bound: Bound, counts: set[int]) -> None:
    """Batches take rows of what is an argument: rows inside of a dict would stay."""
    for name, value in bound.data.items():
        if isinstance(value, Mapping) and any(
            np.ndim(v) > 0 and (len(v) in counts or not counts) for v in value.values()
        ):
            raise ClearpropError(
                f"batches take rows of arrays, and data[{name!r}] is a dict: make its "
                "arrays arguments of their own, or leave batch_size out"
            )


def _reading(
    bound: Bound, by_row: set[str], batch_size: int | None, say: bool | None
) -> tuple[bool, Any]:
    """Whether the forward pass takes one example, and its network, averaged if need be.

    Taken whole, what gives one number is what the user wants, whatever its rows are.
    """
    if not by_row:
        return False, bound.network
    few = {k: v[:_ENOUGH_ROWS] if k in by_row else v for k, v in bound.data.items()}
    if batch_size is not None or say:
        one = takes_one_example(bound, by_row, say)
        if one:
            return True, bound.network
    else:
        few = bound.data
    try:
        with random_state(current_state()), muted():
            result = bound.call(few)
    except Exception:
        # what it raises is said there, if it isn't written for one row either
        return takes_one_example(bound, by_row, say), bound.network
    losses = np.asarray(losses_of(result))
    if _is_average(bound, losses, len(few[min(by_row)])):
        if batch_size is None and takes_one_example(bound, by_row, say):
            return True, bound.network
        return False, averaged(bound.network, result)
    return False, bound.network


def _is_average(bound: Bound, losses: np.ndarray, rows: int) -> bool:
    """Whether there is one loss for each example; other shapes are refused."""
    if losses.size == 1:
        return False
    if losses.shape in ((rows,), (rows, 1)):
        return True
    raise ClearpropError(
        f"{bound.name} returns an array of shape {losses.shape} for {rows} rows: "
        "return one number, or one loss for each row, such as np.sum(..., axis=1), or "
        "say per_example=True if it is written for one row"
    )


def _traced(
    bound: Bound, network: Any, by_row: set[str], one: bool, batch_size: int | None
) -> Trace:
    """The trace at an example: few rows where they do, all where they don't."""

    def at(rows: Any) -> Trace:
        data = {k: _take(v, rows, k in by_row) for k, v in bound.data.items()}
        given = bound.arguments(data, bound.params)
        return trace_function(network, given.args, given.kwargs)

    if one:
        return at(0)
    if not by_row:
        rows = {len(v) for v in bound.data.values() if np.ndim(v) > 0}
        if len(rows) == 1 and rows.pop() > 4 * _ENOUGH_ROWS:
            by_row = {k for k, v in bound.data.items() if np.ndim(v) > 0}
            try:
                return at(slice(0, _ENOUGH_ROWS))
            except ClearpropError:  # such as a matrix over pairs of rows
                by_row = set()
    return at(slice(0, min(batch_size or _ENOUGH_ROWS, _ENOUGH_ROWS)))


def _take(value: Any, rows: Any, by_row: bool) -> Any:
    return np.array(value[rows])[()] if by_row else value


def _value(bound: Bound, leaf: Leaf) -> Any:
    """All of an input: the rows beyond the traced example too."""
    if leaf.captured or leaf.path[0] not in bound.data:
        return leaf.value
    value = bound.data[leaf.path[0]]
    for _, item in leaf.path[1:]:
        value = value[item]
    return value


def _own(value: Any) -> np.ndarray:
    array = np.asarray(value)  # params were copied where they were bound
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _decays(
    moved: Sequence[Leaf], l2: float | Mapping[str, float]
) -> Mapping[str, float]:
    """Each parameter's λ. A single λ is for weights, not for biases."""
    labels = [leaf.label for leaf in moved]
    if isinstance(l2, Mapping):
        strange = [k for k in l2 if k not in labels]
        if strange:
            raise ClearpropError(
                f"l2 names {', '.join(map(repr, strange))}; the parameters are "
                f"{', '.join(labels)}"
            )
        return {k: positive(v, f"l2[{k!r}]") for k, v in l2.items()}
    if not positive(l2, "l2"):
        return {}
    weights = [leaf.label for leaf in moved if np.ndim(leaf.value) > 1]
    if not weights:
        raise ClearpropError(
            f"l2={l2} decays arrays with two or more axes (weights, not biases), and "
            f"there is none: name what decays, as in l2={{{labels[0]!r}: {l2}}}"
        )
    return dict.fromkeys(weights, float(l2))


__all__ = ["plan_for"]
