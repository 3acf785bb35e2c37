"""One constant times a gradient, at several replays, to within rounding."""

import numpy as np

import clearprop as cp
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


PRUNED = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 6))
y = (X[:, 0] * X[:, 1] > 0).astype(float)[:, None]

def init():
    g = np.random.default_rng(42)
    return [g.normal(0, 0.5, (6, 10)), g.normal(0, 0.5, (10, 1))]

def train(weights, masks, epochs):
    for _ in range(epochs):
        w1, w2 = weights
        h = np.maximum(0, X @ w1)
        loss = 0.5 * np.mean((h @ w2 - y) ** 2)
        dz = (h @ w2 - y) / len(y)
        dw2 = h.T @ dz
        dw1 = X.T @ (dz @ w2.T * (h > 0))
        weights[0] = (w1 - 0.5 * dw1) * masks[0]
        weights[1] = (w2 - 0.5 * dw2) * masks[1]

masks = [np.ones((6, 10)), np.ones((10, 1))]
for _ in range(3):
    weights = [w * m for w, m in zip(init(), masks)]
    train(weights, masks, 15)
    for w, m in zip(weights, masks):
        m[np.abs(w) < np.quantile(np.abs(w[m == 1]), 0.2)] = 0
"""


def test_a_mask_that_other_weights_leave_empty_ends_no_check(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """What ``w[mask == 1]`` chooses isn't there at random numbers: no replay holds."""
    path = tmp_path / "pruned.py"
    path.write_text(PRUNED)
    assert cp.check(str(path)).verdict in ("right", "undecided")
