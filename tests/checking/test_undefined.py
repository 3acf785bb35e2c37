"""Names that nothing defines: those and no others, wherever Python looks them up."""

import ast
from pathlib import Path

import pytest

from clearprop.checking.undefined import undefined
from clearprop.trace.source import Source, read

PACKAGE = Path(__file__).parents[2] / "src" / "clearprop"
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p.stem != "__init__")


def missing(text):
    return [(u.name, u.line) for u in undefined(Source("a.py", text, ast.parse(text)))]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return sum(v * x for v in range(3))",
        "def f(x):\n    def g(y):\n        return x + y\n    return g",
        "def f(x):\n    return scale * x\nscale = 2",
        "def f():\n    global n\n    n = 1\ndef g():\n    return n",
        "import numpy as np\ndef f(x):\n    return [np.exp(a) for a in x]",
        "from pylab import *\ndef f(x):\n    return exp(x)",
        "def f(x):\n    exec('y = x')\n    return y",
        "def f():\n    try:\n        return long\n    except NameError:\n        pass",
        "def top(self, a):\n    return a",
        "class A:\n    def f(self):\n        return __class__, super(), A",
        "rows = [i * j for i in range(3) for j in range(2)]\nprint(__name__)",
        "def f(x, *, rate=0.1, **more):\n    return x * rate, more",
        "def f(x):\n    with open(x) as file:\n        return file",
        "for i in range(3):\n    print(i)\ndef never():\n    return plt.show()",
    ],
)
def test_what_is_defined_somewhere_is_not_missing(text):
    assert missing(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(x):\n    return xx", [("xx", 2)]),
        ("x = 1\nfor i in range(9):\n    y = xx + i", [("xx", 3)]),
        ("def f(x):\n    y = 1\n    return [yy for _ in x]", [("yy", 3)]),
        ("class A:\n    n = 3\n    def f(self):\n        return n", [("n", 4)]),
        ("def f():\n    local = 1\ndef g():\n    return local", [("local", 4)]),
        (
            "print(1)\ndef f(x):\n    return x\ndef g():\n    return ff, f, g",
            [("ff", 5)],
        ),
    ],
)
def test_what_is_defined_nowhere_is_missing_where_it_is_read(text, found):
    assert missing(text) == found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_nothing_is_missing_in_a_program_that_is_tested(path):
    assert undefined(read(str(path))) == []
