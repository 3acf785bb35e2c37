"""What the names in a scope are: weights, activations, gradients, rates, counts.

Found by comparing values at the replays, so that it doesn't matter how the program
spells its sigmoid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.marks import Thing
from clearprop.checking.need import Role
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.graph import Node
from clearprop.trace.loss import identifier

_REG = re.compile(r"reg|lam|lmbda|decay|l2|alpha|^(?-i:C)$|wd$", re.I)
_RATE = re.compile(r"rate|^lr|eta|alpha|step", re.I)
_COUNT = re.compile(r"^(n|m|N|M|B|D|H|K|C)$|^n_|^num|size|count|batch|len", re.I)
TARGET = re.compile(r"^(t|y|Y|T|target|label)", re.I)
FEEDS = frozenset(("matmul", "add", "sub", "mul", "div", "exp", "getitem"))
_FAR = 14  # nodes between an activation and what it was computed from


def _softmax(axis: int) -> Any:
    def value(z: np.ndarray) -> np.ndarray:
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return np.asarray(e / e.sum(axis=axis, keepdims=True))

    return value


ACTIVATIONS: dict[str, tuple[Any, ...]] = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)),),
    "tanh": (np.tanh,),
    "relu": (lambda z: np.maximum(z, 0),),
    "softplus": (lambda z: np.logaddexp(0, z),),
    "softmax": (_softmax(-1), _softmax(0)),
}


def roles(
    reading: Reading, scene: Scene, scope: Mapping[str, Any], function: str
) -> dict[str, Role]:
    """What is known of every name in a scope, ``self.W1`` and ``cache['A1']`` too."""
    names = forward(reading, scene)
    for node in scene.gradient:  # sigmoid(np.dot(x, W)) gives no name to its argument
        if node.inputs and node.op.name in FEEDS:
            line = reading.observed.lines.get(node, 0)
            names.setdefault(node, f"the value of line {line}")
    befores = {node: leaf for leaf, node in scene.step.befores.items()}
    gradients: dict[Node, str] = {}
    found: dict[str, Role] = {}
    for place, value in places(scope):
        if isinstance(value, Node):
            role = _of_node(reading, scene, place, value, names, befores, gradients)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            role = _of_number(place)
        else:
            continue
        if role is not None:
            found[place] = role
    by_node: dict[Node, str] = {}
    for place, value in places(scope):
        if isinstance(value, Node):
            by_node.setdefault(value, place)
    for place, value in places(scope):
        if not isinstance(value, Node) or place not in found:
            continue
        if found[place].kind == "other" and value in scene.below:
            made = _activation(scene, value, by_node)
            if made is not None:
                found[place] = made
    for place, role in list(found.items()):
        source = found.get(role.source)
        if role.kind == "activation" and source is not None and source.kind == "other":
            found[role.source] = Role("pre-activation", place, role.activation)
    return found


def places(scope: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every array and number of a scope, with its place: ``cache['A1']``."""
    for name, value in scope.items():
        yield from _inside(name, value, 0)


def _inside(place: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Node | int | float):
        yield place, value
    elif depth < 2 and isinstance(value, Thing):
        for name, part in value.parts.items():
            yield from _inside(f"{place}.{name}", part, depth + 1)
    elif depth < 2 and isinstance(value, dict):
        for key, part in value.items():
            if isinstance(key, str | int):
                yield from _inside(f"{place}[{key!r}]", part, depth + 1)
    elif depth < 2 and isinstance(value, list | tuple) and len(value) <= 12:
        for i, part in enumerate(value):
            yield from _inside(f"{place}[{i}]", part, depth + 1)


def _of_node(
    reading: Reading,
    scene: Scene,
    place: str,
    node: Node,
    names: Mapping[Node, str],
    befores: Mapping[Node, Node],
    gradients: dict[Node, str],
) -> Role | None:
    if place.endswith("__before") or node in befores:
        return Role("weight", identifier(place))
    if node in reading.versions:
        return Role("updated-weight", reading.labels.get(reading.versions[node], ""))
    if not node.is_float:
        return Role("target" if TARGET.match(identifier(place)) else "data")
    word = identifier(place)
    if node in scene.constants:
        if node in scene.below and _REG.search(word):
            return Role("regularization")
        return Role("rate" if _RATE.search(word) else "count")
    if node.op.name == "input" or not reading.inputs_of(node):
        return Role("target" if TARGET.match(word) else "data")
    if node in scene.below:
        return Role("other")
    if node not in gradients:
        gradients[node] = _gradient_of(scene, node, names)
    return Role("gradient", gradients[node]) if gradients[node] else Role("other")


def _of_number(place: str) -> Role | None:
    word = identifier(place)
    if _REG.search(word) and not _RATE.search(word):
        return Role("regularization")
    if _RATE.search(word):
        return Role("rate")
    return Role("count") if _COUNT.search(word) else None


def _gradient_of(scene: Scene, node: Node, names: Mapping[Node, str]) -> str:
    values = scene.values(node)
    for source, name in names.items():
        if source.shape != node.shape:
            continue
        gradient = scene.gradient[source]
        near = tolerance([node, gradient])
        how = match(values, scene.values(gradient), near, scene.floor)
        if how is not None and how.factor == how.factor:
            return name
    return ""


def _activation(scene: Scene, node: Node, by_node: Mapping[Node, str]) -> Role | None:
    """Which function of which earlier value this is."""
    value = scene.values(node)[0]
    seen: set[Node] = set()
    stack = [node]
    while stack and len(seen) < _FAR * 2:
        here = stack.pop(0)
        if here in seen:
            continue
        seen.add(here)
        if here is not node and here.shape == node.shape and here.is_float:
            z = scene.values(here)[0]
            for name, functions in ACTIVATIONS.items():
                for function in functions:
                    if name == "softmax" and z.ndim == 0:
                        continue
                    with np.errstate(all="ignore"):
                        same = np.allclose(function(z), value, rtol=1e-7, atol=1e-12)
                    if same and not np.allclose(z, value):
                        return Role("activation", by_node.get(here, ""), name)
        stack.extend(here.inputs)
    return None
