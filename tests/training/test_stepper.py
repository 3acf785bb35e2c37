"""Online learning: one step at a call, in C where it can be."""

import gc
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop.training import engines
from clearprop.training.native import compile as compiling
from clearprop.training.numpy_engine import NumPyEngine


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def network(x, target, W1, W2):
    h = sigmoid(np.dot(x, W1))
    out = sigmoid(np.dot(h, W2))
    return 0.5 * (target - out) ** 2


def start():
    rng = np.random.default_rng(0)
    return {"W1": rng.normal(size=(3, 2)), "W2": rng.normal(size=2)}


def by_hand(examples, rate=0.5):
    """The exercise's own loop."""
    W1, W2 = start().values()
    losses = []
    for x, target in examples:
        h = sigmoid(x @ W1)
        out = sigmoid(h @ W2)
        losses.append(0.5 * (target - out) ** 2)
        delta = (target - out) * out * (1 - out)
        delta_h = delta * W2 * h * (1 - h)
        W2 = W2 + rate * delta * h
        W1 = W1 + rate * x[:, None] * delta_h
    return losses, {"W1": W1, "W2": W2}


def examples(count=200):
    rng = np.random.default_rng(1)
    return [(rng.normal(size=3), rng.uniform()) for _ in range(count)]


@pytest.fixture(params=["numpy", "native"])
def engine(request):
    if request.param == "native":
        try:
            compiling.compiler()
        except compiling.NoCompiler as error:
            pytest.skip(str(error))
    return request.param


def test_it_is_the_loop_by_hand(engine):
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    losses = [step(x, target) for x, target in examples()]
    wanted, params = by_hand(examples())
    assert np.allclose(losses, wanted, rtol=1e-12)
    assert np.allclose(step.params["W1"], params["W1"], rtol=1e-12)
    assert step.steps == 200 and step.engine == engine


def test_arguments_of_any_kind_are_taken(engine):
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    other = cp.stepper(network, start(), learning_rate=0.5, engine="numpy")
    x = np.array([0.5, 0.1, -0.2])
    ways = [
        (x, 0.6), (list(x), 0.6), (x, np.float64(0.6)), (x[::-1], 1), (x.copy(), 0.6),
        (np.asfortranarray(np.tile(x, (2, 1)))[1], 0.6), (x, np.float32(0.5)),
    ]  # fmt: skip
    for a, t in ways:
        assert step(a, t) == pytest.approx(
            other(np.array(a, float), float(t)), rel=1e-12
        )
    assert step(x=x, target=0.6) == pytest.approx(other(x, 0.6), rel=1e-12)


def test_the_same_array_with_new_numbers_is_read_again(engine):
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    x, found = np.zeros(3), []
    for row, target in examples():
        x[:] = row
        found.append(step(x, target))
    assert np.allclose(found, by_hand(examples())[0], rtol=1e-12)


def test_examples_of_another_size_go_on_from_the_same_parameters(engine):
    def mean(x, t, W):
        return np.mean((x @ W - t) ** 2)

    rng = np.random.default_rng(2)
    step = cp.stepper(mean, {"W": np.zeros(3)}, learning_rate=0.1, engine=engine)
    W = np.zeros(3)
    for rows in (4, 2, 4, 7, 2):
        x, t = rng.normal(size=(rows, 3)), rng.normal(size=rows)
        assert step(x, t) == pytest.approx(mean(x, t, W), rel=1e-12)
        W = W - 0.1 * 2 / rows * x.T @ (x @ W - t)
    assert np.allclose(step.params["W"], W, rtol=1e-12) and step.steps == 5


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_slots_and_the_count_go_along(engine, optimizer):
    options = dict(learning_rate=0.1, optimizer=optimizer)
    step = cp.stepper(network, start(), engine=engine, **options)
    rows = examples(20)
    for x, target in rows:
        step(x, target)
    xs, targets = map(np.array, zip(*rows))
    data = {"x": xs, "target": targets}
    run = cp.train(
        network, start(), data, epochs=1, batch_size=1, shuffle=False,
        per_example=True, **options,
    )  # fmt: skip
    assert np.allclose(step.params["W1"], run.params["W1"], rtol=1e-10)


def test_labels_outside_their_range_are_refused(engine):
    def classify(x, label, W):
        z = x @ W
        return np.log(np.sum(np.exp(z))) - z[label]

    step = cp.stepper(classify, {"W": np.eye(3)}, learning_rate=0.1, engine=engine)
    x = np.ones(3)
    for label in (0, 2, np.int64(1)):
        assert step(x, label) == pytest.approx(np.log(3), rel=0.5)
    before = step.params["W"]
    with pytest.raises(Exception, match="3"):
        step(x, 3)
    assert (step.params["W"] == before).all()


def test_a_loss_that_is_not_finite_changes_nothing(engine):
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    step(np.ones(3), 0.5)
    before = step.params["W1"]
    with pytest.raises(cp.DivergenceError, match="nan"):
        step(np.full(3, np.nan), 0.5)
    assert (step.params["W1"] == before).all() and step.steps == 1
    assert step(np.ones(3), 0.5) > 0


def test_a_schedule_is_asked_at_every_step(engine):
    asked = []

    def rate(step):
        asked.append(step)
        return 0.1

    step = cp.stepper(network, start(), learning_rate=rate, engine=engine)
    for x, target in examples(4):
        step(x, target)
    assert asked[-1] == 3 and set(asked) == {0, 1, 2, 3}


def test_a_branch_is_taken_as_the_example_has_it(engine):
    def gated(x, w):
        h = w * x if x > 0 else -2.0 * w * x
        return (h - 1.0) ** 2

    step = cp.stepper(gated, {"w": 0.5}, learning_rate=0.01, engine=engine)
    w = 0.5
    for x in (1.0, -1.0, 2.0, -3.0):
        slope = x if x > 0 else -2.0 * x
        assert step(x) == pytest.approx((slope * w - 1.0) ** 2, rel=1e-12)
        w -= 0.01 * 2 * (slope * w - 1.0) * slope
    assert step.params["w"] == pytest.approx(w, rel=1e-12)


def test_wrong_arguments_are_said(engine):
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    step(np.ones(3), 0.5)
    with pytest.raises(cp.ClearpropError, match="takes 2 arguments"):
        step(np.ones(3), 0.5, 1)
    with pytest.raises(cp.ClearpropError, match="target"):
        step(np.ones(3))
    with pytest.raises(cp.ClearpropError, match="shapes"):
        step(np.ones(4), 0.5)
    with pytest.raises(cp.ClearpropError, match="learning rate"):
        cp.stepper(network, start(), learning_rate=-1.0)


def test_a_step_outlives_its_stepper_harmlessly():
    try:
        compiling.compiler()
    except compiling.NoCompiler as error:
        pytest.skip(str(error))
    step = cp.stepper(network, start(), learning_rate=0.5, engine="native")
    x = np.ones(3)
    step(x, 0.5)
    call = step.__call__
    del step
    gc.collect()
    try:
        assert call(x, 0.5) > 0
    except RuntimeError as error:
        assert "gone" in str(error)


def test_numpy_serves_until_it_is_compiled(monkeypatch, tmp_path):
    try:
        compiling.compiler()
    except compiling.NoCompiler as error:
        pytest.skip(str(error))
    monkeypatch.delenv("CLEARPROP_ENGINE")
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))
    step = cp.stepper(network, start(), learning_rate=0.5)
    losses, limit = [], time.monotonic() + 60
    rows = iter(examples(100_000))
    while step.engine != "native" and time.monotonic() < limit:
        losses.append(step(*next(rows)))
    losses += [step(*next(rows)) for _ in range(10)]
    assert step.engine == "native"
    wanted = by_hand(examples(100_000)[: len(losses)])[0]
    assert np.allclose(losses, wanted, rtol=1e-10)


def test_changing_over_within_an_epoch_goes_on_where_it_was():
    """An epoch may be long: the compiler is asked between its steps."""
    step = cp.stepper(network, start(), learning_rate=0.5, engine="numpy")
    step(*examples(1)[0])
    plan, engine = step._now.plan, step._now.engine
    alone = NumPyEngine(plan)
    for one in (alone.inputs, engine.inputs):
        one[:] = engine.inputs
    alone.restore(engine.state())
    kept = engines._Meanwhile.__new__(engines._Meanwhile)
    kept.name, kept._plan, kept._engine = "numpy", plan, engine

    class Later:
        asked = 0

        def ready(self):
            self.asked += 1
            return self.asked == 3

        def engine(self):
            made = NumPyEngine(plan)
            made.inputs[:] = engine.inputs
            return made

    kept._compiling = Later()
    rates = np.full(20, 0.5)
    assert np.array_equal(kept.run(None, rates).losses, alone.run(None, rates).losses)
    assert kept.name == "numpy for 4 steps while compiling, then native"


def test_changing_over_loses_no_example(monkeypatch):
    """The compiler may be ready between an example's being given and its step."""
    step = cp.stepper(network, start(), learning_rate=0.5, engine="numpy")
    rows = examples(6)
    made = [step(*rows[0])]
    sized = step._now
    kept = engines._Meanwhile.__new__(engines._Meanwhile)
    kept.name, kept._plan, kept._engine = "numpy", sized.plan, sized.engine

    class Ready:
        """Not ready when it is asked before the step, ready when it is asked in it."""

        asked = 0

        def ready(self):
            self.asked += 1
            return self.asked == 2

        def engine(self):
            return NumPyEngine(sized.plan)

    kept._compiling = Ready()
    sized.engine = kept
    made += [step(*row) for row in rows[1:]]
    assert np.allclose(made, by_hand(rows)[0], rtol=1e-12)


def test_an_argument_that_is_more_than_an_array_is_read_at_each_step(engine):
    def forward(example, w):
        return np.mean((example["x"] * w - example["t"]) ** 2)

    step = cp.stepper(forward, {"w": 0.5}, learning_rate=0.1, engine=engine)
    w = 0.5
    for x, t in ((1.0, 2.0), (3.0, -1.0), (0.5, 0.25)):
        example = {"x": np.array([x]), "t": np.array([t])}
        assert step(example) == pytest.approx((x * w - t) ** 2, rel=1e-12)
        w -= 0.1 * 2 * (x * w - t) * x


def test_a_forward_pass_that_writes_into_its_arguments_changes_nobody_elses(engine):
    def forward(x, w):
        x += 1.0
        w *= 2.0
        return np.sum((x * w) ** 2)

    x, w = np.ones(3), np.ones(3)
    step = cp.stepper(forward, {"w": w}, learning_rate=0.01, engine=engine)
    assert [step(x), step(x)] == pytest.approx([48.0, 48.0 * (1 - 0.32) ** 2])
    assert (x == 1).all() and (w == 1).all()


def turns(x, n, w):
    for _ in range(n):
        x = np.tanh(x * w)
    return np.sum(x * w)


def first(x, n, w):
    return np.sum((x[:n] * w[:n]) ** 2)


@pytest.mark.parametrize("forward", [turns, first])
def test_a_number_that_is_a_size_may_change_from_step_to_step(engine, forward):
    x, w = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 0.125])
    step = cp.stepper(forward, {"w": w}, learning_rate=0.0, engine=engine)
    for n in (1, 2, 3, 1):
        assert step(x, n) == pytest.approx(forward(x, n, w), rel=1e-12)
    assert "the number n" in step.engine or engine == "numpy"


def gated(x, w):
    return (w * x - 1.0) ** 2 if x > 0 else (-2.0 * w * x - 1.0) ** 2


def test_one_update_after_the_other_knows_one_branch_only(engine):
    options = dict(learning_rate=0.0, engine=engine, update="sequential")
    step = cp.stepper(gated, {"w": 0.5}, **options)
    assert step(1.0) == gated(1.0, 0.5)
    with pytest.raises(
        cp.ClearpropError, match=r"line \d+.*update='sequential'.*np.where"
    ):
        step(-1.0)


def test_parameters_taken_whole_stand_where_the_forward_pass_has_them(engine):
    def first(params, x, t):
        return np.mean((x @ params["W"] + params["b"] - t) ** 2)

    def last(x, t, params):
        return first(params, x, t)

    def middle(x, params, *, t):
        return first(params, x, t)

    given = {"W": np.array([0.5, -0.25]), "b": 0.1}
    x, t = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0.5, 0.25])
    wanted = []
    for forward in (first, last, middle):
        step = cp.stepper(forward, given, learning_rate=0.1, engine=engine)
        losses = [step(x, t), step(x, t=t), step(x=x, t=t)]
        wanted = wanted or losses
        assert losses == wanted
        run = cp.train(forward, given, (x, t), learning_rate=0.1, steps=3)
        assert run.history["loss"] == pytest.approx(wanted)


def test_which_argument_takes_the_parameters_is_asked_where_two_can(engine):
    def forward(a, b):
        return np.sum(np.tanh(a) * b)

    step = cp.stepper(forward, np.ones(3), learning_rate=0.1, engine=engine)
    with pytest.raises(cp.ClearpropError, match=r"a and b could each .* as in a="):
        step(np.arange(3.0))
    with pytest.raises(cp.ClearpropError, match=r"a and b could each .* as in a="):
        cp.train(forward, np.ones(3), (np.arange(3.0),), steps=1, learning_rate=0.1)
    assert step(b=np.arange(3.0)) == pytest.approx(np.tanh(1.0) * 3)


def test_a_first_call_that_fails_decides_nothing(engine):
    def forward(x, params):
        return np.sum(np.dot(x, params["W"]) ** 2)

    step = cp.stepper(forward, {"W": np.eye(2)}, learning_rate=0.1, engine=engine)
    with pytest.raises(cp.ClearpropError):
        step(np.ones(5))
    assert step(np.ones(2)) == 2.0


@pytest.mark.parametrize("option", ["clip_norm", "clip_value"])
@pytest.mark.parametrize("value", [-1.0, 0, "1", float("nan")])
def test_a_bound_that_is_none_is_refused(option, value):
    """A negative one would turn the gradients round."""
    with pytest.raises(cp.ClearpropError, match=f"{option}=.*: give a positive number"):
        cp.stepper(lambda x, w: x * w, {"w": 1.0}, learning_rate=0.1, **{option: value})


def test_an_argument_that_is_given_twice_is_refused():
    def squared(x, t, w):
        return (x * w - t) ** 2

    step = cp.stepper(squared, {"w": 1.0}, learning_rate=0.1, engine="numpy")
    with pytest.raises(cp.ClearpropError, match="x twice"):
        step(1.0, 2.0, x=3.0)
    assert step(1.0, t=2.0) == 1.0


def test_the_parameters_are_its_own_before_the_first_step_too():
    start = {"w": np.ones(2)}
    step = cp.stepper(lambda x, w: np.sum((x * w) ** 2), start, learning_rate=0.1)
    step.params["w"][:] = 5.0
    start["w"][:] = 7.0
    assert step.params["w"].tolist() == [1.0, 1.0]
    assert step(np.ones(2)) == 2.0


def test_a_misspelled_argument_is_refused_in_later_calls_too(engine):
    """The step would be made with the target of the call before."""
    step = cp.stepper(network, start(), learning_rate=0.5, engine=engine)
    x = np.array([0.5, 0.1, -0.2])
    step(x=x, target=0.6)
    with pytest.raises(cp.ClearpropError, match="no value for target"):
        step(x=x, targte=0.9)
    assert step.steps == 1


def test_arguments_that_may_be_left_out_are_told_apart(engine):
    def weighted(x, w, up=1.0, down=1.0):
        return np.sum(w * x) * up / down

    step = cp.stepper(weighted, {"w": np.ones(2)}, learning_rate=0.0, engine=engine)
    x = np.ones(2)
    assert step(x, up=2.0) == 4 and step(x, down=2.0) == 1 and step(x, up=2.0) == 4


def test_an_argument_behind_one_that_was_left_out_keeps_its_place(engine):
    def weighted(x, w, up=1.0, down=1.0):
        return np.sum(w * x) * up / down

    step = cp.stepper(weighted, {"w": np.ones(2)}, learning_rate=0.0, engine=engine)
    x = np.ones(2)
    assert step(x, down=2.0) == step(x, down=2.0) == 1
    assert step(x, 4.0) == 8


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_sizes_that_take_turns_train_the_same_weights(engine, optimizer):
    """Also where each of them has a step of its own in C."""

    def linear(x, t, W):
        return np.mean((x @ W - t) ** 2)

    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    single = x.astype(np.float32), t.astype(np.float32)
    calls = [(x, t), (x[:4], t[:4]), (x, t), (x[:4], t[:4]), (x, t), single] * 3
    step, other = (
        cp.stepper(
            linear, {"W": np.zeros((3, 1))}, learning_rate=0.1, optimizer=optimizer,
            engine=name,
        )
        for name in (engine, "numpy")
    )  # fmt: skip
    found, expected = ([made(*c) for c in calls] for made in (step, other))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert step.steps == other.steps == len(calls)
    np.testing.assert_allclose(step.params["W"], other.params["W"], rtol=1e-12)
