"""The arguments of ``clearprop check``, and what its --help says."""

from __future__ import annotations

import argparse
from typing import Any

from clearprop.cli.command import command, debug

_DESCRIPTION = """\
Check a backward pass that was written by hand: every line is named with the gradient
that it is, and the first wrong one is found, explained and mended.

TARGET is
  homework.py            a script: trained or not, in functions, classes or neither
  homework.ipynb         a notebook, as a script
  submissions/           a folder of other people's files, to be graded
Several may be named.
"""

_EXAMPLES = """\
examples:
  clearprop check examples/tutorial_by_hand.py
  clearprop check homework.py --hint 1
  clearprop check homework.py --diff | patch -p0
  clearprop check network.py --call "net.train(X, y)" --data X=100,784 --data y=100:10
  clearprop check part1.py part2.py --format json
  clearprop check submissions/ --points 10 --resume grades.jsonl
  clearprop check submissions/ --format csv -o grades.csv

how much is told, in text and in JSON alike:
  --hint 1    which lines are to be mended, and nothing else
  --hint 2    the kind of each mistake, but no mend and no numbers
  --hint 3    everything
What a hint withholds is null in JSON.

A file of your own runs as it does in Python. A folder is graded, and so is a file with
an option for grading or with --format csv, gradescope or junit: then each program runs
in a sandbox, which is named before the first one starts.

exit codes:
  0    right (all of them)
  1    wrong (any of them)
  2    undecided (any of them, and none wrong), or it could not be checked
"""


def register(commands: Any) -> None:
    """Add ``check`` to the commands of the command line."""
    made = command(
        commands,
        "check",
        "check a backward pass, or a folder of them",
        _DESCRIPTION,
        _EXAMPLES,
    )
    _checks(made.add_argument)
    _grades(made.add_argument_group("grading").add_argument)


def _checks(add: Any) -> None:
    add("targets", metavar="TARGET", nargs="+", help="what to check")
    add("--loss", metavar="EXPR", help='what it descends on, such as "cost.mean()"')
    add(
        "--claim",
        metavar="CLAIM",
        action="append",
        default=[],
        help='what a variable must be: "delta_w = -learnrate * dL/d W"',
    )
    add("--call", metavar="CALL", help='the call that trains: "net.train(X, y)"')
    add(
        "--data",
        metavar="NAME=SHAPE",
        action="append",
        default=[],
        help="random numbers for data that is not there: X=100,784; y=100:10 whole "
        "numbers from 0 to 9; Y=100,10:onehot rows with a single 1",
    )
    add("--hint", type=int, choices=(1, 2, 3), default=3, help="how much is told")
    add("--diff", action="store_true", help="show the mends as a patch")
    add("--fix", action="store_true", help="write the mends to the file, check again")
    add("--watch", action="store_true", help="check again on every save, until Ctrl-C")
    add(
        "--format",
        choices=("text", "html", "json", "csv", "gradescope", "junit"),
        default="text",
        help="json: for machines; csv, gradescope, junit: grades for other programs",
    )
    add("-o", "--output", metavar="FILE", help="write the result to FILE")
    debug(add)


def _grades(add: Any) -> None:
    add("--points", metavar="P", type=_positive, help="what a file is worth (10)")
    add(
        "--spec",
        metavar="FILE",
        help="the exercise.json to grade by (the one in the folder, if there is one)",
    )
    add(
        "--jobs",
        metavar="N",
        type=_count,
        help="so many files at a time (as many as there are processors)",
    )
    add("--resume", metavar="FILE", help="keep results in FILE, and go on from there")
    add(
        "--timeout",
        metavar="SECONDS",
        type=_positive,
        help="how long a program may compute (10)",
    )
    add(
        "--trust",
        action="store_true",
        help="go on where there is no sandbox: the programs could do anything",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number
