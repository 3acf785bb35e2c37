"""Weights come back as they went, with what predicts; and nothing is half-written."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clearprop.errors import DataError
from clearprop.training import archive
from clearprop.training.data import Preparation, read_data
from clearprop.training.weights import load_weights, save_weights

SOURCE = """\
import numpy as np


def predict(x, W, b):
    return np.tanh(x @ W + b)
"""
PARAMS = {"W": np.arange(6.0).reshape(3, 2), "b": np.array([0.5, -0.0])}


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return "weights.npz"


def the_same(a, b):
    """Equal in every bit, every type and every level."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(the_same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(the_same, a, b))
    if isinstance(a, np.ndarray | np.generic):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return (str(a), type(a)) == (str(b), type(b))


arrays = hnp.arrays(
    st.sampled_from(["f4", "f8", ">f8", "i8", "?"]), hnp.array_shapes(min_dims=0)
)
leaves = arrays | st.floats() | st.booleans() | st.just(np.float32(0.1))
keys = st.text(max_size=5) | st.integers(0, 9)
nested = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(params=nested)
def test_every_nesting_comes_back(tmp_path_factory, params):
    path = str(tmp_path_factory.mktemp("w") / "weights.npz")
    save_weights(path, params)
    assert the_same(load_weights(path).params, params)


def test_numpy_reads_it_alone(path):
    save_weights(path, {"layers": [PARAMS]}, source=SOURCE, predict="predict")
    with np.load(path, allow_pickle=False) as held:
        assert held["layers.0.W"].tolist() == PARAMS["W"].tolist()
        assert held["network.py"].decode() == SOURCE


def test_prediction_needs_nothing_but_the_file(path):
    table = read_data(np.array([[1.0, 2, 3], [3, 2, 2]]))
    made = Preparation.of(table, scale="minmax")
    save_weights(path, PARAMS, source=SOURCE, predict="predict", preparation=made)
    found = load_weights(path)
    predict = found.function()
    np.testing.assert_array_equal(
        predict(found.preparation.features(table), **found.params),
        np.tanh(np.array([[0, 0, 1], [1, 0, 0]]) @ PARAMS["W"] + PARAMS["b"]),
    )


def test_reading_runs_nothing(path):
    save_weights(path, PARAMS, source="raise SystemExit(3)", predict="predict")
    assert load_weights(path).source == "raise SystemExit(3)"
    with pytest.raises(DataError, match="the network's source ends the program"):
        load_weights(path).function()


def test_the_same_weights_are_the_same_file(path):
    save_weights(path, PARAMS, source=SOURCE)
    save_weights("again.npz", PARAMS, source=SOURCE)
    with open(path, "rb") as one, open("again.npz", "rb") as other:
        assert one.read() == other.read()


# --- what is there when something fails -----------------------------------------------


def test_a_failure_leaves_the_old_file(path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    save_weights(path, PARAMS)
    with monkeypatch.context() as disk:
        disk.setattr(np.lib.format, "write_array", full)
        with pytest.raises(DataError, match="can't be written: No space left on dev"):
            save_weights(path, {"W": np.zeros(3)})
    assert the_same(load_weights(path).params, PARAMS)
    assert os.listdir() == [path]


def test_an_interruption_leaves_the_old_file(path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    save_weights(path, PARAMS)
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_weights(path, {"W": np.zeros(3)})
    assert the_same(load_weights(path).params, PARAMS)
    assert os.listdir() == [path]


def test_what_can_not_be_saved(path):
    for params, says in (
        ({"W": np.array([{}])}, "W of type ndarray can't be saved"),
        ({"a": {"b": "text"}}, "a.b of type str can't be saved"),
        ({(1, 2): 1.0}, r"the key \(1, 2\) can't be saved"),
    ):
        with pytest.raises(DataError, match=says):
            save_weights(path, params)
    with pytest.raises(DataError, match="there is no folder nowhere"):
        save_weights("nowhere/w.npz", PARAMS)
    os.mkdir("folder")
    with pytest.raises(DataError, match="folder is a folder"):
        save_weights("folder", PARAMS)
    assert os.listdir() == ["folder"]


# --- files that hold no weights -------------------------------------------------------


def test_a_foreign_archive(path):
    np.savez(path, W=np.zeros(3))
    with pytest.raises(DataError, match=r"weights.npz holds no weights of clearprop's"):
        load_weights(path)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"text", b"\x93NUMPY" * 30])
def test_no_archive_at_all(path, content):
    with open(path, "wb") as file:
        file.write(content)
    with pytest.raises(DataError, match=r"weights.npz is no .npz file, or is damaged"):
        load_weights(path)


def test_every_cut_and_every_flipped_byte_is_noticed_or_harmless(path):
    """Cut short it can't be read; with a byte changed it is refused or reads equal."""
    save_weights(path, PARAMS, source=SOURCE, predict="predict")
    with open(path, "rb") as file:
        whole = file.read()
    wanted = load_weights(path)
    rng = np.random.default_rng(0)
    for cut in rng.integers(0, len(whole), 40):
        with open(path, "wb") as file:
            file.write(whole[:cut])
        with pytest.raises(DataError):
            load_weights(path)
    for at in rng.integers(0, len(whole), 200):
        with open(path, "wb") as file:
            file.write(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = load_weights(path)
        except DataError as error:
            assert "\n" not in str(error)
        else:
            assert found.source in (wanted.source, "")
            assert the_same(found.params, wanted.params)


def written(path, arrays, about):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("clearprop.json", about)
        for name, content in arrays.items():
            file.writestr(f"{name}.npy", content)


def test_an_array_that_promises_more_than_there_is(path):
    """Memory is taken for what is there, not for what a header says."""
    head = io.BytesIO()
    huge = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(head, huge)
    written(path, {"W": head.getvalue() + bytes(8)}, "{}")
    with pytest.raises(DataError, match="is damaged"):
        load_weights(path)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ("[]", "makes no sense"),
        ("{", "makes no sense"),
        (json.dumps({"format": "clearprop checkpoint"}), "it is a clearprop checkp"),
        (json.dumps({"format": "clearprop weights", "version": 9}), "newer clearprop"),
        (
            json.dumps(
                {
                    "format": "clearprop weights",
                    "version": 1,
                    "params": {"array": "gone"},
                    "predict": "",
                    "preparation": None,
                }
            ),
            "makes no sense",
        ),
    ],
)
def test_weights_that_were_tampered_with(path, about, says):
    written(path, {}, about)
    with pytest.raises(DataError, match=says):
        load_weights(path)


def test_objects_are_never_unpickled(path):
    class Bad:
        def __reduce__(self):
            return os.mkdir, ("pickled",)

    held = io.BytesIO()
    np.save(held, np.array([Bad()], object), allow_pickle=True)
    written(path, {"W": held.getvalue()}, "{}")
    with pytest.raises(DataError, match="is damaged"):
        archive.read_archive(path)
    assert os.listdir() == [path]
