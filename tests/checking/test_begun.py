"""What weights are made of is no weight: the names that are read for nothing else."""

import ast

import pytest

from clearprop.checking.prepare import planned

CASES = {
    "scaled": ("raw = rng.normal(size=(4, 3))\nW = raw / 2\nW -= lr * dW", {"raw"}),
    "normed": (
        "a = rand(4)\nw = a / np.linalg.norm(a)\nfor i in r: w = w - lr * g",
        {"a"},
    ),
    "by a number": ("a = rand(4)\nn = norm(a)\nw = a / n\nw -= g", {"a"}),
    "gradient named": ("a = np.random.randn(3)\nU = a * 0.5\ndU = f(U)", {"a"}),
    "an attribute": ("a = np.random.rand(3)\nself.W = a - 1\nself.W -= dW", {"a"}),
    "read elsewhere": ("a = rand(3)\nW = a * 2\nW -= dW\nb = 2 * a", set()),
    "printed": ("a = rand(3)\nW = a * 2\nW -= dW\nprint(a)", {"a"}),
    "by a root": ("a = rand(3)\nn = np.sqrt(3)\nW = a / n\ndW = f(W)", {"a"}),
    "its own gradient": ("a = rand(3)\nW = a * 2\ndW = f(W)\nda = dW * 2", set()),
    "an input": ("X = randn(5, 2)\ns = X.dot(W)\nds = f(s)\ndW = g(ds)", set()),
    "given": ("y0 = np.zeros(3)\ny = y0 * 1.0\ny = y + dt * f(y)", set()),
    "a generator": ("g = np.random.default_rng(0)\nW = g.normal()\nW -= dW", set()),
}


@pytest.mark.parametrize("text, names", CASES.values(), ids=CASES)
def test_only_what_weights_are_made_of(text, names):
    assert planned(ast.parse(text)).begun == names
