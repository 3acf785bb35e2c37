"""Which leaves a program learns, where nobody says: for commands, not for ``derive``.

What the program moves from its old value; else what an object keeps in itself; else
what multiplies data, and the biases that are added to such products, unless its name
says that it is data, a target or a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from clearprop.errors import DeriveError
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier
from clearprop.trace.result import Leaf, Trace

_DATA = re.compile(
    r"""^(x|X|y|Y|t|T|s|Z|z)\d*$ | ^(x|X|y|Y)_ | _(x|X|y|Y)$ | input | ^data | feature
    | ^i\d+$ | image | ^img | pixel | sample | example | batch | target | label
    | expected | desired | truth | one_?hot | mask | prev | state | ^[hc]\d*$ | error
    | noise | ^(dout|upstream)$ | rate
    | ^(lr|eta|eps|epsilon|lam|lambda_|reg|momentum|decay|temperature)$""",
    re.VERBOSE,
)
_WEIGHT = re.compile(r"weight|bias|param|theta|kernel|coef|^[wW]([\d_]|$|[a-z]{1,2}$)")
_MOVES = frozenset(
    "transpose reshape broadcast astype getitem concatenate stack pad flip roll".split()
)
_PRODUCTS = frozenset(("matmul", "einsum", "mul"))


def learned(trace: Trace, moved: Iterable[str] = ()) -> list[str]:
    """The labels of what is learned; ``moved`` are names that the program moves."""
    floats = [leaf for leaf in trace.leaves if leaf.node.is_float]
    if len(floats) == 1:
        return [floats[0].label]
    names = set(moved)
    updated = [leaf for leaf in floats if leaf.label in trace.updated]
    for chosen in (
        _with_siblings(updated, floats),
        [leaf for leaf in floats if identifier(leaf.label) in names],
        [leaf for leaf in floats if leaf.captured and _in_object(leaf)],
        _multiplying(trace, floats),
        [leaf for leaf in floats if _WEIGHT.search(identifier(leaf.label))],
        floats if trace.lost else [],  # the proof will say what was lost
    ):
        if chosen:
            return [leaf.label for leaf in chosen]
    there = ", ".join(leaf.label for leaf in floats)
    if not there:
        raise DeriveError(
            f"{trace.name} reads no floating-point number: write 2.0 in place of 2 in "
            "what is to be learned"
        )
    raise DeriveError(
        f"it isn't clear whose gradients are wanted: say so with --wrt ({there})"
    )


def _with_siblings(updated: list[Leaf], floats: list[Leaf]) -> list[Leaf]:
    """``w1`` and ``w2`` move, so ``w0`` does: its update is for the reader to write."""
    families = {_family(leaf) for leaf in updated if _family(leaf) != leaf.label}
    return [leaf for leaf in floats if leaf in updated or _family(leaf) in families]


def _family(leaf: Leaf) -> str:
    """A label without the numbers in its last name."""
    last = identifier(leaf.label)
    word = re.sub(r"\d+", "#", last) if is_weight(last) else last
    return leaf.label[: leaf.label.rfind(last)] + word


def is_weight(name: str) -> bool:
    """Whether a name promises to be learned."""
    return _WEIGHT.search(name) is not None


def _in_object(leaf: Leaf) -> bool:
    return any(step[0] == "attr" for step in leaf.path[1:])


def _may_learn(name: str) -> bool:
    return is_weight(name) or _DATA.search(name) is None


def _multiplying(trace: Trace, floats: list[Leaf]) -> list[Leaf]:
    """What multiplies, and what is added to products, unless it is data by its name."""
    named = [leaf for leaf in floats if _may_learn(identifier(leaf.label))]
    start: dict[Node, Node] = {leaf.node: leaf.node for leaf in floats}
    products: set[Node] = set()
    found: set[Node] = set()
    for node in ordered([trace.loss]):
        if node.op.name in _MOVES:
            if node.inputs[0] in start:
                start[node] = start[node.inputs[0]]
            if node.inputs[0] in products:
                products.add(node)
            continue
        biased = node.op.name == "add" and any(n in products for n in node.inputs)
        if biased or node.op.name in _PRODUCTS:
            products.add(node)
            found.update(start[n] for n in node.inputs if n in start)
    return [leaf for leaf in named if leaf.node in found]
