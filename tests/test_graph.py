"""The arena: what is shared, what dtype NumPy gives, and that depth doesn't matter."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop.ops  # noqa: F401
from clearprop.errors import ClearpropError
from clearprop.graph import OPS, Graph, Node, define, evaluate, ordered
from clearprop.sizes import Size


def test_equal_nodes_are_one():
    graph = Graph()
    x, y = graph.input("x", np.zeros((2, 3))), graph.input("y", np.zeros((2, 3)))
    assert x + y is x + y
    assert x * 2 is x * 2
    assert x.sum((0,)) is x.sum((0,))
    assert x.T.T is x
    assert x + y is not y + x
    assert graph.constant(np.arange(3)) is graph.constant(np.arange(3))


def test_numbers_are_told_apart_by_type_and_bits():
    graph = Graph()
    apart = [1, 1.0, True, 0, 0.0, -0.0, False, 10**400]
    assert len({graph.number(n) for n in apart}) == len(apart)
    assert graph.number(float("nan")) is graph.number(float("nan"))
    arrays = [np.array(0.0), np.array(-0.0), np.array(0), np.float32(0), np.zeros(1)]
    assert len({graph.constant(a) for a in arrays}) == len(arrays)
    x = graph.input("x", np.zeros(2))
    padded = [graph.apply("pad", x, widths=((1, 0),), value=v) for v in (0.0, -0.0, 0)]
    assert len(set(padded)) == 3


def test_a_numpy_number_is_not_a_python_number():
    graph = Graph()
    x = graph.input("x", np.zeros(2, np.float32))
    assert (x * 2.0).dtype == np.float32
    assert (x * np.float64(2.0)).dtype == (np.ones(1, np.float32) * np.float64(2)).dtype
    assert graph.constant(2.0).weak
    assert not graph.constant(np.float64(2.0)).weak


def test_arithmetic_of_numbers_is_done_now():
    graph = Graph()
    two = graph.number(2)
    assert (two * 3).params["value"] == 6
    assert type((two / 2).params["value"]) is float
    assert (-graph.number(0.0)).params["value"].hex() == "-0x0.0p+0"
    assert (two / 0).op.name == "div"  # as it stands: it is the user's own mistake
    assert (graph.number(-1.0) ** 0.5).op.name == "pow"


def test_neutral_numbers_go_where_nothing_is_lost():
    graph = Graph()
    x = graph.input("x", np.zeros((2, 3)))
    k = graph.input("k", np.zeros((2, 3), int))
    opposite = -x
    same = (x + 0, 0 + x, x - 0, x * 1, 1 * x, x / 1, x**1, -opposite)
    assert all(y is x for y in same)
    assert all(y is x for y in (x + 0.0, x * 1.0, x * np.float64(1)))
    assert k * 1.0 is not k  # a float now
    assert x + -0.0 is not x
    single = graph.input("s", np.zeros(3, np.float32))
    assert (single * graph.constant(np.ones(()))).dtype == (
        np.ones(3, np.float32) * np.ones(())
    ).dtype


DTYPES = st.sampled_from(["bool", "int32", "int64", "uint8", "float32", "float64"])
OPERANDS = st.one_of(
    st.tuples(DTYPES, st.sampled_from([(), (1,), (2,)])),
    st.sampled_from([True, 2, 3.0]),
)


@given(OPERANDS, OPERANDS, st.sampled_from(["add", "mul", "div", "maximum", "lt"]))
def test_dtypes_are_what_numpy_gives(a, b, op):
    graph, at = Graph(), {}

    def made(operand):
        if not isinstance(operand, tuple):
            return operand, operand
        dtype, shape = operand
        value = np.ones(shape, dtype)[()]
        node = graph.input("x", value)
        at[node] = value
        return node, value

    (a, first), (b, second) = made(a), made(b)
    y = graph.apply(op, a, b)
    expected = OPS[op].value(first, second)
    assert y.dtype == np.asarray(expected).dtype
    assert y.weak == (type(expected) in (bool, int, float))
    found = evaluate([y], at)[0]
    assert np.shape(found) == np.shape(expected)
    assert np.asarray(found).dtype == y.dtype


def test_a_number_does_not_decide_the_dtype_wherever_it_is_broadcast():
    """2.0 as an array would be a float64 and make everything that it meets one."""
    graph = Graph()
    x, s = (
        graph.input("x", np.ones((2, 3), np.float32)),
        graph.input("s", np.float32(2)),
    )
    y = (s**2 + x * 0.5).sum((0,)) / 3
    [value] = evaluate([y], {x: np.ones((2, 3), np.float32), s: np.float32(2)})
    assert y.dtype == value.dtype == np.float32


def test_a_broadcast_of_what_is_tied_is_nothing():
    graph = Graph()
    x, b = graph.input("x", np.zeros((4, 3))), graph.input("b", np.zeros((4, 3)))
    z = x + b
    assert z.inputs == (x, b)
    assert b.broadcast(x.dims) is b
    assert x.sum_to(b.dims) is x


def test_leading_ones_are_left_to_broadcasting():
    graph = Graph()
    x, row = graph.input("x", np.zeros((4, 3))), graph.input("r", np.zeros(3))
    y = x * row.expand([0])
    assert y.inputs[1].op.name == "broadcast"
    assert y.inputs[1].inputs == (row,)


@pytest.mark.parametrize("count", [10_000])
def test_depth_does_not_matter(count):
    graph = Graph()
    x = graph.input("x", np.zeros(3))
    y = x
    for _ in range(count // 2):
        y = graph.apply("sin", y) + x
    assert len(ordered([y])) == count + 1
    graph.verify([y])
    assert evaluate([y], {x: np.zeros(3)})[0].shape == (3,)


def test_what_was_computed_is_let_go_at_once():
    """Large arrays don't wait for the garbage collector: nothing refers in a circle."""
    graph = Graph()
    x, mask = graph.input("x", np.ones(4)), graph.input("m", np.ones(4, bool))
    count = Size.of("int", mask.sum((0,)), value=4)
    y = graph.apply("exp", x).sum((0,)) + graph.zeros((count,), float)
    computed = {}
    gc.disable()
    try:
        evaluate([y], {x: np.ones(4), mask: np.ones(4, bool)}, computed)
        (kept,) = (weakref.ref(v) for n, v in computed.items() if n.op.name == "exp")
        del computed
        assert kept() is None
    finally:
        gc.enable()


def test_a_count_that_the_data_decides_is_evaluated_when_a_size_needs_it():
    graph = Graph()
    x, mask = graph.input("x", np.ones(4)), graph.input("m", np.ones(4, bool))
    count = Size.of("int", mask.sum((0,)), value=4)
    taken = graph.apply("getitem", x, mask, key=(("array", 0),), counts=(count,))
    mean = taken.sum((0,)) / graph.number(count)
    some = np.array([True, False, True, False])
    assert evaluate([mean], {x: np.arange(4.0), mask: some}) == [1.0]
    zeros = graph.zeros((count,), float)
    assert evaluate([zeros], {mask: some})[0].shape == (2,)


def test_an_input_without_a_value_is_named():
    graph = Graph()
    x = graph.input("x", np.ones(4))
    with pytest.raises(ClearpropError, match="no value was given for input 'x'"):
        evaluate([x + 1], {})


def broken(change):
    graph = Graph()
    x, y = graph.input("x", np.zeros((4, 3))), graph.input("y", np.zeros((4, 3)))
    node = x * y
    change(graph, node)
    with pytest.raises(ClearpropError, match="broken graph"):
        graph.verify([node])


def test_the_verifier_finds_what_is_broken():
    broken(lambda graph, node: setattr(node, "dtype", np.dtype(np.float32)))
    broken(lambda graph, node: setattr(node, "dims", (4, 3, 1)))
    broken(lambda graph, node: setattr(node, "inputs", (node.inputs[0], node)))
    other = Graph().input("z", np.zeros((4, 3)))
    broken(lambda graph, node: setattr(node, "inputs", (node.inputs[0], other)))


def test_the_verifier_knows_sizes_by_meaning_not_by_the_examples_numbers():
    """Both axes are 4 in the example and would not be for other arguments."""
    graph = Graph()
    x, y = graph.input("x", np.zeros((4, 4))), graph.input("y", np.zeros((4, 4)))
    node = Node(graph, OPS["mul"], (x, x.transpose((1, 0))), {}, x.dims, x.dtype, False)
    with pytest.raises(ClearpropError, match="mixes shapes"):
        graph.verify([node])
    graph.verify([x * y])


def test_an_operation_is_defined_once():
    with pytest.raises(ClearpropError, match="'exp' is defined twice"):
        define("exp", np.exp)
