"""What np.where leaves out has no gradient, however steep the other side is there.

The usual reverse walk gives nan for these: 0 comes back for the entry that was not
chosen, and 0 times an infinite slope is nan (as JAX's and PyTorch's manuals tell).
"""

import warnings

import numpy as np
import pytest

import clearprop as cp

X = np.array([-1.0, 0.0, 2.0, 3.0, -4.0, 0.5])
T = np.ones(6)
W = 1.3


def root(x, t, w):
    z = w * x
    return np.mean((np.where(z > 0, np.sqrt(z), 0.0) - t) ** 2)


def root_by_name(x, t, w):
    z = w * x
    s = np.sqrt(z)
    h = np.where(z > 0, s, 0.0)
    return np.mean((h - t) ** 2)


def sinc(x, t, w):
    z = w * x
    return np.mean((np.where(z == 0, 1.0, np.sin(z) / z) - t) ** 2)


def entropy(x, t, w):
    z = w * x
    return np.mean((np.where(z > 0, z * np.log(z), 0) - t) ** 2)


def power(x, t, w):
    z = w * x
    return np.mean((np.where(z > 0, z**1.5, 0) - t) ** 2)


def exponential(x, t, w):
    z = 1000 * w * x
    return np.mean((np.where(z > 0, z, np.exp(z) - 1) / 1000 - t) ** 2)


def overflow(x, t, w):
    z = 1000 * w * x
    return np.mean((np.where(z < 0, np.exp(z), 0) - t) ** 2)


def between(x, t, w):
    z = w * x
    inside = (z > 0) & (z < 3)
    return np.mean((np.where(inside, np.log(z) * np.log(3 - z), z) - t) ** 2)


def outside(x, t, w):
    z = w * x
    return np.mean((np.where(~(z > 0), 0.5, np.arccosh(z + 1)) - t) ** 2)


@pytest.mark.parametrize("style", ["fused", "atomic"])
@pytest.mark.parametrize(
    "forward",
    [
        root, root_by_name, sinc, entropy, power, exponential, overflow, between,
        outside,
    ],
)  # fmt: skip
def test_the_gradient_is_the_slope(forward, style):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backward = cp.derive(forward, X, T, W, wrt="w", style=style)
        with np.errstate(all="ignore"):
            found = backward(X, T, W)["w"]
            step = 1e-6
            slope = (forward(X, T, W + step) - forward(X, T, W - step)) / (2 * step)
    assert found == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_it_trains(engine):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = cp.train(
            entropy, {"w": W}, {"x": X, "t": T}, learning_rate=1e-3, steps=20,
            engine=engine,
        )  # fmt: skip
    assert run.history["loss"][-1] < run.history["loss"][0]


def test_a_relu_stays_a_product_with_its_mask():
    def relu(x, t, w):
        z = w * x
        return np.mean((np.maximum(z, 0) / np.sqrt(np.mean(z**2)) - t) ** 2)

    assert "np.where" not in cp.derive(relu, X, T, W, wrt="w").source
