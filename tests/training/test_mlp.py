"""``cp.mlp`` writes networks whose numbers are right, and says so when it can't."""

import ast
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from reference import assert_same, numeric_gradients

import clearprop as cp
from clearprop.training.formulas import ACTIVATIONS, LOSSES

HIDDEN = [name for name, row in ACTIVATIONS.items() if not row.only_output]
PAIRS = [(loss, output) for loss, row in LOSSES.items() for output in row.outputs]
every_loss = pytest.mark.parametrize("loss", LOSSES)


def targets(loss, rows, outputs, rng):
    """Targets of the kind that the loss is for."""
    labels = rng.integers(0, outputs, rows)
    made = {
        "labels": lambda: labels,
        "one-hot rows": lambda: np.eye(outputs)[labels],
        "rows of probabilities": lambda: rng.dirichlet(np.ones(outputs), rows),
        "-1 or 1": lambda: rng.choice([-1.0, 1.0], (rows, outputs)),
        "0 or 1, or between": lambda: rng.choice([0.0, 1.0, 0.3], (rows, outputs)),
        "counts": lambda: rng.poisson(2, (rows, outputs)).astype(float),
    }
    return made.get(loss.targets, lambda: rng.uniform(0.2, 2, (rows, outputs)))()


def case(loss, output, hidden=("tanh", "tanh"), outputs=3, dtype=np.float64):
    """A network, and arguments of its forward pass."""
    row = LOSSES[loss]
    rng = np.random.default_rng(7)
    net = cp.mlp(
        [2, 4, 3, outputs],
        hidden=hidden,
        output=output,
        loss=loss,
        dtype=dtype,
    )
    weights = [
        w + rng.normal(0, 0.3, w.shape).astype(dtype) for w in net.params.values()
    ]
    x = rng.normal(size=(5, 2)).astype(dtype)
    t = targets(row, 5, outputs, rng)
    return net, (x, t.astype(dtype) if t.dtype.kind == "f" else t, *weights)


# --- gradients ------------------------------------------------------------------------

# Each loss with each hidden activation, two at a time, and the outputs in turn.
TWICE = [HIDDEN[i : i + 2] for i in range(0, len(HIDDEN), 2)]
COVER = [
    (loss, row.outputs[(i + j) % len(row.outputs)], hidden)
    for i, (loss, row) in enumerate(LOSSES.items())
    for j, hidden in enumerate(TWICE)
]
MISSED = sorted(set(PAIRS) - {(loss, output) for loss, output, _ in COVER})


def test_hidden_activations_come_in_pairs():
    assert len(HIDDEN) % 2 == 0


@pytest.mark.parametrize(
    ("loss", "output", "hidden"),
    [*COVER, *((loss, output, ("tanh", "tanh")) for loss, output in MISSED)],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_derived_gradients_are_the_slopes(loss, output, hidden):
    net, args = case(loss, output, hidden)
    wrt = tuple(net.params)
    backward = cp.derive(net.forward, *args, wrt=wrt)
    assert_same(backward(*args), numeric_gradients(net.forward, args, wrt, step=1e-5))


@pytest.mark.parametrize("activation", HIDDEN)
def test_float32_stays_float32_through_an_activation(activation):
    net, args = case("mean_squared_error", "identity", activation, dtype=np.float32)
    assert_stays_float32(net, args)


@every_loss
def test_float32_stays_float32_through_a_loss(loss):
    net, args = case(loss, LOSSES[loss].outputs[0], dtype=np.float32)
    assert_stays_float32(net, args)


def assert_stays_float32(net, args):
    x, _, *weights = args
    names = tuple(net.params)
    assert net.forward(*args).dtype == np.float32
    assert net.predict(x, dict(zip(names, weights))).dtype == np.float32
    found = cp.derive(net.forward, *args, wrt=names)(*args)
    assert {g.dtype for g in found.values()} == {np.dtype(np.float32)}
    # the slopes in float64, of the same float32 numbers: a few dozen roundings
    assert_same(found, numeric_gradients(net.forward, args, names, 1e-5), 1e-4, 1e-5)


# --- values ---------------------------------------------------------------------------

DEFINED = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: z if z > 0 else 0,
    "relu6": lambda z: min(max(z, 0), 6),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "selu": lambda z: 1.05070098 * (z if z > 0 else 1.67326324 * (math.exp(z) - 1)),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "mish": lambda z: z * math.tanh(math.log(1 + math.exp(z))),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_tanh": lambda z: min(max(z, -1), 1),
    "hard_sigmoid": lambda z: min(max(z + 3, 0), 6) / 6,
    "hard_silu": lambda z: z * min(max(z + 3, 0), 6) / 6,
    "exponential": math.exp,
}


def one_unit(output, loss="mean_squared_error", dtype=np.float64):
    """A network that is one activation: weight 1, bias 0."""
    net = cp.mlp([1, 1], output=output, loss=loss, dtype=dtype)
    net.params["W1"][:] = 1
    return net


@pytest.mark.parametrize("name", DEFINED)
def test_activation_is_what_its_paper_says(name):
    z = np.array([-8.0, -3.3, -1.2, -0.4, 0.0, 0.7, 1.9, 3.7, 7.0])
    found = one_unit(name).predict(z[:, None])[:, 0]
    np.testing.assert_allclose(found, [DEFINED[name](v) for v in z], 1e-8, 1e-12)


def test_gelu_is_near_its_exact_form():
    """The tanh form is off by at most 4.8e-4 (computed here, entry by entry)."""
    z = np.linspace(-6, 6, 401)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in z]
    gap = np.abs(one_unit("gelu").predict(z[:, None])[:, 0] - exact)
    assert 4e-4 < gap.max() < 4.8e-4


def entry_mean(f):
    return lambda y, t: np.mean([[f(*pair) for pair in zip(*row)] for row in zip(y, t)])


def row_mean(f):
    return lambda y, t: np.mean([f(*row) for row in zip(y, t)])


def cross_entropy(y, t):
    return -sum(b * math.log(a) for a, b in zip(y, t) if b)


# Of the output y and the targets t, as the definitions say: no logits, no shifts.
MEANT = {
    "mean_squared_error": entry_mean(lambda y, t: (y - t) ** 2),
    "half_squared_error": row_mean(lambda y, t: sum((y - t) ** 2) / 2),
    "mean_absolute_error": entry_mean(lambda y, t: abs(y - t)),
    "mean_absolute_percentage_error": entry_mean(lambda y, t: 100 * abs((y - t) / t)),
    "mean_squared_logarithmic_error": entry_mean(
        lambda y, t: math.log((1 + max(y, 0)) / (1 + t)) ** 2
    ),
    "huber": entry_mean(
        lambda y, t: (y - t) ** 2 / 2 if abs(y - t) <= 1 else abs(y - t) - 0.5
    ),
    "log_cosh": entry_mean(lambda y, t: math.log(math.cosh(y - t))),
    "poisson": entry_mean(lambda y, t: y - t * math.log(y)),
    "binary_cross_entropy": entry_mean(
        lambda y, t: -t * math.log(y) - (1 - t) * math.log(1 - y)
    ),
    "sparse_categorical_cross_entropy": row_mean(lambda y, t: -math.log(y[t])),
    "categorical_cross_entropy": row_mean(cross_entropy),
    "kl_divergence": row_mean(lambda y, t: cross_entropy(y, t) - cross_entropy(t, t)),
    "hinge": entry_mean(lambda y, t: max(0, 1 - t * y)),
    "squared_hinge": entry_mean(lambda y, t: max(0, 1 - t * y) ** 2),
    "categorical_hinge": row_mean(
        lambda y, t: max(0, 1 + max(y[t == 0]) - float(y[t == 1][0]))
    ),
}


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_loss_is_its_definition_at_what_predict_says(loss, output):
    net, args = case(loss, output)
    x, t, *weights = args
    net.params.update(zip(net.params, weights))
    y = net.predict(x)
    assert y.shape == (5, 3)
    assert net.forward(*args) == pytest.approx(MEANT[loss](y, t), rel=1e-9)


def test_divergence_of_one_hot_rows_is_their_cross_entropy():
    net, args = case("kl_divergence", "softmax")
    other, _ = case("categorical_cross_entropy", "softmax")
    args = (args[0], np.eye(3)[[0, 2, 1, 1, 0]], *args[2:])
    assert net.forward(*args) == pytest.approx(other.forward(*args), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "softmax"])
def test_activation_is_quiet_at_large_numbers(name, dtype):
    # above, exp is truly too large for a number
    z = np.array([-1e3, -90, 90, 1e3], dtype)[: 2 if name == "exponential" else 4]
    with np.errstate(all="raise", under="ignore"):
        found = one_unit(name, dtype=dtype).predict(z[:, None])
    assert np.isfinite(found).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_loss_and_gradient_are_finite_at_large_numbers(loss, output, dtype):
    net, (x, t, *weights) = case(loss, output, dtype=dtype)
    scale = {"W3": 1e3 / np.abs(weights[4]).max()}  # the last layer's z reaches 1000
    if output == "exponential":
        scale = {}
    params = {k: w * dtype(scale.get(k, 1)) for k, w in zip(net.params, weights)}
    with np.errstate(all="raise", under="ignore"):
        net.predict(x, params)
        value = net.forward(x, t, **params)
    assert np.isfinite(value)
    assert value.dtype == dtype
    with np.errstate(over="ignore"):  # 1 / (1 + exp(1000)) is 0, as it should be
        found = cp.derive(net.forward, x, t, **params, wrt=tuple(params))(
            x, t, **params
        )
    assert all(np.isfinite(g).all() for g in found.values())


def test_smooth_activations_have_their_slope_at_zero():
    """A row of zeros meets biases of zero: the kink of a formula must not show."""
    slopes = {"elu": 1, "gelu": 0.5, "silu": 0.5, "mish": 0.6, "softplus": 0.5,
              "softsign": 1, "sigmoid": 0.25, "tanh": 1, "hard_silu": 0.5,
              "hard_sigmoid": 1 / 6}  # fmt: skip
    for name, slope in slopes.items():
        net = one_unit(name, "half_squared_error")
        args = (np.zeros((1, 1)), np.ones(1), *net.params.values())
        error = float(net.predict(args[0])[0, 0]) - 1
        found = cp.derive(net.forward, *args, wrt="b1")(*args)["b1"]
        assert found == pytest.approx([error * slope], rel=1e-12), name


# --- the source -----------------------------------------------------------------------

SOURCE = '''\
import numpy as np


def softmax(z):
    """Each row's shares of exp(z): positive, with sum 1."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(x, t, W1, b1, W2, b2):
    """The mean of -log(probability of the right class).

    x (N, 784), t (N,): labels from 0 to 9.
    """
    z1 = x @ W1 + b1
    h1 = np.maximum(0, z1)
    scores = h1 @ W2 + b2
    assert t.shape == scores.shape[:1], "t must have the shape (N,)"
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_probs[np.arange(len(t)), t])


def predict(x, W1, b1, W2, b2):
    """Probabilities of the classes (N, 10)."""
    z1 = x @ W1 + b1
    h1 = np.maximum(0, z1)
    scores = h1 @ W2 + b2
    return softmax(scores)
'''
BACKWARD = """\
    # backward pass
    dscores = e / e.sum(axis=1, keepdims=True)
    dscores[np.arange(x.shape[0]), t] -= 1
    dscores /= x.shape[0]
    dW2 = h1.T @ dscores
    db2 = dscores.sum(axis=0)
    dh1 = dscores @ W2.T
    dz1 = dh1 * (h1 > 0)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
"""


def test_the_digits_network_reads_as_a_lecturer_writes_it():
    net = cp.mlp([784, 128, 10], output="softmax", dtype=np.float64)
    assert net.source == SOURCE
    x, t = np.random.default_rng(0).normal(size=(4, 784)), np.array([3, 1, 4, 1])
    backward = cp.derive(net.forward, x, t, **net.params, wrt=tuple(net.params))
    assert BACKWARD in backward.source


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_source_needs_numpy_alone_and_keeps_to_its_width(loss, output):
    net, args = case(loss, output, ("gelu", "hard_silu"))
    tree = ast.parse(net.source)
    imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(n) for n in imports] == ["import numpy as np"]
    assert max(map(len, net.source.splitlines())) <= 88
    alone = {}
    exec(net.source, alone)
    assert alone["forward"](*args) == net.forward(*args)


def test_a_deep_network_s_head_is_wrapped():
    net = cp.mlp([2] * 20, hidden="tanh")
    assert max(map(len, net.source.splitlines())) <= 88
    assert net.predict(np.ones((3, 2))).shape == (3, 2)


def test_hidden_layers_of_their_own_kinds():
    net = cp.mlp([3, 4, 5, 2], hidden=["relu", "tanh"])
    assert net.hidden == ("relu", "tanh")
    assert "h1 = np.maximum(0, z1)" in net.source
    assert "h2 = np.tanh(z2)" in net.source


def test_a_network_without_hidden_layers():
    x, t = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0])
    net = cp.mlp([2, 1], dtype=np.float64)
    assert net.forward(x, t, np.array([[1.0], [1.0]]), np.zeros(1)) == (2**2 + 7**2) / 2


def test_targets_of_one_output_may_be_a_column():
    net = cp.mlp([2, 3, 1], output="sigmoid")
    x, t = np.ones((4, 2)), np.array([0, 1, 1, 0])
    assert net.forward(x, t, **net.params) == net.forward(x, t[:, None], **net.params)


@pytest.mark.parametrize(
    ("output", "t"),
    [
        (
            "softmax",
            np.eye(3, dtype=int),
        ),  # as many rows as classes: NumPy would take it
        ("identity", np.ones(3)),
        ("identity", np.ones((3, 1))),
    ],
)
def test_targets_of_another_shape_are_not_broadcast(output, t):
    net = cp.mlp([2, 3], output=output)
    with pytest.raises(AssertionError, match="t must have the shape"):
        net.forward(np.ones((3, 2)), t, **net.params)


@pytest.mark.parametrize("t", [np.ones(6), np.ones(1), np.ones((3, 2))])
def test_targets_of_one_output_must_be_as_many_as_the_rows(t):
    net = cp.mlp([2, 1])
    with pytest.raises(AssertionError, match=re.escape("t must have the shape (N,)")):
        net.forward(np.ones((3, 2)), t, **net.params)


@pytest.mark.parametrize(
    ("make", "x", "t", "says"),
    [
        (dict(), (6, 4), (6,), "takes rows of 3: give 3 columns, or make a network "
         "with cp.mlp([4, …])"),
        (dict(), (3,), (), "has the shape (3,), and the network takes rows of 3: a "
         "single one is x.reshape(1, -1)"),
        (dict(), (6, 1, 3), (6,), "write x.reshape(len(x), -1)"),
        (dict(), (6, 3), (5,), "data['x'] has 6 rows and data['t'] 5"),
        (dict(), (6, 3), (6, 2), "data['t'] has the shape (6, 2), where the loss takes "
         "(N,)"),
        (dict(sizes=2), (6, 3), (6,), "takes (N, 2): the network has 2 outputs"),
        (dict(output="softmax"), (6, 3), (6,), "holds float64 values, where labels are "
         "whole numbers from 0 to 1: write t.astype(int)"),
        (dict(output="softmax"), (6, 3), np.zeros((6, 1), int), "(N,): t.reshape(-1)"),
        (dict(output="softmax"), (6, 3), np.eye(2)[[0] * 6], "write t.argmax(axis=1)"),
        (dict(output="softmax"), (6, 3), np.arange(6), "holds the label 5, and the 2 "
         "outputs are of the labels 0 to 1"),
        (dict(output="softmax"), (6, 3), np.array([1, 2] * 3), "0 to 1: write t - 1"),
        (dict(output="softmax", loss="categorical_crossentropy"), (6, 3),
         np.zeros(6, int), "takes (N, 2): write np.eye(2)[t]"),
    ],
)  # fmt: skip
def test_data_that_are_not_the_network_s_are_told_in_its_words(make, x, t, says):
    outputs = 1 if not make else 2
    kind = {k: v for k, v in make.items() if k != "sizes"}
    net = cp.mlp([3, 4, outputs], **kind)
    data = {"x": np.ones(x), "t": np.ones(t) if isinstance(t, tuple) else t}
    for call in (
        lambda: cp.train(net, data=data, epochs=1),
        lambda: cp.train(net, data=data, epochs=1, batch_size=2),
        lambda: cp.stepper(net, learning_rate=0.1)(data["x"], data["t"]),
    ):
        with pytest.raises(cp.ClearpropError) as error:
            call()
        assert says in str(error.value)
        assert "\n" not in str(error.value)


def test_held_out_rows_are_looked_at_too():
    net = cp.mlp([3, 2], output="softmax")
    x, t = np.ones((4, 3)), np.array([0, 1, 0, 1])
    with pytest.raises(cp.ClearpropError, match=r"validation\['t'\] holds the label 7"):
        cp.train(net, data=(x, t), validation={"x": x, "t": t + 6}, epochs=1)


# --- the object -----------------------------------------------------------------------


def test_repr_says_what_it_is():
    net = cp.mlp([64, 32, 10], hidden="relu", output="softmax")
    assert repr(net) == (
        "<mlp 64-32-10: relu, softmax, sparse_categorical_cross_entropy; "
        "2410 parameters, float32>"
    )


def test_same_seed_same_weights():
    one, two, other = (cp.mlp([3, 4, 2], seed=seed) for seed in (5, 5, 6))
    for name, value in one.params.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, two.params[name])
    assert (one.params["W1"] != other.params["W1"]).all()


def test_pickled_network_is_the_same():
    net, args = case("log_cosh", "tanh", ("gelu", "selu"))
    again = pickle.loads(pickle.dumps(net))
    assert again.forward(*args) == net.forward(*args)
    np.testing.assert_array_equal(again.predict(args[0]), net.predict(args[0]))


def test_predict_takes_other_parameters():
    net = cp.mlp([2, 1])
    twice = {name: 2 * value for name, value in net.params.items()}
    x = np.ones((3, 2))
    np.testing.assert_array_equal(net.predict(x, twice), 2 * net.predict(x))


@pytest.mark.parametrize("x", [np.ones(2), np.ones((3, 4)), 1.0])
def test_predict_takes_rows(x):
    says = re.escape(f"an array of shape (N, 2): this one has the shape {np.shape(x)}")
    with pytest.raises(cp.ClearpropError, match=says):
        cp.mlp([2, 1]).predict(x)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_cross_entropy_is_that_of_the_output(name, output):
    assert (
        cp.mlp([2, 3], output=output, loss=name).loss
        == cp.mlp([2, 3], output=output).loss
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"hidden": "logistic"}, {"hidden": "sigmoid"}),
        ({"hidden": "Swish"}, {"hidden": "silu"}),
        ({"output": "linear"}, {"output": "identity"}),
        ({"loss": "mse"}, {"loss": "mean_squared_error"}),
        (
            {"output": "softmax", "loss": "categorical_crossentropy"},
            {"output": "softmax", "loss": "categorical_cross_entropy"},
        ),
    ],
)
def test_names_of_scikit_learn_and_keras(given, meant):
    assert cp.mlp([2, 3, 2], **given).source == cp.mlp([2, 3, 2], **meant).source


@pytest.mark.parametrize(
    ("sizes", "more", "says"),
    [
        ([3, 0, 2], {}, "0 is no positive whole number"),
        ([3, 2.5], {}, "2.5 is no positive whole number"),
        ([3, True], {}, "True is no positive whole number"),
        ([3], {}, "list the units of each layer"),
        ("784", {}, "list the units of each layer"),
        (784, {}, "list the units of each layer"),
        (
            [3, 4, 2],
            {"hidden": "rleu"},
            "hidden='rleu' is unknown: did you mean 'relu'?",
        ),
        ([3, 4, 2], {"hidden": None}, "hidden=None is unknown: use one of identity, "),
        ([3, 2], {"hidden": "rleu"}, "did you mean 'relu'?"),
        ([3, 4, 2], {"hidden": ["relu"] * 2}, "2 activations for 1 hidden layer: "),
        ([3, 4, 2], {"hidden": "softmax"}, "softmax is for the output only"),
        ([3, 4, 2], {"output": "sofmax"}, "did you mean 'softmax'?"),
        ([3, 4, 1], {"output": "softmax"}, "use output='sigmoid'"),
        (
            [3, 4, 2],
            {"loss": "mean_square_error"},
            "did you mean 'mean_squared_error'?",
        ),
        (
            [3, 4, 2],
            {"output": "softmax", "loss": "binary_crossentropy"},
            "loss='binary_crossentropy' doesn't fit output='softmax': it goes with "
            "sigmoid, and softmax with mean_squared_error, ",
        ),
        ([3, 4, 2], {"loss": "log_loss"}, "loss='log_loss' is unknown"),
        ([3, 4, 1], {"loss": "categorical_hinge"}, "an output for each class"),
        (
            [3, 4, 2],
            {"initial": "he"},
            "initial='he' is unknown: use one of he_normal, ",
        ),
        ([3, 4, 2], {"seed": -1}, "seed=-1 can't be"),
        ([3, 4, 2], {"seed": "x"}, "seed='x' can't be"),
        ([3, 4, 2], {"dtype": int}, "use float32 or float64"),
        ([3, 4, 2], {"dtype": None}, "use float32 or float64"),
        ([3, 4, 2], {"dtype": "what"}, "use float32 or float64"),
    ],
)
def test_what_can_t_be_is_one_sentence(sizes, more, says):
    with pytest.raises(cp.ClearpropError) as error:
        cp.mlp(sizes, **more)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


# --- the reference --------------------------------------------------------------------

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text("utf-8")


def names(row):
    return ", ".join(f"`{name}`" for name in (row.name, *row.also))


def activation_line(row):
    """The line of an activation in the reference: its formula, where it is from."""
    formula = "" if row.before else f"`{row.formula}`"
    says = ". ".join(filter(None, [formula, row.about.rstrip(".")]))
    return f"| {names(row)} | {says} | {row.initial} |"


def loss_line(row):
    missing = [name for name in ACTIVATIONS if name not in row.outputs]
    some = "any" if not missing else f"any but {missing[0]}"
    about = row.about.replace("|", "\\|").replace("**2", "²")
    goes_with = some if len(missing) < 2 else ", ".join(row.outputs)
    return f"| {names(row)} | {about} | {row.targets} | {goes_with} |"


@pytest.mark.parametrize(
    "line",
    [*map(activation_line, ACTIVATIONS.values()), *map(loss_line, LOSSES.values())],
    ids=[*ACTIVATIONS, *LOSSES],
)
def test_the_reference_lists_it(line):
    assert f"\n{line}\n" in REFERENCE
