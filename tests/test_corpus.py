"""Every forward pass of the corpus, through the public face alone: what is written is
right, alone and at other sizes, laid out as ``ruff format`` leaves it, changes nothing,
and refuses what it can't know."""

import ast
import copy
import functools
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from corpus import CASES
from reference import (
    assert_same,
    bind,
    captured,
    floating_names,
    loss_of,
    numbers_in,
    numeric_gradients,
)

import clearprop

STYLES = ["fused", "atomic"]
FIXED = [(case, name) for case in CASES for name in case.fixed]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
every_free_case = pytest.mark.parametrize(
    "case", [case for case in CASES if case.other], ids=lambda case: case.id
)
every_fixed_size = pytest.mark.parametrize(
    "case, name", FIXED, ids=[f"{case.id}-{name}" for case, name in FIXED]
)
both_styles = pytest.mark.parametrize("style", STYLES)


def derive(case, style="fused"):
    forward, args = case.at(case.sizes)
    before = copy.deepcopy(args)
    backward = clearprop.derive(forward, *args, wrt=case.names, style=style)
    assert_identical(args, before)
    return backward


derived = functools.cache(derive)


@functools.cache
def expected(case, *changed):
    """The reference at the case's own sizes, with some of them changed."""
    forward, args = case.at({**case.sizes, **dict(changed)})
    return numeric_gradients(forward, args, case.names)


def alone(backward):
    """The written function, executed where nothing else is."""
    namespace = {}
    exec(compile(backward.source, "<written>", "exec"), namespace)
    return namespace[backward.name]


def from_outside(forward, name):
    """A captured array by the name that the written function gives it: `W1` for
    `self.W1` or `self.params['W1']`, `fc1_W` for `self.layers['fc1'].W`."""
    around = inspect.getclosurevars(forward)
    outside = {**around.globals, **around.nonlocals}
    if hasattr(forward, "__self__"):
        outside |= vars(forward.__self__)
    if name in outside:
        return outside[name]
    plain = name.replace("_", "")
    found = [held for path, held in held_in(outside) if path.endswith(plain)]
    assert len(found) == 1, f"{len(found)} arrays called {name} outside the function"
    return found[0]


def held_in(value, path=""):
    """(where, array) for every array inside dicts, lists, tuples and objects."""
    if isinstance(value, np.ndarray):
        return [(path, value)]
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    elif type(value).__module__.startswith("corpus"):
        value = vars(value)
    if not isinstance(value, dict):
        return []
    inside = [(f"{path}{key}".replace("_", ""), item) for key, item in value.items()]
    return [pair for where, item in inside for pair in held_in(item, where)]


def call_alone(function, forward, args):
    """Arguments by position as in the forward pass, then what it captured, by name."""
    own = list(inspect.signature(forward).parameters)
    names = list(inspect.signature(function).parameters)
    assert names[: len(own)] == own
    captures = {name: from_outside(forward, name) for name in names[len(own) :]}
    return function(*args, **captures)


def assert_right(actual, case, forward, args, *changed):
    """The gradients, as exact as precision and the size of the loss allow."""
    want = expected(case, *changed)
    low = any(
        isinstance(array, np.ndarray) and array.dtype == np.float32 for array in args
    )
    rtol, atol = (2e-4, 2e-5) if low else (1e-6, 1e-8)
    assert_same(actual, want, rtol, atol * (1 + abs(loss_of(forward, args))))


@every_case
def test_backward_agrees_with_central_differences(case):
    forward, args = case.at(case.sizes)
    assert_right(derived(case)(*args), case, forward, args)


@both_styles
@every_case
def test_written_source_alone(case, style):
    forward, args = case.at(case.sizes)
    function = alone(derived(case, style))
    assert_right(call_alone(function, forward, args), case, forward, args)


@both_styles
@every_free_case
def test_written_source_at_other_sizes(case, style):
    forward, args = case.at(case.other_sizes)
    function = alone(derived(case, style))
    result = call_alone(function, forward, args)
    assert_right(result, case, forward, args, *case.other.items())


@every_fixed_size
def test_written_source_refuses_a_size_it_fixed(case, name):
    """ValueError, or numbers that are right all the same; never wrong ones."""
    changed = (name, case.fixed[name])
    forward, args = case.at({**case.sizes, name: case.fixed[name]})
    function = alone(derived(case))
    try:
        result = call_alone(function, forward, args)
    except ValueError:
        return
    assert_right(result, case, forward, args, changed)


@every_fixed_size
def test_backward_retraces_for_a_size_it_fixed(case, name):
    if case.built:
        pytest.skip("the arrays of another size are in another object")
    forward, args = case.at({**case.sizes, name: case.fixed[name]})
    result = derived(case)(*args)
    assert_right(result, case, forward, args, (name, case.fixed[name]))


@every_case
def test_loss_is_the_forward_pass(case):
    forward, args = case.at(case.sizes)
    loss, gradients = derived(case).loss_and_gradients(*args)
    want = np.asarray(forward(*copy.deepcopy(args)), dtype=float).reshape(())
    np.testing.assert_allclose(np.reshape(loss, ()), want, rtol=1e-6)
    assert_right(gradients, case, forward, args)


@every_case
def test_nothing_is_changed(case):
    forward, args = case.at(case.sizes)
    outside = [name for name in case.names or () if name not in bind(forward, args)]
    held = [captured(forward, name) for name in outside]
    before = copy.deepcopy((args, held))
    derived(case)(*args)
    for style in STYLES:
        call_alone(alone(derived(case, style)), forward, args)
    assert_identical((args, held), before)


def assert_identical(actual, before):
    if isinstance(before, dict):
        assert list(actual) == list(before)
        actual, before = list(actual.values()), list(before.values())
    if isinstance(before, list | tuple):
        assert type(actual) is type(before) and len(actual) == len(before)
        for item, other in zip(actual, before, strict=True):
            assert_identical(item, other)
    elif isinstance(before, np.ndarray):
        assert actual.dtype == before.dtype
        np.testing.assert_array_equal(actual, before)
    else:
        assert actual == before


@every_case
def test_gradients_share_no_memory_with_arguments(case):
    """Writing into a gradient must not change the argument that it belongs to."""
    forward, args = case.at(case.sizes)
    before = copy.deepcopy(args)
    for array in arrays_in(call_alone(alone(derived(case)), forward, args)):
        assert not any(np.shares_memory(array, own) for own in arrays_in(args))
    assert_identical(args, before)


def arrays_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_in(item)]
    return [value] if isinstance(value, np.ndarray) else []


@every_case
def test_precision_is_kept(case):
    """A float32 argument has a float32 gradient, a float64 one a float64 gradient."""
    forward, args = case.at(case.sizes)
    gradients = derived(case)(*args)
    for name, value in bind(forward, args).items():
        if name in gradients and isinstance(value, np.ndarray):
            assert gradients[name].dtype == value.dtype, name


@both_styles
@every_case
def test_text_is_deterministic_and_standalone(case, style):
    source = derived(case, style).source
    assert derive(case, style).source == source
    assert max(map(len, source.splitlines())) <= 88
    tree = ast.parse(source)
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(line) for line in imports] == ["import numpy as np"]


def ruff():
    beside = Path(sys.executable).parent / "ruff"
    return str(beside) if beside.exists() else shutil.which("ruff")


@pytest.mark.skipif(ruff() is None, reason="ruff is not installed")
@both_styles
@every_case
def test_the_formatter_changes_nothing(case, style):
    command = [ruff(), "format", "--isolated", "-"]
    source = derived(case, style).source
    run = subprocess.run(command, input=source, capture_output=True, text=True)
    assert run.stdout == source


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.wrt], ids=lambda case: case.id
)
def test_default_is_every_floating_argument(case):
    forward, args = case.at(case.sizes)
    backward = clearprop.derive(forward, *args)
    own = {name for name in backward(*args) if name in bind(forward, args)}
    assert own == set(floating_names(bind(forward, args)))
    assert all(np.isfinite(numbers_in(g)).all() for g in backward(*args).values())
