"""Rules on the shape of gradients: transposes, sums and axes that undo each other.

They need no arithmetic, so the atomic style uses them too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clearprop.gradient.rewrite import Rule, by_root, rewrite
from clearprop.gradient.steep import compared, needs
from clearprop.graph import Graph, Node, ordered
from clearprop.ops.elementwise import number_of


def tidy(
    graph: Graph,
    outputs: Sequence[Node],
    fixed: Collection[Node] = (),
    masks: Collection[Node] = (),
    verify: bool = True,
) -> dict[Node, Node]:
    """Every node below the outputs -> an equal one; ``fixed`` nodes stay as they are.

    ``masks`` are ReLU nodes that are only asked where they are active (``masks_only``).
    """
    table = TABLE
    if masks:

        def before(node: Node) -> Node | None:
            active, zero = node.inputs
            return (
                active.inputs[0] > 0
                if active in masks and number_of(zero) == 0
                else None
            )

        rule = Rule("relu(x) > 0 is x > 0", ("gt",), before)
        table = by_root([*RULES, rule])
    return rewrite(graph, outputs, table, fixed=fixed, verify=verify)


def masks_only(outputs: Sequence[Node], named: Collection[Node]) -> set[Node]:
    """ReLU nodes without a name that are used for nothing but ``relu(x) > 0``."""
    found: set[Node] = set()
    needed: set[Node] = set()
    for node in ordered(outputs):
        asks = node.op.name == "gt" and number_of(node.inputs[1]) == 0
        (found if asks else needed).update(
            n for n in node.inputs if n.op.name == "relu"
        )
    return {n for n in found - needed if n not in named}


def _swapped(node: Node) -> bool:
    """Whether this is ``a.T``: the last two axes exchanged."""
    if node.op.name != "transpose" or node.ndim < 2:
        return False
    n = node.ndim
    return bool(node.params["axes"] == (*range(n - 2), n - 1, n - 2))


def _transposed_product(node: Node) -> Node | None:
    (product,) = node.inputs
    if not _swapped(node) or product.op.name != "matmul":
        return None
    a, b = product.inputs
    if a.ndim != product.ndim or b.ndim != product.ndim:
        return None
    return b.T @ a.T if _swapped(a) or _swapped(b) else None


def kept_sum(node: Node) -> Node | None:
    """``x.sum(axis=1)[:, None]`` and ``x.sum(axis=1, keepdims=True)[:, 0]``."""
    (total,) = node.inputs
    if total.op.name not in ("sum", "mean", "max", "min"):
        return None
    x, axis = total.inputs[0], total.params["axis"]
    keepdims = not total.params["keepdims"]
    other = node.graph.apply(total.op.name, x, axis=axis, keepdims=keepdims)
    same = [node.graph.resolve(d) for d in node.dims]
    return other if same == [node.graph.resolve(d) for d in other.dims] else None


def _scattered_sum(node: Node) -> Node | None:
    """``zeros with v at k`` plus b is b with v added at k."""
    for scattered, rest in (node.inputs, node.inputs[::-1]):
        if scattered.op.name != "index_add" or number_of(scattered.inputs[0]) != 0:
            continue
        if rest.dtype == scattered.dtype and not rest.weak:
            inputs = (rest, *scattered.inputs[1:])
            return node.graph.apply("index_add", *inputs, **scattered.params)
    return None


def _masked(node: Node) -> Node | None:
    condition, a, b = node.inputs
    if number_of(b) != 0 or not a.is_float or needs([a], compared(condition)):
        return None
    return a * condition


RULES = [
    Rule("(a.T @ b).T is b.T @ a", ("transpose",), _transposed_product),
    Rule("a sum with its axis put back is a sum with keepdims", ("reshape",), kept_sum),
    Rule(
        "where(c, g, 0) is g * c", ("where",), _masked, "g is finite where c is false"
    ),
    Rule("zeros with v added at k, plus b", ("add",), _scattered_sum),
]

TABLE = by_root(RULES)
