"""Sizes keep their origin through arithmetic, and fix themselves where they must."""

import math

import numpy as np
import pytest

from clearprop.errors import TraceError
from clearprop.graph import evaluate
from clearprop.trace.size import TracedRange, TracedSize

from ._run import check, trace, written

X, OTHER = np.arange(12.0).reshape(4, 3), np.arange(10.0).reshape(2, 5)

FREE = """
x.shape[0]
x.shape[0] * x.shape[1]
x.shape[0] // 2
x.shape[0] % 2
-x.shape[0]
x.shape[0] ** 2
x.shape[0] + x.shape[1] - 1
1 + 2 * x.shape[0]
10 - x.shape[0]
1.0 / x.shape[0]
x.shape[0] / x.shape[1]
x.shape[0] * 0.5
0.5 * x.shape[0]
2 ** x.shape[0]
x.shape[0] ** 0.5
x.shape[0] ** -1
np.sqrt(x.shape[0])
math.sqrt(x.shape[1])
math.log(len(x))
float(len(x))
int(len(x))
int(x.shape[0] / 2)
int(0.7 * len(x))
round(len(x))
abs(len(x))
len(x) * 1e-3
len(x.T)
len(range(len(x)))
len(x[1:])
x.size
x.size // len(x)
np.prod(x.shape)
max(len(x), x.shape[1])
min(len(x), x.shape[1])
divmod(len(x), 2)
len(x) >> 1
math.ceil(len(x) / 2)
np.float64(len(x))
np.array(x.shape)
np.array([len(x), 1.5])
np.zeros((len(x), 2 * x.shape[1]))
np.ones(x.shape[0] + 1)
np.zeros(x.shape[1:])
np.zeros((x.shape[0] // 2, 3))
np.arange(len(x)) / len(x)
np.eye(len(x))
x.reshape(len(x), -1)
x.reshape(x.shape[1], x.shape[0])
x.reshape(-1, x.shape[1])
x[:len(x) // 2]
x[len(x) - 1]
x[-len(x)]
x[:-1]
x[1:len(x)]
x[range(len(x)), 0]
x[np.arange(len(x)), 0]
x[list(range(len(x))), 0]
x.mean() * x.shape[0]
x / np.sqrt(x.shape[-1])
np.tile(x[0], (len(x), 1))
np.repeat(x[:1], len(x), axis=0)
np.broadcast_to(x[0], (len(x), 2, x.shape[1]))
np.full(len(x), 1 / len(x))
np.linspace(0, 1, len(x))
np.split(x, 2)
np.concatenate([x, x]).shape[0]
x.T.shape
(x @ x.T).shape
x[:, None].shape
f"{len(x):d}" and len(x)
sum(x.shape)
np.sum(x.shape)
"""


def with_math(code):
    function = written(code)
    function.__globals__["math"] = math
    return function


@pytest.mark.parametrize("code", FREE.strip().splitlines())
def test_stays_free(code):
    tracer = check(with_math(code), [X], [OTHER])
    assert not [g for g in tracer.graph.guards if g.relation == "=="]
    assert not tracer.graph.value_guards


FIXED = """
[x[i] for i in range(len(x))]
[row for row in x]
[0.5] * len(x)
list(x)
[1, 2, 3, 4, 5][len(x)]
len(list(range(len(x)))) * x
x[list(range(len(x)))[0]] * len([row.sum() for row in x])
"""


@pytest.mark.parametrize("code", FIXED.strip().splitlines())
def test_a_loop_count_is_fixed_and_guarded(code):
    tracer = check(with_math(code), [X])
    (guard,) = tracer.graph.guards
    assert guard.relation == "=="
    assert int(guard.left) == int(guard.right) == 4


BRANCHES = {
    "x if len(x) > 3 else -x": (4, ">=", 4),
    "x if len(x) > 9 else -x": None,
    "x if len(x) == 4 else -x": (4, "==", 4),
    "x if len(x) != 5 else -x": (4, "!=", 5),
    "x if len(x) >= 0 else -x": (),
    "x if x.shape == x.shape else -x": (),
    "x if (x * 2).shape == x.shape else -x": (),
    "x if len(x) <= len(x) + 1 else -x": (),
}


@pytest.mark.parametrize("code", BRANCHES)
def test_a_branch_on_a_size_is_guarded_where_it_could_go_the_other_way(code):
    guards = check(with_math(code), [X]).graph.guards
    assert bool(guards) == (BRANCHES[code] != ())


def test_a_size_is_an_int_to_the_users_code():
    tracer, _, size = trace(written("x.shape[0]"), X)
    assert type(size) is TracedSize
    assert isinstance(size, int)
    assert f"{size} {size:03d} {size!r} {hash(size)}" == "4 004 4 4"
    assert {4: "four"}[size] == "four"


def test_a_range_of_a_free_size_is_a_range():
    tracer, (x,), made = trace(written("range(len(x))"), X)
    assert type(made) is TracedRange
    assert isinstance(made, range)
    assert repr(made) == "range(0, 4)"
    assert not tracer.graph.guards
    assert list(made) == [0, 1, 2, 3]
    assert len(tracer.graph.guards) == 1


def test_an_integer_argument_is_a_size_with_its_own_name():
    tracer = check(written("x[:n].sum() / n * np.ones(n)", "x, n"), [X, 2], [X, 3])
    assert "==" not in [g.relation for g in tracer.graph.guards]


def test_sizes_that_meet_are_one():
    tracer, (x, y), z = trace(written("x + y", "x, y"), X, X.copy())
    assert tracer.graph.resolve(y.node.dims[0]) == tracer.graph.resolve(x.node.dims[0])
    assert z.shape == x.shape


# -- values that decide --------------------------------------------------------


def test_a_branch_on_a_value_is_guarded():
    tracer = check(written("if x.sum() > 0:\n    return x\nreturn -x"), [X])
    (guard,) = tracer.graph.value_guards
    assert guard.value is True
    assert guard.code == "if x.sum() > 0:"
    assert guard.line == 2


def test_a_branch_on_a_constant_is_free():
    tracer = check(written("if np.ones(3).sum() > 0:\n    return x\nreturn -x"), [X])
    assert not tracer.graph.value_guards


def test_a_traced_integer_as_a_list_index_is_guarded():
    code = "w = [1.0, 2.0, 3.0]\nreturn x * w[np.argmax(x[0])]"
    (guard,) = check(written(code), [X]).graph.value_guards
    assert guard.value == 2


def test_what_is_lost_is_recorded_with_its_line():
    tracer, _, _ = trace(written("y = x.tolist()\nreturn x * y[0][1]"), X)
    (lost,) = tracer.lost
    assert (lost.line, lost.code, lost.how) == (2, "y = x.tolist()", ".tolist()")


REFUSED = {
    "np.fft.fft(x)": "np.fft.fft is not an operation that clearprop can derive.",
    "np.sqrt(x + 0j)": "the result is complex.",
    "x.astype(complex)": "dtype complex128 is not followed.",
    "np.array([x[0], x[1]], dtype=object)": "the result is an array of dtype object",
    "np.linalg.pinv(x)": "np.linalg.pinv has no derivative here. Use np.linalg.solve",
    "np.linalg.svd(x)": "np.linalg.svd has no derivative here.",
    "np.matrix(x)": "np.matrix changes what * and indexing mean. Use np.array",
    "np.unique(x)": "np.unique of values that depend on an input",
    "x.partition(2)": ".partition is not something that clearprop can derive.",
    "np.nditer(x)": "np.nditer hands out entries",
    "np.multiply.at(x, 0, 2.0)": "np.multiply.at is not an operation",
    "np.arctan2.accumulate(x)": "np.arctan2.accumulate is not an operation",
    "np.add.reduceat(x, [0, 1])": "np.add.reduceat is not an operation",
    "np.exp(x, where=x > 0)": "np.exp with where= and no out= leaves entries undef",
    "np.pad(x, 1, mode='linear_ramp')": "np.pad with mode='linear_ramp' is not foll",
    "np.lib.stride_tricks.as_strided(x)": "as_strided reads memory",
    "np.nextafter(x, 1)": "np.nextafter is not an operation",
    "x.view(np.int64)": "bytes read as another dtype",
    "np.random.binomial(1, x)": "binomial draws from values that depend on an input",
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals_say_line_code_reason_and_remedy(code):
    with pytest.raises(TraceError) as error:
        trace(written(f"h = {code}\nreturn h"), X)
    assert str(error.value).startswith(f"line 2, h = {code}: {REFUSED[code]}")
    assert str(error.value).endswith(".")
    assert str(error.value).count(". ") >= 1


# -- random draws ---------------------------------------------------------------

DRAWS = """
np.random.rand(*x.shape) < 0.5
np.random.randn(x.shape[0], 2)
np.random.normal(0, 1, x.shape)
np.random.normal(size=x.shape)
np.random.uniform(-1, 1, size=(len(x), 2))
np.random.random(x.shape)
np.random.randint(0, len(x), size=5)
np.random.binomial(1, 0.5, size=x.shape)
np.random.choice(len(x), 2)
np.random.permutation(len(x))
np.random.permutation(x)
np.random.rand()
np.random.normal(x, 1.0)
np.random.uniform(0.0, x)
np.random.shuffle(x) or x
"""


@pytest.mark.parametrize("code", DRAWS.strip().splitlines())
def test_a_draw_is_made_again_and_never_shared(code):
    function = written(code)
    np.random.seed(1)  # noqa: NPY002
    tracer, leaves, result = trace(function, X)
    for x in (X, OTHER):
        np.random.seed(2)  # noqa: NPY002
        expected = function(x.copy())
        np.random.seed(2)  # noqa: NPY002
        inputs = {leaf: x for leaf in tracer.graph.nodes if leaf.op.name == "input"}
        (got,) = evaluate([result.node], inputs)
        np.testing.assert_allclose(got, expected)


def test_two_draws_are_two():
    tracer, _, (a, b) = trace(written("np.random.rand(3), np.random.rand(3)"), X)
    assert a.node is not b.node


def test_every_subject_is_searched():
    """A handler is found in whichever module registers it."""
    from importlib import import_module
    from pathlib import Path

    from clearprop.trace import functions

    home = Path(functions.__file__).parent
    subjects = {p.stem for p in home.glob("*.py")} - {"__init__", "ufuncs"}
    for subject in subjects:
        import_module(f"clearprop.trace.functions.{subject}")
    for name, handler in functions._TABLE.items():
        module = handler.run.__module__.rpartition(".")[2]
        prefix = name.partition(".")[0]
        assert module in functions._HOMES.get(prefix, functions._SUBJECTS), name
