"""Blanks are found where they are, and nowhere in honest code; the rest runs on."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from clearprop.checking.blank_fill import filled, without
from clearprop.checking.blank_words import worded
from clearprop.checking.blanks import Blank, blanks
from clearprop.checking.checker import check
from clearprop.checking.observe import observe
from clearprop.checking.report import Finding, Report
from clearprop.checking.unfinished import finished, told
from clearprop.trace.source import Source, read

HERE = Path(__file__).parent
RIGHT = sorted(p for p in (HERE / "right").iterdir() if p.suffix in (".py", ".ipynb"))
SHEETS = sorted((HERE.parent / "golden" / "exercises").glob("*/*_seed*.py"))


def source(text: str) -> Source:
    text = dedent(text)
    return Source("program.py", text, ast.parse(text))


def places(text: str) -> list[tuple[int, str]]:
    return [(b.line, b.variable) for b in blanks(source(text))]


@pytest.mark.parametrize("path", RIGHT, ids=lambda p: p.name)
def test_a_right_program_has_none(path: Path) -> None:
    assert blanks(read(str(path))) == []


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("w0 = '????????'  # <-- Fill in the proper expression", "w0"),
        ("dW = None", "dW"),
        ("d_h = ...", "d_h"),
        ("grads['W1'] = None", "grads['W1']"),
        ("hidden_error_term = None", "hidden_error_term"),
        ("W -= lr * '????'", "W"),
        ("W -= None", "W"),
        ("dW = np.dot(____, ____)", "dW"),
        ("dW = 'YOUR CODE HERE'", "dW"),
        ("z = None  # TODO: the pre-activation", "z"),
        ("# TODO: the hidden layer\nhidden = None", "hidden"),
    ],
)
def test_what_waits_for_an_answer_is_a_blank(line: str, variable: str) -> None:
    assert [name for _, name in places(line)] == [variable]


@pytest.mark.parametrize(
    "text",
    [
        "cache = None",
        "best = None\nloss = None",
        "dW = None\ndW = x.T @ d",
        "dx, dw = None, None\ndx = d @ w.T\ndw = x.T @ d",
        "dh = None\nfor t in steps:\n    dh = d if dh is None else dh + d",
        "row = x[..., 0]",
        "answer = input('????')",
        "print('????')",
        "class Layer:\n    def __init__(self):\n        self.dW = None",
        "class Layer:\n    def zero_grad(self):\n        self.dW = None",
        "class A:\n    def backward(self, d):\n        raise NotImplementedError\n"
        "class B(A):\n    def backward(self, d):\n        return d",
    ],
)
def test_none_is_common_in_honest_code(text: str) -> None:
    assert places(text) == []


def test_several_names_in_one_line_are_several_blanks() -> None:
    assert places("dx, dw = None, None") == [(1, "dx"), (1, "dw")]


def test_a_function_that_was_never_written_is_a_blank() -> None:
    text = '''\
    def sigmoid_prime(x):
        """The slope."""
        pass
    '''
    assert places(text) == [(3, "sigmoid_prime")]


def test_the_claim_beside_or_above_a_blank_is_read() -> None:
    text = """\
    # TODO 2: the change in W, one step
    # clearprop: delta_W = -learnrate * dL/d W
    delta_W = None
    dz = None  # clearprop: dz = dL/d z
    """
    found = blanks(source(text))
    assert [b.claim for b in found] == ["-learnrate * dL/d W", "dL/d z"]


def test_stand_ins_keep_the_numbers_of_lines_and_end_as_programs() -> None:
    text = source(
        """\
        dx, dw = None, None
        w = w - (
            '????')
        db = '''TODO:
        the bias'''
        print(dx)
        """
    )
    found = blanks(text)
    made = without(text, found, ["x", "w", "w", "b"])
    assert len(made.lines) == len(text.lines)
    assert made.lines[6] == "print(dx)"
    assert not blanks(made)


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.name)
def test_an_empty_exercise_runs_to_its_end_with_stand_ins(path: Path) -> None:
    made = filled(read(str(path)), observe)
    assert len(made.blanks) >= 3
    assert made.observed.problem is None


def test_a_stand_in_has_the_shape_of_what_the_name_says() -> None:
    made = filled(read(str(HERE / "wrong" / "exercise_blank_none.py")), observe)
    bound = {b.place: b.node for b in made.observed.log}
    assert bound["hidden_error_term"].shape == bound["hidden_layer_input"].shape


def test_a_blank_that_shows_only_when_the_program_runs(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        "import numpy as np\n"
        "x, W = np.array([1.0, 2.0]), np.array([0.5, -0.5])\n"
        "for step in range(3):\n"
        "    out = x @ W\n"
        "    loss = 0.5 * (out - 1) ** 2\n"
        "    back = None\n"
        "    W = W - 0.1 * back * x\n"
    )
    made = filled(read(str(path)), observe)
    assert [(b.line, b.variable) for b in made.blanks] == [(6, "back")]
    assert made.observed.problem is None


def test_every_blank_is_said_and_other_findings_stay() -> None:
    text = source("d_z = ...\nd_W = d_z * h\nd_b = None\n")
    other = Finding(2, "d_W", "sign", "the sign")
    at_blank = Finding(1, "d_z", "unknown", "no edit", expected="-dL/d z", wrote="0.37")
    found: list[Blank] = blanks(text)
    said = worded(text, [at_blank, other], found)
    assert [(f.line, f.mistake) for f in said] == [
        (1, "blank"), (2, "sign"), (3, "blank"),
    ]  # fmt: skip
    assert said[0].wrote == "..."
    assert "-dL/d z" in said[0].message
    assert said[2].expected == "dL/d b"


def test_a_line_that_raises_beside_a_blank_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        "import numpy as np\n"
        "x, W = np.array([1.0, 2.0]), np.array([0.5, -0.5])\n"
        "out = x @ W\n"
        "loss = 0.5 * (out - 1) ** 2\n"
        "dout = None\n"
        "dW = doutt * x\n"
        "W = W - 0.1 * dW\n"
    )
    written = read(str(path))
    state = finished(written, observe, lambda source, line: 1.0)
    assert [b.variable for b in state.blanks] == ["dout"]
    assert [c.line for c in state.crashes] == [6]
    assert state.observed.problem is None
    report = told(Report(str(path), "right", source=state.source.text), state)
    assert report.verdict == "wrong"
    assert [(f.line, f.mistake) for f in report.findings] == [
        (5, "blank"), (6, "crash"),
    ]  # fmt: skip
    assert report.source == written.text


def test_what_is_finished_is_checked_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\nx = np.ones(3)\nloss = x @ x\n")
    written = read(str(path))
    state = finished(written, observe, lambda source, line: 1.0)
    assert state.source is written
    assert not state.found


def test_a_blank_that_later_lines_store_into(tmp_path: Path) -> None:
    text = (HERE / "right" / "script_linear_softmax_labels.py").read_text()
    path = tmp_path / "softmax.py"
    path.write_text(text.replace("dscores = p.copy()", "dscores = '????????'"))
    report = check(path)
    assert report.verdict == "wrong"
    assert [(f.line, f.mistake) for f in report.findings] == [(18, "blank")]
