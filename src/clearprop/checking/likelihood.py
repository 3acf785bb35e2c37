"""Log-likelihoods and the like: what is called so is ascended, its negative the loss.

Comes in a name, or a value that has one; goes out whether it is a likelihood, and
whether it has its minus already.
"""

from __future__ import annotations

import re

from clearprop.graph import Node
from clearprop.trace.loss import identifier

_NAME = re.compile(
    r"^(total_|mean_|avg_)?(log_?lik\w*|log_?l|ll|lik(elihood)?|elbo|log_?post\w*"
    r"|sharpe(_ratio)?|utility)$",
    re.IGNORECASE,
)
_AROUND = frozenset(("sum", "mean", "reshape", "broadcast", "astype", "mark", "div"))


def is_likelihood(place: str) -> bool:
    """Whether a name promises a likelihood."""
    return _NAME.match(identifier(place)) is not None


def is_negative(node: Node) -> bool:
    """Whether a value is minus a sum, as the name ``log_likelihood`` doesn't say."""
    while node.op.name in _AROUND:
        node = node.inputs[0]
    if node.op.name == "mul":
        return any(
            n.op.name == "const" and not n.shape and n.params["value"] < 0
            for n in node.inputs
        )
    return node.op.name == "neg"
