"""SciPy's functions that clearprop follows, against SciPy: at the traced values, at
other values and at other sizes."""

import math
from itertools import product

import numpy as np
import pytest

import clearprop as cp

from ._run import check, written

pytest.importorskip("scipy", reason="SciPy is not installed")
from scipy import signal, special

RNG = np.random.default_rng(11)
MODES = ("full", "same", "valid")
PLANE = ("convolve2d", "correlate2d")
ANY = ("convolve", "correlate", "fftconvolve", "oaconvolve")
# of (first, second): the first is larger, neither is larger, the second is larger
SIZES = [
    ((6, 7), (3, 2)),
    ((3, 3), (3, 3)),
    ((6, 2), (3, 4)),
    ((2, 3), (5, 4)),
    ((1, 1), (4, 3)),
]


def arrays(shapes):
    return [RNG.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("shapes", SIZES, ids=str)
@pytest.mark.parametrize("name, mode", [*product(PLANE + ANY, MODES)])
def test_of_two_planes(name, mode, shapes):
    if mode == "valid" and shapes == ((6, 2), (3, 4)):
        pytest.skip("SciPy refuses it: neither lies in the other")
    function = written(f'signal.{name}(x, y, "{mode}")', "x, y", signal=signal)
    check(function, arrays(shapes), arrays(shapes))


@pytest.mark.parametrize("name, mode", [*product(PLANE + ANY, MODES)])
def test_at_other_sizes(name, mode):
    function = written(f'signal.{name}(x, y, mode="{mode}")', "x, y", signal=signal)
    check(function, arrays([(6, 7), (3, 2)]), arrays([(9, 8), (2, 5)]))


@pytest.mark.parametrize("shapes", [((7,), (3,)), ((4, 5, 6), (2, 3, 1))], ids=str)
@pytest.mark.parametrize("name, mode", [*product(ANY, MODES)])
def test_along_other_numbers_of_axes(name, mode, shapes):
    function = written(f'signal.{name}(x, y, "{mode}")', "x, y", signal=signal)
    check(function, arrays(shapes), arrays(shapes))


@pytest.mark.parametrize(
    "code, said",
    [
        ('signal.convolve2d(x, x, boundary="wrap")', "boundary='wrap'"),
        ("signal.correlate2d(x, x, fillvalue=1)", "fillvalue=1"),
        ("signal.fftconvolve(x, x, axes=0)", "along some axes"),
        ("special.gammaln(x)", "gammaln is not an operation"),
    ],
)
def test_refused_with_what_to_do(code, said):
    function = written(f"np.sum({code})", signal=signal, special=special)
    with pytest.raises(cp.ClearpropError, match=said):
        cp.derive(function, np.ones((3, 3)))


@pytest.mark.parametrize("name", "erf erfc ndtr expit logit softmax".split())
def test_of_one_array(name):
    function = written(f"special.{name}(x)", special=special)
    values = [RNG.uniform(0.1, 0.9, shape) for shape in ((4, 5), (6, 3))]
    check(function, values[:1], values[1:])
    check(function, [values[0].astype(np.float32)])


def test_the_error_function_of_a_number():
    function = written("0.5 * x * (1 + math.erf(x / math.sqrt(2)))", math=math)
    check(function, [0.3], [-1.7])
    check(written("math.erfc(x)", math=math), [0.3], [-1.7])


def gelu(x, w):
    z = x @ w
    return np.mean((0.5 * z * (1 + special.erf(z / np.sqrt(2)))) ** 2)


def gaussian(x, w):
    return -np.sum(np.log(special.ndtr(x @ w)))


def crossed(x, w):
    p = special.softmax(x @ w, axis=1)
    return np.mean(special.logsumexp(x @ w, axis=1)) - np.mean(np.log(p[:, 0]))


def two_convolutions(x, w):
    hidden = np.tanh(signal.correlate2d(x, w, "valid"))
    return np.sum(signal.convolve2d(hidden, w, "full") ** 2)


@pytest.mark.parametrize("forward", [gelu, gaussian, crossed, two_convolutions])
def test_derived_against_central_differences(forward):
    x, w = arrays([(6, 3), (3, 2)])
    got = cp.derive(forward, x, w)(x, w)
    for at, name in enumerate("xw"):
        expected = np.empty_like((x, w)[at])
        for i in np.ndindex(expected.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = [x.copy(), w.copy()]
                moved[at][i] += step
                values.append(forward(*moved))
            expected[i] = (values[0] - values[1]) / 2e-6
        # a central difference of step 1e-6: its rounding is 1e-16 * loss / 1e-6
        np.testing.assert_allclose(got[name], expected, rtol=1e-6, atol=1e-7)


def test_what_is_written_with_erf_imports_it():
    x, w = arrays([(6, 3), (3, 2)])
    assert "import scipy.special\n" in cp.derive(gelu, x, w).source
    assert "scipy" not in cp.derive(two_convolutions, x, w).source


def test_the_error_function_without_scipy(monkeypatch):
    """Python's, entry by entry: only slower."""
    from clearprop.ops import elementwise

    x = RNG.normal(size=(3, 4))
    expected = special.erf(x)
    monkeypatch.setitem(__import__("sys").modules, "scipy.special", None)
    np.testing.assert_allclose(elementwise._erf(x), expected, rtol=1e-15)
    assert elementwise._erf(x.astype(np.float32)).dtype == np.float32
    assert elementwise._erf(0.3) == elementwise._erf(np.array(0.3)) == math.erf(0.3)


def test_math_erf_without_scipy_says_what_to_install(monkeypatch):
    from clearprop.trace.functions import numbers

    monkeypatch.setattr(numbers, "find_spec", lambda name: None)
    function = written("x * math.erf(x)", math=math)
    with pytest.raises(cp.ClearpropError, match="pip install scipy"):
        cp.derive(function, 0.5)


def test_erf_in_words_formulas_and_another_engine():
    x, w = arrays([(6, 3), (3, 2)])
    derived = cp.derive(gelu, x, w)
    assert "scipy.special.erf(ratio)" in str(derived.explain(x, w))
    assert r"\operatorname{erf}" in derived.explain(x, w).to_latex()


def test_what_is_trained_with_erf_is_the_same_in_c():
    x, w = arrays([(20, 3), (3, 2)])
    trained = [
        cp.train(gelu, {"w": w}, {"x": x}, epochs=3, batch_size=5, engine=engine)
        for engine in ("numpy", "native")
    ]
    assert trained[1].engine == "native"
    # the sums of a batch are taken in another order
    np.testing.assert_allclose(
        trained[0].params["w"], trained[1].params["w"], rtol=1e-12
    )
