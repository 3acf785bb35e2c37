"""``clearprop exercise`` as a teacher meets it: what it writes, says and refuses."""

import argparse
import json
from pathlib import Path

import pytest

from clearprop.cli import main
from clearprop.cli.exercise import exercise, register
from clearprop.errors import ClearpropError

ROOT = Path(__file__).parents[2]
TUTORIAL = str(ROOT / "examples" / "tutorial.py")


@pytest.fixture
def make(tmp_path, monkeypatch, capsys):
    """Run the command in a folder of its own; what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    top = argparse.ArgumentParser()
    register(top.add_subparsers())

    def run(*words):
        exercise(top.parse_args(["exercise", *words]))
        return capsys.readouterr().out

    return run


def test_an_exercise_is_a_folder(make, tmp_path):
    said = make(TUTORIAL)
    folder = tmp_path / "tutorial_exercise"
    assert sorted(path.name for path in folder.iterdir()) == [
        "exercise.json",
        "key.json",
        "key.py",
        "tutorial_seed1.py",
    ]
    assert said == (
        "tutorial_exercise: tutorial_seed1.py, with the key\n"
        "  tutorial_seed1.py  to hand out\n"
        "  key.py             the blanks filled in; it runs\n"
        "  key.json           the numbers that are right, for each student\n"
        "  exercise.json      the spec, for clearprop check\n"
    )


def test_it_is_a_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["exercise", TUTORIAL, "-o", "week3"]) == 0
    assert capsys.readouterr().out.startswith("week3: tutorial_seed1.py, with the key")
    assert main(["exercise", TUTORIAL, "-o", "week3"]) == 2
    assert "is there and not empty" in capsys.readouterr().err
    assert main(["exercise", TUTORIAL, "--student", "3"]) == 2
    assert "there is no --student: did you mean --students?" in capsys.readouterr().err


def test_a_file_for_each_student(make, tmp_path):
    said = make(TUTORIAL, "--students", "12", "-o", "week3", "--seed", "7")
    papers = sorted(path.name for path in (tmp_path / "week3").glob("tutorial_*.py"))
    assert papers[0] == "tutorial_01.py"
    assert len(papers) == 12
    assert said.startswith("week3: 12 exercises, with the key\n  tutorial_01.py to ")
    texts = {(tmp_path / "week3" / name).read_text() for name in papers}
    assert len(texts) == 12


def test_the_same_seed_gives_the_same_folder(make, tmp_path):
    for folder in "ab":
        make(TUTORIAL, "--seed", "5", "-o", folder)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_function_can_be_the_forward_pass(make, tmp_path):
    target = f"{ROOT / 'examples' / 'softmax_classifier.py'}:loss"
    make(target, "--wrt", "W2, b2", "--notebook", "--hint", "2")
    folder = tmp_path / "softmax_classifier_exercise"
    spec = json.loads((folder / "exercise.json").read_text())
    assert spec["hint"] == 2
    assert [blank["variable"] for blank in spec["blanks"]] == [
        "dscores",
        "dW2",
        "db2",
        "delta_W2",
        "delta_b2",
    ]


def test_an_exercise_is_not_overwritten_unasked(make, tmp_path):
    make(TUTORIAL)
    paper = tmp_path / "tutorial_exercise" / "tutorial_seed1.py"
    paper.write_text("Anna's work")
    with pytest.raises(ClearpropError, match="is there and not empty"):
        make(TUTORIAL)
    assert paper.read_text() == "Anna's work"
    make(TUTORIAL, "--force", "--seed", "2")
    assert not paper.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.py"], "missing.py"),
        ([TUTORIAL, "--no-formulas"], "--no-formulas goes with --notebook"),
        ([TUTORIAL, "--blanks", "40"], "--blanks 40: there are 8 lines"),
        ([TUTORIAL, "--students", "nobody.txt"], "there is no such file"),
        ([TUTORIAL, "-o", "no/where"], "there is no folder"),
    ],
)
def test_refusals_leave_nothing_behind(make, tmp_path, words, says):
    with pytest.raises(ClearpropError) as caught:
        make(*words)
    assert says in str(caught.value)
    assert list(tmp_path.iterdir()) == []
