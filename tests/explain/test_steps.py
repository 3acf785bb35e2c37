"""The steps: the tutorial's numbers, and arithmetic that anyone can check."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
from corpus import CASES

import clearprop

from .networks import (
    backward_of,
    backward_steps,
    classifier,
    explained,
    explanation_of,
    relu_network,
    the_3_2_1,
    the_4_8_3,
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def test_the_numbers_of_the_tutorial():
    explanation = the_3_2_1()
    forward = {s.target: s.value.values for s in explanation.steps}
    np.testing.assert_allclose(
        forward["hidden_layer_output"], [0.55971365, 0.38698582], atol=5e-9
    )
    assert forward["output"] == pytest.approx(0.48497343084992534, abs=1e-15)
    assert forward["loss"] == pytest.approx(0.0066155558, abs=5e-11)
    steps = backward_steps(explanation)
    # target − output = 0.1150…, and its slope: the error term of the output
    incoming, local = steps["doutput_layer_in"].factors
    assert incoming.value.values == pytest.approx(0.48497343 - 0.6)
    assert local.value.values == pytest.approx(0.48497343 * (1 - 0.48497343))
    assert steps["doutput_layer_in"].value.values == pytest.approx(
        incoming.value.values * local.value.values
    )


def test_the_weight_steps_of_the_tutorial():
    steps = backward_steps(the_3_2_1())
    second = steps["dweights_hidden_output"].weight_step
    np.testing.assert_allclose(second.value.values, [0.00804047, 0.00555918], atol=5e-9)
    first = steps["dweights_input_hidden"].weight_step
    expected = [
        [1.77005547e-04, -5.11178506e-04],
        [3.54011093e-05, -1.02235701e-04],
        [-7.08022187e-05, 2.04471402e-04],
    ]
    np.testing.assert_allclose(first.value.values, expected, atol=5e-13)
    assert first.says == "η = learnrate = 0.5"


def test_each_line_is_named_in_the_words_of_the_field():
    titles = {t: (s.title, s.equation) for t, s in backward_steps(the_3_2_1()).items()}
    assert titles["dhidden_layer_input"] == (
        "error term of the hidden layer",
        "δ = ∂L/∂hidden_layer_input",
    )
    assert titles["dweights_input_hidden"][0] == (
        "gradient of the weights into the hidden layer"
    )
    assert titles["dhidden_layer_output"][0] == (
        "error attributed to each unit of the hidden layer"
    )


def test_three_layers_are_numbered():
    rng = np.random.default_rng(0)

    def deep(x, a, b, c):
        return np.sum(np.tanh(np.tanh(np.tanh(x @ a) @ b) @ c))

    args = rng.normal(size=2), *(rng.normal(size=(2, 2)) for _ in "abc")
    titles = [s.title for s in explained(deep, *args, wrt=tuple("abc")).steps]
    for name in ("hidden layer 1", "hidden layer 2", "output layer"):
        assert f"gradient of the weights into the {name}" in titles


def test_without_a_rate_there_is_no_weight_step():
    assert not any(s.weight_step for s in the_4_8_3().steps)


def test_a_given_rate_is_used():
    rng = np.random.default_rng(0)
    shapes = [(5, 4), (5, 3), (4, 8), 8, (8, 3), 3]
    args = [rng.normal(size=s) for s in shapes]
    explanation = explained(relu_network, *args, wrt=("b2", "W1"), rate=0.01)
    step = backward_steps(explanation)["db2"]
    np.testing.assert_allclose(
        step.weight_step.value.values, -0.01 * np.array(step.value.values)
    )


def test_the_data_takes_no_weight_step():
    rng = np.random.default_rng(0)
    args = [rng.normal(size=s) for s in [(5, 4), (5, 3), (4, 8), 8, (8, 3), 3]]
    steps = backward_steps(explained(relu_network, *args, rate=0.01))
    assert steps["dW1"].weight_step is not None
    assert steps["dX"].weight_step is None


def test_lines_that_go_on_with_one_variable_are_one_step():
    rng = np.random.default_rng(0)
    args = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
    weights = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))
    explanation = explained(classifier, *args, *weights, wrt=("W1", "W2"))
    step = backward_steps(explanation)["dscores"]
    assert [f.role for f in step.factors] == ["first", "then", "then"]
    assert step.code.count("\n") == 2
    # probabilities minus one-hot, shared out over four examples
    np.testing.assert_allclose(np.sum(step.value.values, axis=1), 0, atol=1e-15)


def test_the_first_line_names_its_incoming_gradient():
    """Where a line names no gradient, its factors are found by their values."""

    def neuron(w, x, t):
        y = 1 / (1 + np.exp(-w * x))
        return 0.5 * (y - t) ** 2

    explanation = explained(neuron, 0.3, 0.7, 0.9, wrt="w")
    step = next(s for s in explanation.steps if len(s.factors) > 1)
    incoming, local = step.factors[:2]
    assert incoming.role == "incoming gradient"
    assert incoming.says == "the error term of the output layer"
    y = 1 / (1 + np.exp(-0.3 * 0.7))
    assert incoming.value.values == pytest.approx((y - 0.9) * y * (1 - y))
    assert local.code == "x"


@every_case
def test_what_is_shown_multiplies_and_adds_up(case):
    """The factors of a step give its result, and every field goes into JSON."""
    explanation = explanation_of(case)
    assert explanation.steps
    for step in explanation.steps:
        json.dumps(dataclasses.asdict(step), allow_nan=False)
        values = [f.value.values for f in step.factors]
        if len(values) < 2 or step.after or any(v is None for v in values):
            continue
        if step.value.values is None or step.value.dtype in ("bool", "int64"):
            continue
        arrays = [np.asarray(v, dtype=float) for v in values]
        if step.operation == "×":
            result = np.prod(np.broadcast_arrays(*arrays), axis=0)
        elif step.operation == "@":
            result = arrays[0] @ arrays[1]
        elif step.operation == "+":
            result = sum(arrays)
        else:
            continue
        close = 1e-4 if step.value.dtype == "float32" else 1e-9
        np.testing.assert_allclose(
            np.broadcast_to(result, np.shape(step.value.values)),
            np.asarray(step.value.values, dtype=float),
            rtol=close,
            atol=close,
            err_msg=step.code,
        )


@every_case
def test_the_last_value_of_a_variable_is_the_gradient(case):
    """The steps end in what backward returns."""
    backward, explanation = backward_of(case), explanation_of(case)
    for leaf, node in backward.program.request.wanted:
        target = None if node is None else backward.program.names.get(node)
        step = backward_steps(explanation).get(target)
        if step is None or step.value.values is None:
            continue
        assert list(step.value.shape) == list(leaf.node.shape)


def test_the_atomic_style_has_a_step_for_every_operation():
    rng = np.random.default_rng(0)
    args = [rng.normal(size=s) for s in [(5, 4), (5, 3), (4, 8), 8, (8, 3), 3]]
    fused = explained(relu_network, *args, wrt=("W1",))
    atomic = explained(relu_network, *args, wrt=("W1",), style="atomic")
    assert len(atomic.steps) > len(fused.steps)
    np.testing.assert_allclose(
        backward_steps(atomic)["dW1"].value.summary["norm"],
        backward_steps(fused)["dW1"].value.summary["norm"],
    )


def test_a_mask_between_two_layers_is_not_a_weight():
    def dropped(x, t, W, U, mask):
        h = np.maximum(0, x @ W)
        kept = h * mask
        return np.mean((kept @ U - t) ** 2)

    rng = np.random.default_rng(0)
    args = (
        rng.normal(size=(4, 3)), rng.normal(size=(4, 1)), rng.normal(size=(3, 5)),
        rng.normal(size=(5, 1)), rng.integers(0, 2, (4, 5)) * 2.0,
    )  # fmt: skip
    steps = {s.target: s for s in explained(dropped, *args, wrt=("W", "U")).steps}
    assert steps["dkept"].title == "error attributed to what enters the output layer"
    assert steps["dkept"].factors[1].says == "the weights into the output layer"
    assert steps["dh"].factors[1].code == "mask"
    assert "weights" not in steps["dh"].factors[1].says + steps["dh"].says


def test_an_activation_without_a_name_is_neither_linear_nor_another():
    def swish_and_gelu(x, W, U):
        z = x @ W
        h = z / (1 + np.exp(-z))
        a = h @ U
        y = 0.5 * a * (1 + np.tanh(0.8 * (a + 0.04 * a**3)))
        return np.sum((y - 1) ** 2)

    rng = np.random.default_rng(0)
    args = rng.normal(size=(4, 3)), rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
    steps = explained(swish_and_gelu, *args, wrt=("W", "U")).steps
    terms = [step for step in steps if step.kind == "error term"]
    assert len(terms) == 2
    for step in terms:
        said = step.says + " ".join(factor.says for factor in step.factors)
        assert "linear" not in said
        assert "sigmoid" not in said


def test_zero_is_not_taken_for_the_gradient_of_everything():
    def neuron(w, x):
        out = 1 / (1 + np.exp(-(w @ x)))
        error = 1.0 - out
        return 0.5 * error**2

    args = np.array([1.0, 0.5]), np.array([-800.0, 3.0])
    last = explained(neuron, *args, wrt="w").steps[-1]
    incoming = [f.code for f in last.factors if f.role == "incoming gradient"]
    assert incoming != ["out"]


def a_long_sum_of_steps(k):
    y, cost = 0.0, 0.0
    for _ in range(9):
        error_of_this_step = 1.0 - y
        y = y + 0.1 * np.tanh(k * error_of_this_step)
        cost = cost + error_of_this_step**2
    return cost


def test_a_part_of_a_long_sum_is_not_straight_from_the_loss():
    backward = clearprop.derive(a_long_sum_of_steps, 1.5)
    text = str(backward.explain())
    parts = [line.target for line in backward.program.lines if line.target[:1] == "t"]
    assert parts and "computed above" in text
    for line, after in itertools.pairwise(text.splitlines()):
        if after.strip() == "straight from the loss":
            assert not any(f" {part} " in line for part in parts)
