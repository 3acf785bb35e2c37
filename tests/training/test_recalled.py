"""A step that an earlier process derived: the same numbers, or it is derived again."""

import os
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import clearprop as cp
from clearprop.training import derived, entries, recalled
from clearprop.training.binding import bind
from clearprop.training.native import compile as compiling
from clearprop.training.rules import rule_named

RATE = 0.5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(x, target, W1, W2):
    hidden = sigmoid(np.dot(x, W1))
    output = sigmoid(np.dot(hidden, W2))
    return 0.5 * (target - output) ** 2


def start():
    rng = np.random.default_rng(0)
    return {"W1": rng.normal(size=(3, 2)), "W2": rng.normal(size=2)}


X = np.array([0.5, 0.1, -0.2])


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    try:
        compiling.compiler()
    except compiling.NoCompiler as error:
        pytest.skip(str(error))
    monkeypatch.delenv("CLEARPROP_FRESH")
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def plans(monkeypatch):
    """The derivations that were made."""
    made = []
    plan_for = derived.plan_for

    def counted(*args, **options):
        made.append(args)
        return plan_for(*args, **options)

    monkeypatch.setattr(derived, "plan_for", counted)
    return made


def stepper(forward=network, params=None, **options):
    options = {"learning_rate": RATE, "engine": "native", **options}
    return cp.stepper(forward, params or start(), **options)


def kept(cache):
    return sorted(cache.glob("*.step"))


def steps(step, *examples):
    return [step(*example) for example in examples], step.params


EXAMPLES = [(X, 0.6), (X[::-1], 0.2), (X * 3, 1.0)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "adam", "l2": 0.01},
        {"optimizer": "momentum", "clip_norm": 1.0},
        {"update": "sequential"},
        {"learning_rate": lambda step: 0.5 / (1 + step)},
        {"engine": "auto"},
    ],
    ids=["sgd", "adam", "momentum", "sequential", "schedule", "auto"],
)
def test_the_second_stepper_derives_nothing(plans, monkeypatch, options):
    monkeypatch.setenv("CLEARPROP_ENGINE", "native")
    first, params = steps(stepper(**options), *EXAMPLES)
    assert len(plans) == 1
    again = stepper(**options)
    second, others = steps(again, *EXAMPLES)
    assert len(plans) == 1 and (again.engine, again.steps) == ("native", 3)
    assert first == second
    for name in params:
        assert (params[name] == others[name]).all()


def test_parameters_keep_their_nesting_and_labels_are_looked_at(plans):
    def classify(p, x, label):
        z = np.dot(x, p["W"][0]) * p["scale"] + np.arange(3)
        return np.log(np.sum(np.exp(z))) - z[label]

    params = {"W": [np.eye(3)], "scale": 0.5}
    first, wanted = steps(stepper(classify, params), (X, 2), (X, 0))
    step = stepper(classify, params)
    second, found = steps(step, (X, 2), (X, 0))
    assert len(plans) == 1 and first == second
    assert (found["W"][0] == wanted["W"][0]).all() and found["scale"] == wanted["scale"]
    assert type(found["scale"]) is float
    with pytest.raises(cp.ClearpropError, match="label"):
        step(X, 3)
    with pytest.raises(cp.ClearpropError, match="index 3 is out of bounds"):
        stepper(classify, params)(X, 3)  # the first: deriving says it


def test_another_size_goes_on_from_a_recalled_step(plans):
    def mean(x, t, W):
        return np.mean((x @ W - t) ** 2)

    rng = np.random.default_rng(2)
    rows = [(rng.normal(size=(n, 3)), rng.normal(size=n)) for n in (4, 2, 4, 7, 2)]
    first, _ = steps(stepper(mean, {"W": np.ones(3)}, learning_rate=0.1), *rows)
    second, _ = steps(stepper(mean, {"W": np.ones(3)}, learning_rate=0.1), *rows)
    assert first == second and len(plans) == 5  # the first size was kept


PROGRAM = """
import sys
import numpy as np
before = set(sys.modules)
import clearprop as cp

def forward(x, w):
    return np.sum((x * w - 1.0) ** 2)

for _ in range(2):
    step = cp.stepper(forward, {"w": np.ones(3)}, learning_rate=0.1, engine="native")
    assert step(np.arange(3.0)) == 2.0 and step.engine == "native"
print(bool({"clearprop.trace.tracer", "numpy.ma"} & (set(sys.modules) - before)))
"""


def run(_=None):
    """Whether a process of its own had to derive the step, or imported what is slow."""
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM], text=True, capture_output=True, check=True
    )
    assert made.stderr == ""
    return made.stdout == "True\n"


def test_a_process_that_finds_its_step_imports_nothing_that_derives():
    assert run() and not run()


def key(forward=network, params=None, data=None, rule="sgd", **options):
    data = data or {"x": X, "target": 0.6}
    constants = options.pop("constants", {})
    return recalled.key_of(
        bind(forward, params or start(), data), rule_named(rule, constants), options
    )


def test_the_key_holds_what_a_step_depends_on(monkeypatch):
    wide = {"W1": np.ones((3, 4)), "W2": np.ones(4)}
    single = {k: v.astype(np.float32) for k, v in start().items()}
    keys = [
        key(),
        key(params=wide),
        key(params=single),
        key(params={**start(), "W1": np.asfortranarray(start()["W1"])}),
        key(data={"x": X.astype(np.float32), "target": 0.6}),
        key(data={"x": X, "target": np.float64(0.6)}),
        key(data={"x": X, "target": np.int64(1)}),
        key(data={"x": np.ones(6)[::2], "target": 0.6}),
        key(data={"target": 0.6, "x": X}),
        key(rule="momentum"),
        key(rule="momentum", constants={"momentum": 0.5}),
        key(l2=0.1),
        key(l2={"W1": 0.1}),
        key(sequential=True),
    ]
    with np.errstate(over="raise"):
        keys.append(key())
    monkeypatch.setenv("CLEARPROP_THREADS", "1")
    keys.append(key())
    for package in (np, cp):  # another version, another place
        monkeypatch.setattr(package, "__version__", "0.0")
        keys.append(key())
        monkeypatch.setattr(package, "__file__", "/elsewhere/__init__.py")
        keys.append(key())
    assert None not in keys and len(set(keys)) == len(keys)


def test_numbers_are_not_in_the_key():
    other = {k: v + 1 for k, v in start().items()}
    assert key(params=other, data={"x": X + 1, "target": 0.1}) == key()


@pytest.mark.parametrize(
    "data",
    [
        {"x": X.view(type("Own", (np.ndarray,), {})), "target": 0.6},
        {"x": {"a": X}, "target": print},
    ],
    ids=["a subclass", "a function"],
)
def test_arguments_of_other_kinds_have_no_key(data):
    assert key(data=data) is None


def test_arguments_that_share_memory_have_no_key():
    def forward(x, y, w):
        return np.sum(x * y * w)

    assert key(forward, {"w": 1.0}, {"x": X, "y": X[:]}) is None
    assert key(forward, {"w": 1.0}, {"x": X, "y": X.copy()}) is not None


def test_changed_code_is_derived_again(plans, monkeypatch):
    """A helper, a global, a closure, a default, and a function of NumPy's."""
    space = {"np": np}
    text = (
        "def helper(z): return np.exp(z) * SCALE\n"
        "def made(shift):\n"
        "    def forward(x, w, power=2):\n"
        "        return np.mean((helper(x * w) - shift)**power)\n"
        "    return forward\n"
    )
    exec(text, space)

    def found():
        space["SCALE"] = scale
        options = dict(params={"w": np.ones(3)}, learning_rate=0.1)
        made = space["made"](shift)
        ours = steps(stepper(made, **options), (X,), (X + 1,))
        reference = steps(stepper(made, engine="numpy", **options), (X,), (X + 1,))
        plans.pop()  # the reference's
        assert np.allclose(ours[0], reference[0], rtol=1e-12)
        assert np.allclose(ours[1]["w"], reference[1]["w"], rtol=1e-12)
        return len(plans)

    scale, shift = 1.0, 0.5
    assert (found(), found()) == (1, 1)
    scale = 2.0
    assert (found(), found()) == (2, 2)
    shift = 0.25
    assert (found(), found()) == (3, 3)
    exec(text.replace("power=2", "power=4"), space)
    assert (found(), found()) == (4, 4)
    exec(text.replace("np.exp(z)", "np.exp(z) + z"), space)
    assert (found(), found()) == (5, 5)
    monkeypatch.setattr(np, "exp", np.cosh)
    assert (found(), found()) == (6, 6)
    monkeypatch.undo()


def test_a_step_that_gives_another_loss_is_not_used(plans, monkeypatch):
    """Whatever the key missed: the user's own forward pass has the last word."""
    monkeypatch.setattr(recalled, "key_of", lambda *args: "the same for all")

    def other(x, target, W1, W2):
        return network(x, target, W1, W2) + 0.1 * np.sum(W1)

    stepper()(X, 0.6)
    step = stepper(other)
    assert step(X, 0.6) == pytest.approx(other(X, 0.6, **start()), rel=1e-12)
    assert len(plans) == 2


def test_a_first_example_that_gives_nan_is_told_as_ever(plans):
    stepper()(X, 0.6)
    with pytest.raises(cp.ClearpropError) as kept_one:
        stepper()(np.full(3, np.nan), 0.6)
    assert len(plans) == 2
    os.environ["CLEARPROP_FRESH"] = "1"  # the fixture's monkeypatch takes it back
    try:
        with pytest.raises(cp.ClearpropError) as fresh:
            stepper()(np.full(3, np.nan), 0.6)
    finally:
        del os.environ["CLEARPROP_FRESH"]
    assert str(kept_one.value) == str(fresh.value)


def test_what_has_a_branch_or_a_doubt_is_not_kept(own_cache):
    def branch(x, w):
        return np.sum(w * x if np.sum(x) > 0 else -w * x) ** 2

    def unread(x, w, v):
        return np.sum(w * x) ** 2

    assert stepper(branch, {"w": np.ones(3)})(X) > 0
    with pytest.warns(cp.ClearpropWarning, match="does not depend on v"):
        stepper(unread, {"w": np.ones(3), "v": 0.5 * X})(X)
    assert kept(own_cache) == []


CAPTURED = np.array([1.0, 2.0, 3.0])


def test_a_captured_array_is_not_kept(own_cache):
    def forward(x, w):
        return np.sum((w * x - CAPTURED) ** 2)

    stepper(forward, {"w": np.ones(3)}, learning_rate=0.1)(X)
    assert kept(own_cache) == []


@pytest.mark.parametrize("harm", ["", "{", "12\n{}", "half", "one byte", "nested"])
def test_a_corrupt_entry_is_made_again(own_cache, plans, harm):
    wanted = stepper()(X, 0.6)
    (path,) = kept(own_cache)
    whole = path.read_text()
    harmed = {
        "half": whole[: len(whole) // 2],
        "one byte": whole.replace("'inputs'", "'1nputs'"),
        "nested": f"{0}\n" + "[" * 10_000,
    }.get(harm, harm)
    path.write_text(harmed)
    assert stepper()(X, 0.6) == wanted and len(plans) == 2
    assert path.read_text() == whole
    assert stepper()(X, 0.6) == wanted and len(plans) == 2


def test_a_library_that_is_gone_or_harmed_is_made_again(own_cache):
    # in processes of their own: a library that is loaded stays loaded
    assert run()
    for harm in (lambda p: p.unlink(), lambda p: p.write_bytes(p.read_bytes()[:999])):
        for path in own_cache.glob("*.so"):
            harm(path)
        assert run() and not run()


def test_other_sources_of_clearprop_derive_again(plans, monkeypatch, tmp_path):
    source = tmp_path / "rules.py"
    source.write_text("flat = 0")
    monkeypatch.setattr(cp, "_imported_at", time.time_ns() + 10**9)
    sources = entries._sources()
    assert any(path.endswith("algebra.py") for path in sources)
    monkeypatch.setattr(entries, "_sources", lambda: [*sources, str(source)])
    stepper()(X, 0.6)
    stepper()(X, 0.6)
    assert len(plans) == 1
    source.write_text("flat = 1")
    stepper()(X, 0.6)
    assert len(plans) == 2


def test_sources_that_were_changed_after_they_were_imported_are_not_those_that_run(
    own_cache, monkeypatch, tmp_path
):
    source = tmp_path / "rules.py"
    source.write_text("flat = 0")
    sources = entries._sources()
    monkeypatch.setattr(entries, "_sources", lambda: [*sources, str(source)])
    stepper()(X, 0.6)
    assert kept(own_cache) == []


def test_a_cache_that_can_not_be_written(own_cache, plans, monkeypatch):
    def refused(*args, **options):
        raise PermissionError("read-only")

    wanted = stepper()(X, 0.6)
    (path,) = kept(own_cache)
    monkeypatch.setattr("tempfile.mkstemp", refused)
    assert stepper()(X, 0.6) == wanted and len(plans) == 1  # it is read
    path.unlink()
    assert stepper()(X, 0.6) == wanted and len(plans) == 2
    assert kept(own_cache) == []


def test_a_place_that_is_no_folder(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "file"))
    assert stepper()(X, 0.6) > 0


def test_processes_at_once(own_cache):
    with ThreadPoolExecutor(4) as pool:
        assert any(pool.map(run, range(4)))
    assert len(kept(own_cache)) == 1
    assert {p.suffix for p in own_cache.iterdir()} == {".so", ".step"}
    assert not run()


def test_it_can_be_switched_off(own_cache, plans, monkeypatch):
    monkeypatch.setenv("CLEARPROP_FRESH", "1")
    for _ in range(2):
        stepper()(X, 0.6)
    assert len(plans) == 2 and kept(own_cache) == []


def test_trying_it_shows_nothing_and_changes_nothing(plans):
    def forward(x, w):
        x += 1.0
        return np.sum(np.exp(x * w) / w)

    params, x = {"w": np.ones(3)}, X.copy()
    stepper(forward, params, learning_rate=0.1)(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stepper(forward, params, learning_rate=0.1)(x)
    assert len(plans) == 1
    assert (x == X).all() and (params["w"] == 1).all()
