"""How well `clearprop check` finds mistakes, and how fast it is.

Every right program of the tests is checked as it is (a false alarm there weighs more
than anything else) and with mistakes planted in it, one at a time. A mutant counts as
wrong when running it beside the original shows that a step changes by more than one
factor that all steps share; the others must not be called wrong.

    python benchmarks/check.py                    the tables
    python benchmarks/check.py --code sign --failures
    python benchmarks/check.py --only loop_planar --limit 20
    python benchmarks/check.py --speed            only how fast it is
"""

import os

for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
    os.environ[f"{name}_NUM_THREADS"] = "1"

import argparse
import functools
import importlib
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from checking.mutation import plant
from checking.mutation.measure import BARS, Result, measure, rates
from checking.mutation.mutant import Mutant
from checking.mutation.oracle import Judged

RIGHT = ROOT / "tests" / "checking" / "right"
CODES = (
    "crash blank update-sign updated-weight overwritten-accumulator regularization "
    "softmax-jacobian missing-derivative derivative-at-wrong-point wrong-derivative "
    "dropped-upstream transpose wrong-axis wrong-operand sign scale shape loss-mismatch"
).split()
PROCESSES = 2
SUBMISSIONS = 200
# The 3-2-1 script of the examples as a class hands it in: right, or with a line wrong.
HOMEWORK = (
    ("", ""),
    ("", ""),
    ("* (1 - hidden_layer_output)", ""),
    ("error = target - output", "error = output - target"),
    ("weights_hidden_output + delta_w_h_o", "weights_hidden_output - delta_w_h_o"),
    ("error * output * (1 - output)", "error * (1 - output)"),
    ("learnrate * hidden_error_term", "hidden_error_term"),
    ("hidden_error * hidden_layer_output *", "hidden_error * hidden_layer_input *"),
)

MINI_BATCH = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.random((2000, 784))
labels = rng.integers(0, 10, 2000)
W1 = rng.normal(0, 0.05, (784, 128))
b1 = np.zeros(128)
W2 = rng.normal(0, 0.05, (128, 10))
b2 = np.zeros(10)
learning_rate = 0.1
batch_size = 64

for epoch in range(20):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        x, y = X[rows], labels[rows]

        hidden = np.maximum(0, x @ W1 + b1)
        scores = hidden @ W2 + b2
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = powers / powers.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(probs[np.arange(len(y)), y]))

        dscores = probs.copy()
        dscores[np.arange(len(y)), y] -= 1
        dscores /= len(y)
        dW2 = hidden.T @ dscores
        db2 = dscores.sum(axis=0)
        dhidden = (dscores @ W2.T) * (hidden > 0)
        dW1 = x.T @ dhidden
        db1 = dhidden.sum(axis=0)

        W1 -= learning_rate * dW1
        b1 -= learning_rate * db1
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
"""


# --- What is checked ------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What one process does at a time: plant in a program, or ask about mutants."""

    path: Path
    checker: str
    each: int
    seconds: float


def checker_named(name: str) -> Callable[[str], Any]:
    module, _, function = name.partition(":")
    check: Callable[[str], Any] = getattr(importlib.import_module(module), function)
    return check


def planted(task: Task) -> list[Judged]:
    warnings.simplefilter("ignore")
    return list(plant(task.path, task.each))


def asked(task: Task, judged: Judged) -> Result:
    warnings.simplefilter("ignore")
    return measure(judged, checker_named(task.checker), task.seconds)


def as_it_is(task: Task) -> Result:
    """A right program, checked like a mutant that changes nothing."""
    text = task.path.read_text(encoding="utf-8")
    itself = Mutant(task.path.stem, text, 0, "", "as it is")
    return asked(task, Judged(itself, "same"))


def _call(job: Callable[[], Any]) -> Any:
    return job()


def in_parallel(jobs: Iterable[Callable[[], Any]]) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, maxtasksperchild=200) as pool:
        yield from pool.imap(_call, jobs)


# --- What is printed ------------------------------------------------------------------


def share(part: float) -> str:
    return f"{100 * part:5.1f}%"


def print_table(results: list[Result]) -> None:
    by_code: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.wrong:
            by_code[result.mutant.mistake].append(result)
    head = (
        f"{'mistake':28}{'mutants':>8}{'wrong':>8}{'line':>8}{'code':>8}{'mended':>8}"
    )
    print(f"\n{head}")
    for code in CODES:
        if code in by_code:
            print_row(code, by_code[code])
    everything = [result for result in results if result.wrong]
    if everything:
        print_row("all", everything)
        bars = "".join(f"{share(bar):>8}" for bar in BARS.values())
        print(f"{'at least':28}{'':8}{bars}")


def print_row(title: str, results: list[Result]) -> None:
    cells = "".join(f"{share(part):>8}" for part in rates(results).values())
    print(f"{title:28}{len(results):8}{cells}")


def print_right(title: str, results: list[Result]) -> None:
    wrong = sum(result.verdict == "wrong" for result in results)
    right = sum(result.verdict == "right" for result in results)
    rest = len(results) - wrong - right
    print(
        f"{title:42}{len(results):6}   right {right}, false alarms {wrong}, "
        f"undecided or failed {rest}"
    )


def print_failure(result: Result) -> None:
    mutant = result.mutant
    failed = [
        what
        for what, fine in (
            ("verdict", result.verdict_right),
            ("line", not result.wrong or result.line_right),
            ("code", not result.wrong or result.code_right),
            ("mend", not result.wrong or result.mended),
        )
        if not fine
    ]
    if not failed:
        return
    wanted = " or ".join(f"line {line} {code}" for line, code in mutant.answers)
    if not result.wrong:
        wanted = "right"
    print(f"\n{mutant.program}.py: {mutant.what}  [{mutant.mutator}]")
    print(f"  failed    {', '.join(failed)}")
    print(f"  expected  {wanted}")
    print(f"  got       {result.verdict}, line {result.line} {result.mistake}")
    print(f"            {result.said}")


def as_json(results: list[Result]) -> list[dict[str, Any]]:
    return [
        {
            "program": result.mutant.program,
            "what": result.mutant.what,
            "mutator": result.mutant.mutator,
            "wrong": result.wrong,
            "answers": result.mutant.answers,
            "verdict": result.verdict,
            "line": result.line,
            "mistake": result.mistake,
            "mended": result.mended,
            "seconds": round(result.seconds, 3),
            "said": result.said,
            "text": result.mutant.text,
        }
        for result in results
    ]


# --- How fast -------------------------------------------------------------------------


def submissions(folder: Path) -> None:
    """A class's homework: the 3-2-1 script, right or with one line wrong."""
    text = (ROOT / "examples" / "tutorial_by_hand.py").read_text(encoding="utf-8")
    for number in range(SUBMISSIONS):
        old, new = HOMEWORK[number % len(HOMEWORK)]
        own = text.replace("target = 0.6", f"target = 0.{100 + number}", 1)
        file = folder / f"student{number:03}.py"
        file.write_text(own.replace(old, new, 1), encoding="utf-8")


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds of a whole process, children too: by the wall, and the processor's."""
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    after = os.times()
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    worked = (
        after.children_user
        - before.children_user
        + after.children_system
        - before.children_system
    )
    return time.perf_counter() - began, worked


def print_speed(rounds: int = 7) -> None:
    """Medians of rounds in turn: other processes slow all commands down alike."""
    check = [sys.executable, "-m", "clearprop", "check"]
    with tempfile.TemporaryDirectory() as folder:
        mini_batch = Path(folder) / "mini_batch.py"
        mini_batch.write_text(MINI_BATCH, encoding="utf-8")
        commands = {
            "import numpy": [sys.executable, "-c", "import numpy"],
            "the 3-2-1 script": [*check, "examples/tutorial_by_hand.py"],
            "784-128-10 in mini-batches": [*check, str(mini_batch)],
        }
        taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(timed(command))
    medians = {
        name: [statistics.median(column) for column in zip(*times)]
        for name, times in taken.items()
    }
    yardstick = medians["import numpy"][1]
    print(f"\n{'whole processes, medians':28}{'wall':>9}{'processor':>11}")
    for name, (wall, work) in medians.items():
        ratio = f"{work / yardstick:.2f} x import numpy"
        print(f"{name:28}{wall:7.2f} s{work:9.2f} s   {ratio}")
    print("at most 4 x for the 3-2-1 script, 3 s for the mini-batches")
    with tempfile.TemporaryDirectory() as folder:
        submissions(Path(folder))
        wall, work = timed([*check, folder, "--jobs", str(PROCESSES)])
    print(
        f"{SUBMISSIONS} submissions in the sandbox, {PROCESSES} at a time: "
        f"{wall / SUBMISSIONS:.2f} s each, {work / SUBMISSIONS:.2f} s of a processor; "
        "at most 0.5 s each"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="programs whose name holds this")
    parser.add_argument("--code", default="", help="mutants with this mistake")
    parser.add_argument("--limit", type=int, help="ask about no more mutants than this")
    parser.add_argument("--each", type=int, default=2, help="per mutator and program")
    parser.add_argument("--seconds", type=float, default=60, help="limit for one file")
    parser.add_argument("--failures", action="store_true", help="print each failure")
    parser.add_argument("--json", type=Path, help="write every result to this file")
    parser.add_argument("--checker", default="clearprop:check", help="module:function")
    parser.add_argument("--no-speed", action="store_true", help="only the tables")
    parser.add_argument("--speed", action="store_true", help="only how fast it is")
    parser.add_argument("folder", nargs="?", type=Path, default=RIGHT)
    return parser.parse_args()


def chosen(judged: list[list[Judged]], code: str, limit: int | None) -> list[Judged]:
    known = [
        one
        for program in judged
        for one in program
        if one.outcome != "doubtful" and code in ("", one.mutant.mistake)
    ]
    if limit is None or len(known) <= limit:
        return known
    return [known[len(known) * i // limit] for i in range(limit)]


def main() -> int:
    asked_for = arguments()
    if asked_for.speed:
        print_speed()
        return 0
    programs = sorted(
        path
        for path in asked_for.folder.glob("*.py")
        if asked_for.only in path.stem and path.stem not in ("claims", "__init__")
    )
    tasks = [
        Task(path, asked_for.checker, asked_for.each, asked_for.seconds)
        for path in programs
    ]
    right = list(in_parallel([functools.partial(as_it_is, task) for task in tasks]))
    print_right("right programs", right)

    per_program = list(in_parallel([functools.partial(planted, t) for t in tasks]))
    unrun = [task.path.stem for task, made in zip(tasks, per_program) if not made]
    if unrun:
        print(f"nothing could be planted in: {', '.join(unrun)}")
    mutants = chosen(per_program, asked_for.code, asked_for.limit)
    jobs = [functools.partial(asked, tasks[0], judged) for judged in mutants]
    results = list(in_parallel(jobs))
    print_right(
        "edits that change nothing, or all alike", [r for r in results if not r.wrong]
    )
    print_table(results)

    if asked_for.failures:
        for result in [*right, *results]:
            print_failure(result)
    if asked_for.json:
        everything = as_json([*right, *results])
        asked_for.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if not asked_for.no_speed:
        print_speed()
    held = rates(results)
    fine = all(held[name] >= bar for name, bar in BARS.items())
    return 0 if fine and all(result.verdict_right for result in right) else 1


if __name__ == "__main__":
    sys.exit(main())
