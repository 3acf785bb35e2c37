"""Gradient expressions as sums of products: the form that an expert would leave.

``simplify`` reads the arithmetic between two other operations as a ``Product`` (see
``terms``), in which common factors, numbers and sizes come together and what cancels is
gone: ``-t*(1-p) + (1-t)*p`` is ``p - t``. What is built from that is taken only where
it costs less (see ``cost``) than what was there.

Values that have names (``keep``) are factors like any other, so they are reused. An
expression is also tried with its named and shared parts opened up; that form must be
cheaper although those parts are computed anyway.

Everything here holds in exact arithmetic for finite numbers where no factor that is
cancelled is zero; where a factor is zero, infinite or nan the simpler form has a value
in cases in which the longer one has nan. It never has nan where the longer one has not,
unless two infinities meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from clearprop.gradient.build import Builder, Refused
from clearprop.gradient.cost import cost
from clearprop.gradient.factors import core_of
from clearprop.gradient.linear import Reader, SumsTo
from clearprop.gradient.rewrite import alike, rebuild
from clearprop.gradient.spread import apart, spread_out
from clearprop.gradient.terms import Book, Product, is_scalar
from clearprop.gradient.tidy import masks_only, tidy
from clearprop.graph import Graph, Node, ordered


def simplify(
    graph: Graph,
    gradients: Sequence[Node],
    keep: Iterable[Node],
    sums_to: SumsTo | None = None,
    wanted: Collection[Node] | None = None,
) -> dict[Node, Node]:
    """Gradient nodes -> equal, cheaper ones.

    Parameters
    ----------
    graph
        The arena of all nodes.
    gradients
        The gradients of all forward values.
    keep
        Nodes that have a name, and so are computed anyway: the user's forward values
        and the gradients that will be lines of their own (all of them, if none is
        here). Those of them that are no gradients are the forward pass; they and all
        below them stay as they are.
    wanted
        The gradients that are returned; the others are computed only where they are
        needed for these. Left out: those in ``keep``, or all of them.
    sums_to
        ``sums_to(x, axis)`` may return the number that the sums of a value along axes
        are known to be: 1 for a target whose rows sum to one.
    """
    named = set(keep)
    fixed = set(ordered(named.difference(gradients)))
    written = list(wanted or ()) or [g for g in gradients if g in named] or gradients
    masks = masks_only(written, named)
    tidied = tidy(graph, [*gradients, *named], fixed, masks, verify=False)
    roots = [tidied[g] for g in gradients]
    algebra = Algebra(graph, {tidied[n] for n in named}, fixed, sums_to)
    simpler = algebra.run(roots, [tidied[g] for g in written])
    result = {n: simpler.get(tidied[n], tidied[n]) for n in (*gradients, *named)}
    again = tidy(graph, list(result.values()), fixed, verify=False)
    result = {old: again[new] for old, new in result.items()}
    graph.verify(result[g] for g in gradients)
    return result


class Algebra:
    """One walk over the graph, inputs first: every node is read, some are rebuilt.

    Each node is read three times: ``near``, down to values that are named or used in
    several places; ``middle``, through the latter; and ``far``, through named ones too.
    """

    def __init__(
        self,
        graph: Graph,
        named: set[Node],
        fixed: set[Node],
        sums_to: SumsTo | None,
    ) -> None:
        """``named`` values are reused as they are; ``fixed`` nodes are not changed."""
        self.graph = graph
        self.named = named
        self.fixed = fixed
        self.book = Book()
        self.builder = Builder(graph)
        self.reader = Reader(self.book, self.builder, sums_to, self._finish, self._view)
        self.uses: Counter[Node] = Counter()
        self.owner: dict[Node, Node | None] = {}
        self.plain: dict[Node, Node] = {}  # on new inputs, otherwise as it was
        self.views: dict[Node, tuple[Product, ...]] = {}  # near, middle, far
        self.flat: set[Node] = set()  # a number, or a number times a value: no variable
        self.done: dict[Node, Node] = {}
        self.ends: dict[Node, Node] = {}  # a result that has uses elsewhere: its origin

    def run(self, roots: Sequence[Node], written: Sequence[Node]) -> dict[Node, Node]:
        """What became of the roots and the named nodes; ``written`` are returned."""
        self._count_uses(ordered(written), written)
        for node in ordered([*roots, *self.named]):
            self._read(node)
            if node in self.named:
                self._finish(node)
                self.builder.name(self.views[node][0], self.done[node])
        for node in written:
            self._finish(node)
        return self.done

    def _count_uses(self, nodes: Sequence[Node], roots: Sequence[Node]) -> None:
        users: dict[Node, list[Node]] = {}
        for node in nodes:
            if node.op.name != "broadcast":
                for source in node.inputs:
                    self.uses[core_of(source)] += 1
            for source in node.inputs:
                users.setdefault(source, []).append(node)
        for root in roots:
            self.uses[core_of(root)] += 2
        self.owner = owners(nodes, users, set(roots))

    def _is_end(self, node: Node, named: bool = False) -> bool:
        """Whether a value is there anyway: named, or used in several places."""
        node = core_of(node)
        if node.op.name == "size":
            return False
        if node in self.named:
            return True
        return not named and self.uses[node] > 1 and node not in self.flat

    def _read(self, node: Node) -> None:
        """Fill in what the node is as a product."""
        if not self.reader.reads(node):
            inputs = {n: self._finish(n) for n in node.inputs}
            self._stays(node, self._rebuilt(node, inputs))
            return
        inputs = {}
        levels: tuple[list[Product], ...] = ([], [], [])
        for source in node.inputs:
            near, middle, far = self.views[source]
            if self.reader.is_number(source) or not self._is_end(source):
                inputs[source] = self.plain[source]
            else:
                inputs[source] = self._finish(source)
                near = self.builder.atom(inputs[source])
                if self._is_end(source, named=True):
                    middle = near
            for level, view in zip(levels, (near, middle, far), strict=True):
                level.append(view)
        self.plain[node] = plain = self._rebuilt(node, inputs)
        views: list[Product] = []
        for i, level in enumerate(levels):
            if i and all(a is b for a, b in zip(level, levels[i - 1], strict=True)):
                views.append(views[-1])
                continue
            try:
                read = self.reader.read(node, plain, level)
            except Refused:
                read = None
            if read is None and not i:  # too long to be one expression
                self._stays(node, plain)
                return
            views.append(views[-1] if read is None else read)
        self.views[node] = tuple(views)
        arrays = [f for f in views[0].powers if not is_scalar(f)]
        if not arrays or (len(views[0].powers) == 1 and isinstance(arrays[0], Node)):
            self.flat.add(node)

    def _view(self, node: Node) -> Product:
        """What is known of a value when read as far as it goes."""
        if node not in self.views and not node.inputs:
            self._read(node)  # a size that was made on the way
        return self.views[node][2] if node in self.views else self.builder.atom(node)

    def _stays(self, node: Node, plain: Node) -> None:
        """The node is a value that expressions are made of."""
        self.plain[node] = self.done[node] = plain
        self.ends[core_of(plain)] = node
        self.views[node] = (self.builder.atom(plain),) * 3

    def _rebuilt(self, node: Node, inputs: dict[Node, Node]) -> Node:
        return node if node in self.fixed else rebuild(node, inputs)

    def _finish(self, node: Node) -> Node:
        """The form of this node that will be computed."""
        found = self.done.get(node)
        if found is None:
            found = self.done[node] = self._best(node)
            if self._is_end(node):
                self.ends[core_of(found)] = core_of(node)
        return found

    def _best(self, node: Node) -> Node:
        plain = self.plain[node]
        if node in self.fixed or not node.is_float:
            return plain

        def known(part: Node) -> bool:
            return part in self.builder.names or self._is_outside(part, node)

        def needed(part: Node) -> bool:
            return self._is_outside(part, node, named=False)

        best: Node = plain
        least: float | None = None
        size = self.views[node][0].size
        for product in self._forms(node):
            try:
                made = self.builder.build(product, plain.dims, plain)
            except Refused:
                continue
            if made is best or made is plain or not alike(self.graph, made, plain):
                continue
            if least is None:
                least = cost(plain, known)
            price = cost(made, known)
            if price < least or (
                # less than was there with names: then the named part may not be needed
                product.size < size and cost(made, needed) < cost(best, needed)
            ):
                best, least = made, price
        return best

    def _forms(self, node: Node) -> Iterator[Product]:
        before = None
        longest = 2 * self.views[node][0].size + 4
        if is_trivial(self.views[node][2], self.plain[node]):
            return
        for product in self.views[node]:
            if product is not before and product.size <= longest:
                yield product
                yield from apart(product)
                for spread in spread_out(product, self.book):
                    yield spread
                    yield from apart(spread)
            before = product

    def _is_outside(self, part: Node, root: Node, named: bool = True) -> bool:
        """Whether a value is computed whatever becomes of ``root``."""
        origin = self.ends.get(part)
        if origin is None:
            return False
        if not self.reader.reads(origin) or origin in self.fixed:
            return True
        if named and origin in self.named:
            return True
        above = self.owner.get(origin)
        while above is not None and above.index < root.index:
            above = self.owner.get(above)
        return above is not root


def is_trivial(product: Product, plain: Node) -> bool:
    """Whether a node is one value, or two multiplied, and nothing else can be made."""
    if product.coefficient != 1 or any(n != 1 for n in product.powers.values()):
        return False
    if len(product.powers) == 1:
        return core_of(plain) in product.powers
    factors = [core_of(n) for n in plain.inputs]
    return plain.op.name == "mul" and factors == list(product.powers)


def owners(
    nodes: Sequence[Node], users: dict[Node, list[Node]], roots: set[Node]
) -> dict[Node, Node | None]:
    """For each node the nearest one through which all its uses go, if there is one.

    (The immediate dominators of the graph turned around: Cooper, Harvey and Kennedy
    2001, "A simple, fast dominance algorithm".)
    """
    owner: dict[Node, Node | None] = {}
    for node in reversed(nodes):
        if node in roots or node not in users:
            owner[node] = None
            continue
        common: Node | None = users[node][0]
        for user in users[node][1:]:
            other: Node | None = user
            while common is not other:
                if common is None or other is None:
                    common = other = None
                elif common.index < other.index:
                    common = owner[common]
                else:
                    other = owner[other]
        owner[node] = common
    return owner
