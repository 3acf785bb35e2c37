"""Lines that run several times in one step: over layers, over time, over a list."""

import ast

import pytest

import clearprop as cp
from clearprop.checking.comprehension import element, inside, whole
from clearprop.checking.need import Edit
from clearprop.checking.patch import fixed

LAYERS = """
import numpy as np

rng = np.random.default_rng(0)
sizes = [3, 5, 4, 2]
weights = [rng.normal(size=(a, b)) * 0.5 for a, b in zip(sizes, sizes[1:])]
X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
for step in range(20):
    acts = [X]
    for w in weights:
        acts.append(np.tanh(acts[-1] @ w))
    loss = 0.5 * np.sum((acts[-1] - T) ** 2)
    delta = (acts[-1] - T) * (1 - acts[-1] ** 2)
    grads = [None] * 3
    for l in range(2, -1, -1):
        grads[l] = acts[l].T @ delta
        if l > 0:
            delta = delta @ weights[l].T * (1 - acts[l] ** 2)
    weights = [w - 0.1 * g for w, g in zip(weights, grads)]
"""

TIME = """
import numpy as np

rng = np.random.default_rng(1)
Wx, Wh, Wy = (rng.normal(size=s) * 0.5 for s in ((3, 2), (3, 3), (1, 3)))
xs, ys = rng.normal(size=(4, 2, 1)), rng.normal(size=(4, 1, 1))
for step in range(20):
    hs, out = {-1: np.zeros((3, 1))}, {}
    loss = 0.0
    for t in range(4):
        hs[t] = np.tanh(Wx @ xs[t] + Wh @ hs[t - 1])
        out[t] = Wy @ hs[t]
        loss += 0.5 * np.sum((out[t] - ys[t]) ** 2)
    dWx, dWh, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
    dhnext = np.zeros((3, 1))
    for t in reversed(range(4)):
        dy = out[t] - ys[t]
        dWy += dy @ hs[t].T
        dh = Wy.T @ dy + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        dWx += draw @ xs[t].T
        dWh += draw @ hs[t - 1].T
        dhnext = Wh.T @ draw
    for W, dW in ((Wx, dWx), (Wh, dWh), (Wy, dWy)):
        W -= 0.1 * dW
"""

PLANTED = [
    (LAYERS, " * (1 - acts[l] ** 2)", "", "missing-derivative"),
    (LAYERS, "acts[l].T @ delta", "acts[l].T @ acts[l + 1]", "dropped-upstream"),
    (LAYERS, "w - 0.1 * g", "w + 0.1 * g", "update-sign"),
    (TIME, "(1 - hs[t] * hs[t]) * dh", "dh", "missing-derivative"),
    (TIME, "draw @ xs[t].T", "2 * draw @ xs[t].T", "scale"),
    (TIME, "Wh.T @ draw", "Wh @ draw", "transpose"),
    (TIME, "W -= 0.1 * dW", "W += 0.1 * dW", "update-sign"),
]


@pytest.mark.parametrize("program", [LAYERS, TIME])
def test_the_programs_are_right(program, tmp_path):
    path = tmp_path / "right.py"
    path.write_text(program)
    assert cp.check(str(path)).verdict == "right"


@pytest.mark.parametrize(("program", "old", "new", "mistake"), PLANTED)
def test_a_mistake_is_named_once_and_its_mend_rights_every_run(
    program, old, new, mistake, tmp_path
):
    assert program.count(old) == 1
    wrong = program.replace(old, new)
    path = tmp_path / "wrong.py"
    path.write_text(wrong)
    report = cp.check(str(path))
    (finding,) = report.findings
    lines = [i for i, text in enumerate(program.splitlines(), 1) if old in text]
    assert (finding.line, finding.mistake) == (lines[0], mistake)

    path.write_text(fixed(report))
    assert cp.check(str(path)).verdict == "right"


def test_an_element_of_a_comprehension_is_a_statement_of_its_own():
    (statement,) = ast.parse("ws = [w - lr * g for w, g in zip(ws, gs)]").body
    alone = element(statement)
    assert ast.unparse(alone) == "w = w - lr * g"
    scope = inside(statement, {"ws": [1.0, 2.0], "gs": [3.0, 4.0], "lr": 0.1}, 1)
    assert (scope["w"], scope["g"]) == (2.0, 4.0)
    edit = Edit("w = w + lr * g", "-", "+", "update-sign", "", 1.0)
    assert whole(statement, edit).statement == (
        "ws = [w + lr * g for w, g in zip(ws, gs)]"
    )


@pytest.mark.parametrize(
    "text", ["ws = [w for w in ws if w]", "ws = list(ws)", "ws = {w for w in ws}"]
)
def test_what_has_no_single_element_to_mend_is_left_alone(text):
    (statement,) = ast.parse(text).body
    assert element(statement) is None
