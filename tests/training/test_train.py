"""The training loop: what a step is, which rows it sees, and when it ends."""

import warnings

import numpy as np
import pytest

import clearprop as cp


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def chain(w2, w1, w0, s0, target):
    """The two-neuron chain of the seeds' notebook."""
    s1 = sigmoid(w0 * s0)
    s2 = sigmoid(w1 * s1)
    out = w2 * s2
    return 0.5 * (out - target) ** 2


CHAIN = {"w2": 0.5, "w1": 1, "w0": 2}
FIXED = {"s0": 2, "target": 0.7}


def notebook(steps, alpha=0.1):
    """The notebook's own loop: w1 and w0 move by the weights already moved."""
    w0, w1, w2, s0, target = 2, 1, 0.5, 2, 0.7
    results = np.zeros((steps, 4))
    for k in range(steps):
        s1 = sigmoid(w0 * s0)
        s2 = sigmoid(w1 * s1)
        out = w2 * s2
        w2 = w2 - alpha * (out - target) * s2
        w1 = w1 - alpha * (out - target) * (w2 * s2 * (1 - s2) * s1)
        w0 = w0 - alpha * (out - target) * (w2 * s2 * (1 - s2) * w1) * (
            s1 * (1 - s1) * s0
        )
        results[k] = w2, w1, w0, out
    return results


def linear(x, t, W, b):
    return np.mean((x @ W + b - t) ** 2)


@pytest.fixture
def lines():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    t = x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3
    return {"x": x, "t": t}


START = {"W": np.zeros((3, 1)), "b": np.zeros(1)}


# --- The notebook of the seeds --------------------------------------------------------


def test_sequential_updates_are_the_notebook():
    run = cp.train(
        chain, CHAIN, FIXED, learning_rate=0.1, steps=1000, update="sequential",
        record=["w2", "w1", "w0", "out"], engine="numpy",
    )  # fmt: skip
    found = np.stack([run.history[k] for k in ("w2", "w1", "w0", "out")], axis=1)
    assert np.abs(found - notebook(1000)).max() < 1e-12
    assert run.params["w2"] == found[-1, 0]


def test_a_negated_weight_is_the_weight_too():
    """1 / (1 + exp(-w * x)) reads w as -w; the notebook's helper reads it as w."""

    def negated(w2, w1, w0, s0, target):
        s1 = 1 / (1 + np.exp(-w0 * s0))
        s2 = 1 / (1 + np.exp(-w1 * s1))
        out = w2 * s2
        return 0.5 * (out - target) ** 2

    run = cp.train(
        negated, CHAIN, FIXED, learning_rate=0.1, steps=100, update="sequential",
        record=["w0"], engine="numpy",
    )  # fmt: skip
    assert np.abs(run.history["w0"] - notebook(100)[:, 2]).max() < 1e-12


def test_simultaneous_updates_follow_the_gradient():
    run = cp.train(chain, CHAIN, FIXED, learning_rate=0.1, steps=1, engine="numpy")
    h = 1e-6
    for name, start in CHAIN.items():
        up, down = ({**CHAIN, name: start + d} for d in (h, -h))
        slope = (chain(**up, **FIXED) - chain(**down, **FIXED)) / (2 * h)
        # central differences are good to h**2
        assert run.params[name] == pytest.approx(start - 0.1 * slope, abs=1e-10)


def test_the_order_of_params_is_the_order_of_sequential_updates():
    backwards = dict(reversed(CHAIN.items()))
    runs = [
        cp.train(chain, p, FIXED, learning_rate=0.5, steps=5, update="sequential")
        for p in (CHAIN, backwards)
    ]
    assert runs[0].params["w0"] != runs[1].params["w0"]


# --- Binding --------------------------------------------------------------------------


def test_nested_parameters_keep_their_nesting_and_the_callers_arrays(lines):
    def forward(params, x, t):
        (W, b), scale = params["layer"], params["scale"]
        return np.mean((scale * (x @ W + b) - t) ** 2)

    given = {"layer": (np.ones((3, 1)), np.zeros(1)), "scale": 1}
    run = cp.train(forward, given, lines, learning_rate=0.1, epochs=3, batch_size=10)
    assert type(run.params["layer"]) is tuple and type(run.params["scale"]) is float
    assert run.params["layer"][0].shape == (3, 1)
    assert (given["layer"][0] == 1).all() and given["scale"] == 1


def test_data_may_be_positional(lines):
    by_name = cp.train(linear, START, lines, epochs=2, batch_size=10)
    by_place = cp.train(
        linear, START, (lines["x"], lines["t"]), epochs=2, batch_size=10
    )
    assert (by_name.params["W"] == by_place.params["W"]).all()


@pytest.mark.parametrize(
    ("params", "data", "words"),
    [
        ({}, {"x": 1.0}, "params is empty"),
        ({"W": 1.0, "c": 2.0}, {}, "params has 'c'"),
        ({"W": 1.0, "b": 0.0}, {"x": [1.0]}, "gets no value for t"),
        ({"W": 1.0, "b": 0.0}, {"x": [1.0], "y": [1.0]}, "for t, and data has 'y': "),
        ({"W": 1.0, "b": 0.0}, {"x": [1.0], "t": [1.0], "y": [2.0]}, "'y'"),
        ({"W": 1.0, "b": 0.0}, {"x": ["a"], "t": [1.0]}, r"data\['x'\] holds"),
        ({"W": np.nan, "b": 0.0}, {"x": [1.0], "t": [1.0]}, "nan"),
        ({"W": np.float16(1), "b": 0.0}, {"x": [1.0], "t": [1.0]}, "float32"),
        ({"W": 1.0, "b": 0.0}, ([1.0],), "data has 1 entries"),
    ],
)
def test_what_does_not_fit_is_said(params, data, words):
    params = {k: np.asarray(v) for k, v in params.items()}
    with pytest.raises(cp.ClearpropError, match=words):
        cp.train(linear, params, data, steps=1)


def test_rows_must_agree_for_batches(lines):
    with pytest.raises(cp.ClearpropError, match="x has 50, t has 49"):
        cp.train(linear, START, {**lines, "t": lines["t"][1:]}, batch_size=10)


# --- One example, a batch -------------------------------------------------------------


def softmax_of_one(x, t, W):
    z = x @ W
    p = np.exp(z) / np.sum(np.exp(z))
    return -np.log(p[t])


def softmax_of_batch(x, t, W):
    z = x @ W
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(t)), t]))


def test_one_example_is_averaged_over_the_batch():
    rng = np.random.default_rng(1)
    data = {"x": rng.normal(size=(30, 4)), "t": rng.integers(0, 3, 30)}
    start = {"W": rng.normal(size=(4, 3))}
    one, batch = (
        cp.train(f, start, data, epochs=3, batch_size=8, engine="numpy")
        for f in (softmax_of_one, softmax_of_batch)
    )
    # the same sums in another order
    assert np.allclose(one.params["W"], batch.params["W"], rtol=1e-12)
    assert np.allclose(one.history["loss"], batch.history["loss"], rtol=1e-12)


def test_a_loss_for_each_example_is_averaged(lines):
    def each(x, t, W, b):
        return np.sum((x @ W + b - t) ** 2, axis=1)

    found = cp.train(each, START, lines, epochs=3, batch_size=7)
    wanted = cp.train(linear, START, lines, epochs=3, batch_size=7)
    assert np.allclose(found.params["W"], wanted.params["W"], rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 200.0])
@pytest.mark.parametrize("start", [0.0, 1.0], ids=["zero", "drawn"])
def test_where_nobody_can_tell_the_user_is_asked(start, scale):
    def whose_softmax(x, t, W):
        z = x @ W
        p = np.exp(z) / np.sum(np.exp(z))
        return -np.sum(t * np.log(p))

    rng = np.random.default_rng(1)
    x = scale * rng.normal(size=(30, 4))
    data = {"x": x, "t": np.eye(3)[rng.integers(0, 3, 30)]}
    given = {"W": start * rng.normal(size=(4, 3)) / scale}
    with pytest.raises(cp.ClearpropError, match="per_example=True"):
        cp.train(whose_softmax, given, data, batch_size=8)
    cp.train(whose_softmax, given, data, batch_size=8, epochs=1, per_example=True,
             learning_rate=1e-4)  # fmt: skip


@pytest.mark.parametrize("batch_size", [5, None])
@pytest.mark.parametrize("w", [np.zeros(3), np.full(3, 0.1)], ids=["zero", "small"])
def test_zero_weights_do_not_hide_what_a_row_is(w, batch_size):
    """At 0 the sum over all entries is that over a row's: both are 0."""

    def of_a_row(x, t, w):
        return (np.sum(x * w) - t) ** 2

    x = np.random.default_rng(0).normal(size=(30, 3))
    data = {"x": x, "t": x @ [1.0, 2.0, 3.0]}
    options = dict(batch_size=batch_size, epochs=300, learning_rate=0.1)
    with pytest.raises(cp.ClearpropError, match="Say per_example=True"):
        cp.train(of_a_row, {"w": w}, data, **options)
    run = cp.train(of_a_row, {"w": w}, data, per_example=True, **options)
    np.testing.assert_allclose(run.params["w"], [1, 2, 3], rtol=1e-6)


def test_a_sum_with_a_term_of_the_weights_takes_a_batch(lines):
    def ridge(x, t, W, b):
        return np.sum((x @ W + b - t) ** 2) + 0.1 * np.sum(W * W)

    start = {"W": np.ones((3, 1)), "b": np.zeros(1)}
    cp.train(ridge, start, lines, batch_size=8, epochs=1, learning_rate=1e-3)


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_rows_that_are_counted_are_those_of_a_batch(weight):
    """``len(x)`` of one row would count its columns, and the row fits as well."""

    def reconstruct(x, W):
        return np.sum((x @ W @ W.T - x) ** 2) / len(x) + weight * np.sum(W * W)

    rng = np.random.default_rng(2)
    x, W = rng.normal(size=(12, 5)), rng.normal(size=(5, 2))
    given = {"learning_rate": 0.01, "batch_size": 4, "epochs": 1, "shuffle": False}
    found = cp.train(reconstruct, {"W": W}, {"x": x}, **given)
    for rows in x.reshape(3, 4, 5):
        e = rows @ W @ W.T - rows
        W = W - 0.01 * (2 / 4 * (rows.T @ e + e.T @ rows) @ W + 2 * weight * W)
    assert np.allclose(found.params["W"], W, rtol=1e-12)


def test_other_shapes_of_losses_are_refused(lines):
    def square(x, t, W, b):
        return (x @ W + b - np.hstack([t, t])) ** 2

    with pytest.raises(cp.ClearpropError, match=r"shape \(50, 2\) for 50 rows"):
        cp.train(square, START, lines, steps=1)


# --- Epochs, batches, ends ------------------------------------------------------------


def test_every_row_is_used_once_an_epoch(lines):
    seen = []

    def forward(x, t, W, b):
        return np.mean((x @ W + b - t) ** 2)

    run = cp.train(forward, START, lines, epochs=2, batch_size=20, record=["x"])
    assert run.steps == 6 and [len(x) for x in run.history["x"]] == [20, 20, 10] * 2
    for epoch in (0, 3):
        seen = np.concatenate(run.history["x"][epoch : epoch + 3])
        assert sorted(map(tuple, seen)) == sorted(map(tuple, lines["x"]))
    first, second = run.history["x"][0], run.history["x"][3]
    assert not np.array_equal(first, second)


def test_the_seed_decides_the_order(lines):
    one, same, other = (
        cp.train(linear, START, lines, epochs=2, batch_size=8, seed=s).params["W"]
        for s in (1, 1, 2)
    )
    assert (one == same).all() and (one != other).any()


def test_steps_end_within_an_epoch(lines):
    run = cp.train(linear, START, lines, steps=8, batch_size=10)
    assert len(run.history["loss"]) == 8 and run.epochs == 2


def test_the_target_loss_ends_it_at_the_very_step():
    options = dict(learning_rate=0.5, record=["w0"])
    run = cp.train(chain, CHAIN, FIXED, steps=1000, target_loss=1e-3, **options)
    losses = run.history["loss"]
    assert losses[-1] <= 1e-3 < losses[:-1].min()
    again = cp.train(chain, CHAIN, FIXED, steps=len(losses), **options)
    assert again.params == run.params
    assert "reached 0.001" in run.stopped


def test_early_stopping_keeps_the_best():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(12, 10)), rng.normal(size=(12, 1))
    held = {"x": rng.normal(size=(50, 10)), "t": rng.normal(size=(50, 1))}
    start = {"W": np.zeros((10, 1)), "b": np.zeros(1)}
    run = cp.train(
        linear, start, {"x": x, "t": t}, validation=held, patience=5, epochs=500,
        batch_size=4, learning_rate=0.05,
    )  # fmt: skip
    losses = run.history["validation_loss"]
    assert len(losses) == np.argmin(losses) + 1 + 5
    assert linear(**held, **run.params) == pytest.approx(losses.min(), rel=1e-12)


def test_the_validation_loss_is_that_of_single_examples_where_those_are_trained_on():
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(12, 3)), rng.integers(0, 4, 12)

    def softmax_loss(x, label, W):  # of one example: a batch gives another number
        z = np.exp(x @ W - np.max(x @ W))
        return -np.log((z / np.sum(z))[label])

    run = cp.train(
        softmax_loss, {"W": rng.normal(size=(3, 4))}, {"x": x, "label": label},
        per_example=True, validation={"x": x, "label": label}, epochs=1, batch_size=4,
    )  # fmt: skip
    each = [softmax_loss(a, k, run.params["W"]) for a, k in zip(x, label)]
    assert run.history["validation_loss"][0] == pytest.approx(np.mean(each), rel=1e-12)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"x": np.ones((5, 3)), "t": np.ones((7, 1))}, "t has 7, x has 5"),
        ({"x": np.ones((5, 2)), "t": np.ones((5, 1))}, r"shape \(5, 2\), and data"),
        ({"x": np.ones((0, 3)), "t": np.ones((0, 1))}, "no rows"),
        ({"x": np.full((5, 3), np.nan), "t": np.ones((5, 1))}, "x holds nan in row 0"),
        ((np.ones((5, 3)), np.ones((5, 1)), np.ones(5)), "3 entries"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_validation_data_that_does_not_fit_is_said(lines, held, words):
    with pytest.raises(cp.ClearpropError, match=words):
        cp.train(linear, START, lines, validation=held, epochs=1, batch_size=8)


def test_a_share_of_the_rows_is_held_out(lines):
    run = cp.train(linear, START, lines, validation=0.2, epochs=1, batch_size=40)
    assert run.steps == 1 and len(run.history["validation_loss"]) == 1


def test_divergence_says_step_value_and_remedy(lines):
    with pytest.raises(cp.DivergenceError, match="learning_rate=5") as caught:
        cp.train(linear, START, lines, learning_rate=50.0, epochs=1000)
    assert "step" in str(caught.value) and caught.value.run.stopped.startswith("div")


@pytest.mark.parametrize("seed", range(3))
def test_a_first_example_without_a_loss_is_no_measure_of_growth(seed):
    rng = np.random.default_rng(seed)
    data = {
        "x": rng.normal(size=(60, 3)),
        "t": np.where(rng.random((60, 1)) < 0.1, 5.0, 0.0),
    }
    data["t"][0] = 0.0
    run = cp.train(linear, START, data, batch_size=1, epochs=10, shuffle=False)
    assert run.history["loss"][0] == 0 and run.epochs == 10


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize("rate", [1e-3, 1e-2])
def test_a_trained_network_may_be_trained_again(lines, batch_size, rate):
    """Adam leaves an optimum at first: by a rate a step, whatever the gradient is."""
    first = cp.train(linear, START, lines, learning_rate=0.2, epochs=500)
    run = cp.train(
        linear, first.params, lines, optimizer="adam", learning_rate=rate, epochs=100,
        batch_size=batch_size,
    )  # fmt: skip
    assert run.epochs == 100 and run.history["loss"].max() > 1e3 * first.loss


def test_a_loss_that_has_grown_at_the_end_is_told(lines):
    with pytest.raises(cp.DivergenceError, match="the loss grew from"):
        cp.train(linear, START, lines, learning_rate=1e6, steps=2)


@pytest.mark.parametrize("rate", [1e3, 1e6])
def test_a_loss_that_grew_within_the_first_epoch_is_told(rate):
    """Dead units stop what exploded: what is left is large and doesn't move."""
    rng = np.random.default_rng(0)
    network = cp.mlp([64, 32, 10], output="softmax")
    data = {"x": rng.uniform(0, 16, (600, 64)), "t": rng.integers(0, 10, 600)}
    with pytest.raises(cp.DivergenceError, match=r"the loss grew from \d+\.\d+ to"):
        cp.train(network, data=data, learning_rate=rate, epochs=3, batch_size=32)


def test_a_loss_that_is_nan_before_anything_moved_is_not_the_rates_fault(lines):
    def overflows(x, t, W, b):
        return np.mean(np.exp(1e4 * x) @ W + b - t)

    x = np.full((100, 3), -1.0)
    x[90:] = 1.0  # beyond the rows at which the forward pass is followed
    data = {"x": x, "t": np.ones((100, 1))}
    with pytest.raises(cp.DivergenceError, match="before anything has moved"):
        cp.train(overflows, START, data, epochs=1, batch_size=100)


def test_a_loss_that_is_nan_ends_it_at_once():
    def root(w, x):
        return np.sqrt(w - x) ** 2

    with pytest.raises(cp.DivergenceError, match="nan at step 4"):
        cp.train(root, {"w": 1.0}, {"x": 0.0}, learning_rate=0.3, steps=50)


def test_a_row_that_holds_nan_is_named(lines):
    lines["x"][17, 1] = np.nan
    with pytest.raises(cp.DivergenceError, match="x holds nan in row 17"):
        cp.train(linear, START, lines, batch_size=8, epochs=2)


def test_nan_among_the_first_rows_is_named(lines):
    lines["x"][2, 1] = np.nan
    with pytest.raises(cp.ClearpropError, match="x holds nan in row 2: fill it in"):
        cp.train(linear, START, lines, batch_size=8, epochs=2)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1.0, 2.0], [3.0]], "differ in length"),
        (np.ma.masked_array(np.ones((2, 2)), [[0, 1], [0, 0]]), "behind a mask"),
        (np.array([["a", "b"]] * 2), "holds text"),
    ],
)
def test_data_that_are_no_numbers_are_refused(x, words):
    with pytest.raises(cp.ClearpropError, match=words):
        cp.train(linear, START, {"x": x, "t": np.ones((2, 1))}, epochs=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(epoch=3), "is 'epochs' meant|is epochs meant"),
        (dict(lr=0.1), "is learning_rate meant"),
        (dict(optimizer="adamm"), "adamm' is unknown: use one of sgd, momentum"),
        (dict(optimizer="Adam"), "did you mean 'adam'"),
        (
            dict(optimizer="sgd", momentum=0.9),
            "sgd has no constant 'momentum'; it has: none; "
            "optimizer='momentum' or 'nesterov' has it",
        ),
        (dict(optimizer="adam", beta1=1.0), "beta1=1.0"),
        (dict(batch_size=0), "batch_size=0"),
        (dict(epochs=1, steps=1), "not both"),
        (dict(patience=3), "validation"),
        (dict(record=["wieght"]), "record='wieght'"),
        (dict(update="both"), "simultaneous"),
        (dict(engine="gpu"), "engine='gpu'"),
        (dict(learning_rate=-1.0), "learning rate"),
        (dict(clip_norm=0), "clip_norm=0"),
        (dict(clip_norm="1"), "clip_norm='1': give a positive number"),
        (dict(learning_rate="0.1"), "step 0 is '0.1': give a number, or a function"),
        (dict(learning_rate=[0.1]), r"step 0 is \[0.1\]: give a number"),
        (dict(learning_rate=lambda step: "x"), "step 0 is 'x': give a number"),
        (dict(optimizer="momentum", momentum="x"), "momentum='x' can't be"),
        (dict(batch_size="all"), "batch_size='all': give a whole number from 1"),
        (dict(seed=-1), "seed=-1: give a whole number from 0 on"),
        (dict(seed="x"), "seed='x'"),
        (dict(target_loss=float("nan")), "target_loss=nan: give a number"),
        (dict(min_delta=-1, validation=0.5, patience=2), "min_delta=-1: give 0 or"),
        (dict(l2="a"), "l2='a': give 0 or a positive number"),
        (dict(l2=-1), "l2=-1"),
        (dict(validation=1.5), "validation=1.5"),
    ],
)
def test_options_that_can_not_be(lines, options, words):
    with pytest.raises(cp.ClearpropError, match=words):
        cp.train(linear, START, lines, **{"steps": 1, **options})


# --- What happens to a gradient -------------------------------------------------------


def test_l2_is_the_gradient_of_its_term(lines):
    def with_term(x, t, W, b):
        return np.mean((x @ W + b - t) ** 2) + 0.5 * 0.1 * np.sum(W * W)

    found = cp.train(linear, START, lines, l2=0.1, steps=20, learning_rate=0.1)
    wanted = cp.train(with_term, START, lines, steps=20, learning_rate=0.1)
    assert np.allclose(found.params["W"], wanted.params["W"], rtol=1e-12)
    assert np.allclose(found.params["b"], wanted.params["b"], rtol=1e-12)


def test_clipping_bounds_the_step(lines):
    options = dict(learning_rate=0.1, steps=1)
    free = cp.train(linear, START, lines, **options).params
    norm = np.sqrt(sum(np.sum(v**2) for v in free.values()))
    clipped = cp.train(linear, START, lines, clip_norm=0.5, **options).params
    # the first step goes from zero: the parameters are the step
    for name in free:
        assert np.allclose(clipped[name], free[name] * 0.1 * 0.5 / norm, rtol=1e-12)
    cut = cp.train(linear, START, lines, clip_value=0.2, **options).params
    assert np.abs(cut["W"]).max() == pytest.approx(0.1 * 0.2)


def test_recorded_names(lines):
    def forward(x, t, W, b):
        error = x @ W + b - t
        return np.mean(error**2)

    run = cp.train(
        forward, START, lines, steps=3, record=["W", "error", "dW", "derror", "loss"]
    )
    history, x = run.history, lines["x"]
    assert history["W"].shape == (3, 3, 1) and history["error"].shape == (3, 50, 1)
    assert np.allclose(history["error"][0], -lines["t"])
    assert np.allclose(history["dW"][0], x.T @ history["derror"][0])
    assert (history["W"][-1] == run.params["W"]).all()


def test_float32_stays_float32(lines):
    single = {k: v.astype(np.float32) for k, v in {**lines, **START}.items()}
    params = {k: single.pop(k) for k in ("W", "b")}
    for optimizer in ("sgd", "adam"):
        run = cp.train(
            linear, params, single, epochs=2, batch_size=8, optimizer=optimizer
        )
        assert run.params["W"].dtype == np.float32


def test_a_callable_learning_rate_is_asked_for_every_step(lines):
    run = cp.train(
        linear, START, lines, epochs=2, batch_size=25,
        learning_rate=cp.schedules.exponential(0.1, decay=0.5),
    )  # fmt: skip
    assert np.allclose(run.history["learning_rate"], [0.1, 0.05, 0.025, 0.0125])


@pytest.mark.parametrize("options", [{}, {"batch_size": 2}, {"validation": 0.5}])
def test_a_forward_pass_that_writes_into_its_data_changes_none_of_them(options):
    def forward(X, w):
        X += 1.0
        return np.mean((X @ w) ** 2)

    X = np.ones((4, 3))
    run = cp.train(
        forward, {"w": np.ones(3)}, {"X": X}, steps=1, learning_rate=0.0, **options
    )
    assert (X == 1).all() and run.history["loss"] == pytest.approx([36.0])


@pytest.mark.parametrize(
    "options", [{"record": ["s"]}, {"update": "sequential"}], ids=["record", "update"]
)
def test_what_is_known_for_one_branch_is_not_given_for_another(options):
    def forward(X, w):
        s = X @ w
        if np.all(s > 0):
            s = s * 2
        return np.mean(s**2)

    X = np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, -2.0], [-3.0, -4.0]])
    given = dict(batch_size=2, shuffle=False, learning_rate=0.0, per_example=False)
    params, data = {"w": np.ones(2)}, {"X": X}
    run = cp.train(forward, params, data, steps=2, **given)
    assert run.history["loss"] == pytest.approx([116.0, 29.0])
    run = cp.train(forward, params, data, steps=1, **given, **options)
    assert run.history["loss"] == pytest.approx([116.0])
    with pytest.raises(cp.ClearpropError, match=r"line \d+: if np.all.*step 1"):
        cp.train(forward, params, data, steps=2, **given, **options)


# -- arguments of every kind -----------------------------------------------------------


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_rows_that_double_stars_take_are_rows_of_each_batch(lines, engine):
    def starred(x, W, b, **rest):
        return np.mean((x @ W + b - rest["t"]) ** 2)

    run = cp.train(starred, START, lines, batch_size=8, epochs=3, engine=engine)
    plain = cp.train(linear, START, lines, batch_size=8, epochs=3, engine=engine)
    assert (run.params["W"] == plain.params["W"]).all()


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_parameters_that_double_stars_take(lines, engine):
    def starred(x, t, **p):
        return np.mean((x @ p["W"] + p["b"] - t) ** 2)

    run = cp.train(starred, START, lines, batch_size=8, epochs=3, engine=engine)
    plain = cp.train(linear, START, lines, batch_size=8, epochs=3, engine=engine)
    assert run.params.keys() == START.keys()
    assert (run.params["W"] == plain.params["W"]).all()
    step = cp.stepper(starred, START, learning_rate=0.1, engine=engine)
    assert step(lines["x"], lines["t"]) > step(lines["x"], lines["t"])


def test_rows_inside_of_a_dict_are_no_rows_of_a_batch(lines):
    """Each row would meet all those of the dict."""

    def nested(batch, t, W, b):
        return np.mean((batch["x"] @ W + b - t) ** 2)

    data = {"batch": {"x": lines["x"]}, "t": lines["t"]}
    whole = cp.train(nested, START, data, epochs=3)
    plain = cp.train(linear, START, lines, epochs=3)
    assert np.allclose(whole.params["W"], plain.params["W"], rtol=1e-12)
    with pytest.raises(cp.ClearpropError, match=r"data\['batch'\] is a dict: make its"):
        cp.train(nested, START, data, epochs=3, batch_size=8)


def test_a_dict_of_options_goes_with_batches(lines):
    def scaled(x, t, options, W, b):
        return np.mean((options["scale"] * (x @ W) + b - t) ** 2)

    run = cp.train(
        scaled, START, {**lines, "options": {"scale": 1.0}}, epochs=3, batch_size=8
    )
    plain = cp.train(linear, START, lines, epochs=3, batch_size=8)
    assert np.allclose(run.params["W"], plain.params["W"], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_is_the_array_that_it_holds(lines):
    given = {k: np.matrix(v) for k, v in lines.items()}
    run = cp.train(linear, START, given, epochs=3, batch_size=8, engine="numpy")
    plain = cp.train(linear, START, lines, epochs=3, batch_size=8, engine="numpy")
    assert (run.params["W"] == plain.params["W"]).all()


def output_alone(x, t, W, b):
    return x @ W[:, 0] + b


def output_first(x, t, W, b):
    out = x @ W + b
    return out, np.mean((out - t) ** 2)


@pytest.mark.parametrize("forward", [output_alone, output_first])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_an_output_in_the_place_of_the_loss_is_told_of(lines, forward, batch_size):
    """It falls as a loss does."""
    said = f"what {forward.__name__} returns doesn't depend on t: is it the loss"
    with pytest.warns(cp.ClearpropWarning, match=said):
        cp.train(forward, START, lines, steps=2, batch_size=batch_size)


def test_data_that_decide_a_branch_are_read(lines):
    def forward(x, t, sure, W, b):
        error = x @ W + b - t
        return np.mean(error**2) if sure.all() else np.mean(np.abs(error))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cp.train(forward, START, {**lines, "sure": np.ones(50, bool)}, steps=2)


def test_a_loss_that_no_parameter_reaches_is_refused(lines):
    def constant(x, t, W, b):
        return np.mean((x[:, :1] - t) ** 2)

    with pytest.raises(cp.ClearpropError, match="doesn't depend on the params"):
        cp.train(constant, START, lines)
