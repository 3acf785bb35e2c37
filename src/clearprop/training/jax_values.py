"""Values of the graph by JAX: node by node, as ``jax_spelling`` has them.

What no input decides (positions, masks) is computed by NumPy while a step is compiled.
JAX reads at a position outside of an array without a word, so every position is looked
at. ``refusal`` says beforehand, in words, what can't be computed so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np

from clearprop.graph import Node, ordered, recompute
from clearprop.ops.index import may_repeat
from clearprop.sizes import Atom, Size
from clearprop.training.jax_spelling import REFUSED, SPELLING, spell

Shapes = Mapping[Node, tuple[int, ...]]


class Unsupported(Exception):
    """Why JAX can't take a plan, in words."""


def known(dtype: np.dtype) -> bool:
    """Whether these are numbers that JAX has."""
    return dtype.kind in "biuf" and dtype.itemsize <= 8


def refusal(nodes: Iterable[Node], lines: Mapping[Node, int]) -> str | None:
    """Why one of these nodes, or of those below them, can't be spelled."""
    below = ordered(nodes)
    fixed = _fixed(below)
    for node in below:
        why = _refusal(node, fixed)
        if why is not None:
            line = lines.get(node)
            return f"line {line}: {why}" if line else why
    return None


def _refusal(node: Node, fixed: set[Node]) -> str | None:
    name = node.op.name
    if node in fixed:
        return None
    if not known(node.dtype):
        return f"{node.params.get('label', name)} holds {node.dtype.name} numbers"
    if name != "input" and name not in SPELLING:
        return REFUSED.get(name, f"{name} is not among the operations that JAX has")
    arrays = node.inputs[_FIRST_ARRAY.get(name, len(node.inputs)) :]
    if any(a.dtype.kind == "b" and a not in fixed for a in arrays):
        return "how many entries a mask takes is known only when it runs"
    if name == "setitem" and may_repeat(arrays) and node.inputs[1].ndim:
        return "of values written to one place JAX doesn't promise to keep the last"
    return None


# The first operand that is an index array.
_FIRST_ARRAY = {"getitem": 1, "setitem": 2, "index_add": 2, "take_along_axis": 1}


def counts_with(node: Node, leaves: Container[Node]) -> bool:
    """Whether a size is made of whole numbers of the data: ``2 * s0``."""
    if node.op.name != "size":
        return False
    atoms = list(node.params["size"].atoms())
    simple = all(a.kind in ("dim", "int") and a.args[0] in leaves for a in atoms)
    return simple and any(a.kind == "int" for a in atoms)


def plain(param: Any, shapes: Shapes) -> Any:
    """A parameter of an operation with its sizes as plain numbers."""
    if isinstance(param, tuple):
        return tuple(plain(p, shapes) for p in param)
    if not isinstance(param, Size):
        return param

    def number(atom: Atom) -> int:
        if atom.kind == "dim" and atom.args[0] in shapes:
            return int(shapes[atom.args[0]][atom.args[1]])
        raise Unsupported("a size of the forward pass is a number that the data decide")

    return int(param.substitute(number))


def _fixed(nodes: Iterable[Node]) -> set[Node]:
    """What no input decides, of positions and truths: it is computed beforehand."""
    found: set[Node] = set()
    for node in nodes:
        free = node.op.name in ("input", "random") or node.dtype.kind not in "biu"
        if node.op.name == "size":
            free = any(a.kind == "int" for a in node.params["size"].atoms())
        if node.op.name == "const" or not (free or set(node.inputs) - found):
            found.add(node)
    return found


def _with_wide_positions(node: Node, operands: list[Any]) -> list[Any]:
    """Positions of a small dtype can't be compared with a length beyond its numbers."""
    first = _FIRST_ARRAY.get(node.op.name, len(operands))
    return operands[:first] + [
        jnp.asarray(v).astype(int) if n.dtype.kind in "iu" else v
        for n, v in zip(node.inputs[first:], operands[first:], strict=True)
    ]


@dataclass
class Values:
    """The values of nodes by JAX, from those of the leaves on.

    ``strange`` gathers, for each array that is indexed, what to say and whether a
    position lies outside of it; ``labels`` is how the user calls the leaves.
    """

    of: dict[Node, Any]
    labels: Mapping[Node, str]
    strange: list[tuple[str, Any]] = field(default_factory=list)

    def add(self, nodes: Sequence[Node]) -> list[Any]:
        """Compute nodes and all below them."""
        below = ordered(nodes)
        fixed = _fixed(below)
        shapes = {n: np.shape(v) for n, v in self.of.items() if n.op.name == "input"}
        for node in below:
            if node in self.of:
                continue
            if node in fixed:
                recompute([node], self.of)
                continue
            if counts_with(node, shapes):
                self.of[node] = self._counted(node.params["size"], shapes)
                continue
            params = {k: plain(v, shapes) for k, v in node.params.items()}
            operands = _with_wide_positions(node, [self.of[n] for n in node.inputs])
            self._look(node, operands, params)
            self.of[node] = spell(node, operands, params)
        return [self.of[n] for n in nodes]

    def _counted(self, size: Size, shapes: Shapes) -> Any:
        """A size that is made of whole numbers of the data."""

        def number(atom: Atom) -> Any:
            if atom.kind == "int":
                return self.of[atom.args[0]].astype(int)
            return shapes[atom.args[0]][atom.args[1]]

        return size.substitute(number)

    def _look(self, node: Node, operands: Sequence[Any], params: Any) -> None:
        """Note whether positions lie inside of what they index."""
        shape = np.shape(operands[0]) if operands else ()
        if node.op.name == "take_along_axis":
            self._inside(node.inputs[1], operands[1], shape[params["axis"]])
            return
        if node.op.name not in _FIRST_ARRAY:
            return
        first, axis = _FIRST_ARRAY[node.op.name], 0
        for item in params["key"]:
            if item[0] == "int":
                self._inside(None, item[1], shape[axis])
            if item[0] == "array":
                array = node.inputs[first + item[1]]
                if array.dtype.kind == "b":
                    axis += array.ndim
                    continue
                self._inside(array, operands[first + item[1]], shape[axis])
            axis += item[0] != "new"

    def _inside(self, source: Node | None, positions: Any, n: int) -> None:
        label = "an index" if source is None else self.labels.get(source, "an index")
        outside = jnp.any((jnp.asarray(positions) < -n) | (jnp.asarray(positions) >= n))
        message = (
            f"{label} holds a number outside of the {n} entries that it indexes: "
            f"labels are 0 to {n - 1}"
        )
        self.strange.append((message, outside))


__all__ = [
    "Shapes", "Unsupported", "Values", "counts_with", "known", "plain", "refusal",
]  # fmt: skip
