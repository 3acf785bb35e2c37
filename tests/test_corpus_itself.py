"""The corpus says what is true: each forward pass runs, is smooth where it stands, and
depends on what it is differentiated by. Nothing here needs clearprop."""

import copy

import numpy as np
import pytest
from corpus import CASES
from reference import loss_of, numbers_in, numeric_gradients


def instances(case):
    """Its forward pass and arguments at the sizes, the other sizes, each fixed one."""
    sizes = [case.sizes]
    if case.other is not None:
        sizes.append(case.other_sizes)
    sizes += [{**case.sizes, name: value} for name, value in case.fixed.items()]
    return [case.at(chosen) for chosen in sizes]


def test_no_two_cases_share_a_name():
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids)) >= 110


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_forward_is_finite_and_repeatable(case):
    for forward, args in instances(case):
        loss = loss_of(forward, args)
        assert np.isfinite(loss)
        assert loss_of(forward, args) == loss
        assert np.size(forward(*copy.deepcopy(args))) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_gradient_exists_and_is_not_zero(case):
    for forward, args in instances(case):
        scale = 1 + abs(loss_of(forward, args))
        for name, gradient in numeric_gradients(forward, args, case.names).items():
            assert np.max(np.abs(numbers_in(gradient))) > 1e-6 * scale, name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_free_size_is_changed(case):
    changed = set(case.fixed) | set(case.other or {})
    assert changed == set(case.sizes)
    assert all(case.other[name] != case.sizes[name] for name in case.other or {})
    assert all(value != case.sizes[name] for name, value in case.fixed.items())
