"""Habits of programs as they are found: layers, sums, whole numbers, total errors."""

from textwrap import dedent

import pytest

from clearprop.backward import derive_trace
from clearprop.errors import ClearpropError
from clearprop.graph import evaluate
from clearprop.trace.script import trace_script
from clearprop.trace.weights import learned

LAYERS = """
    import numpy as np

    class Dense:
        def __init__(self, n_in, n_out, rng):
            self.W = rng.normal(size=(n_in, n_out))
            self.b = np.zeros(n_out)

        def __call__(self, x):
            return x @ self.W + self.b

    class Net:
        def __init__(self, rng):
            self.layers = [Dense(3, 4, rng), Dense(4, 1, rng)]

        def loss(self, x, y):
            for layer in self.layers:
                x = np.tanh(layer(x))
            return np.mean((x - y) ** 2)

    {begin}
        rng = np.random.default_rng(0)
        net = Net(rng)
        for layer in net.layers:
            print(layer.W.shape)
        x = rng.normal(size=(5, 3))
        y = np.ones((5, 1))
        loss = net.loss(x, y)
    {end}
"""


@pytest.fixture
def write(tmp_path):
    def writer(text, name="homework.py"):
        file = tmp_path / name
        file.write_text(dedent(text), "utf-8")
        return str(file)

    return writer


def gradients_of(trace, names):
    """What the written code gives at the program's own numbers; it is proved first."""
    backward = derive_trace(trace, wrt=names)
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    found = backward._gradients_at(values)
    return {leaf.label: found[leaf.node] for leaf in backward.wanted}


@pytest.mark.parametrize(
    ("begin", "end", "first", "second"),
    [
        ("if True:", "", "net.layers[0]", "net.layers[1]"),
        ("def main():", "main()", "dense_1", "dense_2"),
    ],
)
def test_every_layer_has_its_own_weights(write, begin, end, first, second):
    trace = trace_script(write(LAYERS.format(begin=begin, end=end)))
    labels = learned(trace)
    assert labels == [f"{first}.W", f"{first}.b", f"{second}.W", f"{second}.b"]
    shapes = [g.shape for g in gradients_of(trace, labels).values()]
    assert shapes == [(3, 4), (4,), (4, 1), (1,)]


def test_every_turn_of_a_loop_makes_its_own_array(write):
    text = """
        import numpy as np
        weights = []
        for n in (2, 3):
            W = np.ones((n, n + 1)) / n
            weights.append(W)
        h = np.array([[0.5, 0.2]])
        for W in weights:
            h = np.tanh(h @ W)
        loss = np.sum(h ** 2)
    """
    trace = trace_script(write(text))
    assert learned(trace) == ["W", "W_2"]
    assert [g.shape for g in gradients_of(trace, ["W", "W_2"]).values()] == [
        (2, 3),
        (3, 4),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # a loss that is summed up is no parameter
        (
            "w = np.array([0.5, 2.0])\nx = np.array([1.0, 3.0])\nloss = 0\n"
            "for i in range(2):\n    loss -= np.log(w[i] * x[i])\nloss /= 2\n",
            ["w"],
        ),
        # weights that were written as whole numbers are to move
        (
            "x = np.array([1, 2, 3])\nweights = np.array([0, 2, 1])\ntarget = 0\n"
            "error = (weights * x).sum() - target\n",
            ["weights"],
        ),
        (
            "x = [1.0, 2.0]\nweights = [3, 4]\n"
            "loss = sum(a * b for a, b in zip(x, weights)) ** 2\n",
            ["weights"],
        ),
        # the reader is to write the update of w0
        (
            "s0 = 2\nw0, w1 = 2, 0.5\ns1 = np.tanh(w0 * s0)\nout = w1 * s1\n"
            "target = 0.7\nw1 = w1 - 0.1 * (out - target) * s1\nw0 = '????'\n",
            ["w0", "w1"],
        ),
        # an input may be called i1; the errors of the outputs add up to the loss
        (
            "i1, w1, w2 = 0.05, 0.15, 0.2\ntarget_o1, target_o2 = 0.01, 0.99\n"
            "E_o1 = 0.5 * (target_o1 - w1 * i1) ** 2\n"
            "E_o2 = 0.5 * (target_o2 - w2 * i1) ** 2\nE_total = E_o1 + E_o2\n",
            ["w1", "w2"],
        ),
    ],
)
def test_what_is_learned(write, text, names):
    trace = trace_script(write("import numpy as np\n" + text))
    assert sorted(learned(trace)) == names
    gradients_of(trace, names)


def test_the_loss_of_two_outputs_is_their_sum(write):
    text = """
        w = 0.5
        E_o1 = 0.5 * (1.0 - w) ** 2
        E_o2 = 0.5 * (2.0 - w) ** 2
        E_total = E_o1 + E_o2
    """
    trace = trace_script(write(text))
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    assert evaluate([trace.loss], values)[0] == 0.5 * (0.25 + 2.25)


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("error = 1.0 - w @ x\n", "0.5 * np.sum(error ** 2)"),
        ("y = w @ x\nw = w - 0.1 * (y - t) * x\n", "0.5 * np.sum((y - t) ** 2)"),
        ("loss = (w @ x) ** 2\n", ""),
    ],
)
def test_a_loss_that_is_not_named_is_told(write, text, assumed):
    head = "import numpy as np\nw = np.ones(2)\nx = np.array([0.5, 0.3])\nt = 1.0\n"
    assert trace_script(write(head + text)).assumed == assumed


def test_a_kink_that_the_data_sits_on_is_no_mistake(write):
    # The spirals of CS231n begin at the origin, with biases of 0: at many units
    # ReLU's input is exactly 0, and others are near it.
    text = """
        import numpy as np
        np.random.seed(0)
        N, D, K, H = 100, 2, 3, 100
        X = np.zeros((N * K, D))
        y = np.zeros(N * K, dtype="uint8")
        for j in range(K):
            rows = range(N * j, N * (j + 1))
            r = np.linspace(0.0, 1, N)
            t = np.linspace(j * 4, (j + 1) * 4, N) + np.random.randn(N) * 0.2
            X[rows] = np.c_[r * np.sin(t), r * np.cos(t)]
            y[rows] = j
        W, b = 0.01 * np.random.randn(D, H), np.zeros((1, H))
        W2, b2 = 0.01 * np.random.randn(H, K), np.zeros((1, K))
        hidden = np.maximum(0, X @ W + b)
        scores = np.exp(hidden @ W2 + b2)
        probs = scores / np.sum(scores, axis=1, keepdims=True)
        loss = np.sum(-np.log(probs[range(N * K), y])) / (N * K)
        loss = loss + 0.5e-3 * (np.sum(W * W) + np.sum(W2 * W2))
    """
    trace = trace_script(write(text))
    assert set(gradients_of(trace, ["W", "b", "W2", "b2"])) == {"W", "b", "W2", "b2"}


def test_a_program_says_which_encoding_it_is_in(tmp_path):
    file = tmp_path / "homework.py"
    text = "# -*- coding: latin-1 -*-\n# Größe\nw = 2.0\nloss = w * w\n"
    file.write_bytes(text.encode("latin-1"))
    assert [leaf.label for leaf in trace_script(str(file)).leaves] == ["w"]


REFUSED = [
    ("np.loadtxt('data.csv')\n", "the file data.csv is not there"),
    ("import sys\nn = int(sys.argv[1])\n", "is run without arguments here"),
    ("import sys\nif len(sys.argv) < 2:\n    exit(1)\n", "without arguments here"),
    ("import torch_that_is_not_there\n", "pip install torch_that_is_not_there"),
    ("raise ModuleNotFoundError(name='sklearn')\n", "pip install scikit-learn"),
    ("raise ModuleNotFoundError(name='torch')\n", "clearprop follows NumPy, not torch"),
    ("x = np.ones(2)\ndef cost(x):\n    return x\n", "a function: homework.py:cost"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_refusals_that_show_the_way_out(write, text, said):
    with pytest.raises(ClearpropError, match=r"homework\.py") as refused:
        trace_script(write("import numpy as np\n" + text))
    assert said in str(refused.value)
