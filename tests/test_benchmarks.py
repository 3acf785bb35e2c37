"""What docs/performance.md shows is what ``make bench`` prints; its parts work.

No time is asserted here: times are for machines that do nothing else.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clearprop.training.native.compile import NoCompiler, compiler

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
# Everyone is absent: what is left is the sections, and who would be in them.
NOBODY = """
import sys
sys.argv = ["train.py"]
import beside, limits, subprocess, train, training_peers as peers

def absent(*asked, **more):
    raise ImportError("absent", name="absent")

for table in (peers.STEPS, peers.PATHS, peers.DENSE):
    table.update(dict.fromkeys(table, absent))
limits.multiply_adds = lambda threads: (lambda: None, 1.0)
subprocess.run = beside.digits = absent
beside.alone_and_beside = lambda turns, rounds: {}
train.main()
print("BARS", sorted(train.BARS.items()))
"""


def python(program, *words):
    run = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=BENCHMARKS, capture_output=True,
        text=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"}, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout


def sections(text):
    """The names of each section's rows, by its title."""
    found = {}
    for line in text.splitlines():
        if re.match(r" \S", line):
            rows = found.setdefault(line.strip(), set())
        elif match := re.match(r"  (\S.*?)  ", line):
            rows.add(match[1])
    return found


def shown():
    """What docs/performance.md says that it prints."""
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    (block,) = re.findall(r"```text\n(Python .*?)```", text, re.DOTALL)
    return block


@pytest.mark.any_numpy
def test_what_is_shown_is_what_is_printed():
    printed = python(NOBODY)
    asked, kept = sections(printed), sections(shown())
    assert [title.split()[0] for title in kept][:6] == [f"W{k}" for k in range(1, 7)]
    for title, rows in kept.items():
        assert rows == asked[title], title
    bars = eval(printed.rpartition("BARS ")[2])
    for key, (peer, limit) in bars:
        section = shown().partition(f" {key}  ")[2].partition("\n\n")[0]
        assert f", {peer}x wanted" in section
        assert limit is None or f", at most {limit}" in section


@pytest.mark.any_numpy
def test_the_bars_are_those_that_were_set():
    """At least so many times the best peer; at most so many times the limit."""
    bars = dict(eval(python(NOBODY).rpartition("BARS ")[2]))
    assert bars == {
        "W2": (1.0, None), "W3": (2.5, None), "W4": (4.0, 1.7), "W5": (1.8, 1.5),
        "W6": (1.35, 1.25),
    }  # fmt: skip


def test_turns_are_taken_alone_and_beside_busy_processes():
    program = """
import subprocess, beside
running, seen, made = [], [], subprocess.Popen
def started(*asked):
    running.append(made(*asked))
    return running[-1]
beside.subprocess.Popen, beside.SETTLED, beside.PAUSE = started, 0, 0
def turn():
    seen.append(sum(p.poll() is None for p in running))
times = beside.alone_and_beside({"turn": turn}, 2)
assert seen == [0, 0, beside.cores(), 0, beside.cores()], seen
assert all(p.poll() is not None for p in running)
print([len(t) for t in times["turn"]])
"""
    assert python(program) == "[2, 2]\n"


def test_digits_are_right_at_97_of_100_pictures():
    pytest.importorskip("sklearn")
    try:
        compiler()
    except NoCompiler as error:
        pytest.skip(str(error))
    seconds, share = eval(python("import beside; print(beside.digits(1))"))
    assert seconds > 0
    assert share >= 0.97
