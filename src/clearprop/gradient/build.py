"""From a product of factors back to nodes, in the order and shape that reads best.

Numbers and sizes are gathered into one factor in front (``2 / N * error``) or, where
there is nothing to multiply, one division at the end (``(probs - onehot) / N``). What
has fewer axes is put together first: ``g * (gamma / std)`` works on the matrix once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clearprop.gradient.factors import (
    constant,
    core_of,
    is_scattered,
    mapped,
    picked_axis,
    without,
)
from clearprop.gradient.steep import compared, needs, reads
from clearprop.gradient.terms import (
    Book,
    Factor,
    Product,
    Rational,
    Total,
    axes_of,
    is_scalar,
)
from clearprop.graph import Graph, Node
from clearprop.graph import product as product_of
from clearprop.ops.elementwise import number_of
from clearprop.sizes import Dim

MOST_DIGITS = 10**6  # a fraction of larger whole numbers is written as a decimal
SHORT = 8  # and so is one that then has so few characters


class Refused(Exception):
    """NumPy would compute something else here (masks added, unsigned differences)."""


@dataclass(slots=True)
class Group:
    """Factors that run along the same axes."""

    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Builder:
    """Makes nodes of products; knows which sums have a name."""

    graph: Graph
    names: dict[Node, Total] = field(default_factory=dict)
    _named: dict[Total, tuple[Node, int]] = field(default_factory=dict)
    _atoms: dict[Node, Product] = field(default_factory=dict)

    def atom(self, node: Node) -> Product:
        """A value as one factor."""
        core = core_of(node)
        found = self._atoms.get(core)
        if found is None:
            found = self._atoms[core] = Product(1, {core: 1})
        return found

    def name(self, product: Product, node: Node) -> None:
        """Say that a sum is there under a name, to be reused."""
        total = product.total
        if (
            total is not None
            and abs(product.coefficient) == 1
            and total not in self._named
        ):
            self._named[total] = core_of(node), int(product.coefficient)
            self.names[core_of(node)] = total

    def build(self, product: Product, dims: Sequence[Dim], like: Node) -> Node:
        """A node of these dims; ``Refused`` where there is no safe one."""
        if not product.coefficient:
            return self.graph.zeros(dims, like.dtype)
        made = self.product(product)
        if made.weak and not like.weak:
            made = core_of(made).cast(like.dtype)
        return made.broadcast(tuple(dims))

    # -- sums ----------------------------------------------------------------------

    def sum(self, total: Total, sign: int = 1) -> Node:
        """The nodes of a sum or of its negative."""
        named = self._named.get(total)
        if named is not None:
            node, way = named
            return node if way == sign else _negative(node)
        if sign == 1 and total.source is not None and not total.source.is_float:
            return total.source
        terms = [term.scaled(sign) for term in total.terms]
        return self.sum_of(terms)

    def sum_of(self, terms: Sequence[Product]) -> Node:
        """The nodes of terms added up as they are."""
        along = frozenset().union(*(axes_of(f) for t in terms for f in t.powers))
        scattered = [
            (t, s)
            for t in terms
            if (s := self._scattered(t)) is not None and along <= axes_of(s[0])
        ]
        rest = [t for t in terms if not any(t is s for s, _ in scattered)]
        rest.sort(key=lambda t: not _has_matmul(t))  # h.T @ dz + 2 * lam * W
        chosen = _two_sides(rest)
        first = next((t for t in rest if t.coefficient > 0), None)
        if first is not None:
            rest = [first, *(t for t in rest if t is not first)]
        made: Node | None = None
        for term in rest:
            other = chosen.get(term)
            if other is not None:
                side = self._either(term, other)
                made = side if made is None else made + side
            elif term in chosen.values():
                continue
            elif made is None:
                made = self.product(term)
            elif term.coefficient < 0:
                made = _minus(made, self.product(term.scaled(-1)))
            else:
                made = _plus(made, self.product(term))
        for _, (where, value) in scattered:
            made = self._add_at(made, where, value)
        assert made is not None
        return made

    def _either(self, term: Product, other: Product) -> Node:
        """``a * c + b * ~c`` is ``where(c, a, b)``."""
        inverse = _inverse(other)
        assert inverse is not None
        mask = inverse.inputs[0]
        sides = [
            self.product(
                Product(
                    t.coefficient, {f: n for f, n in t.powers.items() if f is not m}
                )
            )
            for t, m in ((term, mask), (other, inverse))
        ]
        return self.graph.apply("where", mask, *sides)

    def _add_at(self, made: Node | None, where: Node, value: Product) -> Node:
        base = where.inputs[0]
        if made is not None:
            if made.dtype != base.dtype or made.weak:
                raise Refused
            base = made.broadcast(base.dims)
        inputs = (base, self.product(value), *where.inputs[2:])
        return self.graph.apply("index_add", *inputs, **where.params)

    # -- values added at positions ---------------------------------------------------

    def _scattered(self, term: Product) -> tuple[Node, Product] | None:
        """A term that is zero except at some positions: where, and what is there.

        That is where its other factors can move inside: numbers always, rows where one
        entry of each row is meant.
        """
        where = next((f for f in term.powers if is_scattered(f)), None)
        if not isinstance(where, Node) or term.powers[where] != 1:
            return None
        others = {f: n for f, n in term.powers.items() if f is not where}
        product = Product(term.coefficient, others)
        axis = picked_axis(where)
        if not frozenset().union(*map(axes_of, others)) <= axes_of(where):
            return None
        if axis is not None:
            if not all(constant(f, where.ndim, (axis,)) for f in others):
                return None
            product = mapped(product, lambda n: without(n, where.ndim, (axis,)), Book())
        elif not all(is_scalar(f) for f in others):
            return None
        value = where.inputs[1]
        if number_of(value) != 1:
            product = product.times(self.atom(value))
        return where, product

    # -- products ------------------------------------------------------------------

    def product(self, product: Product) -> Node:
        """The nodes of a product."""
        scattered = self._scattered(product)
        if scattered is not None:
            return self._add_at(None, *scattered)
        off = _inverse(product)
        if off is not None:
            rest = {f: n for f, n in product.powers.items() if f is not off}
            made = self.product(Product(product.coefficient, rest))
            return self.graph.apply("where", off.inputs[0], 0, made)
        on = _guard(product)
        if on is not None:
            rest = {f: n for f, n in product.powers.items() if f is not on}
            made = self.product(Product(product.coefficient, rest))
            return self.graph.apply("where", on, made, 0)
        total = product.total
        turns = product.coefficient == -1 and total is not None and not total.has_number
        if total is not None and (product.coefficient == 1 or turns):
            return self.sum(total, int(product.coefficient))
        number, flipped = self._sign(product)
        whole, part = _fraction(number, any(n < 0 for n in product.powers.values()))
        scalars, groups = Group(), dict[frozenset[int], Group]()
        for factor, power in product.powers.items():
            along = axes_of(factor)
            group = groups.setdefault(along, Group()) if along else scalars
            node = self._factor(factor, -1 if factor is flipped else 1)
            if node.op.name == "size":
                (group.above if power > 0 else group.below).extend([node] * abs(power))
                continue
            if abs(power) != 1:
                node = node ** abs(power)
            (group.above if power > 0 else group.below).append(node)
        scalars.above = _sizes_together(scalars.above)
        scalars.below = _sizes_together(scalars.below)
        if part != 1:
            scalars.below.insert(0, self.graph.number(part))
        minus = whole == -1 and not (scalars.below and not scalars.above)
        minus &= bool(scalars.above or any(g.above for g in groups.values()))
        if whole != 1 and not minus:
            scalars.above.insert(0, self.graph.number(whole))
        return self._assembled(scalars, groups, minus)

    def _factor(self, factor: Factor, sign: int) -> Node:
        return factor if isinstance(factor, Node) else self.sum(factor, sign)

    def _sign(self, product: Product) -> tuple[Rational, Total | None]:
        """A minus goes into a difference if there is one: ``-(t - o)`` is ``o - t``."""
        if product.coefficient < 0:
            for factor, power in product.powers.items():
                if (
                    isinstance(factor, Total)
                    and power == 1
                    and factor not in self._named
                    and not factor.has_number
                    and any(term.coefficient < 0 for term in factor.terms)
                ):
                    return -product.coefficient, factor
        return product.coefficient, None

    def _assembled(
        self, scalars: Group, groups: dict[frozenset[int], Group], minus: bool
    ) -> Node:
        full = groups.pop(frozenset().union(*groups), Group())
        small = list(groups.values())
        if minus:
            _negate_one([scalars, *small, full])
        scale = _chain(scalars.above)
        if scale is not None and scalars.below:
            scale, scalars.below = scale / _product(scalars.below), []
        if scale is not None:  # in front of what is smallest
            target = next((g for g in small if g.above), full)
            target.above.insert(0, scale)
        elif scalars.below:
            target = next((g for g in [*small, full] if g.below), None) or next(
                (g for g in small if g.above), scalars
            )
            if target is not scalars:
                target.below[:0], scalars.below = scalars.below, []
        result = _chain(full.above)
        for group in sorted(small, key=lambda g: not g.above):
            above = _chain(group.above)
            if above is None:
                below = _product(group.below)
                result = 1 / below if result is None else result / below
                continue
            if group.below:
                above = above / _product(group.below)
            result = above if result is None else result * above
        for last in (full.below, scalars.below):
            if last:
                below = _product(last)
                result = 1 / below if result is None else result / below
        return self.graph.number(1) if result is None else result


def _negate_one(groups: Iterable[Group]) -> None:
    """Put a minus sign where it costs least and NumPy has one."""
    for group in groups:
        for i, node in enumerate(group.above):
            if node.dtype.kind not in "bu":
                group.above[i] = -node
                return
    raise Refused


def _sizes_together(nodes: Sequence[Node]) -> list[Node]:
    """``N * D`` as one size, which may have a shorter name: ``x.size``."""
    sizes = [n for n in nodes if n.op.name == "size"]
    if len(sizes) < 2:
        return list(nodes)
    whole = sizes[0].graph.number(product_of(n.params["size"] for n in sizes))
    first = nodes.index(sizes[0])
    rest = [n for n in nodes if n.op.name != "size"]
    return [*rest[:first], whole, *rest[first:]]


def _chain(nodes: Sequence[Node]) -> Node | None:
    result: Node | None = None
    for node in nodes:
        result = node if result is None else result * node
    return result


def _product(nodes: Sequence[Node]) -> Node:
    result = _chain(nodes)
    assert result is not None
    return result


def _fraction(value: Rational, divided: bool) -> tuple[int | float, int]:
    """A coefficient as a number to multiply with and a whole number to divide by."""
    top, bottom = value.numerator, value.denominator
    decimal = _plain(value)
    if bottom == 1 or max(abs(top), bottom) > MOST_DIGITS:
        return decimal, 1
    short = len(repr(decimal)) <= SHORT
    return (decimal, 1) if short and not (divided and abs(top) == 1) else (top, bottom)


def _plain(value: Rational) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _negative(node: Node) -> Node:
    if node.dtype.kind in "bu":
        raise Refused
    return -node


def _plus(a: Node, b: Node) -> Node:
    _check(a, b)
    return a + b


def _minus(a: Node, b: Node) -> Node:
    _check(a, b)
    return a - b


def _check(a: Node, b: Node) -> None:
    if a.is_float or b.is_float:
        return
    kinds = {a.dtype.kind, b.dtype.kind}
    if "u" in kinds or kinds == {"b"}:
        raise Refused


def _has_matmul(product: Product) -> bool:
    """Whether a factor is a matrix product: what comes from the data, not a penalty."""
    return any(n.op.name == "matmul" for n in product.nodes())


def _two_sides(terms: Sequence[Product]) -> dict[Product, Product]:
    """Pairs of terms of which one holds where a mask is true, the other where not."""
    found: dict[Product, Product] = {}
    inverses: dict[Factor, Product] = {}
    for term in terms:
        off = _inverse(term)
        if off is not None:
            inverses[off.inputs[0]] = term
    for term in terms:
        for factor, power in term.powers.items():
            if power == 1 and factor in inverses and term not in found:
                found[term] = inverses.pop(factor)
    return found


def _guard(product: Product) -> Node | None:
    """A mask beside a factor that may be infinite, or nan, where the mask is 0."""
    for mask, power in product.powers.items():
        if power != 1 or not isinstance(mask, Node) or mask.dtype.kind != "b":
            continue
        values = compared(mask)
        for factor, exponent in product.powers.items():
            nodes = [*Product(1, {factor: 1}).nodes()]
            below = exponent < 0 and any(reads(n, values) for n in nodes)
            if factor is not mask and (below or needs(nodes, values)):
                return mask
    return None


def _inverse(term: Product) -> Node | None:
    """The factor of a term that is a mask turned around."""
    for factor, power in term.powers.items():
        if (
            power == 1
            and isinstance(factor, Node)
            and factor.op.name == "invert"
            and factor.dtype.kind == "b"
        ):
            return factor
    return None
