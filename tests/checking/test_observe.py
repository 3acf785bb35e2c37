"""Programs as people write them run under the checker's eyes, and are soon stopped."""

import textwrap
import time
from importlib.util import find_spec

import numpy as np
import pytest

from clearprop.checking.observe import because, observe
from clearprop.errors import SourceError
from clearprop.trace.source import read

STEP = """
W = np.random.randn(3, 2) * 0.1
for step in range(10_000):
    {inside}
    error = X @ W - Y
    loss = 0.5 * np.sum(error ** 2)
    W -= 0.01 * X.T @ error
"""
DATA = "X = np.random.randn(8, 3)\nY = np.random.randn(8, 2)"


@pytest.fixture
def run(tmp_path):
    """Observe a program given as text."""

    def run(text, name="program.py", **options):
        path = tmp_path / name
        path.write_text("import numpy as np\n" + textwrap.dedent(text))
        return observe(read(str(path)), **options)

    return run


def labels(observed):
    return {made.label for made in observed.made}


def training(data=DATA, inside="pass"):
    return f"{data}\n{STEP.format(inside=inside)}"


def seen_to_the_end(observed):
    assert observed.problem is None, because(observed)
    assert observed.stopped
    assert "W" in labels(observed)
    return observed


# -- what can't be followed ------------------------------------------------------------

PREPARED = [
    "X = np.random.default_rng(0).poisson(np.exp(X)).astype(float)",
    "classes = np.unique(X)",
    "bits = np.arange(8)[:, None] >> np.arange(3)",
    "bits = 1 << np.arange(3) & 2",
    "counts, edges = np.histogram(X)",
    "X = np.sort(X, axis=0)[np.lexsort((X[:, 0],))]",
    "packed = np.packbits(X > 0)",
    "X.partition(3, axis=0)",
    "it = np.nditer(X, flags=['multi_index'])\nwhile not it.finished: it.iternext()",
    "names = np.array(['a', 'b'])[(X[:, 0] > 0).astype(int)]",
    "spectrum = np.abs(np.fft.fft(X))",
]


@pytest.mark.parametrize("line", PREPARED)
def test_data_is_prepared_with_any_function(run, line):
    assert not seen_to_the_end(run(training(f"{DATA}\n{line}"))).apart


METRICS = [
    "found = np.unique(np.round(X @ W))",
    "rows = np.argmax(X @ W, axis=1) >> 1",
    "print('%.3f' % np.nanmedian(X @ W), np.histogram(X @ W), (X @ W).tobytes())",
    "spectrum = np.abs(np.fft.fft(X @ W))",
]


@pytest.mark.parametrize("line", METRICS)
def test_what_comes_from_a_parameter_is_recorded(run, line):
    observed = seen_to_the_end(run(training(inside=line)))
    assert {record.line for record in observed.apart} == {7}


def test_a_plain_result_is_a_leaf_under_its_own_name(run):
    observed = run(training(f"{DATA}\nspan, where = np.modf(np.fft.fft(X).real)"))
    assert labels(observed) >= {"X", "Y", "W"}
    (record,) = run(training(inside="middle = np.nanmedian(X @ W)")).apart[:1]
    assert record.how == "nanmedian()"
    assert len(record.results) == len(record.sources) == 1


def test_what_comes_of_a_record_is_recorded_too(run):
    inside = "a = np.nanmedian(X @ W); b = np.nanmedian(X * a)"
    hows = [record.how for record in run(training(inside=inside)).apart[:2]]
    assert hows == ["nanmedian()", "nanmedian()"]


def test_an_error_is_numpys_own(run):
    observed = run("x = np.ones(3)\nx -= np.ones(4)\n")
    assert type(observed.problem) is ValueError
    observed = run("x = np.ones(3)\ny = x * None\n")
    assert "NoneType" in str(observed.problem)
    assert "Traced" not in str(observed.problem)


# -- packages --------------------------------------------------------------------------

SHOWN = """
import matplotlib.pyplot as plt, seaborn as sns, pandas as pd
from tqdm import tqdm, trange
fig, axes = plt.subplots(1, 2)
frame = pd.DataFrame({"x": [1]})
print(frame.head())
for k in tqdm(range(2)): last = k
for k in trange(2): sns.lineplot(frame)
assert last == 1
"""


def test_what_only_shows_is_swallowed(run):
    seen_to_the_end(run(training(SHOWN + DATA, "plt.plot(loss if step else 0)")))


@pytest.mark.skipif(find_spec("sklearn") is not None, reason="scikit-learn is there")
def test_a_missing_package_of_data_is_stood_in_for(run):
    data = """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import accuracy_score
iris = load_iris()
X, _, y, _ = train_test_split(iris.data[:, :3], iris.target, test_size=0.2)
X = StandardScaler().fit_transform(X)
Y = np.eye(3)[y][:, :2]
"""
    observed = seen_to_the_end(run(training(data)))
    assert observed.apart == []
    assert "load_iris() gave random numbers" in observed.notes[0]


@pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn isn't there")
def test_a_library_finds_no_stand_in_where_it_can_do_without(run):
    """scikit-learn asks for pandas to know its tables: there are none without it."""
    data = """
from sklearn.model_selection import train_test_split
X, _, Y, _ = train_test_split(np.random.randn(8, 3), np.ones((8, 2)), test_size=0.25)
"""
    seen_to_the_end(run(training(data)))


@pytest.mark.skipif(find_spec("pandas") is not None, reason="pandas is there")
def test_the_value_of_a_missing_package_says_what_to_do(run):
    data = "import pandas as pd\nX = pd.read_csv('a.csv').values\n"
    observed = run(training(data + "Y = np.ones((8, 2))"))
    said = str(because(observed))
    assert said.startswith("line 9, error = X @ W - Y: the program uses pandas")
    assert said.endswith("--data X=SHAPE")


# -- data that isn't there -------------------------------------------------------------

LOADED = "raw = np.loadtxt('a.csv')\nX = raw[:, :3]\nY = raw[:, 3:]"


def test_a_missing_file_is_named_with_the_remedy(run):
    said = str(because(run(training(LOADED))))
    assert said.startswith("line 2, raw = np.loadtxt('a.csv'): the file a.csv is not")
    assert said.endswith("--data raw=SHAPE")


@pytest.mark.parametrize(
    "data", [{"raw": "8,5"}, {"X": "8,3", "Y": "8,2:onehot"}, {"raw": np.ones((8, 5))}]
)
def test_random_numbers_stand_in(run, data):
    seen_to_the_end(run(training(LOADED), data=data))


def test_the_kinds_of_random_numbers(run):
    text = "with open('a.txt') as f:\n    X, y, Y = load(f)\nz = X"
    observed = run(text, data={"X": "9,4", "y": "9:3", "Y": "9,5:onehot"})
    X, y, Y = (observed.namespace[n].value for n in ("X", "y", "Y"))
    assert X.shape == (9, 4)
    assert X.dtype == float
    assert set(y.tolist()) <= {0, 1, 2}
    assert Y.shape == (9, 5)
    assert (Y.sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"X": "8 by 3"}, "--data X=8 by 3: write a name and a shape, as in X=100,784"),
        ({"Z": "8,3"}, "--data Z: no line of the program assigns Z."),
        ({"p": "8"}, "--data p: line 2 assigns q too: give --data q=SHAPE"),
        ({"X": "9999999,9999999"}, "too large"),
    ],
)
def test_data_that_cannot_be_is_told(run, data, said):
    with pytest.raises(SourceError) as caught:
        run("p, q = 1, 2\nX = 1\n", data=data)
    assert said in str(caught.value)


def test_a_program_that_expects_its_file_to_be_missing(run):
    text = f"try:\n    X = np.load('a.npy')\nexcept IOError:\n    {DATA[:25]}\n"
    observed = seen_to_the_end(run(training(text + DATA[26:]), data={"Y": "8,2"}))
    assert observed.namespace["X"].shape == (8, 3)


# -- parameters ------------------------------------------------------------------------

BORN = {
    "under another name": """
        def make(): return np.zeros((3, 2))
        def moved(weights, g): return weights - 0.1 * g
        def train():
            theta = make()
            for i in range(10_000): theta = moved(theta, X.T @ (X @ theta - Y))
        train()
        """,
    "in a dict of a function": """
        def make():
            W = np.zeros((3, 2))
            return {"W": W}
        def moved(parameters, g):
            W = parameters["W"] - 0.1 * g
            return {"W": W}
        p = make()
        for i in range(10_000): p = moved(p, X.T @ (X @ p["W"] - Y))
        """,
    "as a drawn number": """
        slope = np.random.default_rng(0).normal()
        for i in range(10_000):
            slope -= 0.1 * np.sum((X * slope - X) * X)
        """,
}


@pytest.mark.parametrize("text", BORN.values(), ids=BORN)
def test_a_parameter_is_known_wherever_it_was_born(run, text):
    observed = run(DATA + "\n" + textwrap.dedent(text))
    assert observed.stopped
    assert len(observed.graph.nodes) < 100
    assert labels(observed) & {"theta", "W", "slope"}


def test_a_parameter_is_called_as_where_it_is_kept(run):
    text = """
        def make(): return {"W": np.random.randn(3, 2)}
        def train(net):
            for i in range(10_000): net["W"] -= 0.1 * X.T @ (X @ net["W"] - Y)
        network = make()
        train(network)
        """
    observed = run(DATA + "\n" + textwrap.dedent(text))
    assert labels(observed) == {"X", "Y", "network['W']"}


def test_a_numerical_gradient_moves_nothing(run):
    inside = """
    for i in np.ndindex(3, 2):
        old = W[i]
        W[i] = old + 1e-5
        up = np.sum((X @ W - Y) ** 2)
        W[i] = old
    """
    observed = seen_to_the_end(run(training(inside=inside)))
    moved = [b for b in observed.log if b.place == "W" and b.node in observed.kept]
    assert {b.line for b in moved} == {16}


# -- stopping --------------------------------------------------------------------------

ENDLESS = {
    "no update": "w = np.ones(3)\nwhile True:\n    h = np.tanh(w).sum()\n",
    "catches all": training(inside="pass").replace(
        "    pass", "    try: last = W.copy()\n    except: continue"
    ),
    "sleeps": training(inside="import time; time.sleep(5)"),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_program_is_stopped(run, text):
    began = time.perf_counter()
    assert run(text).stopped
    assert time.perf_counter() - began < 9


def test_a_loop_that_calls_nothing_is_stopped(run, monkeypatch):
    monkeypatch.setattr("clearprop.checking.observe.PATIENCE", -0.5)
    assert run("while True: pass\n").stopped


def test_leaving_is_no_error(run):
    assert run("x = np.ones(3)\nexit()\n").problem is None
    assert isinstance(run("import sys\nsys.exit('no')\n").problem, SystemExit)


AROUND = [
    "np.seterr(all='raise')\nnp.set_printoptions(precision=2)",
    "import argparse\nlr = argparse.ArgumentParser().parse_args()",
    "display(np.ones(3))\nget_ipython().magic('matplotlib inline')",
    "input('press a key')",
    "import threading\nt = threading.Thread(target=lambda: 1)\nt.start()\nt.join()",
    "from numba import jit\n@jit(nopython=True)\ndef f(x): return x\nf(np.ones(3))",
    "assert __name__ == '__main__'",
]


@pytest.mark.parametrize("text", AROUND)
def test_surroundings(run, text):
    before = np.geterr(), np.get_printoptions()
    seen_to_the_end(run(f"{text}\n{training()}"))
    assert (np.geterr(), np.get_printoptions()) == before


def test_a_program_that_checks_itself_is_not_checked_in_turn(run):
    check = "from clearprop.checking.checker import check\nreport = check(__file__)"
    observed = run(f"{DATA}\n{check}\nprint(report)")
    assert observed.problem is None
    assert observed.seconds < 1


# -- shapes where it raised ------------------------------------------------------------


def test_frames_hold_the_shapes_of_every_place(run):
    observed = run(
        """
        class Net:
            def __init__(self):
                self.W1 = np.ones((2, 5))
                self.layers = [np.ones(3)]
        def forward(x, cache):
            return x @ net.W1 @ cache["A1"]
        net = Net()
        forward(np.ones((4, 2)), {"A1": np.ones((7, 7))})
        """
    )
    function, shapes = observed.frames[-1]
    assert function == "forward"
    assert shapes["net.W1"] == (2, 5)
    assert shapes["net.layers[0]"] == (3,)
    assert shapes["cache['A1']"] == (7, 7)
    assert shapes["x"] == (4, 2)


def test_a_state_that_was_written_into_is_no_leaf_when_it_is_met_again(run):
    inside = 'average = state.setdefault("W", {"squares": np.zeros((3, 2))})["squares"]'
    text = training(inside=inside).replace(
        "    W -= 0.01 * X.T @ error",
        "    dW = X.T @ error\n    average *= 0.9\n    average += 0.1 * dW**2\n"
        "    W -= 0.01 * dW / (np.sqrt(average) + 1e-8)",
    )
    found = seen_to_the_end(run("state = {}\n" + text))
    assert {made.node.op.name for made in found.made} == {"input"}
