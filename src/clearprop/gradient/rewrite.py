"""The rewriting mechanism: one graph in, an equal graph out, by a table of rules.

A ``Rule`` is data: its name, the operations it looks at, what it makes of a node, and
the condition under which both are the same number. ``rewrite`` walks from the inputs
up, again and again until nothing changes, and says for every node what became of it, so
that names can be carried over. It replaces a node only by one of the same dims and
dtype; rules don't have to look after that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from clearprop.errors import ClearpropError
from clearprop.graph import Graph, Node, ordered

Replace = Callable[[Node], Node | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One equality, used from left to right.

    ``replace`` gets a node whose operation is in ``roots`` and returns an equal one, or
    None where the pattern doesn't match. ``when`` says in words for which numbers the
    two are equal. ``stable`` says (of the node that matched) that it is as good to
    compute with as what replaces it: then the user's own spelling is written.
    """

    name: str
    roots: tuple[str, ...]
    replace: Replace
    when: str = "always"
    stable: Callable[[Node], bool] = lambda node: True


Fired = Callable[[Rule, Node, Node], None]

PASSES = 50
CIRCLE = "the rewriting rules undo each other and never settle"


def by_root(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """The rules to try on each operation, in the order of the table."""
    table: dict[str, list[Rule]] = {}
    for rule in rules:
        for root in rule.roots:
            table.setdefault(root, []).append(rule)
    return table


def rewrite(
    graph: Graph,
    outputs: Sequence[Node],
    rules: Iterable[Rule] | Mapping[str, Sequence[Rule]],
    fixed: Collection[Node] = (),
    fired: Fired | None = None,
    verify: bool = True,
) -> dict[Node, Node]:
    """Apply rules until none matches: every node below the outputs -> its equal.

    ``fixed`` nodes are left as they are. ``fired`` is told of every rule that was used:
    the rule, the node that matched, the node that replaces it. A caller that verifies
    the graph itself says ``verify=False``.
    """
    table = rules if isinstance(rules, Mapping) else by_root(rules)
    result = {node: node for node in ordered(outputs)}
    settled: set[Node] = set()  # tried before, and no rule matched
    for _ in range(PASSES):
        step = _one_pass(ordered(result.values()), table, fixed, settled, fired)
        if all(old is new for old, new in step.items()):
            if verify:
                graph.verify(result[node] for node in outputs)
            return result
        result = {old: step[new] for old, new in result.items()}
    raise ClearpropError(CIRCLE)


def _one_pass(
    nodes: Sequence[Node],
    table: Mapping[str, Sequence[Rule]],
    fixed: Collection[Node],
    settled: set[Node],
    fired: Fired | None,
) -> dict[Node, Node]:
    result: dict[Node, Node] = {}
    for old in nodes:
        if old in fixed:
            result[old] = old
            continue
        # b = f(a): a is replaced first, and the rules then see f(new a)
        result[old] = _settled(rebuild(old, result), table, settled, fired)
    return result


def _settled(
    node: Node,
    table: Mapping[str, Sequence[Rule]],
    settled: set[Node],
    fired: Fired | None,
) -> Node:
    """What becomes of a node when its rules are tried until none matches."""
    for _ in range(PASSES):
        if node in settled:
            return node
        for rule in table.get(node.op.name, ()):
            made = rule.replace(node)
            if made is not None and made is not node and alike(node.graph, made, node):
                if fired is not None:
                    fired(rule, node, made)
                node = made
                break
        else:
            settled.add(node)
    raise ClearpropError(CIRCLE)


def rebuild(node: Node, replaced: Mapping[Node, Node]) -> Node:
    """The same operation on what became of its inputs."""
    inputs = [replaced[n] for n in node.inputs]
    if all(a is b for a, b in zip(inputs, node.inputs, strict=True)):
        return node
    return node.graph.apply(node.op.name, *inputs, **node.params)


def alike(graph: Graph, a: Node, b: Node) -> bool:
    """Whether one node may stand for the other: same dims, same dtype."""
    return a.dtype == b.dtype and a.weak == b.weak and graph.same(a.dims, b.dims)
