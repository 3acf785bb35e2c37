"""An exercise from end to end: made, filled in by students, graded by its spec."""

import csv
import io
import json
from pathlib import Path

import pytest

from clearprop.checking.exercise.forward import read_forward
from clearprop.checking.exercise.handed import as_given
from clearprop.checking.exercise.maker import Wish, make
from clearprop.cli import main
from clearprop.errors import SourceError
from clearprop.trace.source import Source, read

ROOT = Path(__file__).parents[2]
ANSWERS = {
    "doutput": "output - target",
    "doutput_layer_input": "doutput * output * (1 - output)",
    "dweights_hidden_output": "doutput_layer_input * hidden_layer_output",
    "dhidden_layer_output": "doutput_layer_input * weights_hidden_output",
    "dhidden_layer_input": "dhidden_layer_output * hidden_layer_output"
    " * (1 - hidden_layer_output)",
    "dweights_input_hidden": "np.outer(x, dhidden_layer_input)",
    "delta_weights_hidden_output": "-learnrate * dweights_hidden_output",
    "delta_weights_input_hidden": "-learnrate * dweights_input_hidden",
}
SIGMOID = "output = sigmoid(output_layer_input)"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    given = read_forward(str(ROOT / "examples" / "tutorial.py"), None)
    return make(given, Wish(students="6", points=2))


@pytest.fixture
def spec(files) -> dict:
    return json.loads(files["exercise.json"])


def filled(text: str, **answers: str) -> str:
    """A student's file with these blanks filled in."""
    for name, answer in answers.items():
        text = text.replace(f"\n{name} = None\n", f"\n{name} = {answer}\n")
    return text


def half() -> dict[str, str]:
    return dict(list(ANSWERS.items())[:4])


@pytest.fixture
def course(files, tmp_path, monkeypatch) -> Path:
    """A class of six: right, half, a changed line, a wrong line, none, a trick."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "class"
    folder.mkdir()
    papers = [files[f"tutorial_0{n}.py"] for n in range(1, 7)]
    slope = {**ANSWERS, "doutput_layer_input": "doutput"}
    handed = [
        filled(papers[0], **ANSWERS),
        filled(papers[1], **half()),
        filled(papers[2], **slope).replace(SIGMOID, "output = 1 * output_layer_input"),
        filled(papers[3], **slope),
        papers[4],
        filled(papers[5], **{**ANSWERS, "doutput": "0 * output"}).replace(
            "# TODO 1:", "loss = 0 * output\n# TODO 1:"
        ),
    ]
    for number, text in enumerate(handed, 1):
        (folder / f"tutorial_0{number}.py").write_text(text)
    (folder / "exercise.json").write_text(files["exercise.json"])
    (folder / "key.py").write_text(files["key.py"])
    return folder


def graded(capsys, *arguments: str) -> str:
    main(["check", *arguments, "--trust", "--jobs", "1"])
    return capsys.readouterr().out


def test_each_blank_has_its_points_and_changed_lines_are_put_back(
    course, capsys
) -> None:
    table = graded(capsys, "class").splitlines()
    assert [line.split()[:3] for line in table[:6]] == [
        ["tutorial_01", "right", "16"],
        ["tutorial_02", "WRONG", "8"],
        ["tutorial_03", "WRONG", "14"],
        ["tutorial_04", "WRONG", "14"],
        ["tutorial_05", "WRONG", "0"],
        ["tutorial_06", "WRONG", "14"],
    ]
    at = next(i for i, line in enumerate(table) if line.startswith("Given lines"))
    assert table[at : at + 3] == [
        "Given lines were changed; the mark is for the blanks, with them put back:",
        f"  class/tutorial_03.py: line 53 was changed: {SIGMOID} was given",
        "  class/tutorial_06.py: line 62, loss = 0 * output: loss was given, and gets "
        "another value",
    ]


def test_every_format_says_what_each_blank_earned(course, capsys) -> None:
    kept = ("class", "--resume", "kept.jsonl")  # graded once
    found = json.loads(graded(capsys, *kept, "--format", "json"))
    made = {one["student"]: one for one in found}
    assert set(made) == {f"tutorial_0{n}" for n in range(1, 7)}  # and not the key
    second = made["tutorial_02"]
    assert [blank["variable"] for blank in second["blanks"]] == list(ANSWERS)
    assert [blank["score"] for blank in second["blanks"]] == [2] * 4 + [0] * 4
    assert made["tutorial_03"]["changed"] == [
        f"line 53 was changed: {SIGMOID} was given"
    ]
    assert [b["status"] for b in made["tutorial_04"]["blanks"][:3]] == [
        "right",
        "wrong",
        "follows",
    ]

    rows = list(csv.DictReader(io.StringIO(graded(capsys, *kept, "--format", "csv"))))
    third = [row for row in rows if row["student"] == "tutorial_03"]
    assert [row["status"] for row in third].count("changed") == 1
    assert sum(float(row["credit"]) for row in third) == float(third[0]["score"]) == 14

    one = ("class/tutorial_04.py", "--format", "gradescope")
    result = json.loads(graded(capsys, *one, "--spec", "class/exercise.json"))
    assert result["score"] == 14
    assert [test["max_score"] for test in result["tests"]] == [2] * 8
    assert result["tests"][1]["name"] == (
        "TODO 2, line 68 doutput_layer_input: dL/d output_layer_input"
    )
    assert json.loads(graded(capsys, *one))["tests"][0]["max_score"] != 2  # not by it


def test_another_sum_of_points_is_shared_out_and_the_spec_limits_the_hint(
    course, capsys, spec
) -> None:
    table = graded(capsys, "class", "--points", "4").splitlines()
    assert table[1].split()[2] == "2"
    (course / "exercise.json").write_text(json.dumps({**spec, "hint": 1}))
    made = json.loads(graded(capsys, "class", "--format", "json"))
    assert made[3]["score"] == 14
    assert made[3]["findings"][0]["mistake"] is None


def test_a_file_that_is_no_spec_is_refused(course, capsys) -> None:
    (course / "exercise.json").write_text("{}")
    assert main(["check", "class", "--trust"]) == 2
    assert "no spec of an exercise" in capsys.readouterr().err


# -- given lines -----------------------------------------------------------------------


def handed(
    spec: dict, text: str, file: str = "tutorial_01.py"
) -> tuple[str, list[str]]:
    import ast

    made = as_given(Source(file, text, ast.parse(text)), spec, file)
    return made.source.text, made.changed


def test_a_file_as_it_was_handed_out_stays_as_it_is(files, spec) -> None:
    paper = files["tutorial_01.py"]
    same, changed = handed(spec, paper)
    assert changed == []
    assert same.replace("#\n", "") == "".join(
        line + "\n" for line in paper.splitlines() if "# clearprop:" not in line
    )
    spaced = paper.replace("np.dot(x, w", "np.dot(x,  w").replace("# One", "# Two")
    assert handed(spec, spaced)[1] == []
    more = paper.replace("# Backward pass", 'import numpy as np\nprint("x", x)')
    assert handed(spec, more)[1] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (SIGMOID, "output = target", f"line 53 was changed: {SIGMOID} was given"),
        (f"{SIGMOID}\n", "\n", f"{SIGMOID} was given, and is gone"),
        (
            "    return 1 / (1 + np.exp(-x))",
            "    return x",
            "line 29 was changed: def sigmoid(x): was given",
        ),
        (
            "learnrate = 0.5",
            "learnrate = 0",
            "line 36 was changed: learnrate = 0.5 was given",
        ),
        ("target = ", "target = 1 + ", "line 35 was changed: target = 0."),
        (
            "# TODO 2",
            "x[:] = 0\n# TODO 2",
            "line 66, x[:] = 0: x was given, and gets another value",
        ),
    ],
)
def test_what_was_given_comes_back_line_for_line(files, spec, old, new, says) -> None:
    paper = files["tutorial_01.py"]
    assert old in paper
    text = paper.replace(old, new, 1)
    made, changed = handed(spec, text)
    assert len(changed) == 1
    assert changed[0].startswith(says)
    assert len(made.splitlines()) == len(text.splitlines())
    assert handed(spec, made)[1] == []


def test_somebody_elses_numbers_are_noticed(files, spec) -> None:
    made, changed = handed(spec, files["tutorial_02.py"], "ada_tutorial_01.py")
    assert changed[0] == "its numbers are those that were handed out to student 02"
    assert handed(spec, made)[1] == []
    assert handed(spec, files["tutorial_02.py"], "homework.py")[1] == []


def test_what_cannot_be_put_back_is_for_a_person(files, spec) -> None:
    paper = files["tutorial_01.py"].replace(SIGMOID, "output = target; y = 0")
    with pytest.raises(SourceError, match=r"line 53 was changed.*a person"):
        handed(spec, paper)


@pytest.mark.parametrize("hint", [1, 3])  # its last cell is another one
def test_a_notebook_is_graded_in_its_cells(hint, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = read_forward(str(ROOT / "examples" / "tutorial.py"), None)
    made = make(given, Wish(notebook=True, hint=hint))
    book = made["tutorial_seed1.ipynb"]
    for name, answer in ANSWERS.items():
        book = book.replace(f"{name} = None", f"{name} = {answer}")
    Path("exercise.json").write_text(made["exercise.json"])
    Path("ada.ipynb").write_text(book)
    assert read("ada.ipynb").cells
    assert graded(capsys, ".").split()[:3] == ["ada", "right", "8"]
    Path("ada.ipynb").write_text(book.replace(SIGMOID, "output = target"))
    assert "cell 5, line" in graded(capsys, ".")
