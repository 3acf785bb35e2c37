# ruff: noqa: NPY002 (scripts use the old random numbers)
"""Scripts as people write them: what is data, what is trained, what is the loss.

Every program is traced and then run again by plain Python at other numbers; the graph
must give the same loss at both.
"""

import os
import sys
import time
from textwrap import dedent

import numpy as np
import pytest

from clearprop.errors import ClearpropError, SourceError, TraceError
from clearprop.graph import evaluate
from clearprop.trace.script import trace_script

SIGMOID = """
    import numpy as np

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))
"""

ONCE = (
    SIGMOID
    + """
    x = np.array([0.5, 0.1, -0.2])
    target = 0.6
    rate = 0.5
    W1 = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
    W2 = np.array([0.1, -0.3])

    hidden = sigmoid(np.dot(x, W1))
    output = sigmoid(np.dot(hidden, W2))
"""
)

FULL_BATCH = (
    SIGMOID
    + """
    from tqdm import trange
    import matplotlib.pyplot as plt

    N, D, H = 12, 3, 4
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    Y = (X.sum(axis=1, keepdims=True) > 0).astype(float)
    scale = 0.1
    W1 = scale * rng.normal(size=(D, H))
    b1 = np.zeros(H)
    W2 = scale * rng.normal(size=(H, 1))
    b2 = np.zeros(1)
    history = []
    for epoch in trange(100000):
        hidden = np.tanh(X @ W1 + b1)
        p = sigmoid(hidden @ W2 + b2)
        loss = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
        loss += 0.01 * np.sum(W1 ** 2)
        history.append(loss)
        dz = (p - Y) / N
        dW2, db2 = hidden.T @ dz, dz.sum(axis=0)
        dh = dz @ W2.T * (1 - hidden ** 2)
        W1 -= 0.5 * (X.T @ dh + 0.02 * W1)
        b1 -= 0.5 * dh.sum(axis=0)
        W2 -= 0.5 * dW2
        b2 -= 0.5 * db2
        if epoch % 100 == 0:
            print(f"epoch {epoch}: {loss:.4f}")
    fig, (left, right) = plt.subplots(1, 2)
    left.plot(history)
    plt.show()
"""
)

ONE_BY_ONE = (
    SIGMOID
    + """
    np.random.seed(3)
    features = np.random.randn(20, 3)
    targets = (features[:, 0] > 0).astype(float)
    count, inputs = features.shape
    weights = np.random.normal(scale=1 / inputs ** 0.5, size=inputs)
    for epoch in range(1000):
        step = np.zeros(weights.shape)
        for x, y in zip(features, targets):
            output = sigmoid(np.dot(x, weights))
            error = y - output
            step += error * output * (1 - output) * x
        weights += 0.5 * step / count
        if epoch % 100 == 0:
            print("loss", np.mean((sigmoid(features @ weights) - targets) ** 2))
"""
)

IN_A_CLASS = (
    SIGMOID
    + """
    class Network:
        def __init__(self, X, y):
            self.X, self.y = X, y
            self.W1 = np.random.rand(X.shape[1], 4)
            self.W2 = np.random.rand(4, 1)
            self.output = np.zeros(y.shape)

        def forward(self):
            self.hidden = sigmoid(self.X.dot(self.W1))
            self.output = sigmoid(self.hidden.dot(self.W2))

        def backward(self):
            delta = (self.output - self.y) * self.output * (1 - self.output)
            dW2 = self.hidden.T.dot(delta)
            dW1 = self.X.T.dot(delta.dot(self.W2.T) * self.hidden * (1 - self.hidden))
            self.W1 -= dW1
            self.W2 -= dW2

    if __name__ == "__main__":
        X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1.0]])
        y = np.array([[0], [1], [1], [0]])
        net = Network(X, y)
        for i in range(1500):
            net.forward()
            net.backward()
"""
)

IN_FUNCTIONS = (
    SIGMOID
    + """
    def initialize(n_x, n_h):
        W1 = np.random.randn(n_h, n_x) * 0.1
        W2 = np.random.randn(1, n_h) * 0.1
        return {"W1": W1, "W2": W2}

    def forward(X, params):
        hidden = np.tanh(params["W1"] @ X)
        return sigmoid(params["W2"] @ hidden), hidden

    def compute_cost(A, Y):
        cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1]
        return float(np.squeeze(cost))

    def update(params, grads, rate):
        for key in params:
            params[key] = params[key] - rate * grads[key]
        return params

    def model(X, Y, steps):
        params = initialize(X.shape[0], 3)
        for i in range(steps):
            A, hidden = forward(X, params)
            cost = compute_cost(A, Y)
            dZ = (A - Y) / Y.shape[1]
            grads = {"W2": dZ @ hidden.T}
            grads["W1"] = (params["W2"].T @ dZ * (1 - hidden ** 2)) @ X.T
            params = update(params, grads, 0.5)
        return params

    X = np.random.randn(2, 10)
    Y = np.array([[0.0, 1, 1, 0, 1, 0, 0, 1, 1, 0]])
    model(X, Y, 100000)
"""
)

CHAIN = """
    from pylab import *

    rcParams["figure.figsize"] = (12, 3)
    s0 = 2
    target = 0.7
    w0, w1 = 2, 1
    w2 = 0.5
    alpha = 0.1
    steps = 1000

    def sigmoid(x):
        return 1 / (1 + exp(-x))

    results = zeros([steps, 4])
    for k in range(steps):
        s1 = sigmoid(w0 * s0)
        s2 = sigmoid(w1 * s1)
        out = w2 * s2
        w2 = w2 - alpha * (out - target) * s2
        w1 = w1 - alpha * (out - target) * w2 * s2 * (1 - s2) * s1
        w0 = '????????'
        results[k, :] = [w2, w1, w0, out]
    plot(results[:, 0], label="w2")
    legend()
"""

PROGRAMS = {
    "error_line": (
        ONCE + "    error = target - output\n",
        ["x", "target", "W1", "W2"], [], 0.0066155558,
    ),
    "error_the_other_way": (
        ONCE
        + "    error = output - target\n    del_err = error * output * (1 - output)\n",
        ["x", "target", "W1", "W2"], [], 0.0066155558,
    ),
    "loss_line": (
        ONCE + "    error = target - output\n    E = 0.5 * error ** 2\n"
        "    W2 = W2 + rate * error * output * (1 - output) * hidden\n",
        ["x", "target", "W1", "W2"], ["W2"], 0.0066155558,
    ),
    "returned_loss": (
        ONCE + "    def loss(t, o):\n        return (t - o) ** 2\n"
        "    print(loss(target, output))\n",
        ["x", "target", "W1", "W2"], [], 2 * 0.0066155558,
    ),
    "full_batch": (
        FULL_BATCH, ["W1", "b1", "W2", "b2", "X", "Y"], ["W1", "b1", "W2", "b2"], None,
    ),
    "one_by_one": (ONE_BY_ONE, ["weights", "x", "y"], ["weights"], None),
    "class": (
        IN_A_CLASS, ["X", "y", "self.W1", "self.W2"], ["self.W1", "self.W2"], None,
    ),
    "functions": (
        IN_FUNCTIONS, ["X", "Y", "params['W1']", "params['W2']"],
        ["params['W1']", "params['W2']"], None,
    ),
    "chain": (
        CHAIN, ["s0", "target", "w0", "w1", "w2"], ["w1", "w2"],
        0.5 * (0.36375380675182073 - 0.7) ** 2,
    ),
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def writer(text, name="homework.py"):
        file = tmp_path / name
        file.write_text(dedent(text))
        return str(file)

    return writer


def values_of(trace):
    return {leaf.node: leaf.value for leaf in trace.leaves}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name, write):
    text, labels, updated, loss = PROGRAMS[name]
    start = time.perf_counter()
    trace = trace_script(write(text))
    assert time.perf_counter() - start < 5
    assert sorted(leaf.label for leaf in trace.leaves) == sorted(labels)
    assert sorted(trace.updated) == sorted(updated)
    assert trace.loss.shape == ()
    found = evaluate([trace.loss], values_of(trace))[0]
    if loss is not None:
        np.testing.assert_allclose(found, loss, rtol=1e-7)
    if trace.rerun is not None:
        np.testing.assert_allclose(trace.rerun(values_of(trace)), found, rtol=1e-12)
        moved = {n: _moved(n, v) for n, v in values_of(trace).items()}
        np.testing.assert_allclose(
            trace.rerun(moved), evaluate([trace.loss], moved)[0], rtol=1e-12
        )


def _moved(node, value):
    return value * 0.97 if node.is_float else value


def test_an_expression_for_the_loss(write):
    file = write(ONCE)
    trace = trace_script(file, loss="np.abs(target - output) + 0.1 * np.sum(W1**2)")
    found = evaluate([trace.loss], values_of(trace))[0]
    expected = abs(0.6 - 0.48497343084992534) + 0.1 * (0.61 + 0.05 + 0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(trace.rerun(values_of(trace)), expected, rtol=1e-12)


def test_the_loss_before_the_weights_move_counts(write):
    text = """
        import numpy as np
        w = np.array([1.0, 2.0])
        x = np.array([3.0, -1.0])
        for k in range(10):
            loss = (w @ x) ** 2
            w = w - 0.1 * 2 * (w @ x) * x
        loss = (w @ x) ** 2
    """
    trace = trace_script(write(text))
    assert evaluate([trace.loss], values_of(trace))[0] == 1.0
    assert trace.updated == ["w"]


def test_lines_and_text(write):
    trace = trace_script(write(ONCE + "    loss = (target - output) ** 2\n"))
    (bound,) = [b for b in trace.log if b.place == "loss"]
    assert trace.source_lines[bound.line] == "loss = (target - output) ** 2"
    assert bound.node is trace.loss
    assert bound.depth == 0
    assert trace.name == "homework"
    assert {"hidden", "sigmoid", "z"} <= trace.names


def test_sizes_stay_whole_numbers(write):
    text = """
        import numpy as np
        N, D = 4, 3
        k = 2
        X = np.ones((N, D))
        w = np.arange(D) + 1.0
        loss = np.sum(X @ w) / N + k * w[k]
    """
    trace = trace_script(write(text))
    assert [leaf.label for leaf in trace.leaves] == ["X", "w"]


def test_it_runs_in_its_own_folder_and_leaves_no_trace(write, tmp_path, capfd):
    write("import numpy as np\nW = np.ones(3)\n", "weights_of_mine.py")
    (tmp_path / "data.txt").write_text("1 2 3\n")
    text = """
        import sys
        import numpy as np
        from weights_of_mine import W
        assert __name__ == "__main__" and sys.argv == [__file__]
        x = np.loadtxt("data.txt")
        w = W * 2
        print("shown nowhere", x)
        np.random.seed(0)
        loss = np.sum(x * w)
    """
    before = os.getcwd(), sys.path[:], sys.argv[:], sys.modules["__main__"]
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    trace = trace_script(write(text))
    assert np.random.rand() == expected
    assert (os.getcwd(), sys.path, sys.argv, sys.modules["__main__"]) == before
    assert "weights_of_mine" not in sys.modules
    assert capfd.readouterr() == ("", "")
    assert evaluate([trace.loss], values_of(trace))[0] == 12


def test_a_crash_after_the_loss_is_no_obstacle(write):
    trace = trace_script(write(ONCE + "    error = target - output\n    1 / 0\n"))
    assert [leaf.label for leaf in trace.leaves] == ["x", "target", "W1", "W2"]


@pytest.mark.parametrize(
    ("call", "loss"),
    [
        ("loss", 13.0), ("loss(2 * x, w)", 26.0), ("net.loss", 130.0),
        ("net.loss(x, scale=2)", 20.0 * 13), ("chain", 6.0),
    ],
)  # fmt: skip
def test_functions_in_a_file(write, call, loss):
    text = """
        import numpy as np
        x = np.array([1.0, 2.0])
        w = np.array([3.0, 5.0])
        a, b = 2, 3
        def loss(x, w, power=1):
            print("loss")
            return np.sum((x * w) ** power)
        def chain(a, b):
            return a * b
        class Net:
            def __init__(self):
                self.w = 10 * w
            def loss(self, x, *, scale=1.0):
                return scale * np.sum(self.w * x)
        net = Net()
    """
    trace = trace_script(write(text), call=call)
    found = evaluate([trace.loss], values_of(trace))[0]
    np.testing.assert_allclose(found, loss)
    assert trace.name == call.partition("(")[0].rpartition(".")[2]
    if "net" in call:
        assert "self.w" in [leaf.label for leaf in trace.leaves]
    if call == "chain":
        assert all(leaf.node.is_float for leaf in trace.leaves)


REFUSED = [
    ("import numpy as np\nx = np.load('nowhere.npy')\n", "nowhere.npy is not there"),
    ("import numpy as np\nimport pandas as pd\nd = pd.read_csv('a.csv')\n", "pandas"),
    ("while True:\n    pass\nprint 'a'", "line 3, print 'a': this is Python 2"),
    (
        "x = 1\ndW = # your code\n",
        "line 2, dW = # your code: nothing stands right of =",
    ),
    ("if 1:\n        x = 1\n\ty = 2\n", "line 3, y = 2: its indent mixes tabs"),
    ("raise SystemExit('no')\n", "ended itself with: no"),
    ("def f(x):\n    return f(x)\nf(1)\n", "RecursionError"),
    ("# only a comment\n", "is empty"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_refusals(write, text, said):
    with pytest.raises(ClearpropError, match=r"homework\.py") as refused:
        trace_script(write(text))
    assert said in str(refused.value)


@pytest.mark.parametrize("end", [".py", ".ipynb"])
def test_an_ending_that_was_left_out_is_told(write, tmp_path, end):
    (tmp_path / f"other{end}").write_text("")
    with pytest.raises(ClearpropError, match=rf"did you mean .*other\{end}\?"):
        trace_script(str(tmp_path / "other"))


def test_a_script_may_catch_everything_and_still_be_stopped(write):
    text = (
        ONCE
        + """
    for k in range(10**9):
        try:
            output = sigmoid(np.dot(sigmoid(np.dot(x, W1)), W2))
            error = target - output
            W2 = W2 + 0.1 * error * output * (1 - output) * hidden
        except Exception:
            pass
    """
    )
    trace = trace_script(write(text))
    assert trace.updated == ["W2"]


def test_missing_file():
    with pytest.raises(SourceError, match=r"nowhere\.py is not there"):
        trace_script("nowhere.py")


def test_numpy_s_own_words_and_the_line(write):
    text = "import numpy as np\nx = np.ones((2, 3))\nloss = np.sum(x @ x)\n"
    with pytest.raises(TraceError) as refused:
        trace_script(write(text))
    assert str(refused.value).startswith(
        "homework.py, line 3, loss = np.sum(x @ x): NumPy raised ValueError: matmul:"
    )
