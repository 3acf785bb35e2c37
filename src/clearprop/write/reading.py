"""The written program seen again: its named functions, layers and gradients.

The lowered program says ``1 / (1 + np.exp(-z))``; whoever explains it wants to say
"sigmoid of the hidden layer". ``read`` recognises the named functions once more, finds
the dense layers and says for each backward line whose gradient it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.gradient.recognise import recognise
from clearprop.gradient.rewrite import Rule, rewrite
from clearprop.graph import Graph, Node, evaluate, ordered
from clearprop.trace.result import Leaf
from clearprop.write.layers import Layer, find_layers
from clearprop.write.program import Program


@dataclass(slots=True)
class Reading:
    """A program with its named functions found again."""

    program: Program
    now: dict[Node, Node]  # node of the program -> the same with named functions
    loss: Node
    names: dict[Node, str]  # variables of the program, and names the user gave
    gradient_of: dict[str, Node]  # gradient variable -> forward value
    leaves: dict[Node, Leaf]
    layers: list[Layer] = field(default_factory=list)
    chain: bool = False  # the layers follow one another, from the input to the loss

    @property
    def forward(self) -> list[Node]:
        """Every node below the loss, inputs first."""
        return ordered([self.loss])


def read(program: Program) -> Reading:
    """Recognise what the program computes."""
    request = program.request
    roots = [
        request.loss,
        *(n for line in program.lines if (n := line.node) is not None),
    ]
    roots += [n for pair in request.walked for n in pair]
    found = _signs_met(request.graph, recognise(request.graph, roots).nodes)
    names = {}
    for table in (request.inner_names, request.names, program.names):
        names.update({found.get(n, n): name for n, name in table.items()})
    for leaf in request.leaves:
        names[leaf.node] = leaf.label
    reading = Reading(
        program,
        found,
        found[request.loss],
        names,
        {
            line.target: found.get(line.of, line.of)
            for line in program.lines
            if line.of is not None and line.section == "backward"
        },
        {leaf.node: leaf for leaf in request.leaves},
    )
    reading.layers, reading.chain = find_layers(reading)
    _claim(reading)
    _claim_by_value(reading)
    return reading


def _claim(reading: Reading) -> None:
    """Lines such as ``t = …`` that are the gradient of something with a better name."""
    request = reading.program.request
    inside = {la.z for la in reading.layers} | {la.product for la in reading.layers}
    owner: dict[Node, Node] = {}
    for value, gradient in request.walked:
        now = reading.now.get(value, value)
        known = owner.get(gradient)
        if known is None or (now in inside and known not in inside):
            owner[gradient] = now
    taken = set(reading.gradient_of.values())
    for line in reading.program.lines:
        found = None if line.node is None else owner.get(line.node)
        if line.section != "backward" or found is None or found in taken:
            continue
        claimed = reading.gradient_of.get(line.target)
        if claimed is None or (claimed not in reading.names and found in inside):
            reading.gradient_of[line.target] = found
            taken.add(found)


def _claim_by_value(reading: Reading) -> None:
    """Error terms that were put together in another order than the walk's own.

    They are told by their values, at the trace's numbers and at moved ones: one point
    can agree by chance, both don't.
    """
    request = reading.program.request
    taken = set(reading.gradient_of.values())
    lines = {
        li.target: li.node for li in reading.program.lines
        if li.section == "backward" and li.target not in reading.gradient_of
        and li.node is not None and li.node.is_float
    }  # fmt: skip
    pairs = [(reading.now.get(v, v), g) for v, g in request.walked]
    terms = {
        la.z: g for v, g in pairs for la in reading.layers
        if la.z not in taken and v in (la.z, la.product)
    }  # fmt: skip
    if not lines or not terms:
        return
    own = {leaf.node: plain_value(leaf.value) for leaf in request.leaves}
    points = []
    for values in (own, moved(own)):
        computed: dict[Node, Any] = {}
        try:
            with np.errstate(all="ignore"):
                evaluate([*terms.values(), *lines.values()], values, computed)
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError):
            return
        points.append(computed)
    for target, node in lines.items():
        for z, gradient in terms.items():
            if z not in taken and all(same(p[node], p[gradient]) for p in points):
                reading.gradient_of[target] = z
                taken.add(z)
                break


def plain_value(value: Any) -> Any:
    """A leaf's value; a list as the array that NumPy makes of it."""
    return np.asarray(value) if isinstance(value, list | tuple) else value


def moved(values: Mapping[Node, Any], seed: int = 1) -> dict[Node, Any]:
    """The same numbers moved a little, each differently, in float64."""
    rng = np.random.default_rng(seed)
    made = {}
    for node, value in values.items():
        array = np.asarray(value)
        if array.dtype.kind != "f":
            made[node] = value
            continue
        array = array.astype(np.float64)
        noise = rng.uniform(-1, 1, array.shape)
        array = array * (1 + 0.05 * noise) + 1e-3 * (array == 0) * noise
        made[node] = array if array.ndim else float(array)
    return made


def same(a: Any, b: Any) -> bool:
    """Whether two values agree to rounding; a number may stand for a whole array."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape and a.ndim and b.ndim:
        return False
    if not np.all(np.isfinite(a)) or not np.all(np.isfinite(b)):
        return False
    return bool(
        np.allclose(a, b, rtol=1e-6 if a.dtype != np.float64 else 1e-10, atol=0)
    )


def _signs_met(graph: Graph, found: dict[Node, Node]) -> dict[Node, Node]:
    """``-(-x @ W)``, which the ``-x @ W`` in a sigmoid comes out as, is ``x @ W``."""
    after = rewrite(graph, list(found.values()), [_SIGNS_MEET])
    return {old: after[new] for old, new in found.items()}


def _signs_meet(node: Node) -> Node | None:
    (product,) = node.inputs
    if product.op.name not in ("matmul", "mul"):
        return None
    a, b = product.inputs
    if a.op.name == "neg":
        return a.graph.apply(product.op.name, a.inputs[0], b)
    if b.op.name == "neg":
        return b.graph.apply(product.op.name, a, b.inputs[0])
    return None


_SIGNS_MEET = Rule("two minus signs meet", ("neg",), _signs_meet)
