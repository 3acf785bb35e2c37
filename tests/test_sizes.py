"""Sizes are integers that aren't known yet: whatever holds for integers holds for them.

The properties substitute random integers for the atoms, on both sides of an equation.
"""

import operator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import clearprop.ops
from clearprop.errors import ClearpropError
from clearprop.graph import Graph, evaluate
from clearprop.sizes import (
    Size,
    floordiv,
    largest,
    never_negative,
    product,
    remainder,
    smallest,
)

NAMES = "NDHK"
FUNCTIONS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": floordiv,
    "%": remainder, "max": largest, "min": smallest,
}  # fmt: skip
ON_INTEGERS = {**FUNCTIONS, "//": operator.floordiv, "%": operator.mod,
               "max": max, "min": min}  # fmt: skip


class Place:
    """What an atom belongs to; stands in for a node."""

    def __init__(self, index):
        self.index = index


PLACES = {name: Place(i) for i, name in enumerate(NAMES)}
ATOMS = {place: name for name, place in PLACES.items()}


def free(name, value):
    return Size.of("dim", PLACES[name], 0, value=value)


def numbers(low=0):
    return st.fixed_dictionaries({n: st.integers(low, 7) for n in NAMES})


def expressions():
    leaf = st.one_of(st.integers(-3, 6), st.sampled_from(NAMES))
    return st.recursive(
        leaf, lambda e: st.tuples(st.sampled_from(list(FUNCTIONS)), e, e), max_leaves=7
    )


def worked_out(expression, at, functions):
    """The value of an expression; integers or sizes, as ``at`` holds."""
    if isinstance(expression, str):
        return at[expression]
    if isinstance(expression, int):
        return expression
    name, *operands = expression
    return functions[name](*(worked_out(o, at, functions) for o in operands))


def symbolic(expression, example):
    """The size, or nothing where the example divides by zero."""
    try:
        at = {n: free(n, v) for n, v in example.items()}
        return worked_out(expression, at, FUNCTIONS)
    except ZeroDivisionError:
        assume(False)


def at_numbers(size, at):
    if isinstance(size, int):
        return size
    return size.substitute(lambda atom: at[ATOMS[atom.args[0]]])


@given(expressions(), numbers(), numbers())
def test_arithmetic_agrees_with_integers(expression, example, other):
    size = symbolic(expression, example)
    assert int(size) == worked_out(expression, example, ON_INTEGERS)
    try:
        expected = worked_out(expression, other, ON_INTEGERS)
    except ZeroDivisionError:
        assume(False)
    try:
        assert at_numbers(size, other) == expected
    except ZeroDivisionError:  # N*D // D is N, also where D is 0; not the other way
        pytest.fail("a size divides by zero where integers don't")


@given(expressions(), expressions(), numbers())
def test_equal_sizes_have_equal_hashes_and_reprs(a, b, example):
    a, b = symbolic(a, example), symbolic(b, example)
    if a == b:
        assert hash(a) == hash(b)
        assert repr(a) == repr(b)
        assert type(a) is type(b)


@given(expressions(), expressions(), expressions(), numbers())
def test_one_polynomial_has_one_form(a, b, c, example):
    a, b, c = (symbolic(e, example) for e in (a, b, c))
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert type(a - a) is int
    assert largest(a, b) == largest(b, a)
    assert smallest(a, b) == smallest(b, a)


N, D, H, K = (free(n, v) for n, v in zip(NAMES, (5, 3, 4, 2), strict=True))


@pytest.mark.parametrize(
    ("size", "simpler"),
    [
        (N * D // D, N),
        ((2 * N + 4) // 2, N + 2),
        ((2 * N + 1) // 2, N),
        ((N + 4) // 2, N // 2 + 2),
        ((N * 4) // 6, (N * 2) // 3),
        ((N // 2) // 3, N // 6),
        ((2 * N + 1) % 2, 1),
        (N * D % D, 0),
        (N // 1, N),
        (N + D - N, D),
        ((N + 1) * (N - 1), N * N - 1),
        (largest(N, N + 2), N + 2),
        (smallest(N, N + D), N),
        (largest(N // 2, N), N),
        (product([N, 2, D]), 2 * N * D),
        (product([]), 1),
    ],
)
def test_what_is_simplified(size, simpler):
    assert size == simpler


@pytest.mark.parametrize(
    "size",
    [N, N + D, N * D, 3 * N + 1, N // 2, N - N // 2, (N + 1) // 2, N % 3, 2 - N % 3,
     (N - 1) // 2 + 1, N - smallest(N, D), largest(N, D) - D,
     2 * N - 3 * (N // 2), N * N],
)  # fmt: skip
def test_never_negative(size):
    assert never_negative(size)


@pytest.mark.parametrize(
    "size", [N - 1, N - D, N - 2 * (N // 3) - 1, -N, N % 3 - 1, N // 2 - 1, N * D - N]
)
def test_not_proved_to_be_never_negative(size):
    assert not never_negative(size)


def test_an_integer_argument_may_be_negative():
    n = Size.of("int", Graph().input("n", 3), value=3)
    assert not never_negative(n)


@given(expressions(), numbers(), numbers())
def test_never_negative_is_a_proof(expression, example, other):
    size = symbolic(expression, example)
    if never_negative(size):
        assert int(size) >= 0
        with suppress(ZeroDivisionError):
            assert at_numbers(size, other) >= 0


# -- what a graph knows about sizes ----------------------------------------------------


def sizes(graph, *values):
    return [graph.input(f"x{i}", np.zeros(v)).dims[0] for i, v in enumerate(values)]


def relations(graph):
    return [(g.left, g.relation, g.right) for g in graph.guards]


def test_the_later_size_is_known_by_the_earlier():
    graph = Graph()
    a, b = sizes(graph, 3, 3)
    graph.tie(b, a)
    assert graph.resolve(b) == a
    assert graph.resolve(a) == a
    assert graph.resolve(2 * b + 1) == 2 * a + 1


@given(st.permutations([(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)]))
def test_chains_of_ties_meet_in_whatever_order(pairs):
    graph = Graph()
    dims = sizes(graph, 3, 3, 3, 3, 3)
    for i, j in pairs:
        graph.tie(dims[i], dims[j])
    assert {graph.resolve(d) for d in dims} == {dims[0]}
    assert len(graph.guards) == 4  # the fifth says nothing new


def test_a_long_chain_of_ties_is_walked_not_recursed():
    graph = Graph()
    dims = sizes(graph, *[2] * 3000)
    for a, b in zip(dims[-2::-1], dims[:0:-1], strict=True):
        graph.tie(a, b)
    assert graph.resolve(dims[-1]) == dims[0]


def test_an_equation_is_solved():
    graph = Graph()
    h, k, n = sizes(graph, 4, 2, 9)
    graph.tie(2 * h, 4 * k)
    assert graph.resolve(h) == 2 * k
    graph.tie(n, h + 5)
    assert graph.resolve(n) == 2 * k + 5
    graph.tie(k, 2)
    assert [graph.resolve(d) for d in (h, k, n)] == [4, 2, 9]


def test_an_equation_without_a_solution_among_integers_is_remembered():
    graph = Graph()
    a, b, c = sizes(graph, 6, 4, 8)
    graph.tie(2 * a, 3 * b)
    assert graph.resolve(2 * a) == graph.resolve(3 * b)
    assert graph.resolve(a) == a
    graph.tie(2 * a, 3 * b)
    assert len(graph.guards) == 1
    graph.tie(b, c - 4)  # then c = b + 4, and the first equation still holds
    assert graph.resolve(2 * a) == graph.resolve(3 * b)
    graph.tie(a, 6)
    assert graph.resolve(b) == 4
    assert graph.resolve(c) == 8


def test_what_is_known_of_a_quotient_goes_on_to_hold():
    graph = Graph()
    n, m, k = sizes(graph, 6, 3, 3)
    graph.tie(n // 2, m)
    assert graph.resolve(n // 2) == graph.resolve(m)
    graph.tie(n, 2 * k)
    assert graph.resolve(n // 2) == graph.resolve(m) == graph.resolve(k)
    graph.fix(n)
    assert [graph.resolve(d) for d in (n // 2, m, k)] == [3, 3, 3]


def test_a_product_that_is_fixed_fixes_its_last_free_factor():
    graph = Graph()
    n, d = sizes(graph, 6, 4)
    graph.tie(n * d, 24)
    graph.tie(d, 4)
    assert graph.resolve(n) == 6


def test_sizes_that_differ_in_the_example_cannot_be_tied():
    graph = Graph()
    a, b = sizes(graph, 3, 4)
    with pytest.raises(ClearpropError, match="sizes 3 and 4 don't fit together"):
        graph.tie(a, b)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3)),
             max_size=6),
    st.lists(st.integers(1, 4), min_size=5, max_size=5),
)  # fmt: skip
def test_ties_never_say_what_is_wrong(pairs, values):
    """Whatever true equations are tied, every size keeps its value in the example."""
    graph = Graph()
    dims = sizes(graph, *values)
    for i, j, factor in pairs:
        left, right = factor * dims[i], dims[j] + (factor * values[i] - values[j])
        graph.tie(left, right)
        assert graph.resolve(left) == graph.resolve(right)
    for dim in dims:
        assert int(graph.resolve(dim)) == int(dim)


def test_fixing_says_so_once():
    graph = Graph()
    (n,) = sizes(graph, 3)
    assert graph.fix(n) == 3
    assert graph.fix(n) == 3
    assert graph.fix(5) == 5
    assert relations(graph) == [(n, "==", 3)]


def test_what_numpy_checks_needs_no_guard():
    graph = Graph()
    x, w = graph.input("x", np.zeros((4, 3))), graph.input("w", np.zeros((3, 2)))
    x @ w
    assert graph.resolve(w.dims[0]) == x.dims[1]
    assert graph.guards == []


def test_what_numpy_would_broadcast_needs_one():
    graph = Graph()
    x, b = graph.input("x", np.zeros((4, 3))), graph.input("b", np.zeros(3))
    x + b
    assert relations(graph) == [(x.dims[1], "==", b.dims[0])]


def test_a_stretched_axis_is_fixed():
    graph = Graph()
    x, s = graph.input("x", np.zeros((4, 3))), graph.input("s", np.zeros((4, 1)))
    assert (x * s).dims == x.dims
    assert (s.dims[1], "==", 1) in relations(graph)


def test_axes_of_length_1_are_tied_to_each_other_and_stretch_for_literals_only():
    graph = Graph()
    x, y = graph.input("x", np.zeros((1, 3))), graph.input("y", np.zeros((1, 3)))
    mean = x.sum((0,), keepdims=True)
    assert (x - mean).dims == x.dims
    assert graph.guards == []
    assert (x + y).dims == x.dims
    assert graph.resolve(y.dims[0]) == x.dims[0]


@pytest.mark.parametrize(
    ("left", "relation", "right", "guard"),
    [
        (N, ">=", 0, None),
        (N, ">=", N - 1, None),
        (N + 1, ">", 0, None),
        (N // 2, "<=", N, None),
        (N - 1, ">=", 1, (N, ">=", 2)),
        (1, "<=", N - 1, (N, ">=", 2)),
        (2 * N, ">", 4, (N, ">", 2)),
        (N, ">=", D, (N, ">=", D)),
        (N, "!=", D + 1, (N, "!=", D + 1)),
        (7, ">=", N, (N, "<=", 7)),
    ],
)
def test_required_relations_as_a_person_writes_them(left, relation, right, guard):
    graph = Graph()
    graph.require(left, relation, right)
    graph.require(left, relation, right)
    assert relations(graph) == ([] if guard is None else [guard])


@pytest.mark.parametrize(
    ("key", "length", "guards"),
    [
        ((1, None, None), N - 1, [(N, ">=", 1)]),
        ((None, 3, None), 3, [(N, ">=", 3)]),
        ((1, -1, None), N - 2, [(N, ">=", 2)]),
        ((-2, None, None), 2, [(N, ">=", 2)]),
        ((None, -1, None), N - 1, [(N, ">=", 1)]),
        ((2, 4, None), 2, [(N, ">=", 4)]),
        ((None, 9, None), N, [(N, "<=", 9)]),
        ((3, 2, None), 0, []),
        ((None, None, 2), (N + 1) // 2, []),
        ((1, None, 2), N // 2, [(N, ">=", 1)]),
        ((None, None, -1), N, []),
        ((None, None, -2), (N + 1) // 2, []),
        ((None, 0, -1), N - 1, [(N, ">=", 1)]),
        ((-2, None, -1), N - 1, [(N, ">=", 1)]),
        ((None, N // 2, None), N // 2, []),
        ((N // 2, None, None), N - N // 2, []),
        ((D, None, None), N - D, [(N, ">=", D)]),
        ((-D, None, None), D, [(D, ">", 0), (N, ">=", D)]),
    ],
)
def test_slices_rely_on_what_is_guarded(key, length, guards):
    graph = Graph()
    assert clearprop.ops.index.slice_length(graph, N, *key) == length
    assert relations(graph) == guards


BOUND = st.one_of(st.none(), st.integers(-6, 6))


@given(st.integers(0, 6), st.integers(0, 6), BOUND, BOUND,
       st.integers(-3, 3).filter(bool))  # fmt: skip
def test_a_slice_is_as_long_as_numpy_says_wherever_its_guards_hold(
    traced, run, start, stop, step
):
    graph = Graph()
    x = graph.input("x", np.zeros(traced))
    taken = graph.apply("getitem", x, key=(("slice", start, stop, step),))
    now = {x: np.zeros(run)}
    [result] = evaluate([taken], {x: np.zeros(traced)})
    assert taken.shape == result.shape
    compare = {">=": int.__ge__, "<=": int.__le__, ">": int.__gt__, "<": int.__lt__}

    def at_run(dim):
        return dim if isinstance(dim, int) else dim.substitute(lambda atom: run)

    if all(compare[g.relation](at_run(g.left), at_run(g.right)) for g in graph.guards):
        [result] = evaluate([taken], now)
        assert result.shape == tuple(at_run(d) for d in taken.dims)
