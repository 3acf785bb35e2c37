"""The functions with a name, found in a forward graph however the user wrote them.

A table of rules makes ``1 / (1 + exp(-x))`` a ``sigmoid`` node, ``e / e.sum(axis=1)`` a
``softmax``, ``log(softmax(x))[arange(N), y]`` a ``log_softmax`` that is then read. That
is where ``s * (1 - s)`` and ``probs - onehot`` come from. ``recognise`` also remembers
how the user spelled each one, for ``clearprop.gradient.lower`` to give it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clearprop.gradient import activations as act
from clearprop.gradient import rows
from clearprop.gradient.rewrite import Rule, by_root, rewrite
from clearprop.graph import Graph, Node


@dataclass(slots=True)
class Recognised:
    """What became of each node, and how the user spelled what was recognised.

    ``spelling`` maps a recognised node to the user's form of it, over recognised
    inputs, where that form is as stable as the one that ``lower`` would write.
    """

    nodes: dict[Node, Node] = field(default_factory=dict)
    spelling: dict[Node, Node] = field(default_factory=dict)


def recognise(graph: Graph, outputs: Iterable[Node]) -> Recognised:
    """The graph with its named functions found; nothing else is changed."""
    found = Recognised()

    def remember(rule: Rule, old: Node, new: Node) -> None:
        # a form made after the node itself would be a circle
        if rule.stable(old) and old.index < new.index:
            found.spelling.setdefault(new, old)

    found.nodes = rewrite(graph, list(outputs), TABLE, fired=remember)
    return found


def _never(node: Node) -> bool:
    return False


RULES = [
    Rule("sigmoid as e^x / (1 + e^x)", ("div",), act.sigmoid_of_exponentials,
         "exp(x) doesn't overflow", act.of_minus_abs),
    Rule("tanh as a quotient of exponentials", ("div",), act.tanh_of_exponentials,
         "exp(|x|) doesn't overflow", _never),
    Rule("tanh as sinh / cosh", ("div",), act.tanh_of_hyperbolic,
         "cosh(x) doesn't overflow", _never),
    Rule("a / (1 + e^-x) is a * sigmoid(x)", ("div",), act.sigmoid_of_quotient,
         "a is finite where sigmoid(x) is 0"),
    Rule("sigmoid as (1 + e^-x)**-1", ("pow",), act.sigmoid_of_power),
    Rule("sigmoid as (1 + tanh(x / 2)) / 2", ("mul", "div", "add"),
         act.sigmoid_of_tanh),
    Rule("sigmoid by the sign of x", ("where",), act.sigmoid_of_sides),
    Rule("one function on both sides of a mask", ("setitem",), act.by_masks,
         "x is not nan"),
    Rule("where(c, a, a) is a", ("where",), act.same_on_both_sides, stable=_never),
    Rule("tanh as 2 * sigmoid(2x) - 1", ("sub", "add"), act.tanh_of_sigmoid),
    Rule("softmax", ("div",), rows.softmax,
         "exp(x) doesn't overflow, and doesn't vanish in a whole row",
         rows.softmax_is_shifted),
    Rule("softmax of a transpose, transposed back", ("transpose",), rows.turns_named),
    Rule("log-sum-exp", ("log",), rows.logsumexp,
         "exp(x) doesn't overflow, and doesn't vanish in a whole row",
         rows.logsumexp_is_shifted),
    Rule("log-sum-exp of what was shifted", ("add",), rows.logsumexp_put_back,
         "the shift is finite", rows.put_back_is_shifted),
    Rule("log-softmax as x - logsumexp(x)", ("sub",), rows.log_softmax,
         "x is finite", rows.log_softmax_is_shifted),
    Rule("logsumexp(x) - x[i, y]", ("sub", "add"), rows.picked_from_total,
         "x is finite"),
    Rule("the logarithm of a softmax or sigmoid", ("log",), rows.log_of_named,
         "the probability doesn't underflow to 0", _never),
    Rule("log1p(-sigmoid(x))", ("log1p",), rows.log1p_of_sigmoid,
         "the probability doesn't round to 1", _never),
    Rule("softplus as log(1 + e^x)", ("log", "log1p"), act.softplus_of_log,
         "exp(x) doesn't overflow", act.no_overflow),
    Rule("softplus as logaddexp(0, x)", ("logaddexp",), act.softplus_of_logaddexp),
    Rule("softplus as relu(x) + softplus(-|x|)", ("add",), act.softplus_of_relu,
         "x is finite"),
    Rule("softplus(-x) is -log_sigmoid(x)", ("softplus",), act.softplus_of_minus),
    Rule("ReLU as a maximum", ("maximum",), act.relu_of_maximum),
    Rule("ReLU as x * (x > 0)", ("mul",), act.relu_of_mask, "x is not -inf"),
    Rule("ReLU as where(x > 0, x, 0)", ("where",), act.relu_of_where, "x is not nan"),
    Rule("ReLU as a clip", ("clip",), act.relu_of_clip),
    Rule("ReLU as (x + |x|) / 2", ("mul", "div"), act.relu_of_abs,
         "x is not -inf, 2x doesn't overflow"),
]  # fmt: skip

TABLE = by_root(RULES)
