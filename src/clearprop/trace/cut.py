"""Where a script's forward pass begins: what its parameters don't reach is data.

A script standardises its columns, builds one-hot rows and takes a batch before the
first weight is used. Once it is known which arrays the program trains, every named
value that none of them reaches becomes a leaf itself: the backward pass takes ``x`` and
``y``, not the file that they were cut from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from clearprop.graph import Graph, Node, SizeGuard, ordered
from clearprop.sizes import Atom, Dim, Size
from clearprop.trace.result import Binding, Trace

_PICKS = frozenset(("getitem", "take_along_axis", "reshape", "transpose", "astype"))
_MOVES = frozenset(("reshape", "transpose"))


def data_nodes(
    loss: Node, parameters: set[Node], names: Mapping[Node, str]
) -> dict[Node, str]:
    """The named values at which the data of a forward pass enters.

    They are ready before the first parameter is made, or picked from such values: what
    else is computed without a trained parameter belongs to the network.
    """
    reached: set[Node] = set()
    computed: set[Node] = set()  # depends on a leaf, so it is no constant
    picked: set[Node] = set()  # nothing but a part of data
    first = min(p.index for p in parameters)
    for node in ordered([loss]):
        if node in parameters or any(i in reached for i in node.inputs):
            reached.add(node)
        if node.op.name == "input" or any(i in computed for i in node.inputs):
            computed.add(node)
        early = node.index < first or not node.inputs
        if early or (node.op.name in _PICKS and node.inputs[0] in picked):
            picked.add(node)
    found: dict[Node, str] = {}
    stack, seen = [loss], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        array = node in computed or node.ndim > 0
        if node in names and node.inputs and node in picked and array:
            moved = node.op.name in _MOVES and not node.inputs[0].inputs
            if node not in reached and not moved:
                found[node] = names[node]
                continue
        stack += node.inputs
    return found


def begin_at(trace: Trace, values: Mapping[Node, tuple[str, Any]]) -> dict[Node, Node]:
    """Put new leaves in place of these nodes, in the whole trace; {old: new}."""
    graph = trace.graph
    new = {node: graph.input(label, value) for node, (label, value) in values.items()}
    for node, leaf in new.items():
        for before, now in zip(node.dims, leaf.dims):
            if isinstance(graph.resolve(before), int):  # the program fixed it
                graph.fix(now)
    kept = _inputs_above(trace.loss, new)
    every = {n for n in graph.nodes if n.op.name == "input"} - set(new.values())
    gone = every - kept
    sizes = _Sizes(new, gone)
    sizes.settle(graph)
    logged = [b.node for b in trace.log if b.node.index <= trace.loss.index]
    roots = [trace.loss, *logged, *(g.node for g in graph.value_guards)]
    made = _rebuilt(graph, roots, new, sizes, gone)
    trace.loss = made.get(trace.loss, trace.loss)
    named = {sizes.replaced(s): n for s, n in trace.size_names.items()}
    trace.size_names = {s: n for s, n in named.items() if isinstance(s, Size)}
    trace.log = [_renamed(binding, made) for binding in trace.log]
    for node, other in made.items():
        if node in trace.lines:
            trace.lines.setdefault(other, trace.lines[node])

    def alive(node: Node) -> bool:
        return gone.isdisjoint(ordered([node]))

    for guard in graph.value_guards:
        guard.node = made.get(guard.node, guard.node)
    graph.value_guards[:] = [g for g in graph.value_guards if alive(g.node)]
    trace.lost = [entry for entry in trace.lost if alive(entry.node)]
    return new


def _inputs_above(loss: Node, new: Mapping[Node, Node]) -> set[Node]:
    found: set[Node] = set()
    stack, seen = [loss], set(new)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += node.inputs
            if node.op.name == "input":
                found.add(node)
    return found


def _renamed(binding: Binding, made: Mapping[Node, Node]) -> Binding:
    before = binding.before
    if binding.node not in made and before not in made:
        return binding
    return replace(
        binding,
        node=made.get(binding.node, binding.node),
        before=None if before is None else made.get(before, before),
    )


def _rebuilt(
    graph: Graph,
    outputs: Iterable[Node],
    new: Mapping[Node, Node],
    sizes: _Sizes,
    gone: set[Node],
) -> dict[Node, Node]:
    """Every node after the new leaves, with nodes and sizes replaced."""
    made = dict(new)
    before = set(gone)  # and what only leads to the new leaves
    for node in ordered(outputs):
        if node in made or node.op.name in ("input", "const"):
            continue
        if any(i in before and i not in made for i in node.inputs):
            before.add(node)
            continue
        inputs = [made.get(i, i) for i in node.inputs]
        params = {k: sizes.replaced(p) for k, p in node.params.items()}
        if params != node.params or any(
            a is not b for a, b in zip(inputs, node.inputs)
        ):
            made[node] = graph.apply(node.op.name, *inputs, **params)
    return made


class _Sizes:
    """Sizes of what is cut away, in terms of the new leaves."""

    def __init__(self, new: Mapping[Node, Node], gone: set[Node]) -> None:
        self.known: dict[Atom, Dim] = {}
        for old, leaf in new.items():
            for before, now in zip(old.dims, leaf.dims):
                atom = before.atom if isinstance(before, Size) else None
                if atom is not None and atom.args[0] in gone:
                    self.known.setdefault(atom, now)
        for node in gone:
            for dim in node.dims:
                if isinstance(dim, Size) and dim.atom is not None:
                    self.known.setdefault(dim.atom, dim.value)

    def replaced(self, param: Any) -> Any:
        """A parameter with its sizes replaced."""
        if isinstance(param, Size):
            return param.substitute(self._atom)
        if type(param) is tuple:
            return tuple(self.replaced(p) for p in param)
        return param

    def _atom(self, atom: Atom) -> Dim:
        return self.known.get(atom, Size({(atom,): 1}))

    def settle(self, graph: Graph) -> None:
        """What was known and guarded about sizes, without the leaves that are gone."""
        facts: list[tuple[Dim, Dim]] = [
            (Size({(atom,): 1}), dim) for atom, dim in graph._known.items()
        ]
        facts += graph._equations
        guards = list(graph.guards)
        graph._known.clear()
        graph._equations.clear()
        graph._equal.clear()
        graph._resolved.clear()
        graph.guards.clear()
        for left, right in facts:
            a, b = self.replaced(left), self.replaced(right)
            if int(a) == int(b):
                graph.tie(a, b, checked=True)
        for guard in guards:
            a, b = self.replaced(guard.left), self.replaced(guard.right)
            if a != b and (isinstance(a, Size) or isinstance(b, Size)):
                graph.guards.append(SizeGuard(a, b, guard.relation))
