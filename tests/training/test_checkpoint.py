"""A training that was cut short goes on bit for bit, and never from another one."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearpropError, DataError
from clearprop.training.checkpoint import Checkpoints

ROOT = Path(__file__).parents[2]
ROWS = 37
_rng = np.random.default_rng(0)
DATA = {"x": _rng.normal(size=(ROWS, 3)), "t": _rng.normal(size=ROWS)}


def params():
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(3, 4)), "v": rng.normal(size=4)}


def forward(x, t, W, v):
    h = np.tanh(x @ W)
    y = h @ v
    return np.mean((y - t) ** 2)


OPTIONS = {
    "sgd": dict(batch_size=8),
    "momentum, the last batch whole": dict(batch_size=37, optimizer="momentum"),
    "adam, clipped, decayed": dict(
        batch_size=5, optimizer="adam", clip_norm=1.0, l2=0.01
    ),
    "recorded": dict(batch_size=8, record=["v", "y", "loss"]),
    "validated": dict(batch_size=8, validation=0.2, patience=3),
    "a schedule": dict(batch_size=8, learning_rate=cp.schedules.cosine(0.1, steps=30)),
    "all rows at once": dict(optimizer="nesterov"),
    "one weight after the other": dict(batch_size=8, update="sequential"),
    "in order": dict(batch_size=8, shuffle=False),
}


class Cut(Exception):
    """The moment at which a run is cut short."""


def cut_at(step, monkeypatch):
    """A run ends, as by ``kill -9``, once so many steps are made: nothing is tidied."""
    whole = Checkpoints.save

    def save(self, loop):
        whole(self, loop)
        if loop.step >= step:
            raise Cut

    monkeypatch.setattr(Checkpoints, "save", save)


def the_same(one, other):
    assert list(one.params) == list(other.params)
    for name in one.params:
        np.testing.assert_array_equal(one.params[name], other.params[name])
    assert list(one.history) == list(other.history)
    for name, values in one.history.items():
        if name in ("observed_at", "weight_norm", "gradient_norm"):
            continue  # one looks at the layers when the clock allows
        assert len(values) == len(other.history[name])
        for value, its in zip(values, other.history[name]):
            np.testing.assert_array_equal(value, its)
    assert (one.steps, one.epochs, one.stopped) == (
        other.steps, other.epochs, other.stopped
    )  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "training.npz")


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("name", OPTIONS)
def test_it_goes_on_bit_for_bit(path, monkeypatch, name, engine):
    """Cut again and again: within an epoch, between two, before the smaller batch."""
    options = {"learning_rate": 0.05, "epochs": 30, **OPTIONS[name]}
    options["engine"] = engine
    try:
        whole = cp.train(forward, params(), DATA, **options)
    except ClearpropError as error:
        if engine == "native":
            pytest.skip(str(error))
        raise
    options["resume"] = True
    for step in (1, 4, 23):
        with monkeypatch.context() as cut, pytest.raises(Cut):
            cut_at(step, cut)
            often = Checkpoints(path, None, 0)
            cp.train(forward, params(), DATA, **options, checkpoint=often)
    resumed = cp.train(forward, params(), DATA, **options, checkpoint=path)
    the_same(whole, resumed)
    again = cp.train(forward, params(), DATA, **options, checkpoint=path)
    the_same(whole, again)  # there is nothing left to do


@pytest.mark.parametrize("first", [dict(epochs=2), dict(steps=7), dict(steps=10)])
@pytest.mark.parametrize("then", [dict(epochs=5), dict(steps=24)])
def test_a_training_is_made_longer(path, first, then):
    options = dict(learning_rate=0.05, batch_size=8)
    cp.train(forward, params(), DATA, **options, **first, checkpoint=path)
    longer = cp.train(
        forward, params(), DATA, **options, **then, checkpoint=path, resume=True
    )
    the_same(cp.train(forward, params(), DATA, **options, **then), longer)


def test_early_stopping_remembers(path, monkeypatch):
    """The best parameters and the patience that is left lie in the checkpoint."""
    options = dict(learning_rate=0.3, batch_size=4, validation=0.3, patience=3)
    whole = cp.train(forward, params(), DATA, **options, epochs=300)
    assert "no lower validation loss" in whole.stopped
    with monkeypatch.context() as cut:
        cut_at(whole.steps - 3, cut)
        with pytest.raises(Cut):
            cp.train(
                forward, params(), DATA, **options, epochs=300,
                checkpoint=Checkpoints(path, None, 0),
            )  # fmt: skip
    options |= dict(epochs=300, checkpoint=path, resume=True)
    the_same(whole, cp.train(forward, params(), DATA, **options))


def dropping(x, t, W, v):
    kept = np.random.random((len(x), 4)) > 0.5  # noqa: NPY002
    return np.mean((np.tanh(x @ W) * kept @ v - t) ** 2)


@pytest.mark.parametrize("validation", [None, 0.25])
def test_random_draws_go_on_too(path, monkeypatch, validation):
    options = dict(learning_rate=0.05, batch_size=8, epochs=6, validation=validation)
    np.random.seed(3)  # noqa: NPY002
    whole = cp.train(dropping, params(), DATA, **options)
    np.random.seed(3)  # noqa: NPY002
    with monkeypatch.context() as cut, pytest.raises(Cut):
        cut_at(13, cut)
        often = Checkpoints(path, None, 0)
        cp.train(dropping, params(), DATA, **options, checkpoint=often)
    np.random.seed(4)  # noqa: NPY002
    resumed = cp.train(
        dropping, params(), DATA, **options, checkpoint=path, resume=True
    )
    the_same(whole, resumed)


def test_what_was_seen_of_the_layers_is_kept(path):
    options = dict(learning_rate=0.05, checkpoint=path)
    before = cp.train(forward, params(), DATA, **options, epochs=20).history
    after = cp.train(forward, params(), DATA, **options, epochs=40, resume=True).history
    count = len(before["observed_at"])
    assert after["observed_at"][:count].tolist() == before["observed_at"].tolist()
    for kind in ("weight_norm", "gradient_norm"):
        for name, values in before[kind].items():
            assert after[kind][name][:count].tolist() == values.tolist()


# --- how often ------------------------------------------------------------------------


def count_saves(monkeypatch):
    saved = []
    monkeypatch.setattr(
        Checkpoints, "save", lambda self, loop: _note(self, loop, saved)
    )
    return saved


def _note(checkpoints, loop, saved):
    saved.append(loop.step)
    checkpoints.last_step, checkpoints.last_epoch = loop.step, loop.epoch
    checkpoints.last_time = time.monotonic()


def test_every_few_epochs_and_at_the_end(path, monkeypatch):
    saved = count_saves(monkeypatch)
    cp.train(
        forward, params(), DATA, batch_size=8, epochs=7,
        checkpoint=Checkpoints(path, epochs=3, seconds=None),
    )  # fmt: skip
    assert saved == [15, 30, 35]


def test_by_the_clock_within_an_epoch(path, monkeypatch):
    saved = count_saves(monkeypatch)
    cp.train(
        forward, params(), DATA, batch_size=1, epochs=1,
        checkpoint=Checkpoints(path, seconds=0),
    )  # fmt: skip
    assert len(saved) == ROWS


def test_a_short_training_is_saved_once(path, monkeypatch):
    saved = count_saves(monkeypatch)
    cp.train(forward, params(), DATA, batch_size=8, epochs=3, checkpoint=path)
    assert saved == [15]


# --- what is refused ------------------------------------------------------------------


def test_what_is_there_is_not_overwritten(path):
    cp.train(forward, params(), DATA, epochs=1, checkpoint=path)
    before = Path(path).read_bytes()
    with pytest.raises(DataError, match="is there already: resume goes on from it"):
        cp.train(forward, params(), DATA, epochs=1, checkpoint=path)
    assert Path(path).read_bytes() == before


def test_no_checkpoint_yet_is_a_beginning(path):
    run = cp.train(forward, params(), DATA, epochs=3, checkpoint=path, resume=True)
    the_same(cp.train(forward, params(), DATA, epochs=3), run)


def wider(x, t, W, v):
    return np.mean((np.tanh(x @ W) @ v - t) ** 2 + 0.1)


OTHERS = {
    "learning_rate was 0.05 and is 0.1": dict(learning_rate=0.1),
    "batch_size was 8 and is 9": dict(batch_size=9),
    "optimizer was sgd and is momentum; momentum was not given and is 0.9": dict(
        optimizer="momentum"
    ),
    "seed was 0 and is 1": dict(seed=1),
    "clip_norm was not given and is 2.0": dict(clip_norm=2.0),
    "the network is not the same": dict(network=wider),
    "the data is not the same": dict(data={**DATA, "t": DATA["t"] + 1e-12}),
    "parameters was": dict(params={**params(), "v": np.ones(4, np.float32)}),
    r"l2 was \{\} and is \{'W': 0.1\}": dict(l2=0.1),
}


@pytest.mark.parametrize("says", OTHERS)
def test_another_training_is_refused(path, says):
    options = dict(learning_rate=0.05, batch_size=8, epochs=2, checkpoint=path)
    cp.train(forward, params(), DATA, **options)
    before = Path(path).read_bytes()
    options |= OTHERS[says]
    network = options.pop("network", forward)
    given = options.pop("params", params()), options.pop("data", DATA)
    with pytest.raises(DataError, match=f"of another training: .*{says}") as caught:
        cp.train(network, *given, **options, resume=True)
    assert "\n" not in str(caught.value)
    assert Path(path).read_bytes() == before


def test_what_is_no_checkpoint(path):
    def resumed():
        with pytest.raises(DataError) as caught:
            cp.train(forward, params(), DATA, epochs=1, checkpoint=path, resume=True)
        return str(caught.value)

    Path(path).write_bytes(b"nothing")
    assert resumed() == f"{path} is no .npz file, or is damaged"
    np.savez(path, W=np.ones(3))
    assert resumed() == f"{path} is no checkpoint of clearprop's, or is damaged"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("clearprop.json", json.dumps({"format": "clearprop weights"}))
    assert resumed() == f"{path} is no checkpoint: it is a clearprop weights"
    with pytest.raises(DataError, match="there is no folder nowhere"):
        cp.train(forward, params(), DATA, epochs=1, checkpoint="nowhere/run.npz")
    with pytest.raises(ClearpropError, match="resume=True needs the checkpoint"):
        cp.train(forward, params(), DATA, epochs=1, resume=True)
    for bad in (dict(epochs=0), dict(seconds=-1.0), dict(seconds=float("nan"))):
        with pytest.raises(ClearpropError, match="can't be: give"):
            Checkpoints(path, **bad)


# --- kill -9 --------------------------------------------------------------------------

PROGRAM = """\
import sys, time
import numpy as np
import clearprop as cp
from clearprop.training.checkpoint import Checkpoints
from clearprop.training.loop import Loop

path, slow, engine = sys.argv[1], sys.argv[2] == "slow", sys.argv[3]
rng = np.random.default_rng(0)
x, t = rng.normal(size=(200, 5)), rng.normal(size=200)
params = {"W": rng.normal(size=(5, 6)), "v": rng.normal(size=6)}

def forward(x, t, W, v):
    return np.mean((np.tanh(x @ W) @ v - t) ** 2)

if slow:
    advance = Loop._advance
    def slowly(self, *args):
        print("training", flush=True)
        time.sleep(0.002)
        return advance(self, *args)
    Loop._advance = slowly
run = cp.train(forward, params, {"x": x, "t": t}, learning_rate=0.05, epochs=4,
               batch_size=8, optimizer="adam", checkpoint=Checkpoints(path, None, 0),
               resume=True, engine=engine)
np.savez(path + ".done", loss=run.history["loss"], **run.params)
"""


def start(program, path, how, engine):
    env = {**os.environ, "PYTHONPATH": str(Path(cp.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, str(program), path, how, engine],
        env=env,
        stdout=subprocess.PIPE,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_killed_at_random_moments(tmp_path, engine):
    """Each run is killed a random while after it began to train, the last one ends."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    rng = np.random.default_rng()
    path, kills = str(tmp_path / "killed.npz"), 0
    for _ in range(2):
        process = start(program, path, "slow", engine)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.3))
        kills += process.poll() is None
        process.kill()
        process.communicate()
    assert kills
    assert start(program, path, "to the end", engine).wait() == 0
    straight = str(tmp_path / "straight.npz")
    assert start(program, straight, "to the end", engine).wait() == 0
    with np.load(path + ".done.npz") as one, np.load(straight + ".done.npz") as other:
        for name in ("loss", "W", "v"):
            np.testing.assert_array_equal(one[name], other[name])
    assert not list(tmp_path.glob("*.tmp"))
