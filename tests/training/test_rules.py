"""Update rules: facts from their papers, which no formula of ours goes into."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.training import schedules
from clearprop.training.rules import DEFAULTS, rule_named


def path(name, gradients, rate=0.1, w=0.0, **constants):
    """Where w goes under a row of gradients."""
    rule = rule_named(name, constants)
    w = np.array(w)
    slots = {slot: np.zeros(()) for slot in rule.slots}
    for count, g in enumerate(gradients, 1):
        change, slots = rule.step(np, w, np.array(float(g)), slots, rate, count)
        w = w + change
    return float(w)


@given(st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_adams_first_step_is_the_rate_whatever_the_gradient(size, sign):
    # Kingma & Ba, section 2.1: the effective step is about the rate; epsilon is 1e-8
    assert path("adam", [sign * size]) == pytest.approx(-sign * 0.1, rel=1e-4)


@given(st.floats(0.1, 10), st.integers(1, 30))
def test_adam_under_a_constant_gradient_goes_the_rate_at_every_step(g, steps):
    assert path("adam", [g] * steps) == pytest.approx(-0.1 * steps, rel=1e-6)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_a_velocity_grows_to_rate_over_one_minus_mu(name):
    # the geometric series; after 400 steps 0.9**400 is nothing
    before, after = path(name, [2.0] * 400), path(name, [2.0] * 401)
    assert after - before == pytest.approx(-0.1 * 2.0 / (1 - 0.9), rel=1e-12)


def test_nesterov_looks_ahead():
    # v = -η g; heavy ball moves by v, Nesterov by μ v - η g
    assert path("momentum", [1.0]) == pytest.approx(-0.1)
    assert path("nesterov", [1.0]) == pytest.approx(-0.1 * 1.9)


def test_momentum_goes_on_without_a_gradient():
    assert path("momentum", [1.0, 0.0, 0.0]) == pytest.approx(-0.1 * (1 + 0.9 + 0.81))


def test_rmsprop_under_a_constant_gradient_comes_to_the_rate():
    before, after = path("rmsprop", [5.0] * 400), path("rmsprop", [5.0] * 401)
    assert after - before == pytest.approx(-0.1, rel=1e-6)


def test_adamw_decays_without_a_gradient_and_adam_does_not():
    assert path("adamw", [0.0], w=2.0, weight_decay=0.3) == pytest.approx(
        2.0 * (1 - 0.1 * 0.3)
    )
    assert path("adam", [0.0], w=2.0) == 2.0


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_every_rule_finds_the_bottom_of_a_bowl(name):
    rule = rule_named(name, {})
    w = np.array([3.0, -2.0])
    slots = {slot: np.zeros(2) for slot in rule.slots}
    for count in range(1, 2001):
        change, slots = rule.step(
            np, w, w * [1.0, 10.0], slots, 0.05 / (1 + count / 50), count
        )
        w = w + change
    # RMSProp and Adam step by about the rate, which ends near 0.001
    assert np.abs(w).max() < 0.01


def test_schedules():
    at = [0, 5, 10, 20]

    def seen(s):
        return [s(k) for k in at]

    assert seen(schedules.linear(1.0, steps=10)) == [1.0, 0.5, 0.0, 0.0]
    assert seen(schedules.staircase(1.0, decay=0.5, every=10)) == [1, 1, 0.5, 0.25]
    assert seen(schedules.cosine(1.0, steps=10)) == pytest.approx([1.0, 0.5, 0, 0])
    assert seen(schedules.exponential(1.0, decay=0.5, every=10)) == pytest.approx(
        [1, math.sqrt(0.5), 0.5, 0.25]
    )
    assert seen(schedules.inverse_time(1.0, decay=1.0, every=10)) == pytest.approx(
        [1, 2 / 3, 0.5, 1 / 3]
    )
    assert [schedules.warmup(0.8, steps=4)(k) for k in (0, 1, 3, 9)] == pytest.approx(
        [0.2, 0.4, 0.8, 0.8]
    )
