"""``clearprop exercise``: a forward pass in, a folder for a class out.

What comes in is what the teacher asks for; what goes out is a folder with a file for
each student, the key and the spec, written whole or not at all, and on stdout a few
lines on what is there.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from clearprop.cli import output, target
from clearprop.cli.command import command, debug
from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    from clearprop.cli.target import Target

_DESCRIPTION = """\
Make an exercise of a forward pass: the backward lines left blank, for each student
with numbers of their own, the key, and the spec by which `clearprop check` grades it.

TARGET is
  network.py             a script: its text up to the loss is given
  network.py:loss        a function in it, whose body is given as plain lines
  network.ipynb          a notebook, as a script
"""

_EXAMPLES = """\
examples:
  clearprop exercise examples/tutorial.py
  clearprop exercise examples/tutorial.py --blanks output --seed 7
  clearprop exercise examples/tutorial.py --students names.txt -o week3
  clearprop exercise examples/softmax_classifier.py:loss --students 30 --notebook

The folder holds a file for each student, and for the teacher key.py (the same with the
blanks filled in), key.json (each student's answers) and exercise.json (the spec). Hand
out the students' files only.
"""
_FOR_THE_TEACHER = {
    "key.py": "the blanks filled in; it runs",
    "key.json": "the numbers that are right, for each student",
    "exercise.json": "the spec, for clearprop check",
}


def register(commands: Any) -> None:
    """Add ``exercise`` to the commands of the command line."""
    made = command(
        commands,
        "exercise",
        "make an exercise of it, for a class",
        _DESCRIPTION,
        _EXAMPLES,
    )
    add = made.add_argument
    add("target", metavar="TARGET", help="the forward pass")
    add("-o", "--output", metavar="DIR", help="the folder (TARGET's name + _exercise)")
    add(
        "--blanks",
        metavar="WHICH",
        default="all",
        help="all, output, hidden, a number (from the output on), or names",
    )
    add(
        "--students",
        metavar="WHO",
        help="how many, or a text file with a name on each line",
    )
    add("--seed", metavar="N", type=_count, default=1, help="where fresh numbers start")
    add(
        "--update",
        choices=("delta", "inplace", "none"),
        default="delta",
        help="the weight step: delta_W = -learnrate * dW to be written, "
        "W -= learnrate * dW given, or none",
    )
    add("--notebook", action="store_true", help="notebooks in place of scripts")
    add(
        "--no-formulas",
        action="store_true",
        help="with --notebook: keep the formula of each line back",
    )
    add("--points", metavar="P", type=_points, default=1, help="points for each blank")
    add(
        "--hint",
        type=int,
        choices=(1, 2, 3),
        default=3,
        help="how much a check may tell: 1 the line, 2 the mistake, 3 the mend",
    )
    add("--force", action="store_true", help="replace an exercise that is there")
    add("--loss", metavar="EXPR", help='the loss of a script, such as "cost.mean()"')
    add("--wrt", metavar="NAMES", help="gradients of what: names, with commas between")
    add("--call", metavar="CALL", help='the call to use, such as "loss(X, y, W)"')
    debug(add)


def exercise(options: argparse.Namespace) -> None:
    """Make the exercise and say what was written."""
    from clearprop.checking.exercise.folder import refuse, write_folder
    from clearprop.checking.exercise.forward import read_forward
    from clearprop.checking.exercise.maker import Wish, make

    where = target.parse(options.target)
    if options.no_formulas and not options.notebook:
        raise ClearpropError("--no-formulas goes with --notebook: scripts show none")
    folder = options.output or _folder(where)
    refuse(folder, force=options.force)  # before the work, not after
    wish = Wish(
        blanks=options.blanks,
        students=options.students or "",
        seed=options.seed,
        update=options.update,
        notebook=options.notebook,
        formulas=not options.no_formulas,
        points=options.points,
        hint=options.hint,
    )
    with output.muted():
        try:
            forward = read_forward(
                where.file,
                where.function,
                loss=options.loss,
                call=options.call,
                wrt=target.names(options.wrt),
            )
        except SystemExit:
            raise ClearpropError(
                f"{where.title}: the forward pass ended the program"
            ) from None
        files = make(forward, wish)
    write_folder(folder, files, force=options.force)
    output.show(_said(folder, files, bool(options.students)))


def _said(folder: str, files: dict[str, str], several: bool) -> str:
    papers = [name for name in files if name not in _FOR_THE_TEACHER]
    what = f"{len(papers)} exercises" if several else papers[0]
    shown = f"{papers[0]} to {papers[-1]}" if len(papers) > 1 else papers[0]
    rows = {shown: "to hand out", **_FOR_THE_TEACHER}
    width = max(map(len, rows))
    lines = [f"  {name:<{width}}  {says}" for name, says in rows.items()]
    return "\n".join([f"{folder}: {what}, with the key", *lines])


def _folder(where: Target) -> str:
    """``tutorial_exercise``, where the command is run."""
    return f"{os.path.splitext(where.title)[0]}_exercise"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 on")
    return int(text)


def _points(text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = -1
    if not 0 < points < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return int(points) if points == int(points) else points
