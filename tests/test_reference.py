"""The table of NumPy functions in docs/reference.md is what the tracer knows.

With UPDATE_GOLDEN=1 in the environment the table is written anew.
"""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import textwrap
from pathlib import Path

import clearprop.ops  # noqa: F401 (fills the table of operations)
from clearprop.trace import functions
from clearprop.trace.functions import ufuncs

REFERENCE = Path(__file__).parents[1] / "docs" / "reference.md"
TABLE = re.compile(
    r"(?<=<!-- begin: functions -->\n).*?(?=<!-- end: functions -->)", re.DOTALL
)
SCIPY = "expit logit log_expit xlogy xlog1py entr erf erfc exp10 ndtr".split()
TITLES = {
    "ufuncs": "Entry by entry (also with `out=`, `where=`, `.reduce`, `.outer`)",
    "creation": "Making arrays",
    "reduce": "Sums, means, extremes, order",
    "products": "Products",
    "linalg": "Linear algebra",
    "shaping": "Shape",
    "joining": "Joining and splitting",
    "indexing": "Indexing and choosing",
    "calculus": "Series, polynomials, convolution",
    "higher": "Functions of functions",
    "random": "Random draws (of `np.random` and of a `Generator`)",
    "special": "`scipy.special`",
    "signal": "`scipy.signal`",
    "numbers": "Python's numbers",
    "free": "Free: no gradient passes through these",
    "refused": "Refused, with another way to write it",
}


def known():
    """{subject: names}, from the tables of the tracer."""
    found = {subject: set() for subject in TITLES}
    for name in (*ufuncs._SAME, *ufuncs._MADE):
        subject = "special" if name in SCIPY else "ufuncs"
        found[subject].add(name)
    for subject in pkgutil.iter_modules(functions.__path__, f"{functions.__name__}."):
        importlib.import_module(subject.name)
    for name, handler in functions._TABLE.items():
        home, _, last = name.rpartition(".")
        if name.endswith("()"):
            name = {"vectorize()": "vectorize"}.get(name)
        elif home in ("random", "scipy", "builtins", "lib.stride_tricks"):
            name = last
        elif home == "testing":
            name = "testing.*"
        if name is not None:
            subject = handler.run.__module__.rpartition(".")[2]
            subject = "refused" if refuses(handler.run) else subject
            found[subject].add(name)
    return found


def refuses(handler):
    """Whether a handler ends in nothing but a refusal."""
    if "_refused" in handler.__qualname__:
        return True
    function = ast.parse(textwrap.dedent(inspect.getsource(handler))).body[0]
    ends_so = ast.unparse(function.body[-1]).startswith("t.refuse(")
    return ends_so and ".graph.apply(" not in ast.unparse(function)


def table():
    parts = []
    for subject, names in known().items():
        listed = ", ".join(f"`{name}`" for name in sorted(names))
        parts.append(textwrap.fill(f"**{TITLES[subject]}.** {listed}.", 88))
    return "\n" + "\n\n".join(parts) + "\n\n"


def test_the_table_is_what_the_tracer_knows():
    text = REFERENCE.read_text("utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        text = TABLE.sub(lambda _: table(), text)
        REFERENCE.write_text(text, "utf-8")
    assert TABLE.search(text)[0] == table()
