"""``clearprop check`` as a user meets it: what is printed, written and returned.

The checker itself is tested elsewhere; here a stand-in hands out reports.
"""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from clearprop.checking import untrusted
from clearprop.checking.report import Report
from clearprop.checking.sandbox import Layer
from clearprop.cli import main, watch
from clearprop.errors import SourceError

sys.path.append(str(Path(__file__).parents[1] / "checking"))
import _reports as reports

MENDED = reports.HOMEWORK.replace(reports.WROTE, reports.MEND)


class Checker:
    """Right if the mend is in the file; notes what it was asked."""

    def __init__(self):
        self.asked = []

    def check(self, target, **options):
        self.asked.append((target, options))
        print("the program prints this")
        source = Path(target).read_bytes().decode().replace("\r\n", "\n")
        if "raise" in source:
            raise SourceError("line 1, raise: the program stops here")
        if "undecided" in source:
            return Report(target, "undecided", reason="nothing to see")
        if reports.MEND in source:
            return reports.right(target, source)
        if "unknown" in source:
            report = reports.unknown()
            report.file = target
            return report
        return reports.wrong(target, source)


@pytest.fixture
def checker(tmp_path, monkeypatch):
    made = Checker()
    module = SimpleNamespace(check=made.check)
    monkeypatch.setitem(sys.modules, "clearprop.checking.checker", module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path("homework.py").write_text(reports.HOMEWORK)
    Path("right.py").write_text(MENDED)
    Path("what.py").write_text("# undecided\n")
    Path("stops.py").write_text("raise\n")
    return made


@pytest.fixture
def run(checker, capfd):
    def run(*words):
        code = main(["check", *words])
        out, err = capfd.readouterr()
        return code, out, err

    return run


# --- What is told ---------------------------------------------------------------------


def test_a_wrong_one(run):
    assert run("homework.py") == (1, str(reports.wrong()), "")


def test_a_right_one(run):
    code, out, err = run("right.py")
    assert (code, err) == (0, "")
    assert out.startswith("right.py  well done: every gradient is right\n")


def test_what_cannot_be_checked_is_undecided(run):
    assert run("what.py") == (2, "what.py  undecided\n\n  nothing to see\n", "")
    code, out, _ = run("stops.py")
    assert (code, "line 1, raise" in out) == (2, True)


@pytest.mark.parametrize(
    "files, code",
    [
        ("right.py right.py", 0),
        ("right.py homework.py", 1),
        ("what.py homework.py right.py", 1),
        ("right.py stops.py", 2),
    ],
)
def test_the_exit_code_of_several(run, files, code):
    found, out, _ = run(*files.split())
    assert found == code
    for file in files.split():
        assert f"{file}  " in out


def test_hints(run):
    _, out, _ = run("homework.py", "--hint", "1")
    assert out == reports.wrong().to_text(1)
    _, out, _ = run("homework.py", "--hint=2")
    assert out == reports.wrong().to_text(2)
    _, out, _ = run("homework.py", "--hint", "1", "--format", "json")
    assert json.loads(out)["findings"][0] == {
        "line": 22,
        "variable": "hidden_error_term",
        "mistake": None,
        "message": None,
        "suggestion": None,
    }
    _, out, _ = run("homework.py", "--hint", "1", "--format", "html")
    assert "slope" not in out


def test_the_checker_gets_what_was_asked(run, checker):
    run(
        *("homework.py", "--loss", "-np.log(p)", "--call", "net.train(X, y)"),
        *("--data", "X=100,784", "--data", "y=(100,)", "--data", "t=100:10"),
        *("--claim", "dW = dL/d W"),
    )
    assert checker.asked == [
        (
            "homework.py",
            {
                "loss": "-np.log(p)",
                "call": "net.train(X, y)",
                "data": {"X": "100,784", "y": "(100,)", "t": "100:10"},
                "claims": ["dW = dL/d W"],
            },
        )
    ]


def test_json(run):
    code, out, err = run("homework.py", "--format", "json")
    assert (code, err) == (1, "")
    assert json.loads(out) == reports.wrong().to_json()
    code, out, err = run("homework.py", "stops.py", "--format", "json")
    assert [found["verdict"] for found in json.loads(out)] == ["wrong", "undecided"]
    code, out, err = run("what.py", "--format=json")
    assert (code, json.loads(out)["reason"]) == (2, "nothing to see")
    code, out, err = run("gone.py", "--format=json")
    assert (code, list(json.loads(out))) == (2, ["error"])


def test_a_file_for_the_result(run):
    code, out, _ = run("homework.py", "-o", "result.txt")
    assert (code, out) == (1, "")
    assert Path("result.txt").read_text() == str(reports.wrong())


# --- Mends ----------------------------------------------------------------------------


def test_diff_is_a_patch_and_nothing_else(run):
    code, out, err = run("homework.py", "right.py", "--diff")
    assert code == 1
    assert err == "clearprop: right.py is right: there is nothing to mend\n"
    subprocess.run(["patch", "-p0", "--quiet"], input=out.encode(), check=True)
    assert Path("homework.py").read_text() == MENDED


def test_diff_says_what_it_leaves(run, monkeypatch):
    report = reports.two()
    report.findings[1] = replace(report.findings[1], changes=())
    module = sys.modules["clearprop.checking.checker"]
    monkeypatch.setattr(module, "check", lambda *args, **options: report)
    _, out, err = run("homework.py", "--diff")
    assert out == reports.wrong().diff()
    assert err == "clearprop: homework.py: this mends all but line 24\n"


def test_diff_in_json(run):
    code, out, _ = run("homework.py", "--diff", "--format", "json")
    assert (code, json.loads(out)["diff"]) == (1, reports.wrong().diff())


def test_fix_mends_and_checks_again(run):
    os.chmod("homework.py", 0o750)
    code, out, err = run("homework.py", "--fix")
    assert (code, err) == (0, "")
    assert out.startswith("homework.py  mended: line 22\nhomework.py  well done")
    assert Path("homework.py").read_text() == MENDED
    assert stat.S_IMODE(os.stat("homework.py").st_mode) == 0o750
    assert sorted(os.listdir()) == ["homework.py", "right.py", "stops.py", "what.py"]


def test_fix_keeps_line_endings_and_links(run):
    Path("real").mkdir()
    Path("real/work.py").write_bytes(reports.HOMEWORK.replace("\n", "\r\n").encode())
    Path("link.py").symlink_to("real/work.py")
    assert run("link.py", "--fix")[0] == 0
    assert Path("link.py").is_symlink()
    assert Path("real/work.py").read_bytes() == MENDED.replace("\n", "\r\n").encode()


def test_fix_in_json(run):
    _, out, _ = run("homework.py", "--fix", "--format", "json")
    found = json.loads(out)
    assert found["verdict"] == "right"
    assert found["mended"] == [
        {"line": 22, "variable": "hidden_error_term", "mistake": "missing-derivative"}
    ]


def test_fix_without_a_mend_leaves_the_file_alone(run):
    Path("homework.py").write_text(reports.HOMEWORK + "# unknown\n")
    for file, says in [
        ("right.py", "right.py is right: there is nothing to mend"),
        ("what.py", "what.py is undecided: there is nothing to mend"),
        ("homework.py", "homework.py: no mend was found: that is up to you"),
    ]:
        before = os.stat(file).st_mtime_ns
        _, out, err = run(file, "--fix")
        assert err == f"clearprop: {says}\n"
        assert out.startswith(file)
        assert os.stat(file).st_mtime_ns == before


def test_fix_refuses_a_file_that_was_saved_meanwhile(run, checker, monkeypatch):
    def check(target, **options):
        report = Checker().check(target)
        Path(target).write_text("# saved\n")
        return report

    monkeypatch.setattr(sys.modules["clearprop.checking.checker"], "check", check)
    code, out, err = run("homework.py", "--fix")
    assert (code, out) == (2, "")
    assert err == (
        "clearprop: homework.py has changed since it was checked: check it again\n"
    )
    assert Path("homework.py").read_text() == "# saved\n"


# --- Wrong usage ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, says",
    [
        ("gone.py", "gone.py is not there: check the path"),
        ("homework.py:train", "Try clearprop check homework.py --call"),
        ("homework.py --hint 4", "argument --hint: invalid choice"),
        ("homework.py --hint 1 --diff", "--diff gives the mend away"),
        ("homework.py --hint 2 --fix", "--fix gives the mend away"),
        ("homework.py --fix --diff", "choose one"),
        ("homework.py --watch --fix", "leave --fix out"),
        ("homework.py --watch --format json", "--watch is for people"),
        ("homework.py --data X", "--data X: write a name and a shape"),
        ("homework.py --data X=a,b", "as in X=100,784"),
        ("homework.py -o homework.py", "homework.py would be overwritten"),
        ("homework.py --hnt 1", "there is no --hnt: did you mean --hint?"),
        ("homework.py --epochs 1", "--epochs doesn't belong there"),
        ("", "the following arguments are required: TARGET"),
    ],
)
def test_wrong_usage(run, checker, words, says):
    code, out, err = run(*words.split())
    assert code == 2
    assert err.startswith("clearprop: ")
    assert out == "" or json.loads(out) == {"error": err[11:-1]}
    assert says in err
    assert err.count("\n") == 1
    assert checker.asked == []


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    out = capsys.readouterr().out
    for words in ("--hint 1 ", "| patch -p0", "--data X=100,784", "exit codes"):
        assert words in out


# --- Grading --------------------------------------------------------------------------


@pytest.fixture
def graded(checker, run, monkeypatch):
    """Grade with a stand-in for the sandbox; what each file was checked with."""
    asked = {}

    def check_untrusted(path, options, *, layer, limits):
        asked[os.path.relpath(path)] = SimpleNamespace(
            options=options, layer=layer, limits=limits
        )
        report = checker.check(path)
        report.layer = str(layer)
        return report

    module = SimpleNamespace(
        check_untrusted=check_untrusted, strongest=untrusted.strongest
    )
    monkeypatch.setitem(sys.modules, "clearprop.checking.untrusted", module)
    monkeypatch.setattr(untrusted, "available", lambda: Layer.LANDLOCK)
    for student, file in [("ada", "right.py"), ("bo", "homework.py")]:
        Path("all", student).mkdir(parents=True)
        Path("all", student, "hw.py").write_text(Path(file).read_text())
    Path("all/bo/data.csv").write_text("1,2")
    Path("all/bo/link.csv").symlink_to("/etc/hostname")
    Path("all/cy.py").write_text("# undecided")

    def grade(*words):
        return *run(*words, "--jobs", "1"), asked

    return grade


LAYER = "clearprop: each program runs in a sandbox of its own: Landlock and seccomp\n"


def test_a_folder_is_graded(graded):
    code, out, err, asked = graded("all")
    assert code == 1
    assert err == LAYER
    rows = [line.split() for line in out.splitlines() if "  " in line]
    assert ["ada", "right", "10"] in rows
    assert ["cy", "undecided", "-"] in rows
    assert "3 files: 1 right, 1 wrong, 1 undecided." in out
    assert sorted(asked) == ["all/ada/hw.py", "all/bo/hw.py", "all/cy.py"]


def test_a_program_may_read_what_its_student_handed_in_and_no_links(graded):
    *_, asked = graded("all")
    files = {path: one.options["files"] for path, one in asked.items()}
    assert files == {
        "all/ada/hw.py": [],
        "all/bo/hw.py": [os.path.abspath("all/bo/data.csv")],
        "all/cy.py": [],  # the other students' folders lie beside it
    }


def test_files_of_one_folder_dont_see_each_other(graded):
    *_, asked = graded("right.py", "homework.py")
    assert [one.options["files"] for one in asked.values()] == [[], []]


def test_grading_is_asked_for_by_its_options_and_formats(graded):
    for words in (["--points", "5"], ["--trust"], ["--format", "csv"]):
        code, out, err, asked = graded("right.py", *words)
        assert (code, LAYER in err, list(asked)) == (0, True, ["right.py"])
        asked.clear()


def test_the_options_reach_the_check(graded):
    *_, asked = graded("all", "--data", "X=3,2", "--call", "f(X)", "--timeout", "2.5")
    one = asked["all/cy.py"]
    assert one.options["data"] == {"X": "3,2"}
    assert one.options["call"] == "f(X)"
    assert (one.limits.cpu, one.limits.wall) == (3, 5.0)


def test_grades_go_to_a_file_and_a_record(graded):
    words = ("all", "--format", "json", "-o", "grades.json", "--resume", "g.jsonl")
    code, out, _, asked = graded(*words, "--points", "4")
    assert (code, "verdict" in out) == (1, False)
    grades = json.loads(Path("grades.json").read_text())
    assert [one["points"] for one in grades] == [4, 4, 4]
    assert len(Path("g.jsonl").read_text().splitlines()) == len(asked) == 3
    asked.clear()
    code, *_, asked = graded(*words)
    assert (code, asked) == (1, {})


def test_without_a_sandbox_nothing_runs_unless_trusted(graded, monkeypatch):
    monkeypatch.setattr(untrusted, "available", lambda: None)
    monkeypatch.setattr(untrusted, "why_not", lambda layer: "it is not there")
    code, out, err, asked = graded("all")
    assert (code, out, asked) == (2, "", {})
    assert "no sandbox" in err
    assert "--trust" in err
    code, out, err, asked = graded("all", "--trust")
    assert (code, len(asked)) == (1, 3)
    assert "there is no sandbox" in err


@pytest.mark.parametrize(
    "words, says",
    [
        ("all --fix", "--fix is for a file of your own"),
        ("all --watch", "--watch is for a file of your own"),
        ("right.py --points 5 --diff", "--diff is for a file of your own"),
        ("all --format html", "--format html is for a file of your own"),
        ("all --points 0", "0 is not a number above 0"),
        ("all --timeout soon", "soon is not a number above 0"),
        ("all --jobs none", "none is not a whole number from 1 on"),
        ("all -o all/ada", "all/ada is a folder: name a file in it"),
        ("all -o gone/grades.csv", "there is no folder gone"),
        ("all -o all/cy.py", "all/cy.py would be overwritten"),
        ("all -o g.json --resume g.json", "can't be both"),
    ],
)
def test_what_would_spoil_the_grading_is_said_before_it(graded, words, says):
    code, out, err, asked = graded(*words.split())
    assert (code, out, asked) == (2, "", {})
    assert says in err
    assert err.count("\n") == 1


# --- --watch --------------------------------------------------------------------------


def test_watch_checks_on_every_save(run, checker, monkeypatch):
    saves = [MENDED, "# undecided\n", reports.HOMEWORK]

    def pause(seconds):
        assert seconds <= 0.5
        if len(checker.asked) == 2 and not Path("homework.py").exists():
            Path("homework.py").write_text(saves.pop(0))  # as some editors save
        elif len(checker.asked) == 2 and len(saves) == 2:
            Path("homework.py").unlink()
        elif saves:
            time.sleep(0.01)
            Path("homework.py").write_text(saves.pop(0))
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=pause))
    code, out, err = run("homework.py", "--watch")
    verdicts = [line for line in out.splitlines() if line.startswith("homework.py")]
    assert [v.split()[1] for v in verdicts] == ["one", "well", "undecided", "one"]
    assert (code, err) == (1, "")
    assert "\x1b" not in out  # no terminal: nothing is cleared


def test_watch_as_a_process_ends_on_ctrl_c(checker):
    stand_in = (
        "import signal, sys, types\n"
        # what was started in the background would not hear of it
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from clearprop.checking.report import Report\n"
        "m = types.ModuleType('clearprop.checking.checker')\n"
        "m.check = lambda target, **o: Report(target, 'wrong')\n"
        "sys.modules[m.__name__] = m\n"
        "from clearprop.cli import main\n"
        "sys.exit(main(['check', 'homework.py', '--watch']))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", stand_in], stdout=subprocess.PIPE, env=env
    )
    killer = threading.Timer(30, process.kill)
    killer.start()
    assert process.stdout.readline() == b"homework.py  wrong\n"
    process.send_signal(2)
    assert process.wait() == 1
    killer.cancel()
