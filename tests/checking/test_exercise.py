"""Exercises: the golden folders are what a class gets, and every key is proved.

``UPDATE_GOLDEN=1 pytest tests/checking/test_exercise.py`` writes the folders in
tests/golden/exercises again; read them as a student would before you keep them.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clearprop.checking.checker import check
from clearprop.checking.exercise.about import paragraphs
from clearprop.checking.exercise.folder import write_folder
from clearprop.checking.exercise.forward import read_forward
from clearprop.checking.exercise.maker import Wish, make
from clearprop.checking.exercise.numbers import deal
from clearprop.checking.exercise.sheet import answers, sheet
from clearprop.checking.exercise.spell import spelled
from clearprop.checking.exercise.students import students
from clearprop.checking.mending import patched
from clearprop.errors import ClearpropError

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "golden" / "exercises"
CASES = {
    "tutorial": ("tutorial.py", None, Wish()),
    "tutorial_output": ("tutorial.py", None, Wish(blanks="output", seed=7)),
    "two_one_one": ("two_one_one.py", None, Wish(blanks="4")),
    "two_neuron_chain": ("two_neuron_chain.py", None, Wish(update="inplace")),
    "softmax_classifier": ("softmax_classifier.py", "loss", Wish(blanks="hidden")),
    "tutorial_notebook": ("tutorial.py", None, Wish(notebook=True)),
}
PROGRAMS = [
    ("tutorial.py", None),
    ("two_one_one.py", None),
    ("two_neuron_chain.py", None),
    ("two_neuron_chain.py", "chain"),
    ("softmax_classifier.py", "loss"),
    ("batch_norm.py", "loss"),
    ("lstm_cell.py", "loss"),
    ("tutorial_by_hand.py", None),
]


def forward(file, function=None, **options):
    return read_forward(str(EXAMPLES / file), function, **options)


def made(name):
    file, function, wish = CASES[name]
    return make(forward(file, function), wish)


def script(tmp_path, text):
    path = tmp_path / "net.py"
    path.write_text("import numpy as np\n" + text)
    return str(path)


def run(path):
    return subprocess.run(
        [sys.executable, path], capture_output=True, text=True, timeout=60
    )


def scope_of(text):
    scope = {}
    exec(compile(text, "key", "exec"), scope)
    return scope


# -- the golden folders ----------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_made_as_in_the_golden_folder(name):
    files, folder = made(name), GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text)
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    for file, text in files.items():
        kept = (folder / file).read_text()
        if file == "key.json":  # the last digit is the processor's
            same_numbers(json.loads(text), json.loads(kept))
        else:
            assert text == kept


def same_numbers(a, b):
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            same_numbers(a[key], b[key])
    elif isinstance(a, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same_numbers(x, y)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-12)
    else:
        assert a == b


# -- the key ---------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "function"), PROGRAMS)
@pytest.mark.parametrize("seed", [3, 11])
def test_the_key_is_the_slope_of_the_student_s_own_forward_pass(file, function, seed):
    given = forward(file, function)
    files = make(given, Wish(seed=seed, update="none"))
    key = ast.parse(files["key.py"])
    scope = scope_of(files["key.py"])
    for item in sheet(given, update="none").items:
        if item.parameter:
            slopes = central_differences(key, given.loss, item.parameter, scope)
            found = np.asarray(scope[item.name])
            assert found.shape == np.shape(scope[item.parameter])
            np.testing.assert_allclose(found, slopes, rtol=2e-5, atol=2e-8)


def central_differences(key, loss, name, scope, step=1e-5):
    """The key run again with one entry of one number moved to both sides."""
    at = next(
        i
        for i, s in enumerate(key.body)
        if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == name
    )
    before = compile(ast.Module(key.body[: at + 1], []), "key", "exec")
    after = compile(ast.Module(key.body[at + 1 :], []), "key", "exec")
    value = np.asarray(scope[name], float)
    slopes = np.zeros(value.shape)
    for index in np.ndindex(value.shape):
        found = []
        for sign in (1, -1):
            moved, again = value.copy(), {}
            moved[index] += sign * step
            exec(before, again)
            again[name] = moved if moved.ndim else float(moved)
            exec(after, again)
            found.append(again[loss])
        slopes[index] = (found[0] - found[1]) / (2 * step)
    return slopes


def test_key_json_holds_what_each_student_should_find():
    files = make(forward("tutorial.py"), Wish(students="3", blanks="3"))
    key = json.loads(files["key.json"])
    assert [s["file"] for s in key["students"]] == [
        "tutorial_01.py",
        "tutorial_02.py",
        "tutorial_03.py",
    ]
    source = files["key.py"]
    for student in key["students"]:
        filled = with_numbers_of(source, files[student["file"]])
        scope = scope_of(filled)
        assert [a["variable"] for a in student["answers"]] == [
            "doutput",
            "doutput_layer_input",
            "dweights_hidden_output",
        ]
        for answer in student["answers"]:
            assert list(np.shape(scope[answer["variable"]])) == answer["shape"]
            np.testing.assert_allclose(scope[answer["variable"]], answer["value"])


def with_numbers_of(key, paper):
    """The key with the numbers that stand in a student's file."""
    theirs = {
        ast.unparse(s.targets[0]): s.value
        for s in ast.parse(paper).body
        if isinstance(s, ast.Assign)
    }
    tree = ast.parse(key)
    for s in tree.body:
        name = ast.unparse(s.targets[0]) if isinstance(s, ast.Assign) else ""
        if name in ("x", "target", "weights_input_hidden", "weights_hidden_output"):
            s.value = theirs[name]
    return ast.unparse(tree)


@pytest.mark.parametrize("name", [n for n in CASES if n != "tutorial_notebook"])
def test_the_checker_finds_every_key_right(name):
    report = check(GOLDEN / name / "key.py")
    assert report.verdict == "right", report
    assert all(claim.status == "right" for claim in report.claims)


@pytest.mark.parametrize("name", [n for n in CASES if n != "tutorial_notebook"])
def test_the_checker_finds_every_blank_and_what_belongs_there(name, tmp_path):
    paper = next(p for p in (GOLDEN / name).glob("*_seed*.py"))
    report = check(paper)
    assert report.verdict == "wrong"
    assert {finding.mistake for finding in report.findings} == {"blank"}
    changes = [c for finding in report.findings for c in finding.changes]
    filled = tmp_path / paper.name
    filled.write_text(patched(paper.read_text(), changes))
    assert check(filled).verdict == "right"


def test_what_belongs_in_a_blank_is_said_as_in_a_lecture():
    report = check(GOLDEN / "two_neuron_chain" / "two_neuron_chain_seed1.py")
    assert {f.variable: f.suggestion for f in report.findings} == {
        "dout": "out - target",
        "dw2": "dout * s2",
        "ds2": "dout * w2",
        "ds2_in": "ds2 * s2 * (1 - s2)",
        "dw1": "ds2_in * s1",
        "ds1": "ds2_in * w1",
        "dw0": "ds1 * s1 * (1 - s1) * s0",
    }
    assert report.findings[3].expected == "dL/d (w1 * s1)"


# -- the student's file ----------------------------------------------------------------


@pytest.mark.parametrize("blanks", ["all", "output", "hidden", "1", "dw2"])
def test_an_unfilled_exercise_ends_with_a_kind_word(tmp_path, blanks):
    wish = Wish(blanks=blanks, update="inplace")
    files = make(forward("two_neuron_chain.py"), wish)
    path = tmp_path / "two_neuron_chain_seed1.py"
    path.write_text(files[path.name])
    ended = run(path)
    assert "loss: " in ended.stdout
    assert ended.stderr.startswith("Still to do: d")
    assert "Traceback" not in ended.stderr


def test_a_filled_exercise_is_the_key(tmp_path):
    files = make(forward("tutorial.py"), Wish())
    paper, key = files["tutorial_seed1.py"], files["key.py"]
    blank = [line for line in paper.splitlines() if line.endswith(" = None")]
    assert len(blank) == 8
    for line in blank:
        name = line.partition(" = ")[0]
        code = next(
            ast.get_source_segment(key, s)
            for s in ast.parse(key).body
            if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == name
        )
        paper = paper.replace(line, code)
    (tmp_path / "paper.py").write_text(paper)
    (tmp_path / "key.py").write_text(key)
    mine, theirs = run(tmp_path / "paper.py"), run(tmp_path / "key.py")
    assert mine.stdout == theirs.stdout
    assert mine.returncode == 0


def test_what_the_teacher_tried_is_not_handed_out():
    """A backward pass below the loss, and remarks that give it away, are left out."""
    paper = make(forward("two_one_one.py"), Wish())["two_one_one_seed1.py"]
    assert "output_error_term" not in paper
    assert "step_hidden_output" not in paper
    assert "error = target - output" in paper
    assert paragraphs("Nice.\n\nRun:\n\n    clearprop derive net.py\n") == ["Nice."]


def test_the_user_s_comments_stay():
    paper = make(forward("tutorial.py"), Wish())["tutorial_seed1.py"]
    assert "# A column for each hidden unit, a row for each input.\nweights" in paper


def test_unneeded_lines_are_left_out(tmp_path):
    path = script(
        tmp_path,
        "rng = np.random.default_rng(0)\nunused = 3\nW = rng.normal(size=(2, 2))\n"
        "x = np.array([1.0, 2.0])  # two\nh = np.tanh(W @ x)\nprint('h', h)\n"
        "loss = np.sum(h ** 2)\n",
    )
    paper = make(read_forward(path), Wish())["net_seed1.py"]
    assert "rng" not in paper
    assert "unused" not in paper
    assert "# two" in paper
    assert "print('h', h)" in paper


def test_of_a_training_loop_one_step_is_taken(tmp_path):
    path = script(
        tmp_path,
        "x, w, b = np.array([1.0, 2.0]), np.array([0.5, -0.5]), 0.0\n"
        "lr = 0.1\nfor epoch in range(100):\n    # what goes in\n"
        "    z = np.dot(w, x) + b\n    if epoch >= 0:\n"
        "        loss = 0.5 * (np.tanh(z) - 0.5) ** 2\n"
        "    w = w - lr * x\n    b = b - lr\n",
    )
    paper = make(read_forward(path), Wish(update="inplace"))["net_seed1.py"]
    assert (
        "\n# Forward pass\n# what goes in\nz = np.dot(w, x) + b\n"
        "loss = 0.5 * (np.tanh(z) - 0.5) ** 2\n" in paper
    )
    assert "\nlr = 0.1\n" in paper
    assert "b -= lr * db\nw -= lr * dw\n" in paper
    assert "epoch" not in paper


def test_a_loss_that_is_only_implied_gets_a_line(tmp_path):
    path = script(
        tmp_path,
        "x = np.array([0.3, 0.4])\nw = np.array([0.5, -0.2])\ntarget = 0.6\n"
        "output = np.tanh(np.dot(x, w))\nerror = target - output\n",
    )
    given = read_forward(path)
    paper = make(given, Wish())["net_seed1.py"]
    assert "error = target - output\nloss = 0.5 * error ** 2\n" in paper
    assert given.expression == "0.5 * error ** 2"


def test_numpy_is_imported_where_only_the_backward_pass_needs_it(tmp_path):
    path = tmp_path / "plain.py"
    path.write_text(
        "import math\nimport numpy\nx = numpy.array([0.3, 0.4])\n"
        "w = numpy.array([0.5, -0.2])\nanswers = numpy.dot(x, w)\n"
        "loss = answers ** 2 + numpy.sum(w[:1])\n"
    )
    files = make(read_forward(str(path), wrt=["w"]), Wish())
    assert "import numpy as np\n" in files["key.py"]
    assert "total_answers = [" in files["plain_seed1.py"]
    scope_of(files["key.py"])


# -- numbers ---------------------------------------------------------------------------


def test_numbers_keep_their_structure(tmp_path):
    path = script(
        tmp_path,
        "X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])\n"
        "T = np.array([[0, 1], [1, 0], [1, 0], [0, 1]])\n"
        "P = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1], [0.3, 0.7]])\n"
        "spread = np.array([1.5, 2.5])\nbias = np.zeros(2)\nW = np.ones((2, 2)) * -1\n"
        "h = np.maximum(0, X @ W + bias) / spread\n"
        "loss = np.mean((h - T) ** 2) + np.mean((h - P) ** 2)\n",
    )
    given = read_forward(path, wrt=["W", "bias"])
    for seed in "abc":
        dealt = deal(given.numbers, given.backward, seed)
        X, T, P = dealt["X"], dealt["T"], dealt["P"]
        assert sorted(X.tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert np.array_equal(T[:, 0], X.sum(axis=1) == 1)  # still exclusive or
        np.testing.assert_allclose(P.sum(axis=1), 1)
        assert (P > 0).all()
        assert (dealt["spread"] > 0).all()
        assert (np.abs(dealt["bias"]) >= 0.05).all()
        for value in dealt.values():
            assert np.array_equal(np.round(value, 2), value)


def test_labels_stay_in_range_and_relus_are_on_and_off():
    given = forward("softmax_classifier.py", "loss")
    for seed in "abcd":
        dealt = deal(given.numbers, given.backward, seed)
        assert sorted(dealt["y"]) == [0, 0, 0, 1, 1, 1, 2, 2]
        found = np.maximum(0, dealt["X"] @ dealt["W1"] + dealt["b1"])
        assert (found == 0).any()
        assert (found > 0).any()


def test_a_student_s_numbers_are_theirs_whoever_else_comes(tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("Anna\nBo Ek\nÇağla Öztürk\nAnna\n")
    given = forward("tutorial.py")
    four = make(given, Wish(students=str(names)))
    names.write_text("Bo Ek\nAnna\n")
    two = make(given, Wish(students=str(names)))
    papers = [name for name in four if name.startswith("tutorial_")]
    assert papers == [
        "tutorial_anna.py",
        "tutorial_bo_ek.py",
        "tutorial_cagla_ozturk.py",
        "tutorial_anna_2.py",
    ]
    assert two["tutorial_anna.py"] == four["tutorial_anna.py"]
    assert four["tutorial_anna.py"] != four["tutorial_anna_2.py"]
    assert "for Çağla Öztürk" in four["tutorial_cagla_ozturk.py"]


@pytest.mark.parametrize(
    "value",
    [0.5, 3, np.array([0.5, -0.25]), np.arange(40), np.eye(3), np.ones((2, 2, 2)),
     np.linspace(0, 1, 40).round(2).reshape(2, 20), np.ones((2, 2), np.float32)],
)  # fmt: skip
def test_arrays_are_spelled_as_they_are(value):
    text = spelled("a", value)
    read = eval(text, {"np": np})
    assert np.array_equal(read, value)
    assert np.asarray(read).dtype == np.asarray(value).dtype
    assert max(map(len, f"a = {text}".splitlines())) <= 88
    listed = spelled("a", value, as_list=True)
    assert np.array_equal(eval(listed), value)


# -- the spec --------------------------------------------------------------------------


def test_the_spec_says_what_is_graded():
    files = make(forward("tutorial.py"), Wish(points=2, hint=1))
    spec = json.loads(files["exercise.json"])
    assert spec["loss"] == "0.5 * (target - output) ** 2"
    assert spec["points"] == 16
    assert spec["hint"] == 1
    assert spec["claims"][-1] == (
        "delta_weights_input_hidden = -learnrate * dL/d weights_input_hidden"
    )
    paper = files["tutorial_seed1.py"]
    for claim in spec["claims"]:
        assert f"# clearprop: {claim}\n" in paper


# -- notebooks -------------------------------------------------------------------------


def test_a_notebook_has_the_structure_of_nbformat_4():
    wish = Wish(notebook=True, blanks="output", formulas=False)
    text = make(forward("tutorial.py"), wish)["tutorial_seed1.ipynb"]
    book = json.loads(text)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    for cell in book["cells"]:
        assert all(line.endswith("\n") for line in cell["source"][:-1])
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            ast.parse("".join(cell["source"]))
        else:
            assert set(cell) == {"cell_type", "id", "metadata", "source"}
    assert 'cp.check("tutorial_seed1.ipynb")' in "".join(book["cells"][-1]["source"])
    assert r"\left(1 - " not in text.replace(r"\\", "\\")  # no formula gives it away


@pytest.mark.parametrize("hint, told", [(1, []), (2, ["kind"])])
def test_a_notebook_s_own_check_tells_no_more_than_the_hint(
    hint, told, tmp_path, monkeypatch, capsys
):
    wish = Wish(notebook=True, blanks="output", hint=hint)
    made = make(forward("tutorial.py"), wish)["tutorial_seed1.ipynb"]
    (tmp_path / "tutorial_seed1.ipynb").write_text(made)
    monkeypatch.chdir(tmp_path)
    exec("".join(json.loads(made)["cells"][-1]["source"]), {})
    shown = capsys.readouterr().out
    assert shown.count("cell ") > 3
    assert [word for word in ("kind", "mend") if f" {word}  " in shown] == told


def test_nbformat_agrees():
    nbformat = pytest.importorskip("nbformat")
    text = make(forward("tutorial.py"), Wish(notebook=True))["tutorial_seed1.ipynb"]
    nbformat.validate(nbformat.reads(text, as_version=4))


# -- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "X = np.ones((3, 2))\nw = np.ones(2)\nfor x in X:\n"
            "    loss = np.sum((x * w) ** 2)\n    w = w - 0.1 * 2 * x * x * w\n",
            "reads x, which its loop counts or deals out",
        ),
        (
            "class Net:\n    def __init__(self):\n        self.w = np.ones(2)\n"
            "    def loss(self, x):\n        h = np.tanh(x * self.w)\n"
            "        return np.sum(h)\nnet = Net()\nloss = net.loss(np.ones(2))\n",
            "the loss is computed inside a method",
        ),
        (
            "def cost(x, w):\n    h = np.tanh(x * w)\n    return np.sum(h)\n"
            "x = np.ones(2)\nw = np.ones(2)\nloss = cost(x, w)\n",
            "make the exercise of that function, net.py:cost",
        ),
        (
            "x = np.ones(2)\nw = np.ones(2) * 0.5\n"
            "rng = np.random.default_rng(0)\n"
            "h = np.tanh(x * w) * (rng.random(2) < 0.5)\nloss = np.sum(h)\n",
            "draws random numbers",
        ),
        (
            "p = {'w': np.ones(2)}\nx = np.ones(2)\n"
            "loss = np.sum(np.tanh(p['w'] * x))\n",
            "is kept inside another object",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_an_exercise_is_refused_in_one_sentence(tmp_path, text, says):
    with pytest.raises(ClearpropError) as caught:
        read_forward(script(tmp_path, text))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("blanks", ["0", "99", "nothing", ",", "doutput,dW9"])
def test_blanks_that_are_not_there_are_refused(blanks):
    with pytest.raises(ClearpropError, match="--blanks"):
        sheet(forward("tutorial.py"), blanks)


@pytest.mark.parametrize("given", ["0", "999999", "no_such_file.txt"])
def test_classes_that_cannot_be_are_refused(given):
    with pytest.raises(ClearpropError, match="--students"):
        students("tutorial", given, 1, ".py")


def test_a_folder_is_whole_or_as_it_was(tmp_path):
    folder = tmp_path / "week3"
    files = {"exercise.json": "{}", "a.py": "a"}
    write_folder(str(folder), files)
    with pytest.raises(ClearpropError, match="not empty"):
        write_folder(str(folder), files)
    with pytest.raises((ClearpropError, UnicodeEncodeError)):
        write_folder(str(folder), {"b.py": "b", "c.py": "\ud800"}, force=True)
    assert sorted(p.name for p in folder.iterdir()) == ["a.py", "exercise.json"]
    write_folder(str(folder), {"exercise.json": "{}", "b.py": "b"}, force=True)
    assert sorted(p.name for p in folder.iterdir()) == ["b.py", "exercise.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["week3"]


def test_force_does_not_remove_what_is_no_exercise(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    with pytest.raises(ClearpropError, match="something other than an exercise"):
        write_folder(str(tmp_path / "thesis"), {"exercise.json": "{}"}, force=True)
    assert (tmp_path / "thesis" / "thesis.tex").exists()


def test_the_answers_are_proved_at_the_student_s_numbers():
    given = forward("tutorial.py")
    made = sheet(given)
    values = deal(given.numbers, given.backward, "anna")
    found = answers(made, values)
    assert np.isfinite(found["loss"])
    assert set(found) == {"loss", *(item.name for item in made.items)}
