"""How fast clearprop trains, beside the libraries that one would otherwise take.

Run with `make bench`. Everything that is compared is measured in one run, turn by turn;
a ratio is the median, over the rounds, of a contender's time divided by clearprop's in
the same round. Nobody is timed before the weights agree with the hand-written ones.
Two threads for those who use them.

Whole float32 epochs drift apart between right implementations: agreement is asked for
over the first ten batches.
"""

import os
import sys

THREADS = "2"
for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
    os.environ[f"{name}_NUM_THREADS"] = THREADS
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import platform
import statistics
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

import beside
import limits
import numpy as np
import training_peers as peers
from timing import duration, interleaved, ratio
from training_peers import Dense

CLEARPROP = "clearprop"
YARDSTICK = "hand-written NumPy"
LIMIT = "multiply-adds alone"
HELD: list[bool] = []

WORKLOADS = (
    Dense("W4  64-32-10, 1,797 rows, batch 32: an epoch", (64, 32, 10), 1797, 32),
    Dense(
        "W5  784-128-10, 60,000 rows, batch 64: an epoch", (784, 128, 10), 60_000, 64
    ),
    Dense(
        "W6  784-512-512-10, 60,000 rows, batch 256: an epoch",
        (784, 512, 512, 10), 60_000, 256,
    ),
)  # fmt: skip
# At least so many times the best peer's speed; at most so many times the limit's time.
BARS = {"W2": (1.0, None), "W3": (2.5, None), "W4": (4.0, 1.7), "W5": (1.8, 1.5)}
BARS["W6"] = (1.35, 1.25)
# Half of every core is twice the time, if nothing collapses; so much is allowed.
BESIDE = 3.0
DIGITS = (0.97, 2.0)  # at least this share right, in less than these seconds


class Limit(NamedTuple):
    """What no program can be faster than: so many of these turns, on some threads."""

    threads: int
    turn: Callable[[], object]
    turns: float


def row(name: str, time: str, share: str = "", word: str = "") -> None:
    print(f"  {name:<28}{time:>10}{share:>10}   {word}".rstrip(), flush=True)


def bar(held: bool, words: str) -> None:
    HELD.append(held)
    row("", "", "", f"{words}{'' if held else ': MISSED'}")


def made(make: Callable[[], Any]) -> tuple[Any, str]:
    """A contender, or the word that says why it isn't here."""
    try:
        return make(), ""
    except ImportError as missing:
        return None, f"not installed ({missing.name})"
    except Exception as refusal:
        reason = str(refusal).partition("\n")[0][:60]
        return None, f"{type(refusal).__name__}: {reason}"


def far(found: list[np.ndarray], wanted: list[np.ndarray], tolerance: float) -> bool:
    """Whether weights differ by more than rounding explains."""
    return any(
        not np.allclose(f, w, rtol=tolerance, atol=tolerance * np.abs(w).max())
        for f, w in zip(found, wanted, strict=True)
    )


def astray(
    found: list[np.ndarray], wanted: list[np.ndarray], start: list[np.ndarray]
) -> bool:
    """Whether weights moved otherwise than the hand-written ones, in float32.

    A unit near zero may be active in one and not in the other: a hundredth of the way
    is allowed for that; a wrong factor is far beyond it.
    """
    return any(
        np.linalg.norm(f - w) > 1e-2 * np.linalg.norm(w - s)
        for f, w, s in zip(found, wanted, start, strict=True)
    )


def compare(
    title: str, turns: dict[str, Callable[[], object]], words: dict[str, str],
    rounds: int, seconds: float, limit: Limit | None = None,
) -> None:  # fmt: skip
    """Time them turn by turn, the limit as well, and print each beside clearprop."""
    print(f"\n {title}")
    key = title.split()[0]
    if limit is not None:
        turns = {**turns, LIMIT: limit.turn}
    times = interleaved(turns, rounds, seconds) if turns else {}
    bound = times.pop(LIMIT, [])
    turns = {name: turn for name, turn in turns.items() if name != LIMIT}
    for name in [*turns, *(n for n in words if n not in turns)]:
        if name not in times:
            row(name, "-", word=words[name])
            continue
        share = ratio(times[name], times[CLEARPROP]) if CLEARPROP in times else 1.0
        median = duration(statistics.median(times[name]))
        row(name, median, f"{share:.2f}x", words.get(name, ""))
    if CLEARPROP not in times:
        HELD.append(False)
        return
    rest = [n for n in times if n != CLEARPROP]
    if rest and key in BARS:
        best = min(rest, key=lambda n: statistics.median(times[n]))
        share = ratio(times[best], times[CLEARPROP])
        wanted = BARS[key][0]
        bar(share >= wanted, f"{share:.2f}x the best peer ({best}), {wanted}x wanted")
    if key == "W2" and YARDSTICK in times:
        share = ratio(times[YARDSTICK], times[CLEARPROP])
        bar(share >= 20, f"{share:.0f}x hand-written NumPy, 20x wanted")
    if limit is not None:
        share = ratio(times[CLEARPROP], bound) / limit.turns
        most = BARS[key][1]
        cores = "a core's" if limit.threads == 1 else f"{limit.threads} cores'"
        words = f"{share:.2f} of the time of {cores} multiply-adds, at most {most}"
        bar(share <= most, words)


def one_step(rounds: int) -> None:
    turns, words = {}, {}
    wanted: list[np.ndarray] = []
    for name, make in peers.STEPS.items():
        found, words[name] = made(make)
        if found is None:
            continue
        step, weights = found
        for _ in range(50):
            step()
        got = [np.array(w) for w in weights()]
        wanted = wanted or got
        if got and far(got, wanted, 1e-10):
            words[name] = "WRONG"
            HELD.append(False)
        turns[name] = step
    compare("W2  one step of a 3-2-1 network, float64", turns, words, rounds, 0.02)


def trajectory(rounds: int) -> None:
    turns, words = {}, {}
    wanted = peers.chain_by_hand()(1000)
    for name, make in peers.PATHS.items():
        run, words[name] = made(make)
        if run is None:
            continue
        found = run(1000)
        if isinstance(found, dict):
            found = np.stack(list(found.values()), axis=1)
        if far([found], [wanted], 1e-10):
            words[name] = "WRONG"
            HELD.append(False)
        turns[name] = lambda run=run: run(1000)
    title = "W3  1,000 steps of the two-neuron chain, w0, w1, w2 and out recorded"
    compare(title, turns, words, rounds, 0.02)


def epoch(work: Dense, rounds: int, only: list[str]) -> None:
    turns, words = {}, {}
    order = np.random.default_rng(2).permutation(work.rows)
    first, wanted = order[: 10 * work.batch], None
    for name, make in peers.DENSE.items():
        if only and name not in (*only, CLEARPROP, YARDSTICK):
            continue
        found, words[name] = made(lambda make=make: make(work))
        if found is None:
            continue
        train, weights = found
        _, failed = made(lambda train=train: train(first))
        if failed:
            words[name] = failed
            continue
        got = [np.array(w) for w in weights()]
        wanted = wanted or got
        if astray(got, wanted, work.start()):
            words[name] = "WRONG"
            HELD.append(False)
        turns[name] = lambda train=train: train(order)
    threads = 1 if work.title.startswith("W4") else int(THREADS)
    turn, operations = limits.multiply_adds(threads)
    limit = Limit(threads, turn, work.work / operations)
    compare(work.title, turns, words, rounds, 0.05, limit)


def processes(rounds: int) -> None:
    python = [sys.executable, "-c"]
    here = os.path.dirname(os.path.abspath(__file__))
    step = "import training_peers as p; step, _ = p.{}(); step()"
    scripts = {
        "import numpy": "import numpy",
        CLEARPROP: step.format("step_with_clearprop"),
        YARDSTICK: step.format("step_by_hand"),
        "micrograd": step.format("step_with_micrograd"),
        "JAX, jitted step": step.format("step_with_jax"),
        "PyTorch": step.format("step_with_torch"),
    }
    turns, words = {}, {}
    for name, script in scripts.items():

        def run(script: str = script) -> None:
            subprocess.run([*python, script], cwd=here, check=True, capture_output=True)

        _, words[name] = made(run)
        if words[name]:
            words[name] = "not installed, or it failed"
        else:
            turns[name] = run
    print("\n W1  a whole process: import, derive, compiled before, one step")
    times = interleaved(turns, rounds, 0)
    for name in scripts:
        if name not in times:
            row(name, "-", word=words[name])
            continue
        share = ratio(times[name], times["import numpy"])
        row(name, duration(statistics.median(times[name])), f"{share:.2f}x")
    if CLEARPROP in times:
        share = ratio(times[CLEARPROP], times["import numpy"])
        bar(share <= 1.25, f"{share:.2f}x `import numpy`, at most 1.25x")


def beside_a_busy_process(work: Dense, rounds: int) -> None:
    """Not for the peers: threads that collapse here take minutes."""
    print("\n busy  W5's epoch, beside a busy process on each core; and alone")
    turns, order = {}, np.random.default_rng(2).permutation(work.rows)
    for name in (YARDSTICK, CLEARPROP):
        found, why = made(lambda name=name: peers.DENSE[name](work))
        if found is None:
            row(name, "-", word=why)
            continue
        turns[name] = lambda train=found[0]: train(order)
    for name, (alone, crowded) in beside.alone_and_beside(turns, rounds).items():
        share = ratio(crowded, alone)
        median = duration(statistics.median(crowded))
        row(name, median, f"{share:.2f}x", duration(statistics.median(alone)))
        if name == CLEARPROP:
            words = f"{share:.2f}x its time alone; 2x is in proportion, at most"
            bar(share <= BESIDE, f"{words} {BESIDE:g}x")


def digits(rounds: int) -> None:
    print("\n digits  scikit-learn's, 64-64-10: to the last guess, nothing compiled")
    found, why = made(lambda: beside.digits(rounds))
    if found is None:
        row(CLEARPROP, "-", word=why)
        return
    seconds, share = found
    row(CLEARPROP, duration(seconds), f"{share:.1%}", "of 360 held-out pictures right")
    held = share >= DIGITS[0] and seconds < DIGITS[1]
    bar(held, f"{DIGITS[0]:.0%} in less than {DIGITS[1]:g} s wanted")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[], help="W1 … W6, busy, digits")
    parser.add_argument("--peers", nargs="*", default=[], help="of W4 to W6")
    asked = parser.parse_args()

    def wanted(key: str) -> bool:
        return not asked.only or key in asked.only

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, ", end="")
    print(f"{os.cpu_count()} cores, {platform.machine()}; ", end="")
    print("a time, and how many times clearprop's it is")
    if wanted("W1"):
        processes(asked.rounds)
    if wanted("W2"):
        one_step(asked.rounds)
    if wanted("W3"):
        trajectory(asked.rounds)
    for work in WORKLOADS:
        if wanted(work.title[:2]):
            rounds = asked.rounds if work.rows < 10_000 else max(3, asked.rounds // 3)
            epoch(work, rounds, asked.peers)
    if wanted("busy"):
        beside_a_busy_process(WORKLOADS[1], max(3, asked.rounds // 3))
    if wanted("digits"):
        digits(max(3, asked.rounds // 3))
    print(f"\n{sum(HELD)} of {len(HELD)} bars held")
    return 0 if all(HELD) else 1


if __name__ == "__main__":
    sys.exit(main())
