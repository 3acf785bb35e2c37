"""The rewriting mechanism itself, and the rules on shapes."""

import numpy as np
import pytest

from clearprop.errors import ClearpropError
from clearprop.gradient.rewrite import Rule, rewrite
from clearprop.gradient.tidy import RULES, masks_only, tidy

from ._graphs import Workbench, text


def halves(node):
    a, b = node.inputs
    return 2 * a if a is b else None


DOUBLE = Rule("a + a is 2 * a", ("add",), halves)


def test_inputs_are_replaced_first_and_every_node_is_accounted_for():
    bench = Workbench()
    inner = bench.build("x + x")
    outer = bench.graph.apply("exp", inner) * inner
    found = rewrite(bench.graph, [outer], [DOUBLE])
    assert text(found[outer]) == "exp(2 * x) * (2 * x)"
    assert text(found[inner]) == "2 * x"
    assert found[bench.inputs["x"]] is bench.inputs["x"]


def test_what_a_rule_makes_is_looked_at_again():
    bench = Workbench()
    unfold = Rule("unfold", ("pow",), lambda n: n.inputs[0] + n.inputs[0])
    node = bench.build("exp(x ** 2)")
    assert text(rewrite(bench.graph, [node], [unfold, DOUBLE])[node]) == "exp(2 * x)"


def test_a_replacement_of_other_dims_or_dtype_is_not_taken():
    bench = Workbench()
    node = bench.build("exp(x)")
    for wrong in ("sum(x, 0)", "cast(x) > 0", "T(x)"):
        rule = Rule("wrong", ("exp",), lambda n, wrong=wrong: bench.build(wrong))
        assert rewrite(bench.graph, [node], [rule])[node] is node


def test_rules_that_undo_each_other_are_an_error():
    bench = Workbench()
    there = Rule("there", ("exp",), lambda n: bench.graph.apply("sin", n.inputs[0]))
    back = Rule("back", ("sin",), lambda n: bench.graph.apply("exp", -n.inputs[0]))
    with pytest.raises(ClearpropError, match="never settle"):
        rewrite(bench.graph, [bench.build("exp(x)")], [there, back])


def test_fixed_nodes_stay():
    bench = Workbench()
    inner = bench.build("x + x")
    outer = bench.graph.apply("exp", inner)
    assert rewrite(bench.graph, [outer], [DOUBLE], fixed={inner, outer})[outer] is outer


def test_equal_nodes_stay_shared():
    bench = Workbench()
    x = bench.inputs["x"]
    node = bench.graph.apply("exp", x) + bench.graph.apply("exp", x)
    made = rewrite(bench.graph, [node], [DOUBLE])[node]
    assert made.inputs[1] is bench.build("exp(x)")


TIDIER = """
T(T(x) @ g)                                         -> T(g) @ x
T(g @ T(W))                                         -> W @ T(g)
column(sum(x, 1))                                   -> sum(x, 1, True)
reshape(sum(x, 1, True), N)                         -> sum(x, 1)
where(x > 0, g, 0)                                  -> g * (x > 0)
scatter(rows) + g                                   -> scatter(g, rows)
g + scatter(rows)                                   -> scatter(g, rows)
"""
AS_IT_IS = """
T(x @ W)
x @ W
column(rows)
reshape(sum(x, 1, True), N, 1)
where(x > 0, g, 1)
where(x > 0, 0, g)
scatter(rows, g) + t
"""


@pytest.mark.parametrize("line", [s for s in TIDIER.split("\n") if s])
def test_tidier(line):
    bench = Workbench()
    code, wanted = map(str.strip, line.split("->"))
    if "T(W)" in code:
        code = code.replace("g @", "(x @ W) @")
        wanted = wanted.replace("T(g)", "T(x @ W)")
    node = bench.build(code)
    made = tidy(bench.graph, [node])[node]
    assert text(made) == wanted
    np.testing.assert_allclose(*bench.value(made, node))


@pytest.mark.parametrize("code", [s for s in AS_IT_IS.split("\n") if s])
def test_as_it_is(code):
    bench = Workbench()
    node = bench.build(code)
    assert tidy(bench.graph, [node])[node] is node


def test_a_relu_that_is_only_a_mask_is_not_computed():
    bench = Workbench()
    mask = bench.build("g * (relu(x) > 0)")
    both = bench.build("relu(x) * (relu(x) > 0.5) + (relu(x) > 0)")
    made = tidy(bench.graph, [mask], masks=masks_only([mask], ()))[mask]
    assert text(made) == "g * (x > 0)"
    assert not masks_only([both], ())
    assert not masks_only([mask], [bench.build("relu(x)")])


def test_every_rule_says_when_it_holds():
    assert all(rule.when and rule.name for rule in RULES)
