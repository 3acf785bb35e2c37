"""All passes from a traced graph to what the writer needs, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clearprop.errors import DeriveError
from clearprop.gradient.algebra import simplify
from clearprop.gradient.assume import UnitSums
from clearprop.gradient.lower import lower
from clearprop.gradient.recognise import recognise
from clearprop.gradient.reverse import firm, gradients
from clearprop.gradient.share import share
from clearprop.graph import Node, ValueGuard, ordered
from clearprop.trace.arguments import container_types, generator_argument
from clearprop.trace.result import Leaf, Trace
from clearprop.write.names import identifier
from clearprop.write.program import Request


def choose(trace: Trace, wrt: str | int | Sequence[str | int] | None) -> list[Leaf]:
    """The leaves whose gradients are wanted."""
    if wrt is None:
        floats = [leaf for leaf in trace.leaves if leaf.node.is_float]
        if not floats:
            raise DeriveError(
                f"{trace.name} has no floating-point argument to differentiate: pass "
                "arrays of floats, such as x.astype(float)"
            )
        return floats
    items = [wrt] if isinstance(wrt, (str, int)) else list(wrt)
    names = [p.name for p in trace.parameters]
    chosen: list[Leaf] = []
    for item in items:
        if isinstance(item, int):
            if not -len(names) <= item < len(names):
                raise DeriveError(
                    f"wrt={item}: {trace.name} has {len(names)} arguments"
                )
            item = names[item]
        found = [
            leaf
            for leaf in trace.leaves
            if item in (leaf.label, leaf.path[0], leaf.name)
        ]
        if not found:
            labels = ", ".join(leaf.label for leaf in trace.leaves) or "none"
            raise DeriveError(
                f"wrt={item!r} is not an array that {trace.name} reads; there are: "
                f"{labels}"
            )
        floats = [leaf for leaf in found if leaf.node.is_float]
        if not floats:
            raise DeriveError(
                f"wrt={item!r} holds integers, which have no gradient: pass floats, "
                f"such as {item}.astype(float)"
            )
        chosen += [leaf for leaf in floats if leaf not in chosen]
    return [leaf for leaf in trace.leaves if leaf in chosen]


def request_for(trace: Trace, wanted: Sequence[Leaf], style: str) -> Request:
    """All passes from the traced graph to what the writer needs."""
    graph = trace.graph
    guards = list(graph.value_guards)
    roots = [trace.loss, *(g.node for g in guards)]
    original = ordered([*roots, *(b.node for b in trace.log)])
    where: dict[Node, Node] = {n: n for n in original}

    def follow(mapping: Mapping[Node, Node]) -> None:
        for node, now in where.items():
            where[node] = mapping.get(now, now)

    fused = style == "fused"
    spelling: Mapping[Node, Node] = {}
    if fused:
        found = recognise(graph, [*roots, *(b.node for b in trace.log)])
        follow(found.nodes)
        spelling = found.spelling
    loss = where[trace.loss]
    walked = gradients(graph, loss, [leaf.node for leaf in wanted])
    for leaf in wanted:
        if leaf.node in walked:
            walked[leaf.node] = firm(walked[leaf.node], leaf.node.dtype)
    names = _names(trace, where)
    if fused:
        named = {n for n, _ in names[0].items()}
        results = list(walked.values())
        examples = {
            leaf.node: leaf.value for leaf in trace.leaves if leaf.node.is_float
        }
        sums = UnitSums(graph, examples)
        keep = named | {
            g
            for v, g in zip(walked, results, strict=True)
            if v in named or not v.inputs
        }
        returned = [walked[leaf.node] for leaf in wanted if leaf.node in walked]
        simpler = simplify(graph, results, keep, sums, returned)
        guards += sums.guards
        results = [simpler.get(g, g) for g in results]
        walked = dict(zip(walked, results, strict=True))
        targets = [leaf.node for leaf in wanted if leaf.node in walked]
        fixed = set(ordered([loss, *named]))
        walked = share(graph, walked, targets, fixed)
    every = [*roots, loss, *where.values(), *walked.values(), *walked]
    written = ordered(walked[leaf.node] for leaf in wanted if leaf.node in walked)
    lowered = lower(graph, every, spelling, set(written))
    follow(lowered)
    walked = {v: lowered.get(g, g) for v, g in walked.items()}
    outer, inner = _names(trace, where)
    graph.verify([*walked.values(), where[trace.loss]])
    pairs = [(lowered.get(v, v), g) for v, g in walked.items()]
    final = {leaf.node: walked.get(leaf.node) for leaf in wanted}
    return Request(
        name=f"{trace.name}_backward",
        forward_name=trace.name,
        parameters=trace.parameters,
        leaves=trace.leaves,
        graph=graph,
        loss=where[trace.loss],
        names=outer,
        inner_names=inner,
        walked=pairs,
        wanted=[(leaf, final[leaf.node]) for leaf in wanted],
        reserved=set(trace.names),
        value_guards=[
            ValueGuard(
                lowered.get(where.get(g.node, g.node), where.get(g.node, g.node)),
                g.value,
                g.line,
                g.code,
            )
            for g in guards
        ],
        statics=trace.statics,
        containers=container_types(trace),
        size_names=trace.size_names,
        generator=(generator_argument(trace) or (None,))[0],
        atomic=style == "atomic",
    )


def _names(
    trace: Trace, where: Mapping[Node, Node]
) -> tuple[dict[Node, str], dict[Node, str]]:
    """The user's names of forward values: in the function itself, and in helpers."""
    outer: dict[Node, str] = {}
    inner: dict[Node, str] = {}
    # a script may go on after its loss, with a backward pass of its own
    forward = set(ordered([trace.loss, *(g.node for g in trace.graph.value_guards)]))
    for binding in trace.log:
        node = where.get(binding.node) if binding.node in forward else None
        if node is None or node.op.name == "const" or binding.place == "return":
            continue
        name = identifier(binding.place)
        if name is None or name.startswith("__"):
            continue
        own = binding.depth == 0 or binding.place.startswith("self.")
        table = outer if own else inner
        table.setdefault(node, name)
    return outer, {n: name for n, name in inner.items() if n not in outer}
