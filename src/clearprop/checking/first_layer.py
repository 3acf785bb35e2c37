"""What the first layer's backward pass hands back, which nothing reads any more.

``grad = layer.backward(grad)``, from the last layer to the first: each but the first is
wrong if what it was given is. What the first one returns is the gradient of the data,
and no update shows whether it is right; yet the layer is wrong where it isn't, as
anyone learns who puts it second. Comes in a step; go out such returns, as gradients of
what the layer's forward pass was given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from clearprop.checking.judgement import Outcome
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import Scene
from clearprop.checking.terms import unmarked
from clearprop.graph import Node, back_to, ordered
from clearprop.trace.result import Binding

_BACKWARD = re.compile(r"back|bprop|bwd", re.IGNORECASE)
_FORWARD = re.compile(r"_*(call|forward\w*|fprop|fwd|feed\w*)_*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layer:
    """A class: its backward method, and where the other one keeps what it is given."""

    backward: ast.FunctionDef
    forward: ast.FunctionDef
    kept: str  # "self.x" where forward(self, inputs) says self.x = inputs, or ""

    def begins(self, binding: Binding) -> bool:
        """Whether it is what a run of the layer does first, or all that is known."""
        return self.keeps(binding) or (
            not self.kept and _returns(binding, self.forward)
        )

    def keeps(self, binding: Binding) -> bool:
        return binding.place == self.kept and _within(binding, self.forward)


def handed_back(reading: Reading, step: Step, scene: Scene) -> Iterator[Outcome]:
    """The returns of a layer that read data, one for each time that it ran.

    Only where the updates read what another one returns: then that is what a backward
    pass returns in this program.
    """
    tree = reading.observed.source.tree
    read = set(ordered([u.after for u in step.updates]))
    learned = {*reading.parameters, *reading.versions}
    rest = [
        b for b in reading.log[step.first :] if b.file == reading.observed.source.file
    ]
    backwards = [m for c in _classes(tree) for m in _backwards(c)]
    if not any(_returns(b, m) and b.node in read for b in rest for m in backwards):
        return
    layers = list(_layers(tree))
    outputs = {b.node for b in rest for one in layers if _returns(b, one.forward)}
    for layer in layers:
        # the first layer has moved its weights before it returns
        later = (b.serial for b in rest if layer.begins(b) and b.serial > step.last)
        end = next(later, len(reading.log))
        within = [b for b in rest if b.serial < end]
        back = [b for b in within if _returns(b, layer.backward) and b.node not in read]
        if layer.kept:
            given = list(_kept_back(layer, within, learned))
        else:
            given = list(_taken_in(layer, within, back, learned, outputs))
        if len(given) != len(back):
            continue
        for (data, output), returned in zip(given, back):
            if data is None or output is None:
                continue
            node = returned.node
            if (
                output in scene.below
                and data in scene.gradient
                and node.is_float
                and node not in scene.below
                and node.shape == data.shape
                and _goes_through(scene, data, output)
            ):
                yield Outcome("gradient", returned, data, node)


def _kept_back(
    layer: Layer, within: Sequence[Binding], learned: Set[Node]
) -> Iterator[tuple[Node | None, Node | None]]:
    """What a layer keeps of data, each time, and what it returns then."""
    for i, b in enumerate(within):
        if layer.keeps(b) and learned.isdisjoint(ordered([b.node])):
            returned = (r.node for r in within[i:] if _returns(r, layer.forward))
            yield unmarked(b.node), next(returned, None)


def _taken_in(
    layer: Layer,
    within: Sequence[Binding],
    back: Sequence[Binding],
    learned: Set[Node],
    outputs: Set[Node],
) -> Iterator[tuple[Node | None, Node | None]]:
    """What a layer that doesn't keep it was given, before each of its returns.

    It is the one value of the returned one's shape that data alone has made: a layer of
    columns keeps those, and not the pictures.
    """
    output: Node | None = None
    ends = {b.serial for b in back}
    for binding in within:
        if binding.serial in ends:
            if output is None:
                return
            yield _only(output, binding.node.shape, learned), output
            output = None
        elif _returns(binding, layer.forward):
            below = set(ordered([binding.node]))
            if learned.isdisjoint(below) or below & (outputs - {binding.node}):
                continue  # of another layer's output
            if output is not None:
                return  # two runs, and nothing says which is gone back through first
            output = binding.node


def _only(output: Node, shape: object, learned: Set[Node]) -> Node | None:
    made = set(learned)
    found = []
    leaves: set[Node] = set()
    for node in ordered([output]):
        if not made.isdisjoint(node.inputs):
            made.add(node)
        if node.op.name == "input" or not leaves.isdisjoint(node.inputs):
            leaves.add(node)
        if node in leaves - made and node.shape == shape and node.op.name != "mark":
            found.append(node)
    return found[0] if len(found) == 1 else None


def _goes_through(scene: Scene, data: Node, output: Node) -> bool:
    """Whether the loss reads data through a layer only: an autoencoder's aims at it."""
    return data not in back_to([scene.loss], {output, *scene.ends})


def _within(binding: Binding, method: ast.FunctionDef) -> bool:
    return method.lineno <= binding.line <= (method.end_lineno or method.lineno)


def _returns(binding: Binding, method: ast.FunctionDef) -> bool:
    return binding.place == "return" and _within(binding, method)


def _classes(tree: ast.AST) -> list[ast.ClassDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]


def _methods(one: ast.ClassDef) -> list[ast.FunctionDef]:
    return [m for m in one.body if isinstance(m, ast.FunctionDef)]


def _backwards(one: ast.ClassDef) -> list[ast.FunctionDef]:
    return [m for m in _methods(one) if _BACKWARD.search(m.name)]


def _layers(tree: ast.AST) -> Iterator[Layer]:
    """The classes with one backward method, and one other that keeps its argument.

    Where none does, the one that is called a forward pass.
    """
    for one in _classes(tree):
        backward = _backwards(one)
        keeping = [
            (m, kept)
            for m in _methods(one)
            if m not in backward and m.name != "__init__"
            for kept in _kept(m)
        ]
        named = [m for m in _methods(one) if _FORWARD.fullmatch(m.name)]
        if len(backward) == len(keeping) == 1:
            yield Layer(backward[0], *keeping[0])
        elif len(backward) == len(named) == 1 and not keeping:
            yield Layer(backward[0], named[0], "")


def _kept(method: ast.FunctionDef) -> list[str]:
    """Where a method keeps its first argument, as it is."""
    if len(method.args.args) < 2:
        return []
    first = method.args.args[1].arg
    return [
        ast.unparse(target)
        for s in ast.walk(method)
        if isinstance(s, ast.Assign)
        and isinstance(s.value, ast.Name)
        and s.value.id == first
        for target in s.targets
        if isinstance(target, ast.Attribute)
    ]
