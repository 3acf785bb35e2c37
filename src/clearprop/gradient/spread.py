"""Sums multiplied out and divided up: other ways to write one product.

None of them is better in itself; which one is taken is a matter of cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clearprop.gradient.terms import (
    MOST_TERMS,
    Book,
    Factor,
    Product,
    Total,
    is_scalar,
    like_terms,
)


def apart(product: Product) -> Iterator[Product]:
    """``(a - b) / N`` as ``a / N - b / N``: cheaper where the terms are small."""
    sums = [f for f, n in product.powers.items() if isinstance(f, Total) and n == 1]
    if len(sums) != 1 or (len(product.powers) == 1 and abs(product.coefficient) == 1):
        return
    if all(is_scalar(f) for f in product.powers if f is not sums[0]):
        rest = Product(
            product.coefficient,
            {f: n for f, n in product.powers.items() if f is not sums[0]},
        )
        terms = [term.times(rest) for term in sums[0].terms]
        yield Product(1, {Total(terms, None): 1})


def spread_out(product: Product, book: Book) -> Iterator[Product]:
    """The product multiplied out step by step, as far as its terms cancel.

    Powers of a sum are never multiplied out, and nothing is given that holds a higher
    power than before: ``(a - b)**2`` is exact where ``a**2 - 2*a*b + b**2`` is not.
    """
    seen = list(product.nodes())
    if len(set(seen)) == len(seen):
        return  # every value occurs once: nothing can cancel
    before: dict[Factor, int] | None = None
    terms = product.terms()
    for _ in range(4):
        spread = [part for term in terms for part in _one_step(term)]
        if len(spread) == len(terms) or len(spread) > 4 * MOST_TERMS:
            return
        last, terms = terms, like_terms(spread)
        if len(terms) == len(spread) and not _less(last, spread):
            continue  # nothing has cancelled yet
        added = book.sum(terms)
        if added is None:
            return
        if added.size < product.size:
            before = before or product.degrees()
            after = added.degrees()
            if all(n <= max(1, before.get(f, 0)) for f, n in after.items()):
                yield added


def _less(terms: Sequence[Product], spread: Sequence[Product]) -> bool:
    """Whether powers have cancelled when sums were multiplied by their factors."""
    whole = 0
    for term in terms:
        chosen = _sum_to_spread(term)
        if chosen is None:
            whole += _weight(term)
        else:
            rest = _weight(term) - 1
            whole += sum(_weight(inner) + rest for inner in chosen.terms)
    return sum(map(_weight, spread)) < whole


def _weight(term: Product) -> int:
    return sum(map(abs, term.powers.values()))


def _one_step(term: Product) -> list[Product]:
    """One sum multiplied by everything else."""
    chosen = _sum_to_spread(term)
    if chosen is None:
        return [term]
    rest = {f: n for f, n in term.powers.items() if f is not chosen}
    scale = Product(term.coefficient, rest)
    return [inner.times(scale) for inner in chosen.terms]


def _sum_to_spread(term: Product) -> Total | None:
    """A sum among the factors; quotients first, for they cancel."""
    sums = [f for f, n in term.powers.items() if n == 1 and isinstance(f, Total)]
    return min(sums, key=lambda s: not _has_quotient(s)) if sums else None


def _has_quotient(total: Total) -> bool:
    return any(n < 0 for term in total.terms for n in term.powers.values())
