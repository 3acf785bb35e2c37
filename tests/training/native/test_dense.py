"""Dense networks in panels of vectors, on one thread and on a team, against NumPy.

The networks are small, so that a case compiles and runs quickly; here they are taken
for dense ones all the same, with a team where their size would forbid one.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from training.native.networks import ACTIVATIONS, LOSSES
from training.native.plans import plan_of, reference, shuffled

import clearprop as cp
from clearprop.training.native import dense_sparse, dense_steps
from clearprop.training.native.engine import NativeEngine
from clearprop.training.plan import Plan
from clearprop.training.rules import FORMULAS

pytestmark = pytest.mark.filterwarnings("ignore::clearprop.errors.ClearpropWarning")


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_steps, "_FEWEST_PRODUCTS", 0)
    monkeypatch.setattr(dense_steps, "_WORTH_MEETING", 1)


@pytest.fixture(params=[1, 2, 3])
def team(request: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(dense_steps, "cores", lambda: request.param)
    return int(request.param)


def layers(sizes: list[int], act: Any, loss: Any) -> Any:
    """A forward pass of dense layers, and its parameters."""

    def one(x: Any, t: Any, W1: Any, b1: Any) -> Any:
        return loss(x @ W1 + b1, t)

    def two(x: Any, t: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return loss(act(x @ W1 + b1) @ W2 + b2, t)

    def three(
        x: Any, t: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any
    ) -> Any:
        return loss(act(act(x @ W1 + b1) @ W2 + b2) @ W3 + b3, t)

    def four(
        x: Any, t: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, W4: Any
    ) -> Any:
        return loss(act(act(act(x @ W1 + b1) @ W2 + b2) @ W3 + b3) @ W4, t)

    rng = np.random.default_rng(3)
    params = {}
    for k, (a, b) in enumerate(itertools.pairwise(sizes), 1):
        params[f"W{k}"] = rng.normal(size=(a, b)) / np.sqrt(a)
        params[f"b{k}"] = 0.1 * rng.normal(size=b)
    params.pop("b4", None)  # a layer without a bias
    return (one, two, three, four)[len(sizes) - 2], params


def network(
    sizes: list[int], activation: str, loss: str, dtype: str, rows: int = 70
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    function, targets = LOSSES[loss]
    forward, params = layers(sizes, ACTIVATIONS[activation], function)
    rng = np.random.default_rng(5)
    classes = sizes[-1]
    labels = rng.integers(0, classes, rows)
    made = {
        "numbers": rng.normal(size=(rows, classes)).astype(dtype),
        "labels": labels,
        "onehot": np.eye(classes)[labels].astype(dtype),
        "truths": rng.integers(0, 2, (rows, classes)).astype(dtype),
    }
    x = rng.normal(size=(rows, sizes[0])).astype(dtype)
    params = {k: v.astype(dtype) for k, v in params.items()}
    return forward, params, {"x": x, "t": made[targets]}


def agree(plan: Plan, rate: float = 0.05, steps: int = 12) -> None:
    """Full batches, then smaller ones, as at the end of an epoch."""
    assert dense_steps.dense_steps(plan) is not None
    batches = shuffled(plan, steps)
    rates = rate * np.linspace(1, 0.5, steps)
    losses, weights = reference(plan, batches, rates)
    engine = NativeEngine(plan)
    found = engine.run(batches, rates)
    # the sums of some steps in another order; a slope may turn at a kink in float32
    tolerance = 1e-10 if plan.parameters[0].value.dtype == np.float64 else 3e-4
    np.testing.assert_allclose(found.losses, losses, rtol=tolerance, atol=tolerance)
    for i, parameter in enumerate(plan.parameters):
        np.testing.assert_allclose(
            engine.state()[str(i)], weights[parameter.label], rtol=tolerance,
            atol=tolerance,
        )  # fmt: skip


SHAPES = ([5, 3], [7, 13, 4], [20, 50, 33, 10], [9, 40, 17, 35, 20])


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_layers(sizes: list[int], team: int) -> None:
    case = network(sizes, "tanh", "log_softmax_labels", "float64")
    agree(plan_of(*case, batch_size=27))


def test_layers_in_float32(team: int) -> None:
    case = network([20, 50, 33, 10], "sigmoid", "softmax_onehot", "float32")
    agree(plan_of(*case, batch_size=27))


@pytest.fixture
def any_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROWS", "PANELS", "PANELS_AT_ONCE"):
        monkeypatch.setattr(dense_sparse, f"_FEWEST_{name}", 1)


# Wider than a tile's block, for each width of vectors and dtype: 530. What is narrower
# is one tile's ending where one thread does all, and leaves nothing out.
@pytest.mark.usefixtures("any_sparse")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("sizes", "first_turned", "least_team"),
    [([530, 70, 50, 35, 10], True, 2), ([20, 530, 530, 4], False, 1)],
)
def test_layers_that_are_often_zero(
    sizes: list[int], first_turned: bool, least_team: int, dtype: str, team: int
) -> None:
    plan = plan_of(*network(sizes, "relu", "softmax_labels", dtype), batch_size=27)
    made = dense_steps.dense_steps(plan)
    assert made is not None
    assert "sparse_accumulate(&j->crew, me, rows" in made.source
    assert ("sparse_product(&j->crew, me, rows" in made.source) == (team >= least_team)
    assert made.panels[0].turned == first_turned
    agree(plan)


@pytest.mark.usefixtures("any_sparse")
@pytest.mark.parametrize("rule", ["nesterov", "adam"])
def test_rules_of_layers_that_are_often_zero(rule: str, team: int) -> None:
    case = network([530, 50, 33, 4], "relu", "squared", "float64")
    agree(plan_of(*case, rule=rule, batch_size=27, l2=0.01), rate=0.001)


@pytest.mark.usefixtures("any_sparse")
def test_decay_of_layers_that_are_often_zero(team: int) -> None:
    case = network([530, 50, 33, 4], "relu", "squared", "float64")
    agree(plan_of(*case, batch_size=27, l2={"W1": 0.1, "W2": 0.2, "b2": 0.3}))


@pytest.mark.usefixtures("any_sparse")
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("sizes", [[530, 4], [530, 70, 4], [530, 70, 50, 4]], ids=str)
def test_data_that_are_often_zero(sizes: list[int], activation: str, team: int) -> None:
    forward, params, data = network(sizes, activation, "squared", "float64")
    data["x"][np.random.default_rng(7).random(data["x"].shape) < 0.7] = 0
    data["x"][:27] = 1  # and a batch that is not
    plan = plan_of(forward, params, data, batch_size=27)
    made = dense_steps.dense_steps(plan)
    assert made is not None
    if len(sizes) > 2:
        assert "sparse_product(&j->crew, me, rows, 530" in made.source
        assert "sparse_accumulate(&j->crew, me, rows, 530" in made.source
        assert not made.panels[0].turned
    agree(plan)
    whole = NativeEngine(plan).run(np.arange(54).reshape(2, 27), np.full(2, 0.05))
    wanted, _ = reference(plan, np.arange(54).reshape(2, 27), [0.05] * 2)
    np.testing.assert_allclose(whole.losses, wanted, rtol=1e-10)


@pytest.mark.usefixtures("any_sparse")
@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a != "gelu"])
def test_zeros_are_looked_for_where_an_activation_has_them(activation: str) -> None:
    case = network([530, 50, 33, 4], activation, "squared", "float64")
    made = dense_steps.dense_steps(plan_of(*case, batch_size=27))
    assert made is not None
    z = np.linspace(-3, 3, 50)
    zero = np.mean(ACTIVATIONS[activation](z) == 0) > 0.4
    assert ("sparse_product(&j->crew, me, rows" in made.source) == zero


@pytest.mark.parametrize("rule", [r for r in FORMULAS if r != "sgd"])
def test_rules(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_steps, "cores", lambda: 2)
    case = network([6, 20, 18, 4], "sigmoid", "squared", "float64")
    agree(plan_of(*case, rule=rule, batch_size=16, l2=0.01), rate=0.01)


def test_decay(team: int) -> None:
    case = network([6, 20, 4], "relu", "squared", "float64")
    agree(plan_of(*case, batch_size=16, l2={"W1": 0.1, "b2": 0.2}))


# gelu's π is a float64 in everyone's spelling, and eye(3)[t] is no row of numbers
@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a != "gelu"])
def test_activations(activation: str) -> None:
    case = network([5, 20, 3], activation, "log_softmax_labels", "float64")
    agree(plan_of(*case, batch_size=9))


@pytest.mark.parametrize(
    "loss", [k for k in LOSSES if k not in ("softmax_eye", "hinge")]
)
def test_losses(loss: str) -> None:
    case = network([5, 20, 3], "tanh", loss, "float64")
    agree(plan_of(*case, batch_size=9, per_example=False))


def test_a_last_smaller_batch_and_no_shuffling() -> None:
    case = network([5, 20, 3], "tanh", "squared", "float64", rows=50)
    for batch_size in (16, None):
        plan = plan_of(*case, batch_size=batch_size, per_example=False)
        engine = NativeEngine(plan)
        order = np.arange(50)
        parts = [order[None, :48].reshape(3, 16), order[None, 48:]]
        batches = [None] if batch_size is None else parts
        found = [
            engine.run(b, np.full(1 if b is None else len(b), 0.1)) for b in batches
        ]
        rows = [order] if batch_size is None else [*parts[0], parts[1][0]]
        losses, _ = reference(plan, rows, [0.1] * len(rows))
        made = np.concatenate([f.losses for f in found])
        np.testing.assert_allclose(made, losses, rtol=1e-12)


def test_it_stops_where_the_loss_is_not_finite(team: int) -> None:
    forward, params, data = network([6, 40, 3], "relu", "squared", "float64")
    data["t"][13] = np.inf
    plan = plan_of(forward, params, data, batch_size=10)
    engine = NativeEngine(plan)
    found = engine.run(np.arange(40).reshape(4, 10), np.full(4, 0.01))
    assert len(found.losses) == 2 and not np.isfinite(found.losses[-1])
    before = NativeEngine(plan)
    before.run(np.arange(10)[None], np.full(1, 0.01))
    for key, value in before.state().items():
        assert np.array_equal(engine.state()[key], value)


def test_it_goes_on_from_a_state_before_gradients_that_are_not_finite() -> None:
    forward, params, data = network([6, 40, 3], "relu", "squared", "float32")
    # the loss is finite, 1e10 squared, and not the gradient: 1e33 times that
    data["x"][13] = 1e33
    params["W1"] *= np.float32(1e-23)
    plan = plan_of(forward, params, data, rule="momentum", batch_size=10)
    engine, fresh = NativeEngine(plan), NativeEngine(plan)
    start = engine.state()
    with np.errstate(all="ignore"):
        assert np.isfinite(engine.run(np.arange(10, 20)[None], np.full(1, 0.01)).losses)
    assert not np.isfinite(engine.state()["0"]).all()
    engine.restore(start)
    rows, rates = np.arange(20, 40).reshape(2, 10), np.full(2, 0.01)
    found, wanted = engine.run(rows, rates), fresh.run(rows, rates)
    assert np.isfinite(wanted.losses).all()
    assert np.array_equal(found.losses, wanted.losses)


def test_the_same_again_bit_for_bit(team: int) -> None:
    case = network([30, 64, 48, 10], "relu", "log_softmax_labels", "float32")
    plan = plan_of(*case, batch_size=32)
    states = []
    for pieces in (1, 1, 5):
        engine = NativeEngine(plan)
        for part in np.array_split(shuffled(plan, 20), pieces):
            engine.run(part, np.full(len(part), 0.1))
        states.append(engine.state())
    for other in states[1:]:
        assert all(np.array_equal(states[0][k], other[k]) for k in other)


def test_negative_labels_count_from_the_end() -> None:
    forward, params, data = network([6, 20, 4], "tanh", "softmax_labels", "float64")
    data["t"] = data["t"] - 4
    agree(plan_of(forward, params, data, batch_size=16))


@pytest.mark.parametrize("hidden", ["relu", "gelu", "elu", "softplus"])
def test_networks_that_are_written_are_dense(hidden: str) -> None:
    made = cp.mlp([6, 20, 4], hidden=hidden, output="softmax")
    x = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    labels = np.arange(30) % 4
    plan = plan_of(made.forward, made.params, {"x": x, "t": labels}, batch_size=10)
    assert dense_steps.dense_steps(plan) is not None
