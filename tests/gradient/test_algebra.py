"""Gradient expressions come out as an expert would leave them: the text says how they
read, random numbers that nothing else has changed."""

# ruff: noqa: E501  (a row of a table is a line)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.gradient.algebra import simplify
from clearprop.gradient.cost import cost
from clearprop.gradient.recognise import recognise
from clearprop.gradient.reverse import gradients

from ._graphs import Workbench, text

# what the chain rule gives -> what is left of it   [values that have a name]
SIMPLER = """
2 * 0.5 * (t - x) * -1                              -> x - t
0.5 * (2 * (t - x)) * -1.0                          -> x - t
-(t - x)                                            -> x - t
-(-g)                                               -> g
-g - -t                                             -> t - g
g + g                                               -> 2 * g
g * 2 + g * 3                                       -> 5 * g
2 * x - x                                           -> x
g * t / t                                           -> g
g * x / x ** 2                                      -> g / x
g * (p * (1 - p))                                   -> g * p * (1 - p)
g * (1 - p ** 2)                                    -> g * (1 - p ** 2)
-(t / p) * (p * (1 - p))                            -> -t * (1 - p)
(-(t / p) + (1 - t) / (1 - p)) * (p * (1 - p))      -> p - t
-t * (1 - p) + (1 - t) * p                          -> p - t
(-t * (1 - p) + (1 - t) * p) * (1 / N)              -> (p - t) / N
-1.0 / N * (t * (1 - p) - (1 - t) * p)              -> (p - t) / N
(p / N) - (t / N)                                   -> (p - t) / N
1 / N * (2 * (x - t))                               -> 2 / N * (x - t)
1 / (N * C) * (2 * (x - t))                         -> 2 / N·C * (x - t)
2 / (2 * N) * x                                     -> x / N
g * N / (N * C)                                     -> g / C
g * (0.5 / p)                                       -> g / (2 * p)
g * 0.3333333333333333                              -> g / 3
0.1 * g * 10                                        -> g
s * g * 2                                           -> 2 * s * g
g * s + t * s                                       -> s * (g + t)
g * b * s                                           -> g * (s * b)
g / column(rows) / N                                -> g / (N * column(rows))
g * (x > 0) * (x > 0)                               -> g * (x > 0)
relu(x) * (relu(x) > 0)                             -> relu(x)
where(x > 0, g, 0)                                  -> g * (x > 0)
where(x > 0, g, 0) + where(x > 0, 0, 2 * g)         -> where(x > 0, g, 2 * g)
g * (x > 0) - where(x > 0, 0.0, t)                  -> where(x > 0, g, -t)
x - x                                               -> 0.0
softmax(x) * sum(t / N, 1, True) - t / N            -> (softmax(x, 1) * sum(t, 1, True) - t) / N
sum(g * 2, 0)                                       -> 2 * sum(g, 0)
sum(-(g / N), 1)                                    -> -1 / N * sum(g, 1)
sum(g * b, 0)                                       -> b * sum(g, 0)
sum(g * column(rows), 1, True)                      -> column(rows) * sum(g, 1, True)
sum(softmax(x) / N, 1, True)                        -> 1 / N
sum(softmax(x) * column(rows), 1)                   -> rows
sum(x - mean(x, 0), 0)                              -> 0.0
sum(x - sum(x, 1, True) / C, 1)                     -> 0.0
sum((x - mean(x, 0)) * b + g, 0)                    -> sum(g, 0)
sum(where(x > 0, g, 0) * s)                         -> s * sum(g * (x > 0))
scatter(-1 / N) - softmax(x) * sum(scatter(-1 / N), 1, True) -> scatter(softmax(x, 1), -1) / N
scatter(-rows) - softmax(x) * sum(scatter(-rows), 1, True) -> scatter(softmax(x, 1), -1) * column(rows)
add_at(zeros(x), read(g, 0), 0) + add_at(zeros(x), read(g, 1), 1) -> index_add(index_add(0.0, getitem(g)), getitem(g))
sum(take(eye(C), y) * s, 1)                         -> s
"""

# already as cheap as it gets, or not safe to touch
UNCHANGED = """
g * p * (1 - p)
(x - t) ** 2
(x - t) * (x + t)
x ** 2 - t ** 2
g * x + t
g / (x + t)
1 - p
x @ W
sum(g * x, 1)
sum(x - mean(x, 1, True), 0)
(x > 0) * g + (x > 1) * g
exp(x) / exp(t)
g * f64(inf)
"""


def rows(table):
    made = []
    for line in table.split("\n"):
        if line:
            code, _, wanted = map(str.strip, line.partition("->"))
            made.append(pytest.param(code, wanted, id=code))
    return made


def simplified(bench, node, keep=(), **more):
    return simplify(bench.graph, [node], keep, **more)[node]


@pytest.mark.parametrize("code, wanted", rows(SIMPLER))
def test_simpler(code, wanted):
    bench = Workbench()
    node = bench.build(code)
    made = simplified(bench, node)
    assert text(made) == wanted
    assert bench.graph.same(made.dims, node.dims)
    assert (made.dtype, made.weak) == (node.dtype, node.weak)
    before, after = bench.value(node, made)
    np.testing.assert_allclose(after, before, rtol=1e-10, atol=1e-12)
    assert np.shape(after) == np.shape(before)


@pytest.mark.parametrize("code, wanted", rows(SIMPLER))
def test_simpler_in_single_precision(code, wanted):
    bench = Workbench(np.float32)
    node = bench.build(code)
    made = simplified(bench, node)
    assert (made.dtype, made.weak) == (node.dtype, node.weak)
    before, after = bench.value(node, made)
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("code, wanted", rows(SIMPLER))
def test_nothing_new_is_nan(code, wanted):
    """Where the longer form is a number at 0, -0.0 or huge values, so is the shorter."""
    for special in (0.0, -0.0, 1e-300, 1e300):
        bench = Workbench()
        node = bench.build(code)
        made = simplified(bench, node)
        for name in ("x", "t", "p", "g"):
            bench.values[bench.inputs[name]] = bench.values[bench.inputs[name]].copy()
            bench.values[bench.inputs[name]][0, 0] = special
        before, after = bench.value(node, made)
        np.testing.assert_array_equal(np.isnan(after) & ~np.isnan(before), False)


@pytest.mark.parametrize("code", [c for c in UNCHANGED.split("\n") if c])
def test_unchanged(code):
    bench = Workbench()
    node = bench.build(code)
    assert simplified(bench, node) is node


def test_a_named_value_is_reused():
    bench = Workbench()
    error = bench.build("t - x")
    node = bench.build("2 * 0.5 * (t - x) * -1")
    assert simplified(bench, node, [error]) is -error
    assert simplified(bench, bench.build("x - t"), [error]) is -error
    made = simplified(bench, bench.build("g * (x - t)"), [error])
    assert text(made) == "-g * (t - x)" and error in made.inputs


def test_a_named_gradient_is_seen_through_only_where_that_is_cheaper():
    bench = Workbench()
    dp = bench.build("((1 - t) / (1 - p) - t / p) / N")
    dz = bench.graph.apply("mul", dp, bench.build("p * (1 - p)"))
    made = simplify(bench.graph, [dp, dz], [dp, dz], wanted=[dz])
    assert text(made[dz]) == "(p - t) / N"
    dh = bench.build("2 / N * (x - t)")
    da = dh * bench.build("1 - p ** 2")
    made = simplify(bench.graph, [dh, da], [dh, da], wanted=[da])
    assert made[dh] in made[da].inputs


def test_rows_that_are_known_to_sum_to_one():
    bench = Workbench()
    node = bench.build("softmax(x) * sum(t / N, 1, True) - t / N")
    target = bench.inputs["t"]

    def one(x, axis):
        return 1 if x is target and axis == (1,) else None

    assert text(simplified(bench, node, sums_to=one)) == "(softmax(x, 1) - t) / N"


def test_the_forward_pass_is_left_as_written():
    bench = Workbench()
    h = bench.build("2 * x * 0.5")
    node = bench.inputs["g"] * h
    made = simplified(bench, node, [h])
    assert h in made.inputs


def test_masks_are_not_added():
    """``g * a + g * b`` is not ``g * (a + b)``: two masks added are a mask."""
    bench = Workbench()
    node = bench.build("g * (x > 0) + g * (t > 0.5)")
    made = simplified(bench, node)
    before, after = bench.value(node, made)
    np.testing.assert_allclose(after, before)


def derived(bench, loss, *names):
    found = recognise(bench.graph, [loss])
    walked = gradients(bench.graph, found.nodes[loss], [bench.inputs[n] for n in names])
    ends = [walked[bench.inputs[n]] for n in names]
    made = simplify(bench.graph, list(walked.values()), ends)
    for old in ends:
        np.testing.assert_allclose(*bench.value(old, made[old]), rtol=1e-9, atol=1e-12)
    return [text(made[g]) for g in ends]


LOSSES = """
-sum(log(pick(exp(x) / sum(exp(x), 1, True)))) / N  -> scatter(softmax(x, 1), -1) / N
-mean(log(pick(exp(x) / sum(exp(x), 1, True))))     -> scatter(softmax(x, 1), -1) / N
-mean(pick(x - log(sum(exp(x), 1, True))))          -> scatter(softmax(x, 1), -1) / N
mean(log(sum(exp(x), 1)) - pick(x))                 -> scatter(softmax(x, 1), -1) / N
sum(log(sum(exp(x), 1)) - pick(x))                  -> scatter(softmax(x, 1), -1)
-sum(rows * log(pick(exp(x) / sum(exp(x), 1, True)))) -> scatter(softmax(x, 1), -1) * column(rows)
-sum(t * log(exp(x) / sum(exp(x), 1, True))) / N    -> (softmax(x, 1) * sum(t, 1, True) - t) / N
-mean(t * log(1 / (1 + exp(-x))) + (1 - t) * log(1 - 1 / (1 + exp(-x)))) -> (sigmoid(x) - t) / N·C
mean(maximum(x, 0) - x * t + log(1 + exp(-abs(x)))) -> (sigmoid(x) - t) / N·C
sum(log(1 + exp(x)) - t * x)                        -> sigmoid(x) - t
mean((x - t) ** 2)                                  -> 2 / N·C * (x - t)
0.5 * sum((t - x) ** 2)                             -> x - t
sum(tanh(x))                                        -> 1 - tanh(x) ** 2
sqrt(sum((x - t) ** 2))                             -> (x - t) / sqrt(sum((x - t) ** 2))
s * sum(x * x)                                      -> 2 * s * x
sum(maximum(x, 0) ** 2)                             -> 2 * relu(x)
sum(where(x > 0, x, 0.01 * x))                      -> where(x > 0, 1, 0.01)
sum(log(cosh(x)))                                   -> sinh(x) / cosh(x)
"""


@pytest.mark.parametrize("code, wanted", rows(LOSSES))
def test_gradients_of_losses(code, wanted):
    bench = Workbench()
    assert derived(bench, bench.build(code), "x") == [wanted]


EXPRESSIONS = st.recursive(
    st.sampled_from("x t p g b s N 2 0.5 (1.0*(x>0)) column(rows)".split()),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda a: f"(-1 * {a})"),
        inner.map(lambda a: f"({a} / (p + 1))"),
        inner.map(lambda a: f"({a} / N)"),
        inner.map(lambda a: f"((g + {a}) * (1 - p))"),
        inner.map(lambda a: f"sum(g * {a}, 1, True)"),
        inner.map(lambda a: f"sum(softmax(x) * {a}, 1, True)"),
        inner.map(lambda a: f"(scatter(rows) - {a})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_any_expression_keeps_its_value_and_costs_no_more(code):
    bench = Workbench()
    node = bench.build(f"g * 1 + ({code})")
    made = simplified(bench, node)
    before, after = bench.value(node, made)
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)
    assert np.shape(after) == np.shape(before) and made.dtype == node.dtype
    assert cost(made, lambda n: False) <= cost(node, lambda n: False)


def test_ten_thousand_nodes():
    """Long sums, long products and shared values: near-linear, and no recursion."""
    bench = Workbench()
    x, g = bench.inputs["x"], bench.inputs["g"]
    node, total = g, g
    for i in range(1000):
        node = node * (1 - x) * 0.5 + g
        total = total + bench.graph.apply("sin", node) * (i + 1)
    made = simplified(bench, total)
    np.testing.assert_allclose(*bench.value(total, made), rtol=1e-6)
