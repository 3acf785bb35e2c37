"""``clearprop.check`` as its users meet it: a path comes in, a report goes out."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from checking._programs import corrupted, made
from checking._reports import HOMEWORK, MEND

import clearprop as cp
from clearprop.checking.report import Report

RIGHT = Path(__file__).parent / "right"
SLOPE = "* hidden_layer_output\n"
MENDED = HOMEWORK.replace(
    SLOPE, "* hidden_layer_output * (1 - hidden_layer_output)\n", 1
)
NETWORK = """\
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(8, 3))
y = rng.normal(size=(8, 2))
W1 = rng.normal(size=(3, 4))
W2 = rng.normal(size=(4, 2))
for epoch in range(EPOCHS):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dz = dh * (1 - h**2)
    dW1 = X.T @ dz
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
""".replace("EPOCHS", "50")


@pytest.fixture
def checked(tmp_path):
    def check(text: str, **options) -> Report:
        path = tmp_path / "homework.py"
        path.write_text(text, encoding="utf-8")
        return cp.check(path, **options)

    return check


def statuses(report: Report) -> dict[str, str]:
    return {claim.variable: claim.status for claim in report.claims}


def said(report: Report) -> list[tuple[int, str]]:
    return [(finding.line, finding.mistake) for finding in report.findings]


# --- What a user gets -----------------------------------------------------------------


def test_a_forgotten_slope_is_found_named_and_mended(checked):
    report = checked(HOMEWORK)
    assert report.verdict == "wrong"
    (finding,) = report.findings
    assert finding.line == 22
    assert finding.variable == "hidden_error_term"
    assert finding.mistake == "missing-derivative"
    assert finding.suggestion == MEND
    assert finding.expected == "-dL/d hidden_layer_input"
    assert "error = target - output" in report.loss_from
    found = statuses(report)
    assert found["output_error_term"] == "right"
    assert found["hidden_error_term"] == "wrong"
    assert found["delta_w_h_o"] == "right"
    assert found["delta_w_i_h"] == "follows"
    (follower,) = [c for c in report.claims if c.variable == "delta_w_i_h"]
    assert follower.because == 22


def test_the_mended_program_is_right_and_each_line_is_named(checked):
    report = checked(checked(HOMEWORK).fixed())
    assert report.verdict == "right"
    assert report.findings == []
    named = {claim.variable: claim.claim for claim in report.claims}
    assert named["output_error_term"] == "-dL/d output_layer_in"
    assert named["hidden_error_term"] == "-dL/d hidden_layer_input"
    assert named["delta_w_h_o"] == "-learnrate * dL/d weights_hidden_output"
    assert named["delta_w_i_h"] == "-learnrate * dL/d weights_input_hidden"
    assert "well done" in report.to_text()


def test_what_is_a_multiple_by_chance_is_not_called_a_gradient(checked):
    """A penalty is a multiple of dL/d C, and an output is dL/d dout."""
    pool = """\
import numpy as np

def pool_forward(x):
    out = x.max(axis=1)
    return out, (x, out)

def pool_backward(dout, cache):
    x, out = cache
    highest = out[:, np.newaxis]
    return (x == highest) * dout[:, np.newaxis]
"""
    ridge = """\
import numpy as np

X = np.random.randn(20, 3)
y = X @ np.random.randn(3)
w = np.random.randn(3)
C = 2.0
for epoch in range(40):
    loss = 0.5 * np.sum((X @ w - y) ** 2) + 0.5 / C * np.sum(w**2)
    dw = X.T @ (X @ w - y) + w / C
    penalty = 0.5 / C * np.sum(w**2)
    w -= 0.01 * dw
"""
    for text, name in ((pool, "highest"), (ridge, "penalty")):
        report = checked(text)
        assert report.verdict == "right"
        assert name not in statuses(report)


def test_a_stated_loss_binds_where_an_error_line_alone_would_fit(checked):
    absolute = "loss = np.sum(np.abs(out - y))"
    stated = NETWORK.replace("loss = 0.5 * np.sum((out - y) ** 2)", absolute)
    report = checked(stated)
    assert report.verdict == "wrong"
    assert "abs" in report.loss
    assert report.findings[0].line == 12
    only_an_error = NETWORK.replace(
        "    loss = 0.5 * np.sum((out - y) ** 2)\n    dout = out - y\n",
        "    error = out - y\n    dout = error\n",
    )
    report = checked(only_an_error)
    assert report.verdict == "right"
    assert "**2" in report.loss.replace(" ", "")


def test_a_factor_of_the_whole_loss_is_a_convention(checked):
    doubled = NETWORK.replace("loss = 0.5 *", "loss =")
    assert checked(doubled).verdict == "right"


def test_two_mistakes_are_both_named_and_their_consequences_are_not(checked):
    text = NETWORK.replace("dh * (1 - h**2)", "dh * h").replace(
        "W2 -= 0.01", "W2 += 0.01"
    )
    report = checked(text)
    assert report.verdict == "wrong"
    assert [line for line, _ in said(report)] == [15, 18]
    assert report.findings[1].mistake == "update-sign"
    wrong = [claim.line for claim in report.claims if claim.status == "wrong"]
    assert wrong == [15, 18]


def test_the_loss_can_be_given(checked):
    text = NETWORK.replace(
        "    loss = 0.5 * np.sum((out - y) ** 2)\n    dout = out - y\n",
        "    dout = np.sign(out - y)\n",
    )
    assert checked(text, loss="np.sum(np.abs(out - y))").verdict == "right"
    assert checked(text, loss="np.sum((out - y) ** 2)").verdict == "wrong"


UNDECIDED = {
    "a file that isn't there": (
        "import numpy as np\nX = np.load('rain.npy')\n",
        ["line 2", "rain.npy", "--data X=SHAPE"],
    ),
    "a syntax error": ("import numpy as np\nX = np.array([1.0,\n", ["line 2", "["]),
    "Python 2": ("print 'loss', 3\n", ["line 1", "Python 2"]),
    "nothing to check": ("import numpy as np\n", ["homework.py"]),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_cannot_be_decided_says_why(case, checked):
    text, words = UNDECIDED[case]
    report = checked(text)
    assert report.verdict == "undecided"
    assert report.findings == []
    for word in words:
        assert word in report.reason


def test_data_that_is_not_there_can_be_stood_in_for(checked):
    text = NETWORK.replace("rng.normal(size=(8, 3))", "np.load('rain.npy')")
    assert checked(text).verdict == "undecided"
    assert checked(text, data={"X": "8,3"}).verdict == "right"


# --- The machine form -----------------------------------------------------------------


@pytest.mark.parametrize("text", [HOMEWORK, MENDED], ids=["wrong", "right"])
def test_the_machine_form_has_the_keys_of_the_contract(text, checked):
    made = checked(text).to_json()
    keys = {"file", "verdict", "loss", "claims", "findings"}
    assert keys <= made.keys() <= keys | {"notes", "reason"}
    assert made["file"].endswith("homework.py")
    for claim in made["claims"]:
        assert claim.keys() == {"line", "variable", "claim", "status"}
        assert claim["status"] in ("right", "wrong", "follows", "unchecked")
    for finding in made["findings"]:
        wanted = {"line", "variable", "mistake", "message", "suggestion"}
        assert finding.keys() == wanted


def test_a_check_says_the_same_twice(checked):
    first, second = checked(HOMEWORK, seed=7), checked(HOMEWORK, seed=7)
    assert first.to_json() == second.to_json()
    assert first.findings[0].yours == second.findings[0].yours


@pytest.mark.parametrize("seed", range(4))
def test_the_verdict_does_not_hang_on_the_seed(seed, checked):
    assert checked(MENDED, seed=seed).verdict == "right"
    assert said(checked(HOMEWORK, seed=seed)) == [(22, "missing-derivative")]


# --- A guest that leaves no trace -----------------------------------------------------


def test_nothing_is_left_behind(checked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    settings, paths, modules = np.geterr(), list(sys.path), set(sys.modules)
    text = "np.random.seed(1)\nnp.seterr(all='ignore')\nprint('so far')\n"
    report = checked(NETWORK.replace("rng =", f"{text}rng =", 1))
    assert report.verdict == "right"
    assert Path(os.getcwd()) == tmp_path
    assert sys.path == paths
    assert "homework" not in set(sys.modules) - modules
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert np.geterr() == settings
    assert [path.name for path in tmp_path.iterdir()] == ["homework.py"]
    assert capsys.readouterr().out == ""


def test_single_precision_is_no_mistake(checked):
    text = NETWORK
    for name in ("size=(8, 3))", "size=(8, 2))", "size=(3, 4))", "size=(4, 2))"):
        text = text.replace(name, name + ".astype(np.float32)")
    assert text.count("float32") == 4
    assert checked(text).verdict == "right"
    assert checked(text.replace("(1 - h**2)", "(1 - h)")).verdict == "wrong"


@pytest.mark.parametrize(
    "loop", ["for epoch in range(10**9):", "while True:"], ids=["for", "while"]
)
def test_training_without_end_is_checked_in_seconds(loop, checked):
    text = NETWORK.replace("for epoch in range(50):", loop)
    started = time.monotonic()
    assert checked(text).verdict == "right"
    assert time.monotonic() - started < 10


# --- Programs that nobody has seen ----------------------------------------------------


@pytest.mark.parametrize("seed", range(15))
def test_a_random_right_program_is_right_and_without_a_slope_it_is_not(seed, checked):
    program = made(seed)
    report = checked(program.text)
    assert report.verdict == "right", (report.reason, report.findings, program.text)
    if program.slope_line is not None:
        found = said(checked(program.without_slope))
        assert found == [(program.slope_line, "missing-derivative")]


SHORT = sorted(
    path
    for path in RIGHT.glob("*.py")
    if path.stem.startswith(("script", "loop")) and path.stat().st_size < 1000
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(15))
def test_a_corrupted_program_gets_a_verdict_or_a_reason(seed, checked):
    path = SHORT[seed * 7 % len(SHORT)]
    report = checked(corrupted(path.read_text(encoding="utf-8"), seed))
    assert report.verdict in ("right", "wrong", "undecided")
    assert report.reason or report.verdict != "undecided"
    assert report.to_text() and report.to_json()["verdict"] == report.verdict


def test_a_program_that_moves_states_only_is_not_said_to_define_functions(tmp_path):
    path = tmp_path / "springs.py"
    path.write_text(
        "import numpy as np\n"
        "def simulate(k):\n"
        "    x, v = np.zeros(2), np.ones(2)\n"
        "    for n in range(9):\n"
        "        v = v - 0.1 * k * x\n"
        "        x = x + 0.1 * v\n"
        "    return x\n"
        "for k in (1.0, 2.0):\n"
        "    print(simulate(k))\n"
    )
    report = cp.check(str(path))
    assert report.verdict == "undecided"
    assert "no loss or error was found" in report.reason
    assert "could be called" not in report.reason


NOTHING = {
    "no weights": ("x = np.arange(5.0)\nprint(x.mean())\n", "No weight is moved"),
    "odd method": ("class Net:\n    def go(self, q): raise ValueError\n", "net.train"),
}


@pytest.mark.parametrize("text, says", NOTHING.values(), ids=NOTHING)
def test_where_nothing_was_seen_it_says_what_to_do(tmp_path, text, says):
    path = tmp_path / "homework.py"
    path.write_text("import numpy as np\n" + text)
    report = cp.check(str(path))
    assert report.verdict == "undecided"
    assert says in report.reason


def test_a_gradient_that_a_stopped_run_has_half_of_is_not_called_wrong(monkeypatch):
    monkeypatch.setattr("clearprop.checking.follower.MOST", 2000)  # half of its nodes
    report = cp.check(RIGHT / "pair_conv2d_channels_last_loops.py")
    assert report.verdict == "undecided"
    assert "was stopped after" in report.reason


def test_a_program_that_never_ends_is_said_to_have_been_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("clearprop.checking.observe.PATIENCE", -0.5)
    monkeypatch.setattr("clearprop.checking.drivers.trial.START", 0.1)
    path = tmp_path / "homework.py"
    path.write_text("while True: pass\n")
    assert "was stopped after" in cp.check(str(path)).reason


NO_LOSS = {
    "cost": "the program has nothing called cost",
    "out - y": "it isn't a single number that depends on the program's data",
    "np.sum(h - X)": "could not be broadcast",
    "1.0": "it has no value while the program computes its gradients",
}


@pytest.mark.parametrize("loss, says", NO_LOSS.items(), ids=NO_LOSS)
def test_a_loss_that_can_t_be_had_is_never_passed_over(checked, loss, says):
    report = checked(NETWORK, loss=loss)
    assert report.verdict == "undecided"
    assert f"--loss {loss}: " in report.reason and says in report.reason
    stated = NETWORK.replace("    loss =", f"    # clearprop: L = {loss}\n    loss =")
    assert f"# clearprop: L = {loss}: " in checked(stated).reason


def test_the_report_says_who_stated_the_loss(checked):
    assert checked(NETWORK, loss="3 * loss").loss_from.startswith("--loss, after")
    stated = NETWORK.replace("    loss =", "    # clearprop: L = 3 * loss\n    loss =")
    assert checked(stated).loss_from.startswith("# clearprop: L, after line")


def test_a_failure_in_the_search_leaves_the_verdict(
    monkeypatch, tmp_path: Path
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("a bug of ours")

    file = tmp_path / "fit.py"
    file.write_text(
        "import numpy as np\n"
        "x, y, w = np.arange(5.0), np.arange(5.0) ** 2, 0.1\n"
        "for _ in range(9):\n"
        "    loss = np.mean((w * x - y) ** 2)\n"
        "    dw = -2 * np.mean((w * x - y) * x)\n"
        "    w -= 0.01 * dw\n"
    )
    monkeypatch.setattr("clearprop.checking.findings.found", fails)
    with pytest.raises(KeyError):
        cp.check(file)
    monkeypatch.delenv("CLEARPROP_STRICT")
    report = cp.check(file)
    assert report.verdict == "wrong"
    assert report.findings[0].line == 6
    assert "KeyError: 'a bug of ours'" in report.notes[0]
