"""The statement seen with its values: leaves, chains, and which parts are slopes.

Every kind of edit looks at the statement through this. A *leaf* is a value that the
program has a name for, like ``cache['A1']``. A *chain* is a whole product. A *group* is
the part of a chain that is made of one array only, ``a1 * (1 - a1)``: what stands where
a slope is owed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .chains import Part, factors, product, terms, without
from .frame import Frame
from .scene import Scene
from .slopes import Slope
from .spelling import spell, substituted
from .trial import Trial


@dataclass(frozen=True, slots=True)
class Group:
    """The factors ``members`` of the chain ``site``, made of one array, ``text``."""

    site: ast.expr
    parts: tuple[Part, ...]
    members: tuple[int, ...]
    text: str

    @property
    def node(self) -> ast.expr:
        return product([self.parts[i] for i in self.members])

    def replaced(self, new: ast.expr) -> ast.expr:
        """The chain with the group's factors replaced by those of ``new``."""
        first = self.members[0]
        fresh = factors(new)
        before = [p for i, p in enumerate(self.parts[:first])]
        after = without(self.parts[first:], [m - first for m in self.members])
        return product([*before, *fresh, *after])


class View:
    """A frame, a trial and a scene, and what the kinds of edits ask of them."""

    def __init__(
        self,
        frame: Frame,
        trial: Trial,
        scene: Scene,
        slopes: Callable[[], list[Slope]],
    ) -> None:
        self.frame = frame
        self.trial = trial
        self.scene = scene
        self._slopes = slopes  # of a program entry by entry there are thousands
        self.known = trial.known()
        self.wanted = trial.goal().wanted

    def value(self, node: ast.AST) -> Any:
        return self.known.get(id(node))

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """The shape of a number or an array; None for anything else."""
        value = self.value(node)
        if isinstance(value, np.ndarray):
            return tuple(value.shape)
        if isinstance(value, int | float | np.number):
            return ()
        return None

    @cached_property
    def operands(self) -> list[ast.expr]:
        """The nodes that are numbers or arrays, and no index and no option."""
        return [
            n
            for n in self.frame.nodes
            if self.shape(n) is not None
            and not self.frame.names_something(n)
            and not self.frame.indexes(n)
        ] or [self.frame.main]

    @cached_property
    def leaves(self) -> list[ast.expr]:
        return [
            n
            for n in self.frame.nodes
            if self._is_place(n)
            and self.shape(n) is not None
            and not self.frame.names_something(n)
        ]

    def _is_place(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return True
        if isinstance(node, ast.Attribute):
            return self._is_place(node.value) and not isinstance(
                self.value(node.value), np.ndarray | type(np)
            )
        if isinstance(node, ast.Subscript):
            return self._is_place(node.value) and isinstance(
                self.value(node.value), list | tuple | dict
            )
        return False

    def leaves_in(self, node: ast.AST) -> list[ast.expr]:
        inside = {id(n) for n in ast.walk(node)}
        return [leaf for leaf in self.leaves if id(leaf) in inside]

    def texts(self, node: ast.AST) -> set[str]:
        """The arrays and fractions that the part is made of; counts don't matter."""
        return {
            spell(leaf)
            for leaf in self.leaves_in(node)
            if not isinstance(self.value(leaf), int | np.integer)
            or self.scene.kind(spell(leaf)) == "target"
        }

    @cached_property
    def chains(self) -> list[ast.expr]:
        """The operands that aren't themselves a factor of a longer product."""
        return [n for n in self.operands if not self._is_factor(n)]

    def _is_factor(self, node: ast.expr) -> bool:
        above = self.frame.parents.get(id(node))
        if not isinstance(above, ast.BinOp):
            return False
        return isinstance(above.op, ast.Mult) or (
            isinstance(above.op, ast.Div) and above.left is node
        )

    # Slopes -------------------------------------------------------------------

    @property
    def slopes(self) -> list[Slope]:
        return self._slopes()

    @cached_property
    def groups(self) -> list[Group]:
        return list(self._groups())

    def _groups(self) -> Iterator[Group]:
        for site in self.chains:
            parts = tuple(factors(site))
            by_text: dict[str, list[int]] = {}
            for i, part in enumerate(parts):
                texts = self.texts(part.node)
                if len(texts) == 1 and not part.inverted:
                    by_text.setdefault(next(iter(texts)), []).append(i)
            for text, members in by_text.items():
                if self._slope_like(parts, members, text):
                    yield Group(site, parts, tuple(members), text)
                    if len(members) > 1:
                        for i in members:
                            yield Group(site, parts, (i,), text)

    def _slope_like(
        self, parts: tuple[Part, ...], members: list[int], text: str
    ) -> bool:
        nodes = [parts[i].node for i in members]
        shapes = [self.shape(n) for n in nodes]
        whole = self._indexed(self.leaves_in(nodes[0])[0])
        if any(s != self.shape(whole) for s in shapes):
            return False
        if not all(_elementwise(n) for n in nodes):
            return False
        if any(isinstance(n, ast.Compare) for n in nodes):
            return True  # a mask, whatever it is of
        if self.scene.is_gradient(text):
            return False
        role = self.scene.kind(text)
        bare = [self._indexed(known) for known in self.leaves]
        if all(any(_uncopied(n) is known for known in bare) for n in nodes):
            # Alone it is an operand like any other, unless it is one of the factors.
            return len(parts) > 1 and role in ("activation", "pre-activation")
        if not shapes[0] and (self.scene.is_count(text) or self.scene.is_rate(text)):
            return False  # 2 / N
        return role not in ("weight", "updated-weight", "rate", "regularization")

    @cached_property
    def is_formula(self) -> bool:
        """Whether the statement is a helper's ``return``: a slope and nothing else."""
        return (
            isinstance(self.frame.statement, ast.Return)
            and len(self.texts(self.frame.main)) == 1
            and not any(self.scene.is_gradient(a.text) for a in self.scene.atoms)
        )

    def in_slope(self, node: ast.AST) -> bool:
        """Whether the node belongs to a part that is made like a slope."""
        return id(node) in self._slope_nodes

    @cached_property
    def _slope_nodes(self) -> set[int]:
        return {
            id(n)
            for g in self.groups
            for i in g.members
            for n in ast.walk(g.parts[i].node)
            if len(g.members) > 1
            or len(g.parts) == 1
            or not any(n is leaf for leaf in self._bare(g))
        } | {id(n) for choice in self._choices() for n in ast.walk(choice)}

    @cached_property
    def is_lone(self) -> bool:
        """Whether a gradient is made of one array only: no slope, it meets no other."""
        owed = bool(self.scene.need.gradient_of)
        return owed and len(self.texts(self.frame.main)) == 1

    def _choices(self) -> Iterator[ast.Call]:
        """``np.where(x > 0, 1, alpha)``, a factor made of no gradient: a slope."""
        for chain in self.chains:
            for part in factors(chain):
                if not isinstance(part.node, ast.Call) or not part.node.args:
                    continue
                named = spell(part.node.func).endswith("where")
                given = any(map(self.scene.is_gradient, self.texts(part.node)))
                if named and isinstance(part.node.args[0], ast.Compare) and not given:
                    yield part.node

    def _bare(self, group: Group) -> list[ast.expr]:
        """Members that are leaves: alone in a product they are operands."""
        return [
            group.parts[i].node
            for i in group.members
            if any(group.parts[i].node is self._indexed(leaf) for leaf in self.leaves)
        ]

    def _indexed(self, leaf: ast.expr) -> ast.expr:
        """``hs[t + 1]`` of hs: what a step of an array over time is."""
        above = self.frame.parents.get(id(leaf))
        while isinstance(above, ast.Subscript) and above.value is leaf:
            leaf, above = above, self.frame.parents.get(id(above))
        return leaf

    # The L2 term --------------------------------------------------------------

    def is_penalty(self, node: ast.expr) -> bool:
        """Whether this term is a strength times a weight."""
        parts = [_unsigned(p.node) for p in factors(node)]
        strength = any(  # a place, and no difference like y - l2
            isinstance(part, ast.Name | ast.Attribute | ast.Subscript)
            and self.scene.is_regularization(spell(part))
            for part in parts
        )
        inside = self.texts(node)
        return (
            strength
            and _elementwise(node, slices=True)
            and not any(self.scene.is_gradient(t) for t in inside)
        )

    @cached_property
    def penalties(self) -> list[ast.expr]:
        return [
            term
            for root in self.frame.editable
            for part in terms(root)
            if self.is_penalty(term := _unsigned(part.node))
        ]

    def in_penalty(self, node: ast.AST) -> bool:
        own = _unsigned(node)
        return any(own is n for p in self.penalties for n in ast.walk(p))

    def makes_penalty(self, node: ast.expr, new: ast.expr) -> bool:
        """Whether a term is an L2 term once ``rate`` is ``decay`` in it."""
        return any(
            any(n is node for n in ast.walk(part.node))
            and self.is_penalty(substituted(part.node, {id(node): new}))
            for root in self.frame.nodes
            if isinstance(root, ast.BinOp) and isinstance(root.op, ast.Add | ast.Sub)
            for part in terms(root)
        )


def _uncopied(node: ast.expr) -> ast.expr:
    """``probs`` of ``probs.copy()``."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
            return inner
        case ast.Call(func=ast.Attribute(attr="copy" | "array"), args=[inner]):
            return inner
    return node


def _unsigned(node: Any) -> Any:
    """``reg * W`` of ``-(reg * W)``."""
    return node.operand if isinstance(node, ast.UnaryOp) else node


_LINEAR_CALLS = "dot matmul outer sum mean transpose einsum reshape tensordot".split()


def _elementwise(node: ast.expr, slices: bool = False) -> bool:
    """Whether each entry of the result comes from the same entry of the operands."""
    for n in ast.walk(node):
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult):
            return False
        if isinstance(n, ast.Attribute) and n.attr in ("T", *_LINEAR_CALLS):
            return False
        if isinstance(n, ast.Slice) and not slices:
            return False
    return True
