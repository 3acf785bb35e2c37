"""The generated pytest file passes on a right backward pass and fails on a wrong one.

Each case is a program; a comment ``# right: …`` in it gives, for the line that it ends,
the wrong version its right one. All generated files are run by one pytest.
"""

import ast
import os
import re
import subprocess
import sys

import pytest

from clearprop.cli import main

FUNCTIONS = """\
import numpy as np


def loss(X, W, b, t):
    h = np.tanh(X @ W + b)
    return 0.5 * np.mean((h - t) ** 2)


def backward(X, W, b, t):
    h = np.tanh(X @ W + b)
    dh = (h - t) / h.size
    dz = dh * (1 - h**2)
    dW = X.T @ dz
    db = dz.sum(axis=0)
    RETURN


rng = np.random.default_rng(0)
X, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
"""
CLASS = """\
import numpy as np


class Layer:
    def backward(self):
        return None


class Network:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = {"W1": rng.normal(size=(3, 4)), "W2": rng.normal(size=(4, 2))}
        self.b = np.zeros(4)

    def loss(self, X, y):
        p = self.params
        self.h = np.maximum(0, X @ p["W1"] + self.b)
        scores = self.h @ p["W2"]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.probs = powers / powers.sum(axis=1, keepdims=True)
        return -np.log(self.probs[np.arange(len(y)), y]).mean()

    def backward(self, X, y):
        d = self.probs.copy()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        grads = {}
        grads["W2"] = self.h.T @ d
        dh = d @ self.params["W2"].T
        dh[self.h <= 0] = 0
        grads["W1"] = X.T @ dh
        grads["b"] = dh.sum(axis=0)
        return grads


rng = np.random.default_rng(1)
X, y = rng.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
net = Network()
"""
SCRIPT = """\
from numpy import *

x = array([[0.5, 0.1, -0.2]])
t = array([[1.0, 0.0]])
rate = 0.1
W = array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
y = 1 / (1 + exp(-x.dot(W)))
loss = -sum(t * log(y) + (1 - t) * log(1 - y))
print("loss", loss)
STEP
print("done")
"""
CHAIN = """\
import numpy as np

w0, w1 = 2, 0.5
s0, target = 2, 0.7
s1 = np.tanh(w0 * s0)
out = w1 * s1
loss = 0.5 * (out - target) ** 2
w0 = w0 - 0.1 * (out - target) * w1 * (1 - s1**2) * s0
w1 = w1 - 0.1 * (out - target) * s1
"""
UNTAKEN = """\
import numpy as np

x, t, rate = np.array([0.5, 0.1, -0.2]), 0.6, 0.5
w_ih = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
w_ho = np.array([0.1, -0.3])
h = 1 / (1 + np.exp(-np.dot(x, w_ih)))
y = 1 / (1 + np.exp(-np.dot(h, w_ho)))
error = t - y
output_error_term = error * y * (1 - y)
hidden_error_term = np.dot(output_error_term, w_ho) * h * (1 - h)
delta_w_h_o = rate * output_error_term * h
delta_w_i_h = rate * hidden_error_term * x[:, None]
"""
AGAINST = ["--against", "backward"]


def returning(statement):
    return FUNCTIONS.replace("RETURN", statement)


def stepping(statements):
    return SCRIPT.replace("STEP", statements)


RIGHT = {
    "as_dict": (returning("return {'dW': dW, 'db': db}"), "loss", AGAINST),
    "as_tuple": (returning("return dW, db"), "loss", AGAINST),
    "as_array": (
        returning("return dW"), "loss", [*AGAINST, "--wrt", "W"],
    ),
    "method": (CLASS, "net.loss", ["--against", "net.backward"]),
    "step": (stepping("W -= rate * x.T.dot(y - t)"), None, []),
    "named": (stepping("dW = x.T.dot(y - t)\nW = W - rate * dW"), None, []),
    "plus": (stepping("step = rate * x.T @ (t - y)\nW += step"), None, []),
    "told": (
        stepping("G = 2 * x.T @ (y - t)"), None, ["--against", "G / 2"],
    ),
    "chain": (CHAIN, None, []),
    "untaken": (UNTAKEN, None, []),
    "untaken_uphill": (UNTAKEN.replace("t - y", "y - t"), None, []),
    "single": (
        returning("return dW, db").replace(
            "W, b = rng.normal(size=(3, 2)), np.zeros(2)",
            "X, t = X.astype('f'), t.astype('f')\n"
            "W, b = rng.normal(size=(3, 2)).astype('f'), np.zeros(2, 'f')",
        ), "loss", AGAINST,
    ),
}  # fmt: skip
FIRST = "w0 = w0 - 0.1 * (out - target) * w1 * (1 - s1**2) * s0\n"
THEN = "w1 = w1 - 0.1 * (out - target) * s1\n"
# case: (a right one, what in it becomes what, the wrong gradients and their lines)
WRONG = {
    "no_slope": ("as_dict", "dh * (1 - h**2)", "dh", {"W": "dW = ", "b": "db = "}),
    "no_sum": ("as_tuple", "dz.sum(axis=0)", "dz", {"b": "db = "}),
    "too_few": ("as_tuple", "return dW, db", "return (dW,)", {"b": "db = "}),
    "no_key": ("as_dict", "'db'", "'bias'", {"b": "db = "}),
    "not_masked": ("method", "dh[self.h <= 0] = 0", "pass",
                   {"self.params['W1']": 'grads["W1"] = ', "self.b": 'grads["b"] = '}),
    "no_rate": ("plus", "step = rate * x.T", "step = 2 * rate * x.T", {"W": "step = "}),
    "sign": ("step", "y - t", "t - y", {"W": "W -= "}),
    "untaken_wrong": ("untaken", "term * h\n", "term * y * h**2\n",
                      {"w_ho": "delta_w_h_o = "}),
    "untaken_slope": ("untaken", "w_ho) * h * (1 - h)", "w_ho) * h",
                      {"w_ih": "delta_w_i_h = "}),
    "order": ("chain", FIRST + THEN, THEN + FIRST, {"w0": "w0 = w0"}),
}  # fmt: skip


def program(case):
    if case in RIGHT:
        return RIGHT[case]
    of, old, new, *_ = WRONG[case]
    code, name, options = RIGHT[of]
    assert old in code
    return code.replace(old, new), name, options


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What pytest says about each generated file."""
    folder = tmp_path_factory.mktemp("pinned")
    before = os.getcwd()
    os.chdir(folder)
    try:
        for case in (*RIGHT, *WRONG):
            code, name, options = program(case)
            (folder / f"{case}.py").write_text(code)
            target = f"{case}.py:{name}" if name else f"{case}.py"
            assert main(["derive", target, "--test", f"test_{case}.py", *options]) == 0
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider"],
            capture_output=True, text=True, env={**env, "COLUMNS": "400"},
        )  # fmt: skip
    finally:
        os.chdir(before)
    line = r"^(PASSED|FAILED) test_(\w+)\.py::test_gradient\[(.*?\]?)\](.*)$"
    lines = re.findall(line, run.stdout, re.M)
    assert lines, run.stdout + run.stderr
    found = {}
    for verdict, case, name, said in lines:
        found.setdefault(case, {})[name] = (verdict, said)
    return folder, found


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_pass_passes(answers, case):
    _, found = answers
    assert {verdict for verdict, _ in found[case].values()} == {"PASSED"}, found[case]


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_pass_fails_and_its_line_is_named(answers, case):
    folder, found = answers
    names = WRONG[case][3]
    failed = [n for n, (verdict, _) in found[case].items() if verdict == "FAILED"]
    assert sorted(failed) == sorted(names)
    lines = (folder / f"{case}.py").read_text().splitlines()
    for name, begins in names.items():
        said = found[case][name][1]
        line = re.search(rf"{case}\.py:(\d+): ", said)
        assert line, said
        assert lines[int(line[1]) - 1].strip().startswith(begins), said
        assert name in said


@pytest.mark.parametrize("case", ["as_dict", "method", "plus"])
def test_it_imports_nothing_but_numpy_and_pytest(answers, case):
    folder, _ = answers
    tree = ast.parse((folder / f"test_{case}.py").read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else
                     [alias.name for alias in node.names])
    }  # fmt: skip
    assert imported - sys.stdlib_module_names == {"numpy", "pytest"}


def test_a_script_without_a_backward_pass_is_told_so(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(
        "import numpy as np\nW = np.ones(2)\nloss = np.sum(W**2)\n"
    )
    assert main(["derive", "a.py", "--test", "test_a.py"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert "a.py has no gradient of W yet: the test asks for a variable dW" in err


def test_steps_in_a_loop_are_refused(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(
        "import numpy as np\nW = np.ones(2)\nfor i in range(9):\n"
        "    loss = np.sum(W**2)\n    W -= 0.1 * 2 * W\n"
    )
    assert main(["derive", "a.py", "--test", "test_a.py"]) == 2
    assert "inside a loop" in capfd.readouterr().err
    assert not (tmp_path / "test_a.py").exists()
