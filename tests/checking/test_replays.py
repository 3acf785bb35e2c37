"""One constant times a gradient, at several replays, to within rounding."""

import numpy as np

from clearprop.checking.replays import OWN, match

RNG = np.random.default_rng(0)
SIZES = [1.0, 1e-13, 1.0, 2.0, 0.5]  # of the gradient; the second hardly moves a weight
GRADIENTS = [size * RNG.normal(size=(4, 4)) for size in SIZES]
WEIGHTS = [RNG.normal(size=(4, 4)) for _ in GRADIENTS]
ROUNDING = [1e-15 * float(np.max(np.abs(w))) for w in WEIGHTS]
assert len(GRADIENTS) > OWN


def moved(rate: float) -> list[np.ndarray]:
    return [(w - rate * g) - w for w, g in zip(WEIGHTS, GRADIENTS)]


def test_a_step_lost_in_the_digits_of_its_weight_is_none_against_it() -> None:
    assert match(moved(0.1), GRADIENTS) is None
    found = match(moved(0.1), GRADIENTS, rounding=ROUNDING)
    assert found is not None
    assert abs(found.factor + 0.1) < 1e-9


def test_a_weight_that_is_not_moved_is_no_multiple_of_its_gradient() -> None:
    still = [np.zeros_like(g) for g in GRADIENTS]
    assert match(still, GRADIENTS, rounding=ROUNDING) is None


def test_a_small_step_of_another_size_is_seen() -> None:
    found = moved(0.1)
    found[1] = found[1] + 1e-12
    assert match(found, GRADIENTS, rounding=ROUNDING) is None
