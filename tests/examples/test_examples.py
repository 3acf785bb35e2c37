"""The examples print the numbers that the documents they come from print.

Each example runs as a program of its own, with warnings as errors. The expected numbers
are typed in from those documents, to the digits that they give; where none gives any,
the same thing is computed a second way.
"""

import ast
import math
import os
import re
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp

EXAMPLES = Path(__file__).parents[2] / "examples"
ALSO_IMPORTED = {
    "train_two_neurons": ["import sys", "import clearprop as cp"],
    "train_digits": [
        "import clearprop as cp",
        "from sklearn.datasets import load_digits",
    ],
}
NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")


@cache
def printed(name):
    """What an example prints, line by line."""
    run = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout.splitlines()


def numbers(name, label, rows=0):
    """The numbers printed behind a label or, given rows, on the lines below it."""
    lines = printed(name)
    at = next(i for i, line in enumerate(lines) if line.startswith(label))
    found = lines[at + 1 : at + 1 + rows] if rows else [lines[at][len(label) :]]
    return np.squeeze([[float(n) for n in NUMBER.findall(line)] for line in found])


def close(digits):
    """Agreement to a number of decimals, as printed there."""
    return {"rtol": 0, "atol": 0.5000001 * 10.0**-digits}


def along(f, values, index, h=1e-30):
    """The derivative of f in one of its arguments, by the complex step."""
    moved = list(values)
    moved[index] = moved[index] + 1j * h
    return f(*moved).imag / h


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.stem)
def test_every_example_runs_and_says_something(path):
    assert printed(path.stem)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.stem)
def test_examples_import_nothing_but_numpy(path):
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    imports = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
    more = ALSO_IMPORTED.get(path.stem, [])
    found = sorted(ast.unparse(n) for n in imports)
    assert found == sorted(["import numpy as np", *more])


# --- the 3-2-1 network ----------------------------------------------------------------

STEP_HIDDEN_OUTPUT = [0.00804047, 0.00555918]
STEP_INPUT_HIDDEN = [
    [1.77005547e-04, -5.11178506e-04],
    [3.54011093e-05, -1.02235701e-04],
    [-7.08022187e-05, 2.04471402e-04],
]


def test_tutorial_forward_pass():
    hidden = numbers("tutorial", "hidden layer output:")
    np.testing.assert_allclose(hidden, [0.55971365, 0.38698582], **close(8))
    assert numbers("tutorial", "output:") == pytest.approx(
        0.48497343084992534, rel=1e-14
    )
    np.testing.assert_allclose(numbers("tutorial", "loss:"), 0.0066155558, **close(10))


@pytest.mark.parametrize(
    ("name", "sign"), [("tutorial_by_hand", 1), ("tutorial_output_minus_target", -1)]
)
def test_weight_steps_in_both_sign_conventions(name, sign):
    assert numbers(name, "output:") == pytest.approx(0.48497343084992534, rel=1e-14)
    np.testing.assert_allclose(
        numbers(name, "weight step, hidden to output:", rows=1),
        sign * np.array(STEP_HIDDEN_OUTPUT),
        **close(8),
    )
    np.testing.assert_allclose(
        numbers(name, "weight step, input to hidden:", rows=3),
        sign * np.array(STEP_INPUT_HIDDEN),
        **close(12),
    )


def test_weight_steps_are_minus_rate_times_the_gradient():
    """The published steps, against the slope of the loss itself."""
    scope = runpy.run_path(str(EXAMPLES / "tutorial.py"))
    x, target, rate = scope["x"], scope["target"], scope["learnrate"]
    sigmoid = scope["sigmoid"]
    w_ih, w_ho = scope["weights_input_hidden"], scope["weights_hidden_output"]

    def loss(*w):
        w = np.array(w)
        return 0.5 * (target - sigmoid(sigmoid(x @ w[:6].reshape(3, 2)) @ w[6:])) ** 2

    weights = [*w_ih.ravel(), *w_ho]
    step = np.array([-rate * along(loss, weights, k) for k in range(8)])
    np.testing.assert_allclose(step[:6].reshape(3, 2), STEP_INPUT_HIDDEN, **close(12))
    np.testing.assert_allclose(step[6:], STEP_HIDDEN_OUTPUT, **close(8))


# --- the 2-1-1 network ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "published", "digits"),
    [
        ("hidden output:", 0.495, 3),
        ("output:", 0.512, 3),
        ("output error term:", 0.122, 3),
        ("hidden error term:", 0.003, 3),
        ("weight step, hidden to output:", 0.0302, 4),
    ],
)
def test_two_one_one(label, published, digits):
    np.testing.assert_allclose(
        numbers("two_one_one", label), published, **close(digits)
    )


def test_two_one_one_steps_are_minus_rate_times_the_gradient():
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def loss(w1, w2, w3):
        return 0.5 * (1.0 - sigmoid(w3 * sigmoid(0.1 * w1 + 0.3 * w2))) ** 2

    w = (0.4, -0.2, 0.1)
    steps = [-0.5 * along(loss, w, k) for k in range(3)]
    first = numbers("two_one_one", "weight step, input to hidden:")
    np.testing.assert_allclose(first, steps[:2], **close(8))
    last = numbers("two_one_one", "weight step, hidden to output:")
    assert last == pytest.approx(steps[2], rel=1e-12)


# --- the outer product ----------------------------------------------------------------


def test_outer_product():
    expected = [
        [1.0e-02, 2.0e-03, 4.0e-05],
        [2.0e-02, 4.0e-03, 8.0e-05],
        [3.0e-02, 6.0e-03, 1.2e-04],
        [4.0e-02, 8.0e-03, 1.6e-04],
        [5.0e-02, 1.0e-02, 2.0e-04],
        [6.0e-02, 1.2e-02, 2.4e-04],
    ]
    found = numbers("outer_product", "hidden_error * inputs[:, None]", rows=6)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert "shape: (6, 3) = (len(inputs), len(hidden_error))" in printed(
        "outer_product"
    )


def test_transpose_makes_a_column_of_a_row_but_not_of_a_1d_array():
    lines = printed("outer_product")
    assert "a row: (1, 6) becomes (6, 1)" in lines
    assert "hidden_error * row.T is the same: True" in lines
    assert "one axis: (6,) stays (6,)" in lines
    assert lines[-1].startswith("hidden_error * inputs.T fails: operands could not be")


def test_the_outer_product_is_a_layer_s_weight_gradient():
    scope = runpy.run_path(str(EXAMPLES / "outer_product.py"))
    inputs, weights, error = scope["inputs"], scope["weights"], scope["hidden_error"]

    def loss(*w):
        return scope["loss"](inputs, np.reshape(w, weights.shape), error)

    gradient = [along(loss, weights.ravel(), k) for k in range(weights.size)]
    np.testing.assert_allclose(
        np.reshape(gradient, weights.shape), scope["step"], rtol=1e-14
    )


# --- activations ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "published"),
    [
        ("softmax:", [0.03511903, 0.25949646, 0.70538451]),
        ("sigmoid:", [0.88079708, 0.98201379, 0.99330715]),
        ("relu:", [2.0, 4.0, 5.0]),
        ("relu, negative too:", [0.0, 0.0, 3.0]),
        ("perceptron:", 0.99999992),
    ],
)
def test_activations(label, published):
    np.testing.assert_allclose(numbers("activations", label), published, **close(8))


# --- the two-neuron chain -------------------------------------------------------------


def test_chain_feedforward():
    name = "two_neuron_chain"
    assert numbers(name, "sigmoid(0.5):") == pytest.approx(
        0.6224593312018546, rel=1e-14
    )
    assert numbers(name, "out:") == pytest.approx(0.36375380675182073, rel=1e-14)


def test_chain_gradients_and_step():
    scope = runpy.run_path(str(EXAMPLES / "two_neuron_chain.py"))
    at = (2.0, 1.0, 0.5)
    for k, name in enumerate(["w0", "w1", "w2"]):
        slope = along(lambda *w: scope["chain"](*w, 2, 0.7), at, k)
        assert scope[f"d{name}"] == pytest.approx(slope, rel=1e-13)
        assert scope[name] == pytest.approx(at[k] - 0.1 * slope, rel=1e-14)
    np.testing.assert_array_equal(
        numbers("two_neuron_chain", "w0, w1, w2:"),
        [scope["w0"], scope["w1"], scope["w2"]],
    )


# --- the larger ones ------------------------------------------------------------------


def test_classifier_that_knows_nothing_gives_each_class_its_share():
    loss = numbers("softmax_classifier", "loss:")
    assert loss == pytest.approx(math.log(3), abs=1e-3)


def test_softmax_loss_by_logaddexp():
    scope = runpy.run_path(str(EXAMPLES / "softmax_classifier.py"))
    X, y = scope["X"], scope["y"]
    W1, b1, W2, b2 = (100 * scope["W1"], scope["b1"], 100 * scope["W2"], scope["b2"])
    hidden = X @ W1 + b1
    scores = np.where(hidden > 0, hidden, 0) @ W2 + b2
    expected = np.mean(np.logaddexp.reduce(scores, axis=1) - scores[range(8), y])
    assert scope["loss"](X, y, W1, b1, W2, b2) == pytest.approx(expected, rel=1e-12)


def test_batch_norm_leaves_mean_0_and_variance_1():
    np.testing.assert_array_equal(
        numbers("batch_norm", "mean of each feature after:"), 0
    )
    np.testing.assert_array_equal(numbers("batch_norm", "variance after:"), 1)


def test_lstm_cell_one_number_at_a_time():
    scope = runpy.run_path(str(EXAMPLES / "lstm_cell.py"))
    x, h_prev, c_prev = scope["x"], scope["h_prev"], scope["c_prev"]
    Wx, Wh, b = scope["Wx"], scope["Wh"], scope["b"]

    def gate(n, k):
        fed = sum(x[n, d] * Wx[d, k] for d in range(3))
        return fed + sum(h_prev[n, j] * Wh[j, k] for j in range(4)) + b[k]

    def squash(z):
        return 0.5 * (1 + math.tanh(z / 2))

    for n in range(2):
        for j in range(4):
            write, keep, show = (squash(gate(n, j + 4 * block)) for block in range(3))
            c = keep * c_prev[n, j] + write * math.tanh(gate(n, j + 12))
            assert scope["c"][n, j] == pytest.approx(c, rel=1e-12)
            assert scope["h"][n, j] == pytest.approx(show * math.tanh(c), rel=1e-12)


def test_both_ways_to_keep_weights_are_one_network():
    attributes = numbers("network_class", "attributes:")
    assert attributes == numbers("network_class", "dictionary:")
    assert attributes > 0


# --- training -------------------------------------------------------------------------


def test_digits_are_read_by_a_network_that_was_trained_on_others():
    pytest.importorskip("sklearn")
    share, rows = numbers("train_digits", "right:")
    assert share >= 97
    assert rows == 360
    first, last = numbers("train_digits", "mean loss, first and last epoch:")
    assert last < first / 20
    source = "\n".join(printed("train_digits"))
    assert cp.mlp([64, 64, 10], output="softmax").source in source


def test_digits_without_their_pictures_say_what_to_install():
    program = (
        "import runpy, sys; sys.modules['sklearn'] = None\n"
        f"runpy.run_path({str(EXAMPLES / 'train_digits.py')!r})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("pip install scikit-learn\n")


def test_two_neurons_are_trained_as_the_notebook_does_and_by_the_gradient():
    """The notebook's loop, and the same with all gradients taken before any step."""
    for update in ("sequential", "simultaneous"):
        w2, w1, w0, s0, target, alpha = 0.5, 1, 2, 2, 0.7, 0.1
        for _ in range(1000):
            s1 = 1 / (1 + math.exp(-w0 * s0))
            s2 = 1 / (1 + math.exp(-w1 * s1))
            out = w2 * s2
            old = w2, w1
            w2 = w2 - alpha * (out - target) * s2
            v2, v1 = (w2, w1) if update == "sequential" else old
            w1 = w1 - alpha * (out - target) * (v2 * s2 * (1 - s2) * s1)
            v1 = w1 if update == "sequential" else v1
            w0 = w0 - alpha * (out - target) * (v2 * s2 * (1 - s2) * v1) * (
                s1 * (1 - s1) * s0
            )
        lines = printed("train_two_neurons")
        at = lines.index(f"{update}:")
        last = [float(line.rpartition("... ")[2]) for line in lines[at + 1 : at + 5]]
        np.testing.assert_allclose(last, [w2, w1, w0, out], **close(8))
