"""Other people's programs: judged as one's own are, and none fools the judge."""

import copy
import functools
import json
import os
import pickle
import random
from pathlib import Path

import pytest

from clearprop.checking import untrusted
from clearprop.checking.checker import check
from clearprop.checking.grading.grade import grade
from clearprop.checking.sandbox import Answer, Layer, Limits, available, layers
from clearprop.checking.untrusted import check_untrusted
from clearprop.errors import ClearpropError

pytestmark = pytest.mark.skipif(available() is None, reason="no sandbox here")

HERE = Path(__file__).parent
SHORT = Limits(wall=20, cpu=3)
RIGHT = """\
import numpy as np
X = np.array([[0.0, 1.0], [1.0, 1.0], [0.5, 0.2]])
y = np.array([[1.0], [0.0], [0.5]])
W1 = np.random.randn(2, 3)
W2 = np.random.randn(3, 1)
for step in range(1000):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dW1 = X.T @ (dh * (1 - h**2))
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""
WRONG = RIGHT.replace("(dh * (1 - h**2))", "dh")


@pytest.fixture
def judged(tmp_path):
    def judge(text, **options):
        path = tmp_path / "submission.py"
        path.write_text(text)
        return check_untrusted(str(path), options, limits=SHORT)

    return judge


@pytest.mark.parametrize(
    "name",
    [
        "right/loop_trask_11_lines", "right/class_nielsen_network",
        "right/loop_planar_columns", "wrong/xor_bias_without_axis",
        "wrong/trask_chained_from_raw_error", "wrong/nielsen_network_prime_sign",
        "wrong/bpr_factors_two_items_after_their_user",
    ],
)  # fmt: skip
def test_the_report_is_that_of_a_file_of_one_s_own(name):
    path = str(HERE / f"{name}.py")
    mine, theirs = check(path), check_untrusted(path)
    assert theirs.verdict == mine.verdict
    assert theirs.claims == mine.claims
    assert [(f.line, f.mistake, f.suggestion) for f in theirs.findings] == [
        (f.line, f.mistake, f.suggestion) for f in mine.findings
    ]
    assert theirs.layer == available()


def test_nothing_of_the_program_runs_here(judged, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "CLEARPROP_TEST", "seen")
    trap = "import os\nif 'CLEARPROP_TEST' in os.environ: 1 / 0\n"
    assert judged(trap + RIGHT).verdict == "right"
    report = judged(trap + WRONG)
    assert report.verdict == "wrong"
    assert [f.mistake for f in report.findings] == ["missing-derivative"]


def test_the_child_is_told_the_program_and_nothing_else(judged, monkeypatch):
    requests = []

    def run(task, request, **options):
        requests.append((task, request))
        return layers.run(task, request, **options)

    monkeypatch.setattr(untrusted, "run", run)
    assert judged(RIGHT).verdict == "right"
    assert [task for task, _ in requests] == [untrusted.REHEARSE]
    assert set(requests[0][1]) == {"name", "text", "cells", "claims", "asked", "time"}
    del requests[:]
    assert judged(WRONG).verdict == "wrong"
    assert len(requests) <= 4


def test_what_is_handed_to_a_worker_can_be_pickled():
    made = functools.partial(check_untrusted, options={"trust": False})
    assert pickle.loads(pickle.dumps(made)).keywords == {"options": {"trust": False}}


def test_files_are_read_where_they_are_handed_in(judged, tmp_path):
    data = tmp_path / "numbers.csv"
    data.write_text("0,1\n1,1\n0.5,0.2\n")
    text = RIGHT.replace(
        "X = np.array([[0.0, 1.0], [1.0, 1.0], [0.5, 0.2]])",
        "X = np.loadtxt('numbers.csv', delimiter=',')",
    )
    assert judged(text, files=[str(data)]).verdict == "right"
    assert judged(text).verdict == "undecided"


def test_without_a_sandbox_only_trusted_files(judged, monkeypatch):
    monkeypatch.setattr(untrusted, "available", lambda: None)
    with pytest.raises(ClearpropError, match="--trust"):
        judged(RIGHT)
    report = judged(RIGHT, trust=True)
    assert (report.verdict, report.layer) == ("right", Layer.PLAIN)


# -- programs that misbehave -----------------------------------------------------------

HOME = os.path.expanduser("~")
FORGED = '{"file": "x.py", "verdict": "right", "claims": [], "findings": []}'
BAD = {
    "reads": f"print(open({str(HERE / 'test_untrusted.py')!r}).read())\n{RIGHT}",
    "socket": f"import socket\nsocket.create_connection(('127.0.0.1', 80))\n{RIGHT}",
    "forks": f"import os\nwhile True:\n    os.fork()\n{RIGHT}",
    "memory": f"import numpy as np\nx = np.ones(10**11 // 8)\n{RIGHT}",
    "loops": f"while True:\n    pass\n{RIGHT}",
    "writes": (
        "with open('big', 'wb') as file:\n"
        "    for _ in range(10**4):\n"
        f"        file.write(bytes(10**6))\n{RIGHT}"
    ),
    "patches": f"import numpy as np\nnp.allclose = lambda *a, **k: True\n{RIGHT}",
    "prints": f"for i in range(10**6):\n    print(i)\n{WRONG}",
    "exits": f"import sys\nsys.exit(0)\n{RIGHT}",
    "hard_exit": f"import os\nos._exit(0)\n{RIGHT}",
    "forges": f"import os, sys\nprint({FORGED!r})\nos.write(1, b'right')\n{WRONG}",
    "frames": f"import sys\nf = sys._getframe(1)\n{WRONG}",
    "reaches": f"import clearprop.checking.judge as j\nj.judge = None\n{WRONG}",
    "killed": f"import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n{RIGHT}",
    "recursion": f"def f(): f()\nf()\n{RIGHT}",
    "syntax": "def (:\n",
}


def test_a_folder_of_bad_programs_and_good_neighbours(tmp_path):
    for name, text in BAD.items():
        (tmp_path / f"m_{name}.py").write_text(text)
    (tmp_path / "a_good.py").write_text(RIGHT)
    (tmp_path / "z_good.py").write_text(RIGHT)
    (tmp_path / "z_wrong.py").write_text(WRONG)
    check_one = functools.partial(check_untrusted, limits=SHORT)
    grades = grade([tmp_path], check_one=check_one, jobs=1, progress=False)
    verdicts = {g.student: g.report.verdict for g in grades}
    assert verdicts.pop("a_good") == verdicts.pop("z_good") == "right"
    assert verdicts.pop("z_wrong") == "wrong"
    assert set(verdicts) == {f"m_{name}" for name in BAD}
    assert "right" not in verdicts.values(), verdicts
    assert verdicts["m_forges"] == "wrong"
    for one in grades:
        assert one.report.verdict != "undecided" or one.report.reason
    assert not (tmp_path / "big").exists()


@pytest.mark.parametrize(
    "line",
    [
        "import clearprop", "from clearprop.graph import Node", "import ctypes",
        "__import__('clearprop.graph')", "import sys; sys.modules['x'] = 1",
        "np.testing.assert_allclose = print", "setattr(np, 'dot', print)",
        "(lambda: 0).__globals__", "import os; os.write = print",
    ],
)  # fmt: skip
def test_programs_that_reach_for_the_checker_are_for_a_person(judged, line):
    report = judged(f"import numpy as np\n{line}\n{RIGHT}")
    assert report.verdict == "undecided"
    assert "line 2" in report.reason and "a person must look" in report.reason


def test_a_right_program_may_mention_all_kinds_of_things(judged):
    harmless = (
        "# clearprop is what checks this\n"
        "import sys, os\n"
        "import numpy as np\n"
        "print('clearprop', sys.argv, os.getcwd())\n"
        "np.random.seed(3)\n"
    )
    assert judged(harmless + RIGHT).verdict == "right"


# -- answers that were forged ----------------------------------------------------------


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    path = tmp_path_factory.mktemp("forged") / "submission.py"
    path.write_text(WRONG)
    kept = []

    def run(task, request, **options):
        kept.append(layers.run(task, request, **options))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(untrusted, "run", run)
        assert check_untrusted(str(path)).verdict == "wrong"
    return str(path), kept[0].result


def answering(monkeypatch, result):
    answer = Answer(True, result, "", "", 0.1, "none")
    monkeypatch.setattr(untrusted, "run", lambda *a, **k: answer)


@pytest.mark.parametrize(
    "result",
    [
        None, [], "right", {}, {"played": None, "late": False},
        {"played": [], "late": False}, {"played": [["x"]], "late": False},
        {"verdict": "right", "claims": [], "findings": []},
        {"played": [[None, None]], "late": True},
    ],
)  # fmt: skip
def test_a_forged_answer_decides_nothing(rehearsal, monkeypatch, result):
    answering(monkeypatch, result)
    report = check_untrusted(rehearsal[0])
    assert report.verdict == "undecided" and report.reason


def test_the_answer_to_another_program_decides_nothing(
    rehearsal, monkeypatch, tmp_path
):
    other = tmp_path / "other.py"
    other.write_text(RIGHT.replace("0.1 *", "0.2 *"))
    answering(monkeypatch, rehearsal[1])
    assert check_untrusted(str(other)).verdict == "undecided"


def test_a_child_that_says_nothing_of_its_runs_but_edits(rehearsal, monkeypatch):
    result = copy.deepcopy(rehearsal[1])
    result["played"] = [p for p in result["played"] if type(p[1]["found"]) is list]
    answering(monkeypatch, result)
    assert check_untrusted(rehearsal[0]).verdict == "undecided"


def test_edits_that_don_t_hold_are_not_suggested(rehearsal, monkeypatch):
    result = copy.deepcopy(rehearsal[1])
    for _, content in result["played"]:
        for edit in content["found"] if type(content["found"]) is list else []:
            edit[0] = "dW1 = X.T @ dh * 17"
    answering(monkeypatch, result)
    report = check_untrusted(rehearsal[0])
    assert report.verdict == "wrong"
    assert all("17" not in (f.suggestion or "") for f in report.findings)


def test_100_mutated_answers_never_make_a_wrong_program_right(rehearsal, monkeypatch):
    from checking.test_wire import mutated

    path, whole = rehearsal
    text = json.dumps(whole)
    rng = random.Random(11)
    for _ in range(100):
        result = json.loads(text)
        mutated(result, rng)
        answering(monkeypatch, result)
        report = check_untrusted(path)
        assert report.verdict != "right"
        assert report.verdict == "wrong" or report.reason
