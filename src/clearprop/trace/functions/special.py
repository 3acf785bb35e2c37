"""``scipy.special``: the functions that are made of ones with a derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.graph import Node
from clearprop.trace.functions import handles
from clearprop.trace.functions.reduce import axes_of

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


@handles("scipy.softmax")
def _softmax(t: Tracer, x: Any, axis: Any = None) -> Node:
    node = t.node(x)
    return t.graph.apply("softmax", node, axis=axes_of(axis, node.ndim))


@handles("scipy.log_softmax")
def _log_softmax(t: Tracer, x: Any, axis: Any = None) -> Node:
    node = t.node(x)
    return t.graph.apply("log_softmax", node, axis=axes_of(axis, node.ndim))


@handles("scipy.logsumexp")
def _logsumexp(
    t: Tracer, a: Any, axis: Any = None, b: Any = None, keepdims: bool = False
) -> Node:
    node = t.node(a)
    over = axes_of(axis, node.ndim)
    if b is None:
        return t.graph.apply("logsumexp", node, axis=over, keepdims=keepdims)
    t.refuse(
        "logsumexp with weights b is not followed", "Add np.log(b) to the argument"
    )
