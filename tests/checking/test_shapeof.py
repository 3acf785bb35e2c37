"""A shape that is told without running an expression is the one that it has."""

import ast

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from clearprop.checking.shapeof import shape_of

SCOPE = {
    "a": np.ones((3, 2)),
    "b": np.ones((2, 3)),
    "v": np.ones(3),
    "w": np.ones((2, 1)),
    "s": np.ones((2, 3, 2)),
    "n": 2.0,
}
SHAPES = {name: np.shape(value) for name, value in SCOPE.items()}
UNARY = """({}).T|-({})|np.exp({})|np.tanh({}).copy()|({}).sum(axis=0)|({})[:, None]
    ({})[0]|({})[1:]|({})[..., 0]|np.sum({}, axis=-1, keepdims=True)|np.mean({})
    ({}).max(1)|np.transpose({})|({})[:, 0]|np.sqrt({})[None]|({})[:, ::-1]
    ({}).mean(axis=(0, 1))|({}).reshape(-1)|np.maximum({}, 0)|({}) ** 2|({}) > 0"""
BINARY = """({}) + ({})|({}) * ({})|({}) @ ({})|np.dot({}, {})|({}).dot({})
    np.matmul({}, {})|np.maximum({}, {})|({}) < ({})|({}) / ({})|np.outer({}, {})"""


def forms(table):
    return st.sampled_from([f.strip() for f in table.replace("\n", "|").split("|")])


EXPRESSIONS = st.recursive(
    st.sampled_from([*SCOPE]),
    lambda inner: st.one_of(
        st.builds(lambda form, x: form.format(x), forms(UNARY), inner),
        st.builds(lambda form, x, y: form.format(x, y), forms(BINARY), inner, inner),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
@example("np.dot(s, s)")
@example("np.sum(a, axis=1).T @ b.T")
def test_told_or_not_told_but_never_wrong(code):
    try:
        with np.errstate(all="ignore"):
            actual = np.shape(eval(code, {"np": np, **SCOPE}))
    except (ValueError, IndexError):
        actual = None
    except (TypeError, AttributeError, ArithmeticError):  # not about shapes
        return
    told = shape_of(ast.parse(code, mode="eval").body, SHAPES)
    assert told in (None, actual)


def told(code):
    return shape_of(ast.parse(code, mode="eval").body, SHAPES)


def test_the_usual_lines_of_a_backward_pass_are_told():
    assert told("np.dot(a, b) * (1 - v ** 2)") == (3, 3)
    assert told("a.T @ (v[:, None] * a)") == (2, 2)
    assert told("np.sum(a * 2, axis=0, keepdims=True) / n") == (1, 2)
    assert told("np.outer(v, w)") is None
    assert told("unknown(a)") is None


def test_shapes_may_belong_to_items_and_attributes():
    code = ast.parse("self.W['1'] @ a", mode="eval").body
    assert shape_of(code, {"self.W['1']": (5, 3), "a": (3, 2)}) == (5, 2)
