"""The golden files are the manual: a forward pass, then what clearprop writes for it.

Each file in tests/golden/written holds a forward pass with example arguments, the
written backward pass in both styles, and its LaTeX. After a change that is meant,
``UPDATE_GOLDEN=1 pytest tests/write/test_golden.py`` writes them again; read the
difference as prose before you keep it.
"""

import linecache
import os
import re
from pathlib import Path

import numpy as np
import pytest

import clearprop

FILES = sorted((Path(__file__).parents[1] / "golden" / "written").glob("*.txt"))
MARK = "# ======== "
SECTIONS = ("fused", "atomic", "latex")


def read(path):
    """The forward pass and the written sections of a golden file."""
    forward, *rest = re.split(rf"^{MARK}(.*)$", path.read_text(), flags=re.MULTILINE)
    return forward, dict(zip(rest[::2], rest[1::2], strict=True))


def load(path, forward):
    """The forward function and its example arguments, with readable source."""
    name = f"{path.stem}.py"
    linecache.cache[name] = (len(forward), None, forward.splitlines(True), name)
    namespace = {"__name__": path.stem}
    exec(compile(forward, name, "exec"), namespace)
    args = namespace["example"](np.random.default_rng(0))
    functions = [v for k, v in namespace.items() if callable(v) and k == path.stem]
    return functions[0], args, namespace.get("wrt")


def written(path):
    forward, _ = read(path)
    function, args, wrt = load(path, forward)
    fused = clearprop.derive(function, *args, wrt=wrt)
    atomic = clearprop.derive(function, *args, wrt=wrt, style="atomic")
    latex = fused.explain().to_latex()
    return forward, {"fused": fused.source, "atomic": atomic.source, "latex": latex}


def backward_lines(source):
    """The statements of the backward section."""
    section = source.split("# backward pass\n")[1].split("\n\n    return")[0]
    statements = re.sub(r"\(\n\s+", "(", re.sub(r"\n\s+\)", ")", section))
    return [s for s in statements.splitlines() if s.strip() and "#" not in s[:6]]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_written_as_in_the_manual(path):
    forward, sections = written(path)
    text = forward.rstrip("\n") + "\n"
    for name in SECTIONS:
        text += f"\n{MARK}{name}\n\n{sections[name].strip()}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize(
    "name, most",
    [
        ("network", 9),
        ("softmax_network", 9),
        # CS231n's step-by-step solution (assignment 2, batchnorm_backward): 19 lines
        ("batch_norm_steps", 19),
    ],
)
def test_no_longer_than_an_expert_writes(name, most):
    path = next(p for p in FILES if p.stem == name)
    _, sections = written(path)
    assert 3 <= len(backward_lines(sections["fused"])) <= most
