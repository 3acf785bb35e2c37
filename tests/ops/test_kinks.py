"""Where a function has no derivative, and where a formula for it would give inf or nan.

The policy is written in docs/design.md; this is what the records do.
"""

import numpy as np
import pytest

import clearprop.ops  # noqa: F401
from clearprop.graph import Graph, evaluate

INF = np.inf


def slopes(op, *values, g=1.0, **params):
    """What flows back to each array among the operands from ones times g.

    Arrays are variables; Python numbers belong to the program text.
    """
    graph = Graph()
    at = {}
    operands = []
    for value in values:
        if isinstance(value, list | np.ndarray):
            node = graph.input("x", np.array(value))
            at[node] = np.array(value)
            value = node
        operands.append(value)
    variables = list(at)
    y = graph.apply(op, *operands, **params)
    seed = graph.input("g", np.zeros(y.shape, y.dtype), y.dims)
    with np.errstate(all="ignore"):
        at[seed] = np.broadcast_to(np.asarray(g, y.dtype), y.shape)
        total = {y: seed}
        for node in reversed(graph.nodes[: y.index + 1]):
            if node in total and node.inputs:
                parts = node.op.gradient(total[node], node, *node.inputs, **node.params)
                parts = parts if isinstance(parts, tuple) else (parts,)
                for source, part in zip(node.inputs, parts, strict=True):
                    if part is not None:
                        known = total.get(source)
                        total[source] = part if known is None else known + part
        zeros = [graph.zeros(v.dims, v.dtype) for v in variables]
        found = [total.get(v, z) for v, z in zip(variables, zeros, strict=True)]
        return [f.tolist() for f in evaluate(found, at)]


@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [
        # flat at the kink
        ("relu", [[-1.0, 0.0, 2.0]], [[0, 0, 1]]),
        ("abs", [[-1.0, 0.0, 2.0]], [[-1, 0, 1]]),
        ("maximum", [[-1.0, 0.0, 2.0], 0], [[0, 0, 1]]),
        ("maximum", [0.0, [-1.0, 0.0, 2.0]], [[0, 0, 1]]),
        ("minimum", [[-1.0, 0.0, 2.0], 0], [[1, 0, 0]]),
        ("minimum", [0, [-1.0, 0.0, 2.0]], [[1, 0, 0]]),
        ("clip", [[-2.0, -1.0, 0.0, 1.0, 2.0], -1, 1], [[0, 0, 1, 0, 0]]),
        # a tie of two variables goes to the second
        ("maximum", [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [[0, 0, 1], [1, 1, 0]]),
        ("minimum", [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [[1, 0, 0], [0, 1, 1]]),
        # a bound that is a variable receives what was clipped to it
        ("clip", [[-2.0, -1.0, 0.0], [-1.0, -1.0, -1.0], 1.0],
         [[0, 0, 1], [1, 1, 0]]),
        ("clip", [[2.0, 1.0, 0.0], -1.0, [1.0, 1.0, 1.0]], [[0, 0, 1], [1, 1, 0]]),
        # bounds that crossed: NumPy lets the upper one win
        ("clip", [[0.0, 5.0, -5.0], [1.0] * 3, [-1.0] * 3],
         [[0, 0, 0], [0, 0, 0], [1, 1, 1]]),
        # steps are flat everywhere
        ("sign", [[-1.0, 0.0, 2.0]], [[0, 0, 0]]),
        ("floor", [[-1.0, 0.0, 2.5]], [[0, 0, 0]]),
        ("rint", [[0.5, 1.0]], [[0, 0]]),
        ("floor_divide", [[4.0, 5.0], [2.0, 2.0]], [[0, 0], [0, 0]]),
        ("where", [[1.0, 0.0], [5.0, 6.0], [7.0, 8.0]], [[0, 0], [1, 0], [0, 1]]),
    ],
)  # fmt: skip
def test_kinks(op, values, expected):
    assert slopes(op, *values) == expected


@pytest.mark.parametrize("op", ["max", "min"])
def test_entries_that_tie_share_the_gradient(op):
    x = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]]) * (1 if op == "max" else -1)
    assert slopes(op, x, axis=(1,), keepdims=False) == [
        [[1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]]
    ]
    assert slopes(op, x, axis=(0, 1), keepdims=True) == [
        [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    ]


def test_ties_at_infinity_are_ties():
    assert slopes("max", [INF, 1.0, INF], axis=(0,), keepdims=False) == [[0.5, 0, 0.5]]


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [
        ([-3.0, 0.0, 2.0], 2, [-6, 0, 4]),
        ([-3.0, 0.0, 2.0], 2.0, [-6, 0, 4]),
        ([-3.0, 0.0, 2.0], 3, [27, 0, 12]),
        ([-3.0, 0.0, 2.0], 3.0, [27, 0, 12]),
        ([-3.0, 0.0, 2.0], 1, [1, 1, 1]),
        ([-3.0, 0.0, 2.0], 1.0, [1, 1, 1]),
        ([-3.0, 0.0, 2.0], 0, [0, 0, 0]),
        ([-3.0, 0.0, 2.0], 0.0, [0, 0, 0]),
        ([-2.0, 2.0], -1, [-1 / 4, -1 / 4]),
        ([-2.0, 2.0], -2, [1 / 4, -1 / 4]),
        ([0.0, 4.0], 0.5, [INF, 1 / 4]),
        ([0.0, 4.0], 1.5, [0, 3]),
    ],
)
def test_powers_with_a_number_above(base, exponent, expected):
    assert slopes("pow", base, exponent) == [expected]


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [
        (2, [0.0, 1.0, 3.0], [np.log(2), 2 * np.log(2), 8 * np.log(2)]),
        (np.e, [0.0, 1.0], [1, np.e]),
        (1, [0.0, 5.0], [0, 0]),
        (0, [1.0, 2.0], [0, 0]),
    ],
)
def test_powers_of_a_number(base, exponent, expected):
    np.testing.assert_allclose(slopes("pow", base, exponent)[0], expected, rtol=1e-15)


def test_a_row_of_powers_is_finite_at_zero():
    """x ** np.arange(4), the features of a polynomial, with x = 0 among the data."""
    x = np.array([0.0, 0.0, 0.0, 0.0, -2.0])
    powers = np.array([0, 1, 2, 3, 3])
    assert slopes("pow", x, powers)[0] == [0, 1, 0, 0, 12]
    assert slopes("pow", x, powers.astype(float))[0] == [0, 1, 0, 0, 12]


def test_zero_to_a_learned_power_is_flat():
    found = slopes("pow", [0.0, 0.0, 2.0], [2.0, 0.5, 2.0])
    assert found[1] == [0, 0, 4 * np.log(2)]


def test_where_keeps_out_what_is_infinite_on_the_other_side():
    """sqrt'(0) is inf: as a product with a mask, 0 * inf would be nan."""
    chosen = np.array([True, False])
    assert slopes("where", chosen, [4.0, 9.0], 0.0, g=[1, INF])[1] == [1, 0]


@pytest.mark.parametrize(
    ("a", "b"), [(-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (7.5, 2.0)]
)
def test_mod_has_the_sign_of_the_divisor(a, b):
    assert slopes("mod", [a], [b]) == [[1.0], [-(a // b)]]


def test_products_with_zeros():
    x = [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0]]
    assert slopes("prod", x, axis=(1,), keepdims=False) == [
        [[12, 8, 6], [0, 8, 0], [0, 0, 0]]
    ]
    assert slopes("prod", x, axis=(0, 1), keepdims=False) == [[[0] * 3] * 3]


def test_running_products_with_zeros():
    x = [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0]]
    assert slopes("cumprod", x, axis=1) == [
        [[1 + 3 + 12, 2 + 8, 6], [1, 2 + 8, 0], [1 + 3, 0, 0]]
    ]


def test_logaddexp_far_away():
    assert slopes("logaddexp", [-INF, 0.0, 800.0], [0.0, -INF, -800.0]) == [
        [0, 1, 1], [1, 0, 0],
    ]  # fmt: skip


def test_softmax_of_a_causal_mask():
    x = np.array([[1.0, -INF, -INF], [1.0, 1.0, -INF]])
    g = [[1.0, 5.0, 5.0], [1.0, 3.0, 5.0]]
    assert slopes("softmax", x, axis=(1,), g=g) == [[[0, 0, 0], [-0.5, 0.5, 0]]]
    assert slopes("logsumexp", x, axis=(1,), keepdims=False) == [
        [[1, 0, 0], [0.5, 0.5, 0]]
    ]
    picked = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert slopes("log_softmax", x, axis=(1,), g=picked) == [
        [[0, 0, 0], [-0.5, 0.5, 0]]
    ]


def test_extremes_of_sigmoids():
    x = [-INF, -800.0, 0.0, 800.0, INF]
    assert slopes("sigmoid", x) == [[0, 0, 0.25, 0, 0]]
    assert slopes("softplus", x) == [[0, 0, 0.5, 1, 1]]
    assert slopes("log_sigmoid", x) == [[1, 1, 0.5, 0, 0]]
    assert slopes("tanh", x) == [[0, 0, 1, 0, 0]]


def test_ends_of_domains_are_what_they_are():
    """Not kinks: the slope is infinite there, and so is the gradient."""
    assert slopes("sqrt", [0.0]) == [[INF]]
    assert slopes("cbrt", [0.0]) == [[INF]]
    assert slopes("log", [0.0]) == [[INF]]
    assert slopes("arcsin", [1.0]) == [[INF]]
    assert np.isnan(slopes("hypot", [0.0], [0.0])).all()
    assert np.isnan(slopes("arctan2", [0.0], [0.0])).all()


def test_hypot_and_arctan2_on_an_axis():
    assert slopes("hypot", [0.0, -3.0], [2.0, 0.0]) == [[0, -1], [1, 0]]
    assert slopes("arctan2", [0.0, 2.0], [-2.0, 0.0]) == [[-0.5, 0], [0, -0.5]]


def test_precision_there_and_back():
    """float64 -> float32 -> float64 passes through float32 on the way back too."""
    graph = Graph()
    x = graph.input("x", np.zeros(1))
    y = x.cast(np.float32).cast(np.float64)
    assert [n.op.name for n in (y, y.inputs[0])] == ["astype", "astype"]
    assert x.cast(np.float64) is x
    [found] = slopes("astype", np.zeros(1), dtype=np.dtype(np.float32), g=1 + 2**-40)
    assert found == [1.0]


def test_a_cut_off_float_passes_nothing():
    assert slopes("astype", [1.5], dtype=np.dtype(int)) == [[0.0]]


def test_of_entries_written_twice_the_last_one_counts():
    x, value = [0.0, 0.0, 0.0], [5.0, 6.0, 7.0]
    key = (("array", 0),)
    index = np.array([1, 1, 2])
    assert slopes("setitem", x, value, index, key=key)[:2] == [[1, 0, 0], [0, 1, 1]]
    assert slopes("index_add", x, value, index, key=key)[:2] == [[1, 1, 1], [1, 1, 1]]
    assert slopes("getitem", x, index, key=key)[0] == [0, 2, 1]


def test_only_the_lower_triangle_goes_into_a_cholesky_factor():
    assert slopes("cholesky", [[4.0, 99.0], [0.0, 9.0]]) == [
        [[1 / 4, 0], [1 / 2, 1 / 6]]
    ]
