"""``clearprop train`` and ``predict`` as a user meets them."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import clearprop
from clearprop.cli import main
from clearprop.training.weights import load_weights

ROOT = Path(__file__).parents[2]
CHAIN = str(ROOT / "examples" / "two_neuron_chain.py")
RINGS = ["train", "--layers", "2,16,3", "--data", "rings.csv", "--target", "ring"]


def rings(rows=240, seed=0):
    """Points of three rings, which no straight line parts."""
    rng = np.random.default_rng(seed)
    ring, angle = rng.integers(0, 3, rows), rng.uniform(0, 2 * np.pi, rows)
    radius = 1 + ring + rng.normal(0, 0.1, rows)
    return radius * np.cos(angle), radius * np.sin(angle), ring


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    # one that doesn't change while it trains, and needs no compiler
    monkeypatch.setenv("CLEARPROP_ENGINE", "numpy")
    x, y, ring = rings()
    names = np.array(["inner", "middle", "outer"])[ring]
    with open("rings.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("x", "y", "ring"), *zip(x, y, names)])
    np.savez("rings.npz", xy=np.stack([x, y], 1), ring=ring)
    np.save("xy.npy", np.stack([x, y], 1).astype(np.float32))
    np.save("ring.npy", ring)
    return tmp_path


@pytest.fixture
def run(here, capfd):
    def run(*words, code=0):
        assert main(list(words)) == code
        return capfd.readouterr()

    return run


@pytest.fixture
def refused(run, here):
    """One line on stderr, nothing on stdout, nothing new on the disk."""

    def refused(*words, code=2):
        before = {p: p.stat().st_mtime_ns for p in here.iterdir()}
        out, err = run(*words, code=code)
        assert out == ""
        assert err.count("\n") == 1
        assert {p: p.stat().st_mtime_ns for p in here.iterdir()} == before
        return err.removeprefix("clearprop: ").rstrip()

    return refused


# --- what a file defines --------------------------------------------------------------


def test_a_script_is_trained_at_its_own_rate(run):
    out, err = run("train", CHAIN, "--steps", "1000")
    assert err == ""
    assert "two_neuron_chain.py: w0, w1, w2\nlearning rate 0.1\n" in out
    assert "1000 steps in " in out


def test_its_weights_are_those_that_the_hand_written_steps_give(run):
    """The example's own six lines, a thousand times, in plain Python."""
    w0, w1, w2, s0, target, alpha = 2.0, 1.0, 0.5, 2, 0.7, 0.1
    for _ in range(1000):
        s1 = 1 / (1 + np.exp(-w0 * s0))
        s2 = 1 / (1 + np.exp(-w1 * s1))
        d = w2 * s2 - target
        dw2 = d * s2
        dw1 = d * w2 * s2 * (1 - s2) * s1
        dw0 = d * w2 * s2 * (1 - s2) * w1 * s1 * (1 - s1) * s0
        w0, w1, w2 = w0 - alpha * dw0, w1 - alpha * dw1, w2 - alpha * dw2
    out, _ = run("train", CHAIN, "--steps", "1000", "--format", "json")
    found = json.loads(out)["parameters"]
    # the same operations in another order: rounding only
    for name, value in dict(w0=w0, w1=w1, w2=w2).items():
        assert found[name] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "words",
    [
        (CHAIN + ":chain",),
        (
            str(ROOT / "examples" / "softmax_classifier.py") + ":loss",
            "--learning-rate",
            "0.1",
        ),
        (str(ROOT / "examples" / "network_class.py"),),
        (str(ROOT / "examples" / "network_class.py") + ":net.loss",),
        (str(ROOT / "examples" / "lstm_cell.py"), "--optimizer", "adam"),
        (CHAIN, "--wrt", "w1"),
        (CHAIN, "--call", "chain(2.0, 1.0, 0.5, 2.0, 0.7)", "--wrt", "w0,w1,w2"),
    ],
)
def test_every_kind_of_program_learns(run, words):
    out, _ = run("train", *words, "--epochs", "50", "--format", "json")
    losses = json.loads(out)["history"]["epoch_loss"]
    assert losses[-1] < 0.98 * losses[0]


def test_the_program_is_not_heard(run, here):
    (here / "loud.py").write_text(
        "import numpy as np\n\n\ndef loss(x, t, W):\n    print('hear me')\n"
        "    return np.mean((x @ W - t) ** 2)\n\n\n"
        "x, t, W = np.ones((8, 2)), np.arange(8.0), np.zeros(2)\n"
    )
    out, err = run("train", "loud.py:loss", "--batch-size", "4", "--format", "json")
    assert json.loads(out)["steps"] == 200
    assert err == ""


def test_what_is_recorded_is_told_to_machines(run):
    out, _ = run("train", CHAIN, "--steps", "3", "--record", "w2,out,dw2",
                 "--format", "json")  # fmt: skip
    history = json.loads(out)["history"]
    assert [len(history[name]) for name in ("w2", "out", "dw2")] == [3, 3, 3]
    for k in range(1, 3):  # a weight as it is after the step
        step = -0.1 * history["dw2"][k]
        assert history["w2"][k] == pytest.approx(history["w2"][k - 1] + step)


def test_the_weights_of_a_program_are_saved_with_its_source(run, refused):
    run("train", CHAIN, "--steps", "3", "--save", "chain.npz")
    held = load_weights("chain.npz")
    assert list(held.params) == ["w0", "w1", "w2"]
    assert "def two_neuron_chain(s0, target, w0, w1, w2):" in held.source
    says = refused("predict", "chain.npz", "--data", "xy.npy")
    assert says == (
        "chain.npz can't predict: its network gives a loss, and no prediction"
    )


# --- layers on data -------------------------------------------------------------------


def test_classes_are_learned_saved_and_predicted(run, here):
    out, err = run(*RINGS, "--epochs", "150", "--learning-rate", "0.02",
                   "--validation", "0.2", "--save", "w.npz")  # fmt: skip
    assert err == ""
    assert "rings.csv: 240 rows, 48 of them held out; ring: 3 classes" in out
    assert "weights: w.npz" in out
    (share,) = [line for line in out.splitlines() if "right class" in line]
    assert float(share.partition("%")[0]) > 90
    x, y, ring = rings(seed=1)
    with open("new.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("y", "id", "x"), *zip(y, range(240), x)])
    out, err = run("predict", "w.npz", "--data", "new.csv")
    assert err == "clearprop: running predict of network.py in w.npz\n"
    header, *found = out.split()
    assert header == "ring"
    names = np.array(["inner", "middle", "outer"])[ring]
    assert np.mean(np.array(found) == names) > 0.9


def test_predictions_are_those_of_the_written_network(run):
    run(*RINGS, "--epochs", "3", "--scale", "minmax", "--save", "w.npz", "--float64")
    held, rows = load_weights("w.npz"), np.load("rings.npz")["xy"]
    scope = {}
    exec(held.source, scope)
    low, high = rows.min(axis=0), rows.max(axis=0)
    wanted = scope["predict"]((rows - low) / (high - low), **held.params)
    run("predict", "w.npz", "--data", "rings.csv", "--probabilities", "--out", "p.csv")
    with open("p.csv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["ring", "p_inner", "p_middle", "p_outer"]
    # 16 digits of a csv's numbers, read again
    np.testing.assert_allclose(
        np.array([line[1:] for line in lines], float), wanted, rtol=1e-12
    )
    names = np.array(["inner", "middle", "outer"])
    assert [line[0] for line in lines] == names[wanted.argmax(axis=1)].tolist()


@pytest.mark.parametrize(
    "words",
    [
        ("--data", "rings.npz", "--target", "ring"),
        ("--data", "xy.npy", "--target", "ring.npy"),
    ],
)
def test_other_files_give_the_same_network(run, words):
    common = ["train", "--layers", "2,5,3", "--epochs", "2", "--seed", "3"]
    run(*common, *words, "--save", "a.npz")
    run(*common, "--data", "rings.csv", "--target", "ring", "--save", "b.npz")
    one, other = load_weights("a.npz").params, load_weights("b.npz").params
    for name in one:  # a csv's decimals, rounded to single precision
        np.testing.assert_allclose(one[name], other[name], rtol=1e-3, atol=1e-5)


def test_numbers_two_classes_and_several_targets(run, here):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    np.savez("numbers.npz", x=x, y=x @ [1.0, -2, 0.5], two=x[:, :2] * 2)
    words = ("train", "--data", "numbers.npz", "--features", "x", "--epochs", "60",
             "--learning-rate", "0.02")  # fmt: skip
    for target, layers in (("y", "3,8,1"), ("two", "3,8,2")):
        out, _ = run(*words, "--target", target, "--layers", layers,
                     "--save", "w.npz", "--format", "json")  # fmt: skip
        losses = json.loads(out)["history"]["epoch_loss"]
        assert losses[-1] < 0.2 * losses[0]
        np.save("new.npy", x)
        out, _ = run("predict", "w.npz", "--data", "new.npy")
        assert len(out.splitlines()) == 81
        assert len(out.splitlines()[0].split(",")) == int(layers[-1])
    with open("sides.csv", "w", encoding="utf-8", newline="") as file:
        sides = np.where(x[:, 0] > 0, "right", "left")
        csv.writer(file).writerows([("a", "b", "c", "side"), *np.c_[x, sides]])
    out, _ = run("train", "--layers", "3,4,1", "--data", "sides.csv", "--target",
                 "side", "--epochs", "60", "--learning-rate", "0.02", "--save",
                 "w.npz", "--format", "json")  # fmt: skip
    assert json.loads(out)["score"] > 0.9
    out, _ = run("predict", "w.npz", "--data", "sides.csv", "--probabilities")
    assert out.splitlines()[0] == "side,p_left,p_right"


def test_one_hot_rows_where_they_are_asked_for(run, refused):
    words = ("--loss", "mse", "--last", "softmax")
    says = refused(*RINGS, *words)
    assert "is not a number" in says
    out, _ = run(*RINGS, *words, "--one-hot", "--epochs", "2", "--save", "w.npz")
    assert "ring: 3 classes" in out
    out, _ = run("predict", "w.npz", "--data", "rings.csv")
    assert set(out.split()) <= {"ring", "inner", "middle", "outer"}


def test_one_hot_rows_have_a_loss_of_their_own(run):
    out, _ = run(*RINGS, "--one-hot", "--epochs", "2")
    assert "softmax, categorical_cross_entropy" in out


def test_a_training_is_the_same_for_a_seed(run):
    def trained(seed):
        run(*RINGS, "--epochs", "2", "--seed", seed, "--save", "w.npz",
            "--validation", "0.1")  # fmt: skip
        return Path("w.npz").read_bytes()

    assert trained("1") == trained("1")
    assert trained("1") != trained("2")


# --- checkpoints ----------------------------------------------------------------------


def test_resuming_gives_the_same_weights(run, refused):
    words = [*RINGS, "--checkpoint", "run.npz"]
    run(*words, "--epochs", "2")
    assert "is there already" in refused(*words, "--epochs", "5")
    run(*words, "--epochs", "5", "--resume", "--save", "a.npz")
    run(*RINGS, "--epochs", "5", "--save", "b.npz")
    assert Path("a.npz").read_bytes() == Path("b.npz").read_bytes()
    says = refused(*words, "--epochs", "9", "--resume", "--batch-size", "16")
    assert says == "run.npz is of another training: batch_size was 32 and is 16"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_after_kill_9(run, here):
    words = [*RINGS, "--epochs", "40", "--save", "a.npz"]
    env = {**os.environ, "PYTHONPATH": str(Path(clearprop.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", *words, "--checkpoint", "run.npz",
         "--checkpoint-seconds", "0"],
        env=env, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while not (here / "run.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (here / "a.npz").exists()
    run(*words, "--checkpoint", "run.npz", "--resume")
    resumed = Path("a.npz").read_bytes()
    run(*words)
    assert Path("a.npz").read_bytes() == resumed


# --- what can't be --------------------------------------------------------------------

REFUSED = {
    "nothing to train": (
        ["train"],
        "there is nothing to train: name a file, or give --layers and --data",
    ),
    "both": (["train", CHAIN, "--layers", "2,3"], "--layers writes a network of its"),
    "data beside a file": (
        ["train", CHAIN, "--data", "rings.csv"],
        "--data goes with --layers: leave it out here",
    ),
    "no layers": (["train", "--layers", "ten"], "--layers ten: give the units of each"),
    "no data": (["train", "--layers", "2,3"], "--layers needs --data FILE and --targ"),
    "no such file": (
        ["train", "--layers", "2,3", "--data", "no.csv", "--target", "y"],
        "no.csv is not there: check the path",
    ),
    "no such column": (
        [*RINGS[:-1], "rang"],
        "rings.csv has no column 'rang': did you mean 'ring'?",
    ),
    "the wrong width": (
        ["train", "--layers", "3,3", *RINGS[3:]],
        "rings.csv has 2 columns of features, and --layers begins with 3 units",
    ),
    "too few outputs": (
        ["train", "--layers", "2,2", *RINGS[3:]],
        "rings.csv, column ring: there are 3 classes (inner, middle, outer), and 2 out",
    ),
    "three classes in one unit": (
        ["train", "--layers", "2,1", *RINGS[3:]],
        "rings.csv, column ring: there are 3 classes: give the last layer 3 units",
    ),
    "labels as rows": (
        [*RINGS, "--one-hot", "--loss", "log_loss"],
        "--one-hot gives rows with a single 1, and --loss log_loss takes labels",
    ),
    "a softmax before the end": (
        [*RINGS, "--hidden", "softmx"],
        "hidden='softmx' is unknown: use one of identity",
    ),
    "labels out of range": (
        ["train", "--layers", "2,2", "--data", "rings.npz", "--target", "ring"],
        "rings.npz, row 1, column ring: label 2 is out of range: labels are from 0 to",
    ),
    "a misspelled activation": ([*RINGS, "--hidden", "relo"], "hidden='relo'"),
    "a misspelled optimizer": ([*RINGS, "--optimizer", "adm"], "optimizer='adm'"),
    "data for a network": (
        ["train", "rings.csv"],
        "rings.csv is data, and no forward pass",
    ),
    "a misspelled option": ([*RINGS, "--epoch", "3"], "did you mean --epochs?"),
    "a seed that is none": ([*RINGS, "--seed", "-1"], "'-1' is no whole number from"),
    "no folder to save in": (
        [*RINGS, "--save", "no/w.npz"],
        "no/w.npz can't be written: there is no folder no",
    ),
    "saving over the data": (
        [*RINGS, "--save", "rings.csv"],
        "rings.csv would be overwritten: choose another name",
    ),
    "all rows held out": (
        [*RINGS, "--validation", "1.5"],
        "1.5 of 240 rows can't be held out for validation",
    ),
    "nothing to resume": ([*RINGS, "--resume"], "--resume goes with --checkpoint"),
    "no weights": (
        ["predict", "rings.npz", "--data", "rings.csv"],
        "rings.npz holds no weights of clearprop's: it has no entry clearprop.json",
    ),
    "a plot of no kind": (
        [*RINGS, "--plot", "loss.gif"],
        "--plot loss.gif: plots are .png, .svg or .pdf files",
    ),
    "an unknown engine": ([*RINGS, "--engine", "abacus"], "engine='abacus' is unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_is_one_line(refused, name):
    words, says = REFUSED[name]
    assert says in refused(*words)


def test_one_class_is_none(refused, here):
    (here / "one.csv").write_text("x,kind\n1,a\n2,a\n")
    for units in ("1,1", "1,3,1"):
        said = refused("train", "--layers", units, "--data", "one.csv", "--target=kind")
        assert said.endswith("there is one class only: there is nothing to tell apart")


def test_weights_go_into_a_pipe_and_leave_it_one(run, here):
    os.mkfifo("pipe")
    found = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe").read_bytes()))
    reader.start()
    run(*RINGS, "--epochs", "2", "--save", "pipe")
    reader.join()
    assert Path("pipe").is_fifo()
    (here / "w.npz").write_bytes(found[0])
    assert load_weights("w.npz").params["W1"].shape == (2, 16)


@pytest.mark.parametrize("option", ["--save", "--checkpoint", "--plot"])
def test_a_place_that_may_not_be_written_to_is_told_before_the_work(
    refused, monkeypatch, option
):
    if option == "--plot":
        pytest.importorskip("matplotlib")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert "w.png can't be written: " in refused(*RINGS, option, "w.png")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_stdout_is_one_line(here, form):
    command = [
        sys.executable,
        "-m",
        "clearprop",
        *RINGS,
        "--epochs=1",
        "--format",
        form,
    ]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert (
        done.stderr == "clearprop: stdout can't be written: No space left on device\n"
    )


OWN = """\
import numpy as np
import clearprop as cp

def network(x, t, w):
    return np.mean((np.tanh(x * w) - t) ** 2)

x = np.linspace(-1, 1, 20)
CALL
"""


@pytest.mark.parametrize(
    "call, says",
    [
        (
            "run = cp.train(network, {'w': 0.5}, {'x': x, 't': x})\nrun.plot()",
            "cp.train",
        ),
        (
            "step = cp.stepper(network, {'w': 0.5}, learning_rate=0.1)\nstep(x, x)",
            "cp.stepper",
        ),
        ("from clearprop import train as fit\nfit(network, {'w': 0.5}, (x, x))", "fit"),
    ],
    ids=["train", "stepper", "from clearprop"],
)
def test_a_program_that_trains_is_to_be_run(refused, here, call, says):
    (here / "own.py").write_text(OWN.replace("CALL", call))
    said = refused("train", "own.py")
    assert says in said and said.endswith("so run it itself: python own.py")
    assert "own.py, line " in said


def test_new_data_that_does_not_fit(run, refused, here):
    run(*RINGS, "--epochs", "1", "--save", "w.npz")
    (here / "a.csv").write_text("x,z\n1,2\n")
    assert refused("predict", "w.npz", "--data", "a.csv") == (
        "a.csv has no column 'y': it has x, z"
    )
    (here / "b.csv").write_text("x,y\n1,2\n3,\n")
    assert refused("predict", "w.npz", "--data", "b.csv").startswith(
        "b.csv, row 2 (line 3), column y: the cell is empty"
    )
    np.save("c.npy", np.ones((2, 5)))
    assert refused("predict", "w.npz", "--data", "c.npy") == (
        "c.npy has 5 numbers in a row, the network takes 2 numbers"
    )


@pytest.mark.parametrize(
    ("data", "target"),
    [
        ("rings.csv", "ring"),
        ("rings.npz", "ring"),
        ("bare.csv", "2"),
        ("bare.npy", "-1"),
        ("bare.npy", "1"),
    ],
)
def test_the_rows_of_the_training_are_predicted_as_they_are(run, here, data, target):
    """Their target is left out, whether it has a name, a number or an array."""
    x, y, ring = rings()
    bare = np.column_stack([ring, x, ring, y, ring])
    columns = {"2": [1, 2, 3], "-1": [1, 3, 4], "1": [0, 1, 3]}.get(target, [0, 1, 2])
    np.save("bare.npy", bare[:, columns])
    np.savetxt("bare.csv", bare[:, columns], delimiter=",")
    run("train", "--layers", "2,16,3", "--data", data, "--target", target, "--save",
        "w.npz", "--epochs", "150", "--learning-rate", "0.02")  # fmt: skip
    out, _ = run("predict", "w.npz", "--data", data)
    names = ["inner", "middle", "outer"] if data == "rings.csv" else ["0", "1", "2"]
    found = [names.index(line) for line in out.split()[1:]]
    assert np.mean(np.array(found) == ring) > 0.9


def test_divergence_is_exit_code_1(run, refused):
    says = refused("train", CHAIN, "--learning-rate", "1e200", "--save", "w.npz",
                   code=1)  # fmt: skip
    assert says.startswith("training diverged: ")
    out, err = run("train", CHAIN, "--learning-rate", "1e200", "--format", "json",
                   code=1)  # fmt: skip
    assert json.loads(out)["diverged"] is True


def test_errors_as_json(run):
    out, _ = run(*RINGS[:-1], "rang", "--format", "json", code=2)
    assert json.loads(out)["error"].startswith("rings.csv has no column 'rang'")


@pytest.mark.parametrize("command", ["train", "predict"])
def test_help_shows_examples(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"  clearprop {command} " in capsys.readouterr().out
