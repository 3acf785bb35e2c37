"""What is descended on, where it is more than what is first called the loss.

``loss = data_loss(...)`` and then ``total = loss + reg * np.sum(W**2)``, or
``loss += ...`` in the function that called another one: in come the numbers of the best
name and the log, out comes for each of them the sum that it is a term of, if what is
added depends on the weights. A record over steps or examples adds losses to losses:
that is no loss of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from clearprop.checking.names import stem
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier
from clearprop.trace.result import Binding

if TYPE_CHECKING:
    from clearprop.checking.anchors import Anchor

_SUMS = frozenset(("add", "sub"))
_PASSES = frozenset(("reshape", "astype", "broadcast", "mark"))


def wholes(
    anchors: Sequence[Anchor],
    log: Sequence[Binding],
    learns: Callable[[Node], bool],
    made: Callable[[Binding, Node, Node], Anchor],
) -> dict[Node, Anchor]:
    """The sums that are descended on, by the node of what is called the loss."""
    known = {a.node for a in anchors}
    found: dict[Node, Anchor] = {}
    tops = {a.node: a.node for a in anchors}  # a sum so far -> what it began with
    first = {a.node: a.binding.serial for a in anchors if a.binding is not None}
    without: set[Node] = set()  # sums that hold none: a state goes on from all before
    for binding in log:
        node = binding.node
        if node in tops or not _is_number(node) or not node.inputs:
            continue
        if stem(identifier(binding.place)) is not None:
            continue
        if not _adds_one(node, tops, without):
            continue
        terms = list(_terms(node, tops))
        parts = [t for t in terms if t in tops]
        if len(parts) != 1 or first.get(tops[parts[0]], 0) > binding.serial:
            continue
        (part,) = parts
        others = [t for t in terms if t is not part]
        before = binding.before
        if before is not None and before is not part and before in others:
            continue  # a running sum
        if any(map(learns, others)) and not _holds(others, known):
            begun = tops[part]
            found[begun] = made(binding, node, begun)
            tops[node] = begun
            without = {n for n in without if n.index < node.index}
    return found


def _is_number(node: Node) -> bool:
    return node.is_float and all(n == 1 for n in node.shape)


def _adds_one(node: Node, tops: Mapping[Node, Node], without: set[Node]) -> bool:
    """Whether a loss is a term of a sum; what has none goes into ``without``."""
    stack, seen = [node], set()
    while stack:
        here = stack.pop()
        if here in tops:
            return True
        if here not in seen and here not in without:
            seen.add(here)
            stack.extend(_parts(here))
    without |= seen
    return False


def _terms(node: Node, tops: Mapping[Node, Node]) -> Iterator[Node]:
    """The terms of a sum, down to a loss that is one of them."""
    stack = [node]
    while stack:
        here = stack.pop()
        parts = () if here in tops else _parts(here)
        stack.extend(parts)
        if not parts:
            yield here


def _parts(node: Node) -> Sequence[Node]:
    """What a sum adds, or what stands in another form."""
    if node.op.name in _SUMS:
        return node.inputs
    if node.op.name in _PASSES and _is_number(node.inputs[0]):
        return node.inputs[:1]
    return ()


def _holds(nodes: Sequence[Node], known: set[Node]) -> bool:
    """Whether one of the known losses has gone into these."""
    first = min(n.index for n in known)
    late = [n for n in nodes if n.index > first]
    return bool(late) and any(n in known for n in ordered(late))
