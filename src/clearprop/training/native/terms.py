"""Arithmetic on single numbers, put in the order in which it is finished first.

For a network of a few numbers a step's time is one chain of dependent operations, not
their count. So products and sums are kept flat, and written such that what is known
early is combined early: in ``dw0 = e * w2 * s2*(1-s2) * w1 * s1*(1-s1) * x`` the error
``e``, known last, is multiplied in last. ``1 / (1 + exp(-z))`` becomes one function
with a short chain of its own, and so does its slope ``s * (1 - s)``.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.training.native.spelling import c_type, cast, literal, spell

# Cycles until a result is there, roughly as on any processor of today.
_STEP = 4
_TIMES = {"div": 14, "sqrt": 18, "sigmoid": 25, "slope": 25, "abs": 1, "neg": 1}
_CALL = 40


class Term:
    """One number: a leaf (C code), a number, a flat product or sum, or a call.

    A product has a coefficient; the parts of a sum are products or other terms. ``at``
    is when it is known, in cycles from the start of the step.
    """

    __slots__ = ("at", "code", "dtype", "kind", "number", "parts")

    def __init__(
        self,
        kind: str,
        dtype: np.dtype,
        parts: tuple[Term, ...] = (),
        number: Any = 1.0,
        code: str = "",
        at: int = 0,
    ) -> None:
        """Use ``Terms``; this only fills the record."""
        self.kind = kind
        self.dtype = dtype
        self.parts = parts
        self.number = number
        self.code = code
        self.at = at


class Terms:
    """Makes terms, equal ones only once, and writes them."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._shared: dict[Any, Term] = {}
        self.sigmoids = False  # whether the source needs the table

    def _make(self, *key: Any, at: int) -> Term:
        kind, dtype, parts, number, code = key
        index = (kind, dtype, tuple(map(id, parts)), repr(number), code)
        found = self._shared.get(index)
        if found is None:
            found = Term(kind, dtype, parts, number, code, at)
            self._shared[index] = found
        return found

    def leaf(self, code: str, dtype: Any, at: int = 0) -> Term:
        """A variable or an entry of an array."""
        return self._make("leaf", np.dtype(dtype), (), 1.0, code, at=at)

    def number(self, value: Any, dtype: Any) -> Term:
        """A number of the source."""
        return self._make("number", np.dtype(dtype), (), value, "", at=0)

    def product(self, factors: Sequence[Term], coefficient: float = 1.0) -> Term:
        """The product, with the products among its factors opened."""
        dtype = factors[0].dtype
        flat: list[Term] = []
        for term in factors:
            if term.kind == "product":
                coefficient *= term.number
                flat += term.parts
            elif term.kind == "number":
                coefficient *= float(term.number)
            else:
                flat.append(term)
        flat = self._slopes(flat)
        if not flat or coefficient != coefficient:
            return self.number(coefficient, dtype)
        if len(flat) == 1 and coefficient == 1:
            return flat[0]
        flat.sort(key=lambda t: (t.at, t.kind, t.code))
        times = [t.at for t in flat] + ([0] if abs(coefficient) != 1 else [])
        at = _joined(times)
        return self._make("product", dtype, tuple(flat), coefficient, "", at=at)

    def _slopes(self, factors: list[Term]) -> list[Term]:
        """``s * (1 - s)`` of a sigmoid as one factor."""
        left = list(factors)
        for rest in factors:
            s = _complement(rest)
            if s is not None and s.code == "sigmoid" and s in left:
                left.remove(s)
                left.remove(rest)
                left.append(self._make("call", s.dtype, s.parts, 1.0, "slope", at=s.at))
        return left

    def sum(self, parts: Sequence[Term]) -> Term:
        """The sum, with the sums among its parts opened."""
        dtype = parts[0].dtype
        flat: list[Term] = []
        constant = 0.0
        for term in parts:
            for part in term.parts if term.kind == "sum" else (term,):
                if part.kind == "number":
                    constant += float(part.number)
                else:
                    flat.append(part)
            if term.kind == "sum":
                constant += term.number
        if not flat:
            return self.number(constant, dtype)
        if len(flat) == 1 and constant == 0:
            return flat[0]
        flat.sort(key=lambda t: (t.at, t.kind, t.code))
        times = [t.at for t in flat] + ([0] if constant else [])
        return self._make("sum", dtype, tuple(flat), constant, "", at=_joined(times))

    def call(self, name: str, dtype: Any, compute: Any, parts: Sequence[Term]) -> Term:
        """Any other operation."""
        at = max((p.at for p in parts), default=0) + _TIMES.get(name, _CALL)
        compute = np.dtype(compute).name
        return self._make("call", np.dtype(dtype), tuple(parts), compute, name, at=at)

    def map(self, name: str, dtype: Any, compute: Any, parts: list[Term]) -> Term:
        """An elementwise operation, in the form that is known earliest."""
        if np.dtype(dtype).kind == "f" and name in _RULES:
            found: Term | None = _RULES[name](self, [self._as(p, dtype) for p in parts])
            if found is not None:
                return found
        return self.call(name, dtype, compute, parts)

    def _as(self, term: Term, dtype: Any) -> Term:
        if term.kind == "number":
            return self.number(term.number, dtype)
        if term.dtype == np.dtype(dtype):
            return term
        return self.call("astype", dtype, dtype, [term])

    def _sub(self, parts: list[Term]) -> Term:
        return self.sum([parts[0], self.product([parts[1]], -1.0)])

    def _div(self, parts: list[Term]) -> Term | None:
        above, below = parts
        if below.kind == "number" and float(below.number) != 0:
            return self.product([above], 1 / float(below.number))
        z = _logistic(above, below)
        if z is None or above.dtype != np.float64:
            return None
        self.sigmoids = True
        turned = self.product([z], -1.0)
        at = turned.at + _TIMES["sigmoid"]
        return self._make("call", above.dtype, (turned,), 1.0, "sigmoid", at=at)

    def _pow(self, parts: list[Term]) -> Term | None:
        power = parts[1].number if parts[1].kind == "number" else None
        return self.product([parts[0]] * int(power)) if power in (2, 3) else None


_RULES: dict[str, Any] = {
    "add": Terms.sum,
    "sub": Terms._sub,
    "mul": Terms.product,
    "neg": lambda terms, parts: terms.product(parts, -1.0),
    "div": Terms._div,
    "pow": Terms._pow,
}


def _complement(term: Term) -> Term | None:
    """s, where the term is 1 - s."""
    if term.kind != "sum" or term.number != 1 or len(term.parts) != 1:
        return None
    less = term.parts[0]
    plain = less.kind == "product" and less.number == -1 and len(less.parts) == 1
    return less.parts[0] if plain else None


def _logistic(above: Term, below: Term) -> Term | None:
    """z, where the quotient is 1 / (1 + exp(z))."""
    if above.kind != "number" or float(above.number) != 1:
        return None
    if below.kind != "sum" or below.number != 1 or len(below.parts) != 1:
        return None
    e = below.parts[0]
    return e.parts[0] if e.kind == "call" and e.code == "exp" else None


def _joined(times: list[int]) -> int:
    """When all are combined in twos, the earliest two first."""
    heap = list(times)
    heapq.heapify(heap)
    while len(heap) > 1:
        heapq.heapreplace(heap, max(heapq.heappop(heap), heap[0]) + _STEP)
    return heap[0]


class TermWriter:
    """Writes terms as C statements; each is computed once."""

    def __init__(
        self, terms: Terms, out: Callable[[str], None], before: Callable[[str], None],
        moves_little: bool,
    ) -> None:  # fmt: skip
        """``out`` takes a step's lines, ``before`` those before the first step.

        ``moves_little``: arguments of sigmoids are almost those of the step before.
        """
        self.terms = terms
        self.out = out
        self.before = before
        self.find = "cp_stay" if moves_little else "cp_find"
        self.names: dict[Term, str] = {}
        self.spots: dict[Term, str] = {}  # of the arguments of sigmoids
        self.pairs: dict[Term, str] = {}  # the last two factors of a product
        self._count = 0

    def __call__(self, term: Term) -> str:
        """The name of a term, or its literal."""
        # waits on a stack: a chain of calls may be long
        stack = [term]
        while stack:
            top = stack[-1]
            missing = [p for p in top.parts if p not in self.names]
            if missing:
                stack += missing
                continue
            stack.pop()
            if top not in self.names:
                self.names[top] = self._write(top)
        return self.names[term]

    def _write(self, term: Term) -> str:
        if term.kind == "leaf":
            return term.code
        if term.kind == "number":
            return literal(term.number, term.dtype)
        if term.kind in ("product", "sum"):
            return self._combined(term)
        if term.code in ("sigmoid", "slope"):
            return self._name(term, f"cp_{term.code}({self._spot(term.parts[0])})")
        parts = [self.names[p] for p in term.parts]
        kinds: list[Any] = [term.number] * len(parts)
        if term.code == "where":
            kinds[0] = term.parts[0].dtype
        parts = [
            literal(p.number, kind) if p.kind == "number" else cast(code, p.dtype, kind)
            for code, p, kind in zip(parts, term.parts, kinds)
        ]
        numbers = [p.number if p.kind == "number" else None for p in term.parts]
        code = spell(term.code, parts, term.number, numbers)
        return self._name(term, f"({code}) != 0" if term.dtype.kind == "b" else code)

    def _spot(self, argument: Term) -> str:
        """The argument's place in the table, which a sigmoid and its slope share."""
        if argument not in self.spots:
            early, late = self._split(argument)
            k = len(self.spots)
            self.before(f"cp_last last{k} = CP_NOWHERE;")
            found = f"{self.find}({early}, {late}, &last{k})"
            self.out(f"const cp_spot at{k} = {found};")
            self.spots[argument] = f"at{k}"
        return self.spots[argument]

    def _split(self, term: Term) -> tuple[str, str]:
        """A product's latest factor apart from all others; a number as 1 times it."""
        if term.kind != "product":
            return literal(1, term.dtype), self.names[term]
        late = max(term.parts, key=lambda p: p.at)
        rest = list(term.parts)
        rest.remove(late)
        early = self.terms.product(
            [self.terms.number(1, term.dtype), *rest], term.number
        )
        return self(early), self.names[late]

    def _combined(self, term: Term) -> str:
        """A flat product or sum, the earliest two first."""
        product = term.kind == "product"
        number = abs(term.number) if product else term.number
        heap = [(p.at, k, self.names[p], self.pairs.get(p)) for k, p in
                enumerate(term.parts)]  # fmt: skip
        if number != (1 if product else 0):
            heap.append((0, -1, literal(number, term.dtype), None))
        heapq.heapify(heap)
        order = len(heap)
        while len(heap) > 1:
            _, _, a, _ = heapq.heappop(heap)
            at, _, b, pair = heap[0]
            order += 1
            if product:
                made = f"{a} * {b}"
                minus = "-" if term.number < 0 else ""
                self.pairs[term] = f"{minus}{a}, {b}"
            elif pair is not None:  # its last product and this sum in one
                suffix = "f" if term.dtype == np.float32 else ""
                made = f"CP_FMA{suffix}({pair}, {a})"
            else:
                made = f"{a} + {b}"
            name = self._name(term, made)
            heapq.heapreplace(heap, (at + _STEP, order, name, None))
        last = heap[0][2]
        return self._name(term, f"-{last}") if product and term.number < 0 else last

    def _name(self, term: Term, code: str) -> str:
        self._count += 1
        kind = "int" if term.dtype.kind == "b" else c_type(term.dtype)
        self.out(f"const {kind} n{self._count} = {code};")
        return f"n{self._count}"
