"""Named functions are found however they were written, and nowhere else; what is found
has the same value, dims and dtype, and is given back in a stable form."""

# ruff: noqa: E501  (a row of a table is a line)

import numpy as np
import pytest

from clearprop.gradient.lower import FORMS, lower
from clearprop.gradient.recognise import RULES, recognise
from clearprop.graph import ordered

from ._graphs import Workbench, text

# what the user wrote -> what it is, and whether the user's own form is given back
FOUND = """
1 / (1 + exp(-x))                                   -> sigmoid(x)           kept
1.0 / (exp(-x) + 1.0)                               -> sigmoid(x)           kept
1 / (1 + exp(-1 * x))                               -> sigmoid(x)           kept
1 / (1 + exp(-(x - t)))                             -> sigmoid(x - t)       kept
1 / (1 + exp(t - x))                                -> sigmoid(x - t)       kept
1 / (1 + pow(e, -x))                                -> sigmoid(x)           kept
1 / (1 + 1 / exp(x))                                -> sigmoid(x)           kept
(1 + exp(-x)) ** -1                                 -> sigmoid(x)           kept
exp(x) / (1 + exp(x))                               -> sigmoid(x)
exp(x) / (exp(x) + 1)                               -> sigmoid(x)
exp(-x) / (1 + exp(-x))                             -> sigmoid(-x)
0.5 * (1 + tanh(x / 2))                             -> sigmoid(x)           kept
(tanh(0.5 * x) + 1) / 2                             -> sigmoid(x)           kept
0.5 + 0.5 * tanh(x / 2)                             -> sigmoid(x)           kept
x / (1 + exp(-x))                                   -> x * sigmoid(x)       kept
exp(x) / (1 + exp(t))                               -> exp(x) * sigmoid(-t) kept
where(x >= 0, 1 / (1 + exp(-x)), exp(x) / (1 + exp(x)))  -> sigmoid(x)
where(x >= 0, 1 / (1 + exp(-abs(x))), exp(-abs(x)) / (1 + exp(-abs(x)))) -> sigmoid(x) kept
(exp(x) - exp(-x)) / (exp(x) + exp(-x))             -> tanh(x)
(exp(2 * x) - 1) / (exp(2 * x) + 1)                 -> tanh(x)
(1 - exp(-2 * x)) / (1 + exp(-2 * x))               -> tanh(x)
2 / (1 + exp(-2 * x)) - 1                           -> tanh(x)              kept
sinh(x) / cosh(x)                                   -> tanh(x)
exp(x) / sum(exp(x), 1, True)                       -> softmax(x, 1)
exp(x) / column(sum(exp(x), 1))                     -> softmax(x, 1)
exp(x) / reshape(sum(exp(x), 1), N, 1)              -> softmax(x, 1)
exp(x) / sum(exp(x), 0)                             -> softmax(x, 0)
exp(x) / sum(exp(x))                                -> softmax(x)
exp(v) / sum(exp(v))                                -> softmax(v)
T(T(exp(x)) / sum(exp(x), 1))                       -> softmax(x, 1)
T(exp(T(x)) / sum(exp(T(x)), 0))                    -> softmax(x, 1)
exp(x - max(x, 1, True)) / sum(exp(x - max(x, 1, True)), 1, True) -> softmax(x, 1) kept
exp(x - column(max(x, 1))) / column(sum(exp(x - column(max(x, 1))), 1)) -> softmax(x, 1) kept
exp(x - max(x)) / sum(exp(x - max(x)), 1, True)     -> softmax(x, 1)        kept
exp(x - mean(x, 1, True)) / sum(exp(x - mean(x, 1, True)), 1, True) -> softmax(x, 1)
exp(x - b) / sum(exp(x - b), 1, True)               -> softmax(x - b, 1)
log(exp(x) / sum(exp(x), 1, True))                  -> log_softmax(x, 1)
log(pick(exp(x) / sum(exp(x), 1, True)))            -> pick(log_softmax(x, 1))
log(T(exp(x) / sum(exp(x), 1, True)))               -> T(log_softmax(x, 1))
x - log(sum(exp(x), 1, True))                       -> log_softmax(x, 1)
x - column(log(sum(exp(x), 1)))                     -> log_softmax(x, 1)
x - log(column(sum(exp(x), 1)))                     -> log_softmax(x, 1)
x - max(x, 1, True) - log(sum(exp(x - max(x, 1, True)), 1, True)) -> log_softmax(x, 1) kept
log(sum(exp(x), 1))                                 -> logsumexp(x, 1)
max(x, 1) + log(sum(exp(x - column(max(x, 1))), 1)) -> logsumexp(x, 1)      kept
log(sum(exp(x - max(x, 1, True)), 1, True)) + max(x, 1, True) -> logsumexp(x, 1, True) kept
log(sum(exp(x), 1)) - pick(x)                       -> -pick(log_softmax(x, 1))
-pick(x) + log(sum(exp(x), 1))                      -> -pick(log_softmax(x, 1))
pick(x) - log(sum(exp(x), 1))                       -> pick(log_softmax(x, 1))
log(1 / (1 + exp(-x)))                              -> log_sigmoid(x)
log(1 - 1 / (1 + exp(-x)))                          -> -softplus(x)
log(1 - T(1 / (1 + exp(-x))))                       -> T(-softplus(x))
log1p(-(1 / (1 + exp(-x))))                         -> -softplus(x)
log(1 + exp(x))                                     -> softplus(x)
log1p(exp(x))                                       -> softplus(x)
logaddexp(0, x)                                     -> softplus(x)          kept
log(1 + exp(-x))                                    -> -log_sigmoid(x)
-logaddexp(0, -x)                                   -> log_sigmoid(x)       kept
maximum(x, 0) + log1p(exp(-abs(x)))                 -> softplus(x)          kept
maximum(x, 0) - x * t + log(1 + exp(-abs(x)))       -> softplus(x) - x * t  kept
maximum(0, x)                                       -> relu(x)              kept
maximum(x, 0.0)                                     -> relu(x)              kept
maximum(x, zeros(x))                                -> relu(x)              kept
x * (x > 0)                                         -> relu(x)              kept
(0 < x) * x                                         -> relu(x)              kept
x * cast(x > 0)                                     -> relu(x)              kept
where(x > 0, x, 0)                                  -> relu(x)              kept
where(x < 0, 0, x)                                  -> relu(x)              kept
where(invert(x > 0), 0.0, x)                        -> relu(x)              kept
clip(x, 0, inf)                                     -> relu(x)              kept
(x + abs(x)) / 2                                    -> relu(x)              kept
0.5 * (abs(x) + x)                                  -> relu(x)              kept
"""

# forms that look alike and are something else
MISSED = """
1 / (1.5 + exp(-x))
1 / (1 - exp(-x))
2 * (1 + tanh(x / 2))
0.5 * (1 + tanh(x))
where(x >= 0, 1 / (1 + exp(-x)), t)
(exp(x) - exp(-x)) / (exp(x) + exp(t))
exp(x) / sum(exp(x) + 1e-8, 1, True)
exp(x) / (sum(exp(x), 1, True) + 1e-8)
exp(x) / sum(exp(t), 1, True)
exp(x) / exp(sum(x, 1, True))
x / sum(x, 1, True)
log(sum(exp(x), 1) + 1e-8)
log(sum(x, 1))
x - column(log(sum(exp(t), 1)))
log(1 + 2 * exp(x))
log(t + exp(x))
log1p(x)
logaddexp(1, x)
logaddexp(t, x)
maximum(x, 1)
maximum(x, t)
x * (t > 0)
x * (x > 1)
where(x > 0, t, 0)
where(x > 0, 0, x)
clip(x, 0, 6)
(x + abs(t)) / 2
"""


def cases(table):
    return list(_cases(table))


def _cases(table):
    for line in filter(None, table.split("\n")):
        code, _, rest = line.partition("->")
        found = rest.strip().removesuffix("kept").strip()
        yield pytest.param(
            code.strip(), found, rest.strip().endswith("kept"), id=code.strip()
        )


def recognised(bench, node):
    found = recognise(bench.graph, [node])
    return found.nodes[node], found.spelling


@pytest.mark.parametrize("code, wanted, kept", cases(FOUND))
def test_is_found(code, wanted, kept):
    bench = Workbench()
    node = bench.build(code)
    found, spelling = recognised(bench, node)
    assert text(found) == wanted
    again = lower(bench.graph, [found], spelling)[found]
    before, named, after = bench.value(node, found, again)
    np.testing.assert_allclose(named, before, rtol=1e-12)
    np.testing.assert_allclose(after, before, rtol=1e-12)
    assert bench.graph.same(found.dims, node.dims)
    assert found.dtype == node.dtype == again.dtype
    assert (again is node) == kept


@pytest.mark.parametrize("code", [c.strip() for c in MISSED.split("\n") if c])
def test_is_not_found(code):
    bench = Workbench()
    node = bench.build(code)
    found, _ = recognised(bench, node)
    assert found.op.name == node.op.name and found.op.name not in FORMS


@pytest.mark.parametrize("code, wanted, kept", cases(FOUND))
def test_keeps_single_precision(code, wanted, kept):
    bench = Workbench(np.float32)
    node = bench.build(code)
    found, spelling = recognised(bench, node)
    again = lower(bench.graph, [found], spelling)[found]
    assert found.dtype == again.dtype == node.dtype
    before, after = bench.value(node, again)
    np.testing.assert_allclose(after, before, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("number", [1e3, -1e3, 0.0, -0.0, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("name", ["sigmoid", "softplus", "log_sigmoid", "relu"])
def test_what_is_written_is_right_everywhere(name, number):
    bench = Workbench()
    node = bench.build(f"{name}(x)")
    again = lower(bench.graph, [node])[node]
    bench.values[bench.inputs["x"]] = np.full((4, 3), number)
    wanted, got = bench.value(node, again)
    np.testing.assert_array_equal(got, wanted)
    assert np.isfinite(got).all() or not np.isfinite(number)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_large_scores_do_not_overflow(name):
    bench = Workbench()
    node = bench.build(f"{name}(x)")
    again = lower(bench.graph, [node])[node]
    bench.values[bench.inputs["x"]] = 1e4 * np.arange(12.0).reshape(4, 3)
    wanted, got = bench.value(node, again)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, wanted)


def test_an_unstable_form_is_made_stable():
    bench = Workbench()
    node = bench.build("log(exp(x) / sum(exp(x), 1, True))")
    found, spelling = recognised(bench, node)
    again = lower(bench.graph, [found], spelling)[found]
    bench.values[bench.inputs["x"]] = 1e4 * np.arange(12.0).reshape(4, 3)
    assert np.isnan(bench.value(node)[0]).any()
    assert np.isfinite(bench.value(again)[0]).all()


def test_epsilon_in_a_logarithm_is_left_alone():
    bench = Workbench()
    found, _ = recognised(bench, bench.build("log(softmax(x) + 1e-8)"))
    assert text(found) == "log(softmax(x, 1) + 1e-08)"


def test_the_users_values_are_found_again():
    """shifted, e and probs are the user's own nodes after recognising and lowering."""
    bench = Workbench()
    shifted = bench.build("x - max(x, 1, True)")
    e = bench.graph.apply("exp", shifted)
    probs = e / e.sum((1,), keepdims=True)
    loss = -bench.graph.apply("log", bench.pick(probs)).sum((0,))
    found = recognise(bench.graph, [loss, probs])
    assert found.nodes[probs].op.name == "softmax"
    again = lower(bench.graph, [found.nodes[probs]], found.spelling)
    assert again[found.nodes[probs]] is probs


def test_a_written_logarithm_serves_the_softmax():
    bench = Workbench()
    logp, probs = bench.build("log_softmax(x)"), bench.build("softmax(x)")
    again = lower(bench.graph, [logp, probs])
    assert again[probs] is bench.graph.apply("exp", again[logp])
    alone = lower(bench.graph, [logp, probs], written=[probs])
    assert alone[probs].op.name == "div"
    total, probs = bench.build("logsumexp(t)"), bench.build("softmax(t)")
    again = lower(bench.graph, [total, probs])
    assert text(again[probs]).startswith("exp(t - column(")
    np.testing.assert_allclose(*bench.value(again[probs], probs))


def test_sigmoid_by_masks():
    bench = Workbench()
    x, g = bench.inputs["x"], bench.graph
    mask = x >= 0
    off = g.apply("invert", mask)
    key = (("array", 0),)
    count = int((bench.values[x] >= 0).sum())

    def side(m, n):
        taken = g.apply("getitem", x, m, key=key, counts=(n,))
        return g.apply("sigmoid", taken)

    first = g.apply("setitem", g.zeros(x.dims, x.dtype), side(mask, count), mask,
                    key=key, counts=(count,))  # fmt: skip
    both = g.apply(
        "setitem", first, side(off, 12 - count), off, key=key, counts=(12 - count,)
    )
    found, _ = recognised(bench, both)
    assert text(found) == "sigmoid(x)"
    other = g.apply("tanh", g.apply("getitem", x, off, key=key, counts=(12 - count,)))
    half = g.apply("setitem", first, other, off, key=key, counts=(12 - count,))
    assert recognised(bench, half)[0] is half


def test_every_rule_says_when_it_holds_and_is_used():
    used = set()
    for case in cases(FOUND):
        bench = Workbench()
        node = bench.build(case.values[0])

        def note(rule, old, new):
            used.add(rule.name)

        from clearprop.gradient.rewrite import rewrite

        rewrite(bench.graph, [node], RULES, fired=note)
    assert all(rule.when for rule in RULES)
    assert {rule.name for rule in RULES} - used == {
        "one function on both sides of a mask"
    }


def test_ten_thousand_nodes_in_time():
    """A chain of 2,000 sigmoid layers: linear, not quadratic, and no recursion."""
    bench = Workbench()
    h = bench.inputs["x"]
    for _ in range(2000):
        h = 1 / (1 + bench.graph.apply("exp", -h * 2.0))
    found, spelling = recognised(bench, h)
    assert sum(n.op.name == "sigmoid" for n in ordered([found])) == 2000
    assert lower(bench.graph, [found], spelling)[found] is h
