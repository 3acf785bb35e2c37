"""What raised, in shapes and names: at random shapes, what is proposed does fit."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clearprop.checking.crash import explain_crash
from clearprop.checking.crash_line import Crash

SIZES = st.integers(1, 5)
MATRIX = st.tuples(SIZES, SIZES)
ARRAY = st.one_of(st.tuples(SIZES), MATRIX)


class Network:
    def __init__(self):
        self.W1 = np.ones((3, 2))


def crash(code, **scope):
    """The words for what a line raises, with the shapes that its scope shows."""
    shapes = {}
    for name, value in scope.items():
        if isinstance(value, dict):
            shapes |= {f"{name}[{k!r}]": np.shape(v) for k, v in value.items()}
        elif isinstance(value, Network):
            shapes |= {f"{name}.{k}": np.shape(v) for k, v in vars(value).items()}
        elif isinstance(value, np.ndarray | float | int):
            shapes[name] = np.shape(value)
    try:
        exec(code, {"np": np, "math": math, **scope})
    except Exception as error:
        return explain_crash(Crash(error, code, shapes))
    raise AssertionError(f"{code} raised nothing")


def raises(code, scope):
    try:
        exec(code, {"np": np, **scope})
    except ValueError:
        return True
    return False


def proposals(words):
    """Every ``W.T is (1, 3)`` or ``W.T, which is (1, 3)`` that is said to fit."""
    head, _, tail = words.partition("differ. ")
    if not tail:
        head, _, tail = words.partition("neither is 1. ")
    return re.findall(r"([\w.]+(?:\[:, None\])?),?(?: which)? is (\(.*?\))", tail)


@given(ARRAY, ARRAY, st.sampled_from(["np.dot(a, b)", "a @ b", "a * b", "b - a"]))
def test_what_is_proposed_fits(a, b, code):
    scope = {"a": np.zeros(a), "b": np.zeros(b)}
    assume(raises(code, scope))
    words = crash(code, **scope)
    assert words.startswith(f"{code}: ")
    assert f"a is {a}" in words
    assert f"b is {b}" in words
    for name, shape in proposals(words):
        assert eval(name, {"np": np, **scope}).shape == eval(shape)
        if "these fit" not in words:
            mended = re.sub(rf"\b{name[0]}\b", name, code)
            assert not raises(mended, scope), (words, mended)
    if "these fit" in words:
        assert not raises("a.T @ b.T", scope)
        assert not raises("b @ a", scope)
    if "outer" in words:
        assert f"np.outer(a, b) is {np.outer(**scope).shape}" in words
    if "No transpose" in words:
        assert raises("a.T @ b", scope) or len(a) == 1
        assert raises("a @ b.T", scope) or len(b) == 1


@given(MATRIX, MATRIX)
def test_what_is_added_in_place_keeps_the_shape(a, b):
    scope = {"a": np.zeros(a), "b": np.zeros(b)}
    assume(raises("a += b", scope))
    words = crash("a += b", **scope)
    assert f"a is {a} and b is {b}" in words
    if b[::-1] == a:
        assert f"b.T is {a}, which fits" in words


@given(st.integers(1, 5), st.integers(2, 5))
def test_a_bias_wants_the_sum_over_the_examples(hidden, examples):
    words = crash("db += dz", db=np.zeros(hidden), dz=np.zeros((examples, hidden)))
    if examples != hidden:
        assert f"dz.sum(axis=0) is ({hidden},), which fits." in words


@given(MATRIX, MATRIX)
def test_reshape_counts_the_numbers(a, b):
    assume(math.prod(a) != math.prod(b))
    words = crash(f"x = a.reshape({b[0]}, {b[1]})", a=np.zeros(a))
    assert f"a is {a}, that is {math.prod(a)} numbers, and {b} wants" in words
    assert words.endswith(f"wants {math.prod(b)}.")


@given(SIZES, st.integers(0, 3))
def test_an_entry_past_the_end(size, beyond):
    words = crash("y = h[0, i]", h=np.zeros((2, size)), i=size + beyond)
    assert words == (
        f"h[0, i]: axis 1 of h has {size} entries, numbered 0 to {size - 1}: there is "
        f"no entry {size + beyond}."
    )


A, B, V = np.ones((4, 3)), np.ones((4, 2)), np.ones(3)
CASES = [
    (
        "x = np.dot(delta, W2)",
        {"delta": np.ones((4, 1)), "W2": np.ones((3, 1))},
        "np.dot(delta, W2): delta is (4, 1) and W2 is (3, 1): the inner sizes 1 and 3 "
        "differ. W2.T is (1, 3), which fits.",
    ),
    (
        "x = delta @ W.T * 2",
        {"delta": np.ones((4, 3)), "W": np.ones((3, 2))},
        "delta @ W.T: delta is (4, 3) and W.T is (2, 3): the inner sizes 3 and 2 "
        "differ. W is (3, 2), which fits.",
    ),
    (
        "dW = np.dot(x, x)",
        {"x": np.ones((5, 2))},
        "np.dot(x, x): x is (5, 2): the inner sizes 2 and 5 differ. x.T is (2, 5), "
        "which fits on either side.",
    ),
    (
        "y = rate @ A",
        {"rate": 0.1, "A": A},
        "rate @ A: rate is a single number and A is (4, 3): @ multiplies arrays only. "
        "* takes a number.",
    ),
    (
        "dW[:, 0] = v",
        {"dW": np.ones((3, 2)), "v": np.ones(2)},
        "dW[:, 0] = v: what is stored is (2,) and its place is (3,).",
    ),
    (
        "x = A.reshape(-1, 5)",
        {"A": A},
        "x = A.reshape(-1, 5): A is (4, 3), that is 12 numbers, which 5 doesn't "
        "divide.",
    ),
    (
        "db = np.sum(v, axis=1)",
        {"v": V},
        "np.sum(v, axis=1): v is (3,), which has axis 0 only.",
    ),
    ("y = v[:, 0]", {"v": V}, "v[:, 0]: v is (3,): 1 axis, and 2 are asked for."),
    (
        "y = v[n / 2]",
        {"v": V, "n": 2},
        "y = v[n / 2]: a size or an index is a whole number, and this one isn't. / "
        "gives a fraction even where it divides evenly, // a whole number; an array of "
        "labels becomes one with .astype(int).",
    ),
    (
        "y = hiden + 1",
        {"hidden": V},
        "y = hiden + 1: there is no hiden at this point. Did you mean hidden?",
    ),
    (
        "y = cache['Z1']",
        {"cache": {"A1": V, "A2": V}},
        "cache['Z1']: cache has no key 'Z1'. It has 'A1' and 'A2'.",
    ),
    (
        "y = net.w1",
        {"net": Network()},
        "y = net.w1: net has no w1. Did you mean W1?",
    ),
    (
        "y = np.float(3)",
        {},
        "np.float: newer NumPys have no np.float: write float.",
    ),
    (
        "y = x.T",
        {"x": None},
        "y = x.T: x is None: the line that sets it isn't filled in, or a function "
        "returns nothing.",
    ),
    (
        "y = d * v",
        {"d": None, "v": V},
        "y = d * v: d is None: the line that sets it isn't filled in, or a function "
        "returns nothing.",
    ),
    (
        "y = v * '????????'",
        {"v": V},
        "y = v * '????????': the line isn't filled in: '????????' stands for an "
        "answer.",
    ),
    (
        "y = v * ...",
        {"v": V},
        "y = v * ...: the line isn't filled in: ... stands for an answer.",
    ),
    (
        "y = v - None",
        {"v": V},
        "y = v - None: the line isn't filled in: None stands for an answer.",
    ),
    (
        "y = d * v",
        {"d": "????", "v": V},
        "y = d * v: text stands where numbers belong. Is a line above not filled in, "
        "or was a file read as text?",
    ),
    (
        "y = [0.1, 0.2] * 0.5",
        {},
        "y = [0.1, 0.2] * 0.5: a list or a text is multiplied. np.array makes numbers "
        "of a list; a text is a line above that isn't filled in.",
    ),
    (
        "W -= 0.1 * dW",
        {"W": np.ones((2, 2), int), "dW": np.ones((2, 2))},
        "W -= 0.1 * dW: W holds whole numbers and can't take fractions in place. Make "
        "it of floats, with dtype=float or .astype(float), where it is created.",
    ),
    (
        "y = total / n",
        {"total": 2.0, "n": 0},
        "y = total / n: n is zero, and it divides by that.",
    ),
    (
        "y = v(1 - v)",
        {"v": V},
        "v(1 - v): v is (3,), not a function. Is a * missing before the bracket?",
    ),
    (
        "y = math.exp(v)",
        {"v": V},
        "math.exp(v): math.exp takes one number and v is (3,). np.exp takes an array.",
    ),
    (
        "if v > 0: pass",
        {"v": V},
        "if v > 0: pass: v > 0 has an answer for each entry, and one is needed. "
        "np.where chooses entry by entry; .any() and .all() sum the answers up.",
    ),
    (
        "y = np.linalg.inv(A)",
        {"A": np.zeros((2, 2))},
        "y = np.linalg.inv(A): LinAlgError: Singular matrix. Here A is (2, 2).",
    ),
]


@pytest.mark.parametrize("code, scope, words", CASES, ids=[c for c, _, _ in CASES])
def test_words(code, scope, words):
    assert crash(code, **scope) == words


def test_the_head_of_a_block_and_a_line_in_parts():
    words = crash("for i in range(1):\n    x = (A *\n      B)", A=A, B=B)
    assert "A * B: A is (4, 3) and B is (4, 2)" in words
    error = ValueError("operands could not be broadcast together")
    assert "A is (4, 3)" in explain_crash(
        Crash(error, "while (A + B).any():", {"A": (4, 3)})
    )


def test_a_product_inside_a_larger_expression():
    scope = {"dz": np.ones((4, 2)), "W": np.ones((2, 3)), "h": np.ones((4, 5))}
    words = crash("dh = np.dot(dz, W) * h[:, 1:] * (1 - h[:, 1:] ** 2)", **scope)
    assert "np.dot(dz, W) is (4, 3) and h[:, 1:] is (4, 4)" in words


def test_unknown_shapes_leave_numpys_words():
    error = ValueError("shapes (4,1) and (3,1) not aligned: 1 (dim 1) != 3 (dim 0)")
    words = explain_crash(Crash(error, "x = np.dot(f(a), b)", {"b": (3, 1)}))
    assert words == (
        "x = np.dot(f(a), b): ValueError: shapes (4,1) and (3,1) not aligned: 1 (dim "
        "1) != 3 (dim 0). Here b is (3, 1)."
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_was_raised_there_are_words(code, message):
    for kind in (ValueError, TypeError, KeyError, NameError, AttributeError, OSError):
        assert explain_crash(Crash(kind(message), code, {message: (2,)}))
