"""Symbolic sizes: integers that remember where they come from.

A ``Size`` is a polynomial with integer coefficients over atoms such as ``x.shape[0]``,
together with its value in the traced example. Shapes in the graph are tuples of plain
integers (fixed) and Sizes (free), so that the written code can say ``x.shape[0]`` and
never the example's 4.

Sizes that are equal as polynomials are equal objects in ``==``; quotients, remainders
and extremes are simplified where that is exact: ``(2*N + 4) // 2`` is ``N + 2``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import gcd
from typing import Any, Union

Dim = Union[int, "Size"]


class Atom:
    """What a size is made of; immutable.

    ``kind`` is "dim" with args (node, axis), "int" with args (node,) for an integer
    argument, "//" or "%" with args (Size, Dim), or "max"/"min" with two Dims.
    """

    __slots__ = ("_hash", "_key", "args", "kind", "value")

    def __init__(self, kind: str, args: tuple[Any, ...], value: int) -> None:
        """``value`` is the example's number."""
        self.kind = kind
        self.args = args
        self.value = value
        self._key = (kind, *map(_argument_key, args))
        self._hash = hash((kind, args))

    def key(self) -> tuple[str, ...]:
        """A sort key that is the same in every run."""
        return self._key

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Atom)
            and self._hash == other._hash
            and self.kind == other.kind
            and self.args == other.args
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.kind}{tuple(getattr(a, 'index', a) for a in self.args)}"


def _argument_key(argument: Any) -> str:
    index = getattr(argument, "index", None)
    return f"{index:08d}" if isinstance(index, int) else repr(argument)


Monomial = tuple[Atom, ...]
Term = tuple[Monomial, int]


def _term_key(term: Term) -> Any:
    return -len(term[0]), [a.key() for a in term[0]]


class Size:
    """A polynomial over atoms and its value in the example; immutable."""

    __slots__ = ("_hash", "terms", "value")

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        """``terms`` maps a sorted product of atoms to its coefficient."""
        kept = [term for term in terms.items() if term[1]]
        if len(kept) > 1:
            kept.sort(key=_term_key)
        self.terms: tuple[Term, ...] = tuple(kept)
        value = 0
        for monomial, coefficient in kept:
            for atom in monomial:
                coefficient *= atom.value
            value += coefficient
        self.value = value
        self._hash = hash(self.terms)

    @staticmethod
    def of(kind: str, *args: Any, value: int) -> Size:
        """The size made of one atom."""
        return Size({(Atom(kind, args, value),): 1})

    @property
    def atom(self) -> Atom | None:
        """The single atom that this size is, if it is one."""
        if len(self.terms) == 1:
            monomial, coefficient = self.terms[0]
            if coefficient == 1 and len(monomial) == 1:
                return monomial[0]
        return None

    def atoms(self) -> Iterable[Atom]:
        """Every atom that occurs, inner ones of quotients included."""
        for monomial, _ in self.terms:
            for atom in monomial:
                yield atom
                for argument in atom.args:
                    if isinstance(argument, Size):
                        yield from argument.atoms()

    def substitute(self, replace: Callable[[Atom], Dim]) -> Dim:
        """The same polynomial with every atom replaced."""
        total: Dim = 0
        for monomial, coefficient in self.terms:
            product: Dim = coefficient
            for atom in monomial:
                product = product * _substitute_inside(atom, replace)
            total = total + product
        return total

    def __index__(self) -> int:
        return self.value

    __int__ = __index__

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Size)
            and self._hash == other._hash
            and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Size({' + '.join(_spell(m, c) for m, c in self.terms)} = {self.value})"

    def __add__(self, other: Dim) -> Dim:
        terms = dict(self.terms)
        for monomial, coefficient in _terms(other):
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _simplest(terms)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return self * -1

    def __sub__(self, other: Dim) -> Dim:
        return self + other * -1

    def __rsub__(self, other: Dim) -> Dim:
        return self * -1 + other

    def __mul__(self, other: Dim) -> Dim:
        if not isinstance(other, Size):
            factor = int(other)
            if factor == 1:
                return self
            return _simplest({m: c * factor for m, c in self.terms})
        terms: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                monomial = left + right
                if left and right:
                    monomial = tuple(sorted(monomial, key=Atom.key))
                terms[monomial] = terms.get(monomial, 0) + a * b
        return _simplest(terms)

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        return floordiv(self, other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return floordiv(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return remainder(self, other)

    def __rmod__(self, other: Dim) -> Dim:
        return remainder(other, self)


def _substitute_inside(atom: Atom, replace: Callable[[Atom], Dim]) -> Dim:
    if not any(isinstance(a, Size) for a in atom.args):
        return replace(atom)
    args = tuple(a.substitute(replace) if isinstance(a, Size) else a for a in atom.args)
    if args == atom.args:
        return replace(atom)
    return _BINARY[atom.kind](*args)


def _terms(dim: Dim) -> tuple[Term, ...]:
    return dim.terms if isinstance(dim, Size) else (((), int(dim)),)


def _simplest(terms: Mapping[Monomial, int]) -> Dim:
    kept = {m: c for m, c in terms.items() if c}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return kept[()]
    return Size(kept)


def _spell(monomial: Monomial, coefficient: int) -> str:
    return "*".join([str(coefficient), *map(repr, monomial)])


def _divide_exactly(a: Dim, b: Dim) -> Dim | None:
    """``a / b`` where the polynomial division by one monomial leaves no remainder."""
    if a == 0:
        return 0
    divisor = _terms(b)
    if len(divisor) != 1:
        return None
    atoms, scale = divisor[0]
    terms: dict[Monomial, int] = {}
    for monomial, coefficient in _terms(a):
        rest = list(monomial)
        for atom in atoms:
            if atom not in rest:
                return None
            rest.remove(atom)
        if coefficient % scale:
            return None
        terms[tuple(rest)] = coefficient // scale
    return _simplest(terms)


def _split(a: Size, b: int) -> tuple[Dim, Dim]:
    """``(whole, rest)`` with ``a == b * whole + rest``: the terms that b divides."""
    whole = {m: c // b for m, c in a.terms if c % b == 0}
    return _simplest(whole), _simplest({m: c for m, c in a.terms if c % b})


def content(dim: Dim) -> int:
    """The greatest common divisor of the coefficients."""
    return gcd(*(c for _, c in _terms(dim)))


def floordiv(a: Dim, b: Dim) -> Dim:
    """``a // b``, exact where the polynomials divide."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if int(b) == 0:
        raise ZeroDivisionError("a size is divided by a size that is 0")
    exact = _divide_exactly(a, b)
    if exact is not None:
        return exact
    if isinstance(a, Size) and isinstance(b, int) and b > 0:
        whole, rest = _split(a, b)
        if whole != 0:
            return whole + floordiv(rest, b)
        common = gcd(content(a), b)
        if common > 1:
            a, b = a // common, b // common
        inner = a.atom if isinstance(a, Size) else None
        if inner is not None and inner.kind == "//" and _positive(inner.args[1]):
            return floordiv(inner.args[0], inner.args[1] * b)
    return Size.of("//", a, b, value=int(a) // int(b))


def remainder(a: Dim, b: Dim) -> Dim:
    """``a % b``, zero where the polynomials divide."""
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    if int(b) == 0:
        raise ZeroDivisionError("a size is divided by a size that is 0")
    if _divide_exactly(a, b) is not None:
        return 0
    if isinstance(a, Size) and isinstance(b, int) and b > 0:
        whole, rest = _split(a, b)
        if whole != 0:
            return remainder(rest, b)
    return Size.of("%", a, b, value=int(a) % int(b))


def _positive(dim: Dim) -> bool:
    return isinstance(dim, int) and dim > 0


def largest(a: Dim, b: Dim) -> Dim:
    """The larger of two sizes, kept symbolic where that depends on the shapes."""
    if never_negative(a - b):
        return a
    if never_negative(b - a):
        return b
    a, b = sorted((a, b), key=repr)
    return Size.of("max", a, b, value=max(int(a), int(b)))


def smallest(a: Dim, b: Dim) -> Dim:
    """The smaller of two sizes, kept symbolic where that depends on the shapes."""
    if never_negative(b - a):
        return a
    if never_negative(a - b):
        return b
    a, b = sorted((a, b), key=repr)
    return Size.of("min", a, b, value=min(int(a), int(b)))


def combine(kind: str, a: Dim, b: Dim) -> Dim:
    """The size that an atom of this kind makes of two others."""
    return _BINARY[kind](a, b)


_BINARY: dict[str, Callable[..., Dim]] = {
    "//": floordiv,
    "%": remainder,
    "max": largest,
    "min": smallest,
}


def product(dims: Iterable[Dim]) -> Dim:
    """The number of entries of an array of these dims."""
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


def never_negative(dim: Dim) -> bool:
    """Whether a size is provably 0 or more, whatever the shapes are.

    Lengths of axes are never negative; an integer argument may be. False says only
    that there is no short proof.
    """
    if isinstance(dim, int):
        return dim >= 0
    for monomial, coefficient in dim.terms:
        if len(monomial) == 1 and monomial[0].kind in _BINARY:
            bounds = _lower_bounds(monomial[0], coefficient)
            rest = dim - Size({monomial: coefficient})
            if any(never_negative(scale * rest + low) for scale, low in bounds):
                return True
    return all(c > 0 and all(map(_natural, m)) for m, c in dim.terms)


def _lower_bounds(atom: Atom, coefficient: int) -> list[tuple[int, Dim]]:
    """Pairs (s, low) with ``s * coefficient * atom >= low`` and s > 0."""
    a, b = atom.args
    if atom.kind == "//" and _positive(b):
        # a / b - (b - 1) / b <= a // b <= a / b
        return [(b, coefficient * (a if coefficient < 0 else a - (b - 1)))]
    if atom.kind == "%" and _positive(b):
        return [(1, 0 if coefficient > 0 else coefficient * (b - 1))]
    if (atom.kind, coefficient > 0) in (("max", True), ("min", False)):
        return [(1, coefficient * a), (1, coefficient * b)]
    return []


def _natural(atom: Atom) -> bool:
    if atom.kind == "dim":
        return True
    if atom.kind == "int":  # how many entries of a mask are true
        node = atom.args[0]
        return bool(node.op.name == "sum" and node.inputs[0].dtype.kind == "b")
    if atom.kind == "%":
        return _positive(atom.args[1])
    if atom.kind == "//":
        return _positive(atom.args[1]) and never_negative(atom.args[0])
    if atom.kind in ("max", "min"):
        holds = any if atom.kind == "max" else all
        return holds(never_negative(a) for a in atom.args)
    return False
