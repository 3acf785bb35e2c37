"""How well `clearprop check` finds mistakes, and how fast it is.

Every right program of the tests is checked as it is (a false alarm there weighs more
than anything else) and with mistakes planted in it, one at a time. A mutant counts as
wrong when running it beside the original shows that a step changes by more than one
factor that all steps share; the others must not be called wrong.

    python benchmarks/check.py                    the tables
    python benchmarks/check.py --code sign --failures
    python benchmarks/check.py --only loop_planar --limit 20
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


def print_speed(rounds: int = 7) -> None:
    python = [sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        mini_batch = Path(folder) / "mini_batch.py"
        mini_batch.write_text(MINI_BATCH, encoding="utf-8")
        check = [*python, "-m", "clearprop", "check"]
        commands = {
            "import numpy": [*python, "-c", "import numpy"],
            "the 3-2-1 script": [*check, "examples/tutorial_by_hand.py"],
            "784-128-10 in mini-batches": [*check, str(mini_batch)],
        }
        times: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for name, command in commands.items():
                started = time.perf_counter()
                done = subprocess.run(command, cwd=ROOT, capture_output=True)
                times[name].append(time.perf_counter() - started)
                if done.returncode:
                    print(f"  {name}: exit {done.returncode}")
                    return
    print("\nwhole processes, medians")
    yardstick = statistics.median(times["import numpy"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"  {name:28}{median:7.3f} s{median / yardstick:8.2f} x import numpy")
    print("  at most 4 x for the 3-2-1 script, 3 s for the mini-batches")


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
