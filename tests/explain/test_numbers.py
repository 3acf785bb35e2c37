"""Arrays as text: in full where they are small, summarized where they are not."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clearprop.explain.numbers import quantity, scalar, share


@pytest.mark.parametrize(
    "value, text",
    [
        (0.48497343084992534, "0.48497343"),
        (0.0066155558, "0.0066155558"),
        (3, "3"),
        (True, "True"),
        (np.float32(0.1), "0.1"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.array(2.5), "2.5"),
        (np.array([0.55971365, 0.38698582]), "[0.55971365 0.38698582]"),
        (np.array([1, 0, 2]), "[1 0 2]"),
        (np.array([True, False]), "[ True False]"),
        (np.zeros((0, 3)), "[] (no entries, shape (0, 3))"),
        (np.zeros(20), "all 0"),
        (np.arange(20.0), "min 0, mean 9.5, max 19, norm 49.7, 5% zeros"),
    ],
)
def test_a_value_is_printed_as_numpy_prints_it(value, text):
    assert quantity(value).text == text


def test_large_arrays_are_summarized():
    figures = quantity(np.array([0.0, 3.0, 4.0, np.nan, np.inf] * 4)).summary
    assert figures["norm"] == pytest.approx(10)
    assert figures["max"] == 4
    assert figures["not_finite"] == 8
    assert figures["zeros"] == pytest.approx(1 / 3)
    text = quantity(np.full(20, np.nan)).text
    assert text == "20 entries, none of them finite"


def test_a_norm_does_not_overflow():
    assert quantity(np.full(100, 1e200)).summary["norm"] == pytest.approx(1e201)


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, min_side=0, max_dims=4, max_side=40),
        elements={"allow_subnormal": False},
    ),
    st.integers(52, 80),
)
def test_any_array_fits_and_goes_into_json(array, width):
    made = quantity(array, width)
    assert all(len(line) <= width for line in made.text.split("\n"))
    json.dumps([made.values, made.summary, made.shape, made.dtype], allow_nan=False)
    assert (made.values is None) == (made.summary is not None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_eight_digits_are_kept(value):
    assert float(scalar(value)) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    "fraction, text",
    [(0, "0%"), (1e-5, "<1%"), (0.5, "50%"), (0.9999, ">99%"), (1, "100%")],
)
def test_a_share_is_all_or_nothing_only_where_it_is(fraction, text):
    assert share(fraction) == text
