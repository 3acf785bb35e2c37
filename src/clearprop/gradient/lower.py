"""Named functions become plain NumPy operations again, in the form an expert writes.

Where the user's own form is as stable it is given back, node by node, so that the
values the user named are still there to be reused; otherwise the stable textbook form
is written (Goodfellow et al. 2016, section 4.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from clearprop.gradient.rewrite import rebuild
from clearprop.graph import Graph, Node, Params


def lower(
    graph: Graph,
    outputs: Iterable[Node],
    spelling: Mapping[Node, Node] | None = None,
    written: Collection[Node] | None = None,
) -> dict[Node, Node]:
    """Every node below the outputs -> an equal one without named functions.

    ``spelling`` holds the user's own forms (``Recognised.spelling``). A logarithm that
    is computed anyway serves a softmax too; ``written`` says which nodes are (all, if
    it is left out).
    """
    spelling = spelling or {}
    outputs = list(outputs)
    nodes = _with_spellings(outputs, spelling)
    known = {
        (n.op.name, n.inputs[0], n.params["axis"]): n
        for n in nodes
        if n.op.name in LOGS and (written is None or n in written)
    }
    result: dict[Node, Node] = {}
    for node in nodes:
        form = FORMS.get(node.op.name)
        if node in spelling:
            result[node] = result[spelling[node]]
        elif form is None:
            result[node] = rebuild(node, result)
        else:
            shared = _from_logarithm(node, known, result)
            x = result[node.inputs[0]]
            result[node] = form(x, node.params) if shared is None else shared
    graph.verify(result[n] for n in outputs)
    return result


LOGS = ("log_softmax", "logsumexp")


def _from_logarithm(
    node: Node, known: Mapping[Any, Node], result: Mapping[Node, Node]
) -> Node | None:
    """``exp(logp)`` or ``x - total``, where that logarithm is written anyway."""
    if node.op.name not in ("softmax", "log_softmax"):
        return None
    x, axis = node.inputs[0], node.params["axis"]
    logp, total = (known.get((name, x, axis)) for name in LOGS)
    if logp is not None and logp in result:
        return _exp(result[logp])
    if total is None or total not in result:
        return None
    whole = result[total]
    if not total.params["keepdims"]:
        whole = whole.expand(axis)
    less = result[x] - whole
    return less if node.op.name == "log_softmax" else _exp(less)


def _with_spellings(
    outputs: Sequence[Node], spelling: Mapping[Node, Node]
) -> list[Node]:
    """All nodes below the outputs, and below the user's forms of them."""
    seen: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in spelling:
            stack.append(spelling[node])
        stack.extend(node.inputs)
    return sorted(seen, key=lambda n: n.index)


def _exp(x: Node) -> Node:
    return x.graph.apply("exp", x)


def _log(x: Node) -> Node:
    return x.graph.apply("log", x)


def _top(x: Node, axis: Sequence[int]) -> Node:
    return x.graph.apply("max", x, axis=tuple(axis), keepdims=True)


def _sigmoid(x: Node, params: Params) -> Node:
    return 1 / (1 + _exp(-x))


def _softplus(x: Node, params: Params) -> Node:
    return x.graph.apply("logaddexp", 0, x)


def _log_sigmoid(x: Node, params: Params) -> Node:
    return -x.graph.apply("logaddexp", 0, -x)


def _relu(x: Node, params: Params) -> Node:
    return x.graph.apply("maximum", 0, x)


def _softmax(x: Node, params: Params) -> Node:
    axis = params["axis"]
    e = _exp(x - _top(x, axis))
    return e / e.sum(axis, keepdims=True)


def _log_softmax(x: Node, params: Params) -> Node:
    axis = params["axis"]
    shifted = x - _top(x, axis)
    return shifted - _log(_exp(shifted).sum(axis, keepdims=True))


def _logsumexp(x: Node, params: Params) -> Node:
    axis, keepdims = params["axis"], params["keepdims"]
    top = _top(x, axis)
    total = _exp(x - top).sum(axis, keepdims=keepdims)
    return (top if keepdims else top.reshape(total.dims)) + _log(total)


FORMS: dict[str, Callable[[Node, Params], Node]] = {
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "softplus": _softplus,
    "log_sigmoid": _log_sigmoid,
    "relu": _relu,
}
