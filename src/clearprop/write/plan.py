"""Before a line is written: what is needed, how often, and what it will be called.

Operands are counted as they will be written, with NumPy's own broadcasting. Names are
wishes until a line is written: ``"u h"`` is a name of the user's, ``"d h"`` the
gradient of the value called h, ``"= h_2"`` a name already taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clearprop.graph import Node
from clearprop.write.names import BY_OPERATION, Namer, identifier
from clearprop.write.program import Request
from clearprop.write.sizes import access_text
from clearprop.write.statements import STATEMENTS

# Operations that can go on in place, and their operators.
AUGMENTED = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def operands(node: Node) -> list[Node]:
    """What a node is written with: NumPy broadcasts operands by itself."""
    inputs = list(node.inputs)
    stores = node.op.name in ("index_add", "setitem")
    if not stores and not (node.op.elementwise and len(inputs) > 1):
        return inputs
    bare = [n.inputs[0] if n.op.name == "broadcast" else n for n in inputs]
    if stores:
        return [inputs[0], bare[1], *inputs[2:]]
    for i, n in enumerate(inputs):
        if _covers(bare, node):
            break
        bare[i] = n
    return bare


def _covers(operands: Sequence[Node], node: Node) -> bool:
    resolve = node.graph.resolve
    for axis in range(1, node.ndim + 1):
        full = resolve(node.dims[-axis])
        if not any(n.ndim >= axis and resolve(n.dims[-axis]) == full for n in operands):
            return False
    return True


class Plan:
    """What one request needs; names are dealt out from it while lines are written."""

    def __init__(self, request: Request) -> None:
        """Names of the arguments are taken first, so that nothing shadows them."""
        self.request = request
        self.graph = request.graph
        self.variables: dict[Node, str] = {}
        self.accesses: dict[Node, str] = {}  # leaves inside arguments: params["W1"]
        self.gradient_of: dict[Node, Node] = {}
        self._effective: dict[Node, list[Node]] = {}
        self._after: dict[Node, Node] | None = None
        self._sums: dict[Node, bool] = {}
        parameters = {p.name for p in request.parameters}
        self.namer = Namer(request.reserved | parameters)
        self.all_names = {**request.inner_names, **request.names}
        self._name_leaves()
        roots = [g for _, g in request.wanted if g is not None]
        roots += [g.node for g in request.value_guards]
        if request.with_loss:
            roots.append(request.loss)
        self.needed = self.reach(roots)
        self.uses = self._count_uses(roots)
        self.users = self._only_users()
        named = [n for n in request.names if n in self.needed]
        guarded = [g.node for g in request.value_guards]
        self.forward = self.reach([request.loss, *guarded, *named])
        self.wishes: dict[Node, str] = {}
        self._make_wishes()

    # -- what is needed, and how often ----------------------------------------------

    def effective(self, node: Node) -> list[Node]:
        """The operands as they are written."""
        found = self._effective.get(node)
        if found is None:
            found = self._effective[node] = operands(node)
        return found

    def reach(self, roots: Sequence[Node]) -> set[Node]:
        """Everything that the roots are written with."""
        seen: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            stack.extend(self.effective(node))
        return seen

    def _count_uses(self, roots: Sequence[Node]) -> dict[Node, int]:
        uses = dict.fromkeys(self.needed, 0)
        for node in self.needed:
            for source in self.effective(node):
                uses[source] += 1
        for root in roots:
            uses[root] += 1
        return uses

    def _only_users(self) -> dict[Node, Node]:
        """For a value used once: who uses it."""
        users = {}
        for node in self.needed:
            for source in self.effective(node):
                if self.uses[source] == 1:
                    users[source] = node
        return users

    # -- names ---------------------------------------------------------------------

    def _name_leaves(self) -> None:
        """Arguments keep their names; what is inside them gets one of its own."""
        request = self.request
        for leaf in request.leaves:
            if leaf.captured or len(leaf.path) == 1:
                name = leaf.name if leaf.captured else leaf.path[0]
                self.variables[leaf.node] = self.namer.own(name)
                continue
            wish = self.all_names.get(leaf.node) or identifier(str(leaf.path[-1][1]))
            self.variables[leaf.node] = self.namer.users(wish or leaf.name)
            self.accesses[leaf.node] = access_text(leaf.path)

    def _make_wishes(self) -> None:
        """The wanted name of every node that gets a line of its own."""
        wishes, request = self.wishes, self.request
        for node, given in request.names.items():
            if (
                node in self.needed
                and node not in self.variables
                and not is_plain(node)
            ):
                wishes.setdefault(node, f"u {given}")
        leaf_names = {leaf.node: self.variables[leaf.node] for leaf in request.leaves}
        called = dict(request.names)
        if request.atomic:
            self._name_all(wishes, called)
        returned = {id(leaf.node) for leaf, _ in request.wanted}
        for value, gradient in request.walked:
            if gradient not in self.needed or gradient in self.variables:
                continue
            if value in leaf_names and id(value) not in returned:
                continue
            self.gradient_of.setdefault(gradient, value)
            name: str | None = leaf_names.get(value) or called.get(value)
            if name is None and _pre_activation(value):
                name = request.inner_names.get(value)
            if name is None and value.op.name in ("matmul", "einsum"):
                near = self._named_after(value)  # an error term has a line of its own
                name = f"{self.all_names[near]}_in" if near is not None else None
            taken = gradient in wishes or gradient in self.forward
            if name is not None and not taken and not is_plain(gradient):
                wishes[gradient] = f"d {name}"
                self.gradient_of[gradient] = value

    def _name_all(self, wishes: dict[Node, str], called: dict[Node, str]) -> None:
        """Atomic style: every forward value gets a name, and so does its gradient."""
        for node in sorted(self.forward, key=lambda n: n.index):
            if is_plain(node) or node.op.name == "broadcast":
                continue
            called[node] = self.take(self.wish_for(node))
            if node in self.needed:
                wishes[node] = f"= {called[node]}"

    def _called(self, value: Node, name: str) -> str:
        """The name of a forward value as written: h_2 where that is its variable."""
        if value in self.variables:
            return self.variables[value]
        near = self._named_after(value)
        if near in self.variables and name == f"{self.all_names[near]}_in":
            return f"{self.variables[near]}_in"
        return name

    def take(self, wish: str, node: Node | None = None) -> str:
        """A name for a wish; ``node`` is the gradient that will be called so."""
        if wish.startswith("= "):
            return wish[2:]
        if wish.startswith("u "):
            return self.namer.users(wish[2:])
        if wish.startswith("d "):
            value = self.gradient_of.get(node) if node is not None else None
            name = wish[2:] if value is None else self._called(value, wish[2:])
            return self.namer.gradient(name)
        return self.namer.take(wish)

    def becomes(self, node: Node) -> Node:
        """The node whose name a value takes because it is changed in place into it."""
        later = node
        while later not in self.wishes:
            user = self.users.get(later)
            if user is None or not self.goes_on(later, user):
                return node
            later = user
        return later

    def wish_for(self, node: Node) -> str:
        """What to call a node: its own wish, or that of the line it will become."""
        later = self.becomes(node)
        if later in self.wishes:
            return self.wishes[later]
        if node in self.request.inner_names and node in self.forward:
            return f"u {self.request.inner_names[node]}"
        if node in self.forward and _pre_activation(node):
            near = self._named_after(node)
            if near is not None:
                return f"{self.all_names[near]}_in"
        value = self.gradient_of.get(node)
        if value is not None:
            inner = self.request.inner_names.get(value)
            if inner is not None:
                return f"d {inner}"
            near = self._named_after(value)
            if near is not None:
                return f"d {self.all_names[near]}_in"
        return BY_OPERATION.get(node.op.name, "t")

    def _named_after(self, value: Node) -> Node | None:
        """The named node that a forward value becomes within a few operations."""
        if self._after is None:
            self._after = {}
            for node in self.all_names:
                layer = [node]
                for _ in range(5):
                    layer = [
                        n for m in layer for n in m.inputs if n not in self.all_names
                    ]
                    for n in layer:
                        self._after.setdefault(n, node)
        return self._after.get(value)

    def goes_on(self, node: Node, user: Node) -> bool:
        """Whether ``user`` can change ``node``'s variable in place."""
        first = self.effective(user)[:1] == [node]
        same = user.dims == node.dims and user.dtype == node.dtype
        return (
            first
            and same
            and (
                user.op.name in STATEMENTS
                or (node.op.name in STATEMENTS and user.op.name in AUGMENTED)
                or self.accumulates(user)
            )
        )

    def accumulates(self, node: Node) -> bool:
        """Whether a sum of contributions is written with ``+=``."""
        found = self._sums.get(node)
        if found is None:
            found = self._sums[node] = self._is_long_sum(node)
        return found

    def _is_long_sum(self, node: Node) -> bool:
        if node.op.name != "add" or node in self.forward or not node.ndim:
            return False
        first, second = self.effective(node)
        if first.dims != node.dims or first.dtype != node.dtype:
            return False
        last = node
        while last not in self.wishes:  # a sum inside an expression stays there
            user = self.users.get(last)
            if user is None or user.op.name != "add" or user.inputs[0] is not last:
                return False
            last = user
        chained = (
            first.op.name == "add"
            and self.uses.get(first) == 1
            and first not in self.wishes
            and first not in self.forward
        )
        return chained or last is not node

    def same_wish(self, base: Node, node: Node) -> bool:
        """Whether a variable may go on to hold ``node``: it is called the same."""
        wish = self.wishes.get(base)
        return wish is None or wish == self.wishes.get(self.becomes(node))


def _pre_activation(node: Node) -> bool:
    """A product with weights, or a sum that one is part of."""
    parts = [node]
    for _ in range(4):
        if any(n.op.name in ("matmul", "einsum") for n in parts):
            return True
        parts = [m for n in parts if n.op.name == "add" for m in n.inputs]
    return False


def is_plain(node: Node) -> bool:
    """A name, a number or a short array: no work at all."""
    return node.op.name in ("input", "size") or (
        node.op.name == "const" and np.size(node.params["value"]) <= 8
    )


def makes_new(node: Node) -> bool:
    """Whether evaluating the node's text gives an array of its own."""
    if node.op.name == "getitem":
        return any(item[0] == "array" for item in node.params["key"])
    if node.op.name == "broadcast":
        return not node.inputs[0].ndim
    return node.op.name not in (
        "input", "const", "reshape", "transpose", "flip", "sliding_window_view",
    )  # fmt: skip
