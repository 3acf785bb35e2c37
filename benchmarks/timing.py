"""Timing side by side: everyone has a turn in every round, and ratios are what counts.

Absolute times move from machine to machine and from day to day.
"""

import random
import statistics
from collections.abc import Callable
from time import perf_counter, sleep

# Threads of the one before go on spinning, waiting for work: OpenBLAS's for 30 ms,
# OpenMP's for as long. On two threads of one core that halves the next one's speed.
PAUSE = 0.1


def interleaved(
    turns: dict[str, Callable[[], object]], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Seconds for one call of each, in each round: everyone has a turn in every round.

    A turn repeats the call for about `seconds`, after a pause and, where the call is
    shorter than a turn, one that isn't counted. The order is drawn anew for each round,
    so that nobody always follows the same neighbour.
    """
    repeats = {}
    for name, call in turns.items():
        call()
        start = perf_counter()
        call()
        repeats[name] = max(1, round(seconds / (perf_counter() - start)))

    names = list(turns)
    times: dict[str, list[float]] = {name: [] for name in names}
    order = random.Random(0)
    for _ in range(rounds):
        for name in order.sample(names, len(names)):
            call, count = turns[name], range(repeats[name])
            sleep(PAUSE)
            if len(count) > 1:
                call()
            start = perf_counter()
            for _ in count:
                call()
            times[name].append((perf_counter() - start) / len(count))
    return times


def ratio(times: list[float], yardstick: list[float]) -> float:
    """The median over the rounds: what is slow in a round is slow for both."""
    return statistics.median(a / b for a, b in zip(times, yardstick, strict=True))


def duration(seconds: float) -> str:
    if seconds < 1e-6:
        return f"{seconds * 1e9:.0f} ns"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.2f} s"
