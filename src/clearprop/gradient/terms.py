"""Products and sums of products, in exact arithmetic.

While a gradient expression is simplified it is a ``Product``: a rational number times
powers of factors. A factor is a node (a value that is there) or a ``Total``: a sum of
products, kept together. ``(p - y) / N`` is the number 1 times the total ``p - y`` times
``N`` to the power -1. Factors and terms stay in the order in which they first appeared,
because that is the order in which they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Union

from clearprop.gradient.match import varies
from clearprop.graph import Node

Factor = Union[Node, "Total"]
Powers = dict[Factor, int]
Rational = int | Fraction  # an int where it can be, because that is faster

MOST_DENOMINATOR = 1000
MOST_TERMS = 16  # a longer sum is left as it was
MOST_FACTORS = 40  # and so is a longer expression


class Product:
    """``coefficient * factor**power * …``; immutable."""

    __slots__ = ("_key", "coefficient", "powers", "size")

    def __init__(self, coefficient: Rational, powers: Powers) -> None:
        """``powers`` holds no zeros."""
        self.coefficient = coefficient
        self.powers: Powers = powers if coefficient else {}
        self._key: frozenset[tuple[Factor, int]] | None = None
        self.size = 0  # the number of factors, those inside sums included
        for factor in self.powers:
            self.size += factor.size if isinstance(factor, Total) else 1

    @property
    def key(self) -> frozenset[tuple[Factor, int]]:
        """What it is, less the coefficient."""
        if self._key is None:
            self._key = frozenset(self.powers.items())
        return self._key

    def __repr__(self) -> str:
        factors = [f"{_name(f)}^{n}" for f, n in self.powers.items()]
        return " ".join([str(self.coefficient), *factors])

    def scaled(self, number: Rational) -> Product:
        """The same factors with another number in front."""
        return Product(self.coefficient * number, self.powers)

    def times(self, other: Product) -> Product:
        """Powers of equal factors are added up."""
        if not other.powers:
            return self.scaled(other.coefficient)
        powers = dict(self.powers)
        for factor, power in other.powers.items():
            total = powers.get(factor, 0) + power
            if not total:
                del powers[factor]
            elif total > 1 and isinstance(factor, Node) and factor.dtype.kind == "b":
                powers[factor] = 1  # a mask times itself
            else:
                powers[factor] = total
        return Product(self.coefficient * other.coefficient, powers)

    def to_the(self, power: int) -> Product:
        """A whole power."""
        powers = {
            f: n * power
            if power < 0 or not isinstance(f, Node) or f.dtype.kind != "b"
            else n
            for f, n in self.powers.items()
        }
        number = self.coefficient
        if number not in (1, -1):
            number = _whole(Fraction(number) ** power)
        elif power % 2 == 0:
            number = 1
        return Product(number, powers if power else {})

    @property
    def total(self) -> Total | None:
        """The sum that this is, but for a number in front."""
        if len(self.powers) == 1:
            ((factor, power),) = self.powers.items()
            if power == 1 and isinstance(factor, Total):
                return factor
        return None

    def terms(self) -> list[Product]:
        """The products that this is the sum of."""
        total = self.total
        if total is None:
            return [self]
        return [term.scaled(self.coefficient) for term in total.terms]

    def nodes(self) -> Iterator[Node]:
        """Every value that occurs, as often as it does."""
        stack: list[Factor] = list(self.powers)
        while stack:
            factor = stack.pop()
            if isinstance(factor, Node):
                yield factor
            else:
                for term in factor.terms:
                    stack.extend(term.powers)

    def degrees(self) -> dict[Factor, int]:
        """For each factor that occurs, its highest power in either direction."""
        found: dict[Factor, int] = {}
        stack = [self]
        while stack:
            for factor, power in stack.pop().powers.items():
                found[factor] = max(found.get(factor, 0), abs(power))
                if isinstance(factor, Total):
                    stack.extend(factor.terms)
        return found


class Total:
    """A sum of two or more products with nothing in common; equal ones are shared."""

    __slots__ = ("axes", "size", "source", "terms")

    def __init__(self, terms: Sequence[Product], source: Node | None) -> None:
        """Use ``Book.sum``; ``source`` is a node that computes it, if one is known."""
        self.terms = tuple(terms)
        self.source = source
        self.size: int = sum(max(1, term.size) for term in terms)
        self.axes: frozenset[int] = frozenset().union(
            *(axes_of(factor) for term in terms for factor in term.powers)
        )

    def __repr__(self) -> str:
        return f"({' + '.join(map(repr, self.terms))})"

    @property
    def has_number(self) -> bool:
        """Whether one term is a plain number, as in ``1 - y``."""
        return any(not term.powers for term in self.terms)


def _name(factor: Factor) -> str:
    return f"%{factor.index}" if isinstance(factor, Node) else repr(factor)


ZERO = Product(0, {})


def number(value: float) -> Product:
    """A plain number; 0.1 is a tenth, and 0.3333333333333333 is a third."""
    if float(value).is_integer():
        return Product(int(value), {})
    exact = Fraction(value)
    near = exact.limit_denominator(MOST_DENOMINATOR)
    return Product(_whole(near if float(near) == value else exact), {})


def _whole(value: Fraction) -> Rational:
    return value.numerator if value.denominator == 1 else value


@dataclass(slots=True)
class Book:
    """The totals that exist, so that equal ones, also of the other sign, are one."""

    totals: dict[frozenset[Any], Total] = field(default_factory=dict)

    def sum(
        self, terms: Iterable[Product], source: Node | None = None
    ) -> Product | None:
        """Like terms added up, common factors in front; None where it gets too long."""
        kept = like_terms(terms)
        if len(kept) > MOST_TERMS:
            return None
        if len(kept) < 2:
            return kept[0] if kept else ZERO
        common = _common(kept)
        if common.powers or common.coefficient != 1:
            less = common.to_the(-1)
            kept = [term.times(less) for term in kept]
            source = None
            if any(term.total is not None for term in kept):  # (a + b) / N + c / N
                inner = self.sum([part for term in kept for part in term.terms()])
                return None if inner is None else common.times(inner)
        total, sign = self._total(kept, source)
        return Product(common.coefficient * sign, {**common.powers, total: 1})

    def _total(
        self, terms: Sequence[Product], source: Node | None
    ) -> tuple[Total, int]:
        key = frozenset((t.coefficient, t.key) for t in terms)
        found = self.totals.get(key)
        if found is not None:
            return found, 1
        found = self.totals.get(frozenset((-c, k) for c, k in key))
        if found is not None:
            return found, -1
        self.totals[key] = found = Total(terms, source)
        return found, 1


def _common(terms: Sequence[Product]) -> Product:
    """What all terms have as a factor; also -1 where all are negative."""
    first, *rest = terms
    powers: Powers = {}
    for factor, power in first.powers.items():
        shared = [term.powers.get(factor, 0) for term in rest]
        if power > 0 and min(shared) > 0:
            powers[factor] = min(power, *shared)
        elif power < 0 and max(shared) < 0:
            powers[factor] = max(power, *shared)
    if powers and not _stays_float(terms, powers):
        powers = {f: n for f, n in powers.items() if is_scalar(f)}
        if powers and not _stays_float(terms, powers):
            powers = {}
    sizes = {max(term.coefficient, -term.coefficient) for term in terms}
    size = sizes.pop() if len(sizes) == 1 else 1
    sign = -1 if all(term.coefficient < 0 for term in terms) else 1
    return Product(size * sign, powers)


def _stays_float(terms: Sequence[Product], powers: Powers) -> bool:
    """Whether what is left of the terms is still added up in floating point.

    ``g * mask + g * other`` must not become ``g * (mask + other)``: two masks added are
    a mask, and unsigned integers wrap around.
    """
    whole = 0
    for term in terms:
        left = [f for f, n in term.powers.items() if n != powers.get(f, 0)]
        whole += bool(left) and not any(_is_float(f) for f in left)
    return whole < 2


def _is_float(factor: Factor) -> bool:
    if isinstance(factor, Node):
        return factor.is_float
    return any(_is_float(f) for term in factor.terms for f in term.powers)


NO_AXES: frozenset[int] = frozenset()


def axes_of(factor: Factor) -> frozenset[int]:
    """The axes along which a factor varies, counted from the last (0)."""
    if isinstance(factor, Total):
        return factor.axes
    if not factor.dims:
        return NO_AXES
    last = factor.ndim - 1
    resolve = factor.graph.resolve
    return frozenset(
        last - i
        for i, d in enumerate(factor.dims)
        if int(d) != 1 or varies(resolve(d))  # only a 1 can be a literal 1
    )


def is_scalar(factor: Factor) -> bool:
    """Whether a factor is one number."""
    return not axes_of(factor)


def like_terms(terms: Iterable[Product]) -> list[Product]:
    """Terms with the same factors added up, without those that cancel."""
    numbers: dict[frozenset[Any], Rational] = {}
    first: dict[frozenset[Any], Product] = {}
    for term in terms:
        before = numbers.get(term.key)
        numbers[term.key] = term.coefficient + (before or 0)
        first.setdefault(term.key, term)
    return [Product(numbers[k], t.powers) for k, t in first.items() if numbers[k]]
