"""Grading a folder: who handed in what, what it is worth, and that nobody is lost."""

import argparse
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

import clearprop
from clearprop.checking.grading import Grade, grade, grade_command
from clearprop.checking.grading.credit import items, share
from clearprop.checking.grading.formats import CSV_COLUMNS, FORMATS
from clearprop.checking.grading.submissions import find
from clearprop.checking.grading.words import number, plain, table
from clearprop.checking.report import Change, Claim, Finding, Report
from clearprop.errors import ClearpropError

RIGHT = Report(
    "",
    "right",
    loss="0.5 * (t - y)**2",
    claims=[
        Claim(3, "dy", "dL/d y", "right"),
        Claim(4, "dw", "-dL/d w", "right"),
    ],
    layer="bubblewrap",
)
SLOPE = Finding(
    4,
    "dz",
    "missing-derivative",
    "the slope of the sigmoid is left out",
    "dy * y * (1 - y)",
    changes=(Change(4, 4, "dz = dy * y * (1 - y)"),),
)
WRONG = Report(
    "",
    "wrong",
    loss="0.5 * (t - y)**2",
    claims=[
        Claim(3, "dy", "dL/d y", "right"),
        Claim(4, "dz", "dL/d z", "wrong"),
        Claim(5, "dw", "dL/d w", "follows", because=4),
    ],
    findings=[SLOPE],
    layer="bubblewrap",
)
REPORTS = {"right": RIGHT, "wrong": WRONG}
# Programs that end a process, as a sandboxed child would meet them.
CHILDREN = {
    "hang": "import time; time.sleep(60)",
    "die": "import os; os._exit(3)",
    "kill": "import os; os.kill(os.getpid(), 9)",
    "noise": "print('right' * 100_000)",
}


def check_one(path, log=None):
    """A check whose verdict is the first word of the file."""
    word = Path(path).read_text("utf-8", "replace").split()[0]
    if log is not None:
        with open(Path(path).parents[1] / log, "a") as file:
            file.write(f"{Path(path).name}\n")
    if word == "raise":
        raise ZeroDivisionError("a bug of ours")
    if word == "exit":
        raise SystemExit(0)
    if word == "nothing":
        return None
    if word in CHILDREN:
        return in_a_child(path, CHILDREN[word])
    if word not in REPORTS:
        return Report(path, "undecided", reason="there is no backward pass")
    return copied(REPORTS[word])


def in_a_child(path, program):
    try:
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, timeout=0.5
        )
    except subprocess.TimeoutExpired:
        return Report(path, "undecided", reason="it ran longer than 0.5 s")
    return Report(path, "undecided", reason=f"it ended with {run.returncode}")


def copied(report, **changes):
    made = {name: getattr(report, name) for name in report.__dataclass_fields__}
    return Report(**{**made, **changes})


def one(report, points=10.0, student="ada", path="ada.py"):
    return Grade(student, path, copied(report, file=path), points)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A class of five, of whom one hands in nothing that could be checked."""
    monkeypatch.chdir(tmp_path)
    for name, word in {
        "ada": "right", "bo": "wrong", "cy": "empty", "dee": "wrong", "eve": "right",
    }.items():  # fmt: skip
        save(f"class/{name}.py", word)
    return Path("class")


def save(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text + "\n", "utf-8")


def command(paths, show=None, check=check_one, **options):
    shown = []
    code = grade_command(
        paths, argparse.Namespace(**options), check, show or shown.append
    )
    return code, "".join(shown)


# Who handed in what


def test_a_flat_folder_is_a_file_for_each_student(folder):
    assert [s.student for s in find([folder])] == ["ada", "bo", "cy", "dee", "eve"]


@pytest.mark.parametrize(
    "path, student",
    [
        ("Ada Lovelace_123_assignsubmission_file_/work/hw.py", "Ada Lovelace"),
        ("Ada Lovelace_123_assignsubmission_file_hw.py", "Ada Lovelace"),
        ("lovelaceada_LATE_4711_99123_hw-2.ipynb", "lovelaceada"),
        ("lovelaceada_4711_99123_hw.py", "lovelaceada"),
        ("hw1_al123_attempt_2026-01-30-12-00-00_hw.py", "al123"),
        ("submission_31415/hw.py", "submission_31415"),
        ("ada/ps1/problem1.ipynb", "ada"),
        ("ada_lovelace.py", "ada_lovelace"),
    ],
)
def test_names_from_the_ways_platforms_hand_out(tmp_path, path, student):
    save(tmp_path / path, "right")
    assert [s.student for s in find([tmp_path])] == [student]


def test_what_is_no_submission(tmp_path):
    for path in (
        ".hidden.py", "__pycache__/a.py", ".ipynb_checkpoints/hw-checkpoint.ipynb",
        "__MACOSX/ada/._hw.py", "ada/._hw.py", "ada/__init__.py", "ada/data.csv",
        "ada/venv/lib/numpy.py",
    ):  # fmt: skip
        save(tmp_path / path, "right")
    save(tmp_path / "ada/venv/pyvenv.cfg", "home = /usr")
    save(tmp_path / "ada/hw.py", "right")
    assert [Path(s.path).name for s in find([tmp_path])] == ["hw.py"]


def test_files_named_one_by_one(tmp_path):
    save(tmp_path / "ada/hw.py", "right")
    save(tmp_path / "bo/hw.py", "right")
    both = [tmp_path / "bo/hw.py", tmp_path / "ada/hw.py"]
    assert [s.student for s in find(both)] == ["ada", "bo"]
    assert [s.student for s in find(both[:1])] == ["hw"]
    assert len(find([tmp_path, *both])) == 2  # each once


def test_a_file_that_is_imported_is_a_part(tmp_path):
    save(tmp_path / "ada/hw.py", "import numpy\nfrom layers import Dense")
    save(tmp_path / "ada/layers.py", "import slopes")
    save(tmp_path / "ada/slopes.py", "import layers")
    save(tmp_path / "ada/other.ipynb", '"source": [\n"import numpy as np\\n"]')
    found = {Path(s.path).name: s.parts for s in find([tmp_path])}
    parts = tuple(str(tmp_path / "ada" / name) for name in ("layers.py", "slopes.py"))
    assert found == {"hw.py": parts, "other.ipynb": ()}


def test_nobody_makes_a_submission_vanish(tmp_path):
    """Not a neighbour's, by importing it, nor one's own, by a ring of imports."""
    save(tmp_path / "ada.py", "import bo")
    save(tmp_path / "bo.py", "right")
    save(tmp_path / "cy/a.py", "import b")
    save(tmp_path / "cy/b.py", "import a")
    names = [Path(s.path).name for s in find([tmp_path])]
    assert names == ["ada.py", "bo.py", "a.py", "b.py"]


def test_links_and_pipes_are_named_and_not_opened(tmp_path):
    save(tmp_path / "key.py", "right")
    save(tmp_path / "class/ada/hw.py", "right")
    (tmp_path / "class/bo").mkdir()
    (tmp_path / "class/bo/hw.py").symlink_to(tmp_path / "key.py")
    (tmp_path / "class/cy").symlink_to(tmp_path / "class/ada")
    os.mkfifo(tmp_path / "class/dee.py")
    grades = grade([tmp_path / "class"], check_one=check_one)
    verdicts = {g.student: (g.report.verdict, g.report.reason[:10]) for g in grades}
    assert verdicts == {
        "ada": ("right", ""),
        "bo": ("undecided", "it is a li"),
        "cy": ("undecided", "it is a li"),
        "dee": ("undecided", "it is no o"),
    }


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root")
def test_a_closed_folder_is_named(tmp_path):
    (tmp_path / "ada").mkdir(mode=0)
    assert "can't be read" in find([tmp_path])[0].barred


def test_two_comes_before_ten(tmp_path):
    for name in ("s10/hw.py", "s2/hw.py", "s2/hw10.py", "s2/hw9.py", "9.py"):
        save(tmp_path / name, "right")
    found = [str(Path(s.path).relative_to(tmp_path)) for s in find([tmp_path])]
    assert found == ["9.py", "s2/hw.py", "s2/hw9.py", "s2/hw10.py", "s10/hw.py"]


def test_nothing_to_grade(tmp_path):
    with pytest.raises(ClearpropError, match=r"no \.py or \.ipynb file"):
        find([tmp_path])
    with pytest.raises(ClearpropError, match="isn't there"):
        find([tmp_path / "lost"])


# What it is worth


def test_credit_by_claim():
    assert share(items(RIGHT)) == 1
    assert share(items(WRONG)) == 2 / 3  # what follows is right once the line is mended
    assert one(WRONG).score == 6.67
    assert share(items(Report("", "undecided", reason="no loss"))) == 0
    assert share(items(Report("", "right"))) == 1  # compared as a whole: no claims
    assert share(items(Report("", "wrong"))) == 0


def test_a_mistake_outside_of_the_claims_costs_as_much_as_one_claim():
    follow = [Claim(n, "dw", "dL/d w", "follows", because=4) for n in (5, 6, 7)]
    assert share(items(Report("", "wrong", claims=follow, findings=[SLOPE]))) == 3 / 4
    assert share(items(Report("", "wrong", claims=follow))) == 3 / 4


def test_blanks_and_what_a_crash_left_earn_nothing():
    blank = Finding(3, "dy", "blank", "the line isn't filled in")
    crash = Finding(4, "dz", "crash", "shapes (3,) and (2,) don't match")
    claims = [
        Claim(2, "error", "-dL/d y", "right"),
        Claim(3, "dy", "dL/d y", "wrong"),
        Claim(4, "dz", "dL/d z", "unchecked"),
        Claim(5, "dw", "dL/d w", "unchecked"),
    ]
    report = Report("", "wrong", claims=claims, findings=[blank, crash])
    assert share(items(report)) == 1 / 4
    assert [item.finding for item in items(report)] == [None, blank, crash, None]


# Nobody is lost


def test_what_one_file_does_costs_the_others_nothing(folder):
    words = ["raise", "exit", "nothing", *CHILDREN]
    for word in words:
        save(folder / f"x_{word}.py", word)
    begun = time.monotonic()
    grades = grade([folder], check_one=check_one)
    assert time.monotonic() - begun < 30
    found = {g.student: g.report for g in grades}
    assert all(found[f"x_{word}"].verdict == "undecided" for word in words)
    assert found["x_raise"].reason == (
        "clearprop itself failed: ZeroDivisionError: a bug of ours"
    )
    assert [found[name].verdict for name in ("ada", "bo", "eve")] == [
        "right", "wrong", "right",
    ]  # fmt: skip


def test_as_many_jobs_as_one_likes_give_the_same(folder):
    pytest.importorskip("joblib")
    one, several = (grade([folder], check_one=check_one, jobs=n) for n in (1, 3))
    for write in FORMATS.values():
        same = {
            re.sub(r'(seconds"?: |time=")[\d.]+', "", write(grades, 3))
            for grades in (one, several)
        }
        assert len(same) == 1


def test_without_joblib_one_after_the_other(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert len(grade([folder], check_one=check_one)) == 5
    with pytest.raises(ClearpropError, match=r"clearprop\[grade\]"):
        grade([folder], check_one=check_one, jobs=2)


def die(path):
    if "bo" in path:
        os._exit(1)
    return copied(RIGHT)


def test_a_worker_that_dies_takes_its_own_file_along_and_no_other(folder):
    pytest.importorskip("joblib")
    run = partial(grade, [folder], jobs=2, resume="kept.jsonl")
    found = {g.student: g.report for g in run(check_one=die)}
    assert "its worker was lost" in found.pop("bo").reason
    assert [report.verdict for report in found.values()] == ["right"] * 4
    assert run(check_one=check_one)[1].report.verdict == "wrong"  # tried again


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_other_backends_take_its_place(folder, backend):
    """``multiprocessing`` gives lists only, as Ray's backend does."""
    joblib = pytest.importorskip("joblib")
    with joblib.parallel_config(backend=backend):
        grades = grade([folder], check_one=check_one, jobs=2)
    assert [g.report.verdict for g in grades] == [
        "right", "wrong", "undecided", "wrong", "right",
    ]  # fmt: skip


# Resuming


def checks(log):
    return sorted(Path(log).read_text().split()) if Path(log).exists() else []


def test_only_what_changed_is_checked_again(folder):
    run = partial(grade, [folder], resume="kept.jsonl")
    first = run(check_one=partial(check_one, log="first"))
    assert len(checks("first")) == 5
    save(folder / "bo.py", "right now")
    save(folder / "new.py", "wrong")
    second = run(check_one=partial(check_one, log="second"))
    assert checks("second") == ["bo.py", "new.py"]
    kept = {g.student: g for g in first}
    for g in second:
        if g.student in kept and g.student != "bo":
            assert g == kept[g.student]


def test_a_changed_part_is_checked_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("class/ada/hw.py", "right\nimport layers")
    save("class/ada/layers.py", "1")
    for log in ("first", "second"):
        grade(["class"], check_one=partial(check_one, log=log), resume="kept.jsonl")
        save("class/ada/layers.py", "2")
    assert checks("class/second") == ["hw.py"]


def test_other_settings_are_another_check(folder, monkeypatch):
    for log, timeout in (("first", 10), ("second", 20), ("third", 20)):
        check = partial(check_one, log=log)
        command([folder], check=check, resume="kept.jsonl", timeout=timeout)
    assert (len(checks("second")), len(checks("third"))) == (5, 0)
    monkeypatch.setattr("clearprop.checking.grading.record.__version__", "99")
    grade([folder], check_one=partial(check_one, log="new"), resume="kept.jsonl")
    assert len(checks("new")) == 5


def test_a_line_cut_short_is_checked_again(folder):
    grade([folder], check_one=check_one, resume="kept.jsonl", jobs=1)
    text = Path("kept.jsonl").read_bytes()
    for cut in (5, 40, len(text) - 1):  # in the first line, and at the very end
        Path("kept.jsonl").write_bytes(text[:cut])
        log = f"log{cut}"
        grade([folder], check_one=partial(check_one, log=log), resume="kept.jsonl")
        assert len(checks(log)) == (1 if cut > 100 else 5)
        last = f"last{cut}"
        grade([folder], check_one=partial(check_one, log=last), resume="kept.jsonl")
        assert checks(last) == []


def test_a_wrong_name_after_resume_harms_no_file(folder):
    with pytest.raises(ClearpropError, match="no record"):
        grade([folder], check_one=check_one, resume=folder / "ada.py")
    assert (folder / "ada.py").read_text() == "right\n"
    with pytest.raises(ClearpropError, match="can't be used"):
        grade([folder], check_one=check_one, resume="lost/kept.jsonl")


def test_a_reason_speaks_of_the_path_that_was_given(folder):
    grades = grade([folder], check_one=lost, jobs=1)
    assert grades[0].report.reason == "class/ada.py needs data.csv"


def lost(path):
    return Report(path, "undecided", reason=f"{path} needs data.csv")


def test_accidents_are_tried_again(folder):
    save(folder / "ada.py", "raise")
    grade([folder], check_one=check_one, resume="kept.jsonl")
    grade([folder], check_one=partial(check_one, log="log"), resume="kept.jsonl")
    assert checks("log") == ["ada.py"]


STOPPED = """
import argparse, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job's in the background
from pathlib import Path
from clearprop.checking.grading import grade_command
from clearprop.checking.report import Report

def check(path):
    if "bo" in path:
        print("waiting", flush=True)
        time.sleep(30)
    return Report(path, "right")

options = argparse.Namespace(resume="kept.jsonl", jobs=None)
sys.exit(grade_command(["class"], options, check, print))
"""


def test_stopped_by_ctrl_c(folder):
    source = str(Path(clearprop.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert process.stdout.readline() == "waiting\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert err == (
        "stopped. What was graded is in kept.jsonl: the same command goes on.\n"
    )
    kept = Path("kept.jsonl").read_text().splitlines()
    assert kept and all(json.loads(line)["report"]["file"] for line in kept)


# How it is written down


NASTY = [
    "=HYPERLINK(\"http://evil\")", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1",
    "\uff1d1", "a\x00b\x1b[2J]]>&<", "\u202egpj.exe", "\ud800", "\uffff", "a\n=1\n",
]  # fmt: skip


@pytest.fixture(params=NASTY, ids=ascii)
def nasty(request):
    """A student who controls every text that there is."""
    text = request.param
    claims = [Claim(1, text, text, "right"), Claim(2, text, text, "unchecked")]
    findings = [Finding(3, text, "unknown", text, text, text, text)]
    wrong = Report(text, "wrong", text, text, claims, findings, [text], layer="none")
    lost = Report(text, "undecided", reason=text)
    return [one(r, student=text, path=text) for r in (wrong, lost)]


def test_csv_holds_no_formula(nasty):
    rows = list(csv.reader(io.StringIO(FORMATS["csv"](nasty, 3))))
    assert [len(row) for row in rows] == [len(CSV_COLUMNS)] * 5
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
        assert cell.isprintable()


def test_xml_can_be_read_whatever_a_text_holds(nasty):
    text = FORMATS["junit"](nasty, 3)
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert [suite.get("failures") for suite in root] == ["1", "0"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_text_can_be_written(nasty, form):
    FORMATS[form](nasty, 3).encode("utf-8")


def test_a_terminal_is_not_steered(nasty):
    lines = table(nasty).split("\n")
    assert all(line.isprintable() for line in lines)


def test_csv_has_a_row_for_each_check():
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"]([one(WRONG)], 3))))
    assert [row["status"] for row in rows] == ["right", "wrong", "follows"]
    assert [row["credit"] for row in rows] == ["3.3333", "0.0", "3.3333"]
    assert {row["score"] for row in rows} == {"6.67"}
    assert rows[1]["mistake"] == "missing-derivative"
    assert [r["claim"] for r in csv.DictReader(
        io.StringIO(FORMATS["csv"]([one(RIGHT)], 3))
    )][1] == "'-dL/d w"  # fmt: skip


def test_json_is_the_report_and_its_worth():
    made = json.loads(FORMATS["json"]([one(WRONG), one(RIGHT)], 3))
    report = copied(WRONG, file="ada.py").to_json()
    assert report.items() <= made[0].items()
    assert [m["score"] for m in made] == [6.67, 10]


def test_gradescope_takes_it():
    """The fields of its documentation, and no others."""
    made = json.loads(FORMATS["gradescope"]([one(WRONG, points=6)], 3))
    assert set(made) == {
        "score", "output", "visibility", "stdout_visibility", "extra_data", "tests",
    }  # fmt: skip
    assert (made["score"], made["stdout_visibility"]) == (4, "hidden")
    for test in made["tests"]:
        assert set(test) == {
            "score", "max_score", "status", "name", "output", "visibility",
        }  # fmt: skip
    assert [t["status"] for t in made["tests"]] == ["passed", "failed", "passed"]
    assert sum(t["score"] for t in made["tests"]) == made["score"]
    assert made["tests"][1]["name"] == "line 4 dz: dL/d z"
    assert made["tests"][1]["output"] == (
        "missing-derivative: the slope of the sigmoid is left out\n"
        "mend: dy * y * (1 - y)"
    )
    assert made["tests"][2]["output"] == (
        "follows from line 4; right once that is mended"
    )


@pytest.mark.parametrize("form", FORMATS)
def test_a_hint_tells_students_no_more_than_it_should(form):
    secrets = {
        1: ["missing-derivative", "the slope", "1 - y"],
        2: ["of the sigmoid", "1 - y"],
    }
    for hint, secret in secrets.items():
        text = FORMATS[form]([one(WRONG)], hint)
        assert not [word for word in secret if word in text]


def test_an_undecided_file_waits_for_a_person():
    lost = Report("", "undecided", reason="data.csv isn't there")
    made = json.loads(FORMATS["gradescope"]([one(lost)], 3))
    assert made["score"] == 0 and made["extra_data"]["needs_a_person"] is True
    assert "a person will look" in made["output"]
    root = ElementTree.fromstring(FORMATS["junit"]([one(lost)], 3))
    assert (
        root.find("testsuite/testcase/error")
        .get("message")
        .endswith("data.csv isn't there")
    )


def test_junit_counts():
    root = ElementTree.fromstring(FORMATS["junit"]([one(WRONG)], 3))
    (suite,) = root
    counts = [suite.get(k) for k in ("tests", "failures", "errors", "skipped")]
    assert counts == ["3", "1", "0", "1"]


def test_what_the_teacher_sees(folder):
    code, text = command([folder])
    assert code == 1
    assert text == (
        "ada  right        10\n"
        "bo   WRONG      6.67  line 4  missing-derivative\n"
        "cy   undecided     -\n"
        "dee  WRONG      6.67  line 4  missing-derivative\n"
        "eve  right        10\n"
        "\n"
        "5 files: 2 right, 2 wrong, 1 undecided. Mean 8.34 of 10 points.\n"
        "\n"
        "The commonest mistakes, by files:\n"
        "  2  missing-derivative  the slope of an activation is left out\n"
        "\n"
        "A person must look at these; they have no points so far:\n"
        "  class/cy.py: there is no backward pass\n"
        "\n"
        "sandbox: bubblewrap\n"
    )


def test_a_student_with_two_files_is_shown_by_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("class/ada/one.py", "right")
    save("class/ada/two.py", "right")
    save("class/bo/one.py", "right")
    _, text = command(["class"])
    labels = [line.split("  ")[0] for line in text.splitlines()[:3]]
    assert labels == ["class/ada/one.py", "class/ada/two.py", "bo"]


def test_exit_codes(folder):
    assert command([folder / "ada.py"])[0] == 0
    assert command([folder / "ada.py", folder / "bo.py", folder / "cy.py"])[0] == 1
    assert command([folder / "ada.py", folder / "cy.py"])[0] == 2
    with pytest.raises(ClearpropError, match="--points"):
        command([folder], points=-1)
    with pytest.raises(ClearpropError, match="--format html isn't for grades"):
        command([folder], format="html")


def test_points_as_one_writes_them():
    assert [number(x) for x in (10, 7.5, 6.666, 0)] == ["10", "7.5", "6.67", "0"]
    assert plain("a\nb\x1b") == "a b\N{REPLACEMENT CHARACTER}"


# How far it is


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("rich", [True, False])
def test_progress_goes_to_a_terminal_only(folder, monkeypatch, rich):
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    quiet, heard = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stderr", quiet)
    grade([folder], check_one=check_one)
    assert quiet.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", heard)
    grade([folder], check_one=check_one, jobs=1)
    if rich:
        assert "5/5" in heard.getvalue()
    else:
        assert heard.getvalue().startswith("1 of 5  ada  right\n2 of 5  bo  wrong\n")
    grade([folder], check_one=check_one, progress=False)
