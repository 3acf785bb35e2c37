"""What a forward pass can reach, as text: what matters changes it, or can't be told."""

import builtins
import functools
import math
from types import FunctionType

import numpy as np
import pytest

from clearprop.training.reach import Unknown, reached

FORWARD = """
def outer(z):
    return SCALE * np.tanh(z)

def made(shift):
    def forward(x, w, power=2, *, factor=0.5):
        h = outer(np.dot(x, w)) + shift
        return factor * np.sum([v ** power for v in [h, h - 1]])
    return forward

forward = made(0.25)
"""


def defined(text=FORWARD, **names):
    """The forward pass of a text, with these globals beside NumPy."""
    space = {"np": np, "math": math, "SCALE": 2.0, "__name__": "own", **names}
    exec(compile(text, "forward.py", "exec"), space)
    return space["forward"]


def test_the_same_text_twice_is_the_same():
    assert reached(defined()) == reached(defined())


@pytest.mark.parametrize(
    "before, after",
    [
        ("SCALE * np.tanh(z)", "SCALE + np.tanh(z)"),  # in a helper
        ("np.tanh(z)", "np.sinh(z)"),
        ("made(0.25)", "made(0.5)"),  # in a closure
        ("power=2", "power=3"),
        ("power=2", "power=2.0"),
        ("factor=0.5", "factor=0.25"),
        ("h - 1", "h - 1.0"),
        ("h - 1", "h - 2"),  # in a comprehension
        ("h + shift", "shift + h"),
        ("+ shift", "- shift"),
    ],
)
def test_what_is_written_otherwise_is_another(before, after):
    text = FORWARD.replace(") + shift", ")\n        h = h + shift")
    assert before in text
    assert reached(defined(text)) != reached(defined(text.replace(before, after)))


@pytest.mark.parametrize(
    "value", [2, 2.5, -0.0, True, None, "2.0", (2.0,), np.float32(2)]
)
def test_a_global_of_another_value_is_another(value):
    assert reached(defined(SCALE=value)) != reached(defined())


def test_zero_and_minus_zero_are_two():
    assert reached(defined(SCALE=0.0)) != reached(defined(SCALE=-0.0))


def test_another_function_under_numpys_name_is_another(monkeypatch):
    before = reached(defined())
    monkeypatch.setattr(np, "tanh", np.sinh)
    assert reached(defined()) != before
    monkeypatch.setattr(np, "tanh", lambda z: z)
    assert "function" in reached(defined()) and reached(defined()) != before
    monkeypatch.setattr(np, "tanh", np.frompyfunc(math.tanh, 1, 1))
    with pytest.raises(Unknown):
        reached(defined())


def test_a_wrapper_that_takes_numpys_name_is_seen(monkeypatch):
    @functools.wraps(np.tanh)
    def tanh(z):
        return z

    monkeypatch.setattr(np, "tanh", tanh)
    with pytest.raises(Unknown, match="attributes"):
        reached(defined())


def test_another_builtin_is_seen():
    text = "def forward(x, w): return sum(range(3)) * np.sum(x * w)"
    assert "builtin range" in reached(defined(text))
    own = {**vars(builtins), "range": lambda n: [n]}
    with pytest.raises(Unknown, match="range is not Python's own"):
        reached(defined(text, __builtins__=own))


def test_functions_that_call_each_other_are_told_once():
    text = """
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def forward(x, w): return np.sum(x * w) if even(4) else 0.0
"""
    assert reached(defined(text)) == reached(defined(text))
    assert reached(defined(text)) != reached(defined(text.replace("True", "False")))


@pytest.mark.parametrize(
    "line, names",
    [
        ("np.load('x.npy')", {}),
        ("np.random.normal()", {}),
        ("np.fromfile('x')", {}),
        ("open('x').read()", {}),
        ("__import__('os').getpid()", {}),
        ("x.__class__", {}),
        ("SCALE", {"SCALE": np.ones(3)}),
        ("SCALE[0]", {"SCALE": [2.0]}),
        ("SCALE.value", {"SCALE": type("Own", (), {"value": 2.0})()}),
        ("SCALE(x)", {"SCALE": functools.partial(np.dot, 2.0)}),
        ("SCALE('x.npy')", {"SCALE": np.load}),
        ("SCALE('x.npy')", {"SCALE": np.memmap}),
        ("SCALE(np.tanh)(x)", {"SCALE": np.vectorize}),
        ("np.load('x.npy')", {"load": 1.0}),  # which the name seems to be
        ("np.random", {"random": 1.0}),
        ("math.tanh(1.0)", {}),
        ("missing", {}),
    ],
)
def test_what_is_not_understood_is_not_told(line, names):
    with pytest.raises(Unknown):
        reached(defined(f"def forward(x, w): return np.sum(x * w) * {line}", **names))


@pytest.mark.parametrize(
    "body",
    [
        "import time; return time.time() * np.sum(x * w)",
        "global SCALE; SCALE = 3.0; return np.sum(x * w)",
        "class Own: pass\n    return np.sum(x * w)",
        "x.flags.writeable = False; return np.sum(x * w)",
    ],
)
def test_a_body_that_reaches_further_is_not_told(body):
    with pytest.raises(Unknown):
        reached(defined(f"def forward(x, w):\n    {body}"))


def test_a_closure_that_is_not_filled_yet_is_not_told():
    text = """
def make():
    def forward(x, w): return late * np.sum(x * w)
    return forward
    late = 2.0
forward = make()
"""
    with pytest.raises(Unknown, match="late"):
        reached(defined(text))


def test_no_method_and_no_object_is_told():
    class Net:
        scale = 2.0

        def forward(self, x, w):
            return self.scale * np.sum(x * w)

    for forward in (Net().forward, Net(), functools.partial(Net.forward, Net())):
        with pytest.raises(Unknown):
            reached(forward)


def test_a_name_that_python_finds_elsewhere_is_another():
    forward = defined()
    moved = FunctionType(
        forward.__code__, {**forward.__globals__, "outer": np.tanh}, None,
        forward.__defaults__, forward.__closure__,
    )  # fmt: skip
    moved.__kwdefaults__ = forward.__kwdefaults__
    assert reached(moved) != reached(forward)
