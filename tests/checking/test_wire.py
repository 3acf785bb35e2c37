"""A run that went out as JSON and came back is judged as it was here."""

import base64
import json
import random
from pathlib import Path

import numpy as np
import pytest

from clearprop.checking import checker
from clearprop.checking.marks import Thing
from clearprop.checking.need import Edit
from clearprop.checking.observe import observe
from clearprop.checking.reading import Reading
from clearprop.checking.wire import packed, unpacked
from clearprop.checking.wire_answers import packed_edits, unpacked_edits
from clearprop.checking.wire_graph import NODES
from clearprop.checking.wire_values import (
    LARGEST,
    Named,
    Packer,
    Refused,
    Unpacker,
)
from clearprop.graph import evaluate
from clearprop.trace.source import read

HERE = Path(__file__).parent
SOME = (
    "right/loop_trask_11_lines right/loop_planar_columns right/loop_adam_params_list "
    "right/class_nielsen_network right/loop_inverted_dropout right/loop_min_char_rnn "
    "right/loop_embedding_bag_classifier right/class_lstm_network_steps "
    "wrong/xor_bias_without_axis wrong/cs231n_hinge_half_the_reg "
    "wrong/embedding_repeated_rows wrong/attention_softmax_backward"
).split()

WRONG = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(3):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dW1 = X.T @ dh
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""
RIGHT = WRONG.replace("X.T @ dh", "X.T @ (dh * (1 - h**2))")
SELECTING = """\
import numpy as np
rng = np.random.default_rng(0)
X, w = rng.normal(size=(9, 3)), rng.normal(size=3)
for step in range(3):
    z = X @ w
    chosen = z[z > 0]
    loss = np.sum(chosen ** 2) / len(chosen)
    dz = np.zeros_like(z)
    dz[z > 0] = 2 * chosen / len(chosen)
    w -= 0.1 * X.T @ dz
"""


def program(folder, text):
    path = folder / "program.py"
    path.write_text(text)
    return read(str(path))


def sent(observed):
    return json.loads(json.dumps(packed(observed)))


def verdicts(observed, seed=3):
    return [
        (one.candidate.text, [o.right for o in one.judgement.outcomes])
        for one in checker.judgements(Reading(observed), seed)
    ]


@pytest.mark.parametrize("name", SOME)
def test_the_same_verdict_on_what_came_back(name):
    source = read(str(HERE / f"{name}.py"))
    observed = observe(source)
    again = unpacked(sent(observed), source)
    assert verdicts(again) == verdicts(observed)


def test_the_same_numbers_at_the_program_s_own_inputs(tmp_path):
    source = program(tmp_path, RIGHT)
    observed = observe(source)
    again = unpacked(sent(observed), source)
    for one, other in zip(observed.log, again.log, strict=True):
        assert (one.line, one.place, one.function) == (
            other.line, other.place, other.function,
        )  # fmt: skip
        a = evaluate([one.node], {m.node: m.value for m in observed.made})[0]
        b = evaluate([other.node], {m.node: m.value for m in again.made})[0]
        np.testing.assert_array_equal(a, b)


def test_a_count_that_the_data_decides_stays_one(tmp_path):
    source = program(tmp_path, SELECTING)
    observed = observe(source)
    again = unpacked(sent(observed), source)
    (before,), (after,) = verdicts(observed)[:1], verdicts(again)[:1]
    assert before == after


def test_marks_and_scopes_come_along(tmp_path):
    source = program(tmp_path, WRONG)

    def wanted(statement):
        return 9 <= statement.lineno <= 12

    observed = observe(source, wanted=wanted)
    again = unpacked(sent(observed), source, wanted=wanted)
    assert [s.statement.lineno for s in again.sites] == [9, 10, 11, 12]
    assert [(m.site, m.turn, m.item, m.node.index) for m in again.marks.marked] == [
        (m.site, m.turn, m.item, m.node.index) for m in observed.marks.marked
    ]
    scope, old = again.marks.scopes[3, 0], observed.marks.scopes[3, 0]
    assert scope["dh"].shape == old["dh"].shape == (5, 4)
    assert scope["np"] == Named("module", "numpy")


def test_labels_of_objects_are_told_apart_where_the_objects_are(tmp_path):
    text = (
        "import numpy as np\n"
        "class Layer:\n"
        "    def __init__(self, n):\n"
        "        self.W = np.random.randn(n, 2)\n"
        "layers = [Layer(3), Layer(2)]\n"
        "x = np.random.randn(4, 3)\n"
        "loss = np.sum((x @ layers[0].W @ layers[1].W) ** 2)\n"
    )
    source = program(tmp_path, text)
    again = unpacked(sent(observe(source)), source)
    labels = {m.label for m in again.made}
    assert {"layers[0].W", "layers[1].W"} <= labels


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("np.dot(X, X)", ValueError, "not aligned"),
        ("{}['W1']", KeyError, "W1"),
        ("W3 + 1", NameError, "W3"),
        ("open('data.csv')", FileNotFoundError, "data.csv"),
        ("int('seven')", ValueError, "seven"),
        ("b'\\xff'.decode('utf-8')", ValueError, "invalid start byte"),
        ("1 / 0", ZeroDivisionError, "division"),
    ],
)
def test_what_a_program_raises_is_raised_again(tmp_path, line, kind, said):
    source = program(tmp_path, f"import numpy as np\nX = np.ones((2, 3))\n{line}\n")
    again = unpacked(sent(observe(source)), source)
    assert isinstance(again.problem, kind)
    assert said in str(again.problem)
    assert again.line == 3


# -- values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, -0.0, float("inf"), "text", (1, (2.5, None)), [1, [2]],
        {"a": 1, 2: (3,)}, np.dtype("f4"), Named("function", "sigmoid"),
        np.arange(6.0).reshape(2, 3), np.float32(1.5), np.array([True, False]),
        np.array(True), np.float64(2.5),
        np.zeros((0, 3)), np.arange(4, dtype=">i4"),
    ],
)  # fmt: skip
def test_values_come_back_as_they_were(value):
    packer = Packer()
    form = json.loads(json.dumps(packer.value(value)))
    back = Unpacker({"arrays": packer.arrays, "things": []}).value(form)
    if isinstance(value, np.ndarray | np.generic):
        assert type(back) is np.ndarray and back.dtype == value.dtype.newbyteorder("=")
        np.testing.assert_array_equal(back, value)
    else:
        assert type(back) is type(value) and repr(back) == repr(value)


def test_edits_come_back_as_they_were_and_their_numbers_are_numbers():
    edit = Edit("w = 2 * g", "g", "2 * g", "scale", "twice", 1.2, "slope", 0.5)
    [form] = json.loads(json.dumps(packed_edits([edit])))
    assert unpacked_edits([form]) == [edit]
    for number in (None, True, "1", float("nan")):
        with pytest.raises(Refused):
            unpacked_edits([[*form[:-1], number]])


class Loose(np.float64):
    def __eq__(self, other):
        return True

    __hash__ = np.float64.__hash__


def test_a_number_that_equals_everything_comes_back_as_a_number():
    packer = Packer()
    form = packer.value(Loose(2.0))
    back = Unpacker({"arrays": packer.arrays, "things": []}).value(form)
    assert type(back) is np.ndarray and back != 3.0


def test_objects_that_hold_each_other_come_back():
    first, second = Thing(dict, {}), Thing(list, {})
    first.parts["other"], second.parts["other"] = second, first
    packer = Packer()
    form = packer.value(first)
    values = Unpacker({"arrays": [], "things": packer.things})
    values.finish_things()
    back = values.value(form)
    assert back.parts["other"].parts["other"] is back


@pytest.mark.parametrize(
    "form",
    [
        {"node": 0}, {"array": 0}, {"array": -1}, {"thing": 0}, {"object": 1}, {},
        {"dtype": "O"}, {"dtype": "|V8"}, {"dtype": "<f16"}, {"size": [[1, [[0, 1]]]]},
        {"named": ["function", "\x1b[2J"]}, {"dict": [["a"]]}, 2**70,
    ],
)  # fmt: skip
def test_other_forms_are_refused(form):
    with pytest.raises(Refused):
        Unpacker({"arrays": [], "things": []}).value(form)


@pytest.mark.parametrize(
    "array",
    [
        ["<f8", [LARGEST + 1], ""],
        ["<f8", [2], base64.b64encode(bytes(8)).decode()],
        ["<f8", [-1], ""],
        ["<f8", [1], "%%%"],
        ["O", [1], base64.b64encode(bytes(8)).decode()],
        ["<f8", [1] * 40, base64.b64encode(bytes(8)).decode()],
    ],
)
def test_forged_arrays_are_refused(array):
    with pytest.raises(Refused):
        Unpacker({"arrays": [array], "things": []})


# -- forged graphs ---------------------------------------------------------------------

NUMBER = ["const", [], [["value", 1.0]]]


def forged(*nodes):
    return {
        "graph": {"nodes": list(nodes), "ties": []}, "arrays": [], "things": [],
        "made": [], "log": [], "lines": [0] * len(nodes), "guards": [], "kept": [],
        "asked": [], "lost": [], "marked": [], "scopes": [], "problem": None,
        "line": 0, "frames": [], "stopped": True, "seconds": 0.0,
    }  # fmt: skip


def spread(*dims):
    return ["broadcast", [0], [["dims", list(dims)]]]


@pytest.mark.parametrize(
    "nodes",
    [
        [["no such operation", [], []]],
        [NUMBER, ["exp", [1], []]],  # its own input
        [NUMBER, ["exp", [7], []]],
        [NUMBER, spread(10**9)],
        [NUMBER, spread(10**6, 10**6)],
        [NUMBER, spread(-1)],
        [NUMBER, spread(2), spread(3), ["add", [1, 2], []]],
        [NUMBER, ["reshape", [0], [["dims", [5]]]]],
        [["eye", [], [["rows", 10**6], ["columns", 10**6], ["k", 0]]]],
        [["arange", [], [["start", 0], ["stop", 10**12], ["step", 1]]]],
        [NUMBER, *[spread(LARGEST)] * 20],  # each is allowed, together they aren't
        [["input", [], [["label", "x"]]]],  # nobody gave it
        [["const", [], [["value", "text"]]]],
        [["random", [], [["value", 1.0]]]],
        [NUMBER, ["exp", [0], [["out", 3]]]],
        [NUMBER] * (NODES + 1),
    ],
)
def test_forged_graphs_are_refused_before_anything_is_computed(tmp_path, nodes):
    source = program(tmp_path, RIGHT)
    with pytest.raises(Refused):
        unpacked(forged(*nodes), source)


def test_products_that_would_take_hours_are_refused(tmp_path):
    source = program(tmp_path, RIGHT)
    wide = spread(2000, 2000)
    products = [["matmul", [1, 1], []] for _ in range(10)]
    with pytest.raises(Refused):
        unpacked(forged(NUMBER, wide, *products), source)


def mutated(data, rng):
    """The same with one place of it changed, wherever that is."""
    holder, key, value = None, None, data
    while isinstance(value, dict | list) and value:
        if holder is not None and rng.random() < 0.15:
            break
        holder = value
        key = (
            rng.choice(list(value))
            if type(value) is dict
            else rng.randrange(len(value))
        )
        value = holder[key]
    deed = rng.randrange(4)
    if deed == 0 and type(holder) is list:
        del holder[key]
    elif deed == 1 and type(value) in (int, float):
        holder[key] = rng.choice([value + 1, -value, value * 10**6, 0, 1.5, 10**30])
    elif deed == 2 and type(holder) is list:
        holder.insert(key, rng.choice(holder))
    else:
        strange = [None, True, "", "x", -1, 0, 3, 1e308, [], {}, {"node": 1}, "\x1b["]
        holder[key] = rng.choice(strange)


@pytest.mark.parametrize("marking", [False, True])
def test_500_mutations_end_in_a_refusal_or_in_a_run(tmp_path, marking):
    source = program(tmp_path, WRONG)
    wanted = (lambda s: 9 <= s.lineno <= 12) if marking else None
    whole = json.dumps(packed(observe(source, wanted=wanted)))
    rng = random.Random(5)
    for _ in range(250):
        data = json.loads(whole)
        mutated(data, rng)
        if rng.random() < 0.3:
            mutated(data, rng)
        try:
            again = unpacked(data, source, wanted=wanted)
        except Refused:
            continue
        if wanted is None and len(again.log):
            judged_wrong_or_not_at_all(again, json.dumps(data) == whole)


def judged_wrong_or_not_at_all(observed, unchanged):
    """One changed place doesn't make a wrong program right."""
    try:
        judged = checker.judgements(Reading(observed), 1)
    except Exception:  # what ``check_untrusted`` calls undecided
        return
    updated = {o.of for j in judged for o in j.judgement.outcomes}
    if len(updated) > 1:
        assert unchanged or not all(j.judgement.whole for j in judged)
